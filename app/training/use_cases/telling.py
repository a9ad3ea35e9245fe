"""What people are told of runs: their seat, new times, that it takes place or is called off."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.messages.models import Channel, OutboxMessage
from app.messages.use_cases import Message, queue_message, withdraw_messages
from app.shared.times import hong_kong_date, hong_kong_moment
from app.training.models.runs import SEATED, TO_COME, CourseRun, Enrolment, EnrolmentStatus, Lesson
from app.training.queries.enrolments import recipient
from app.training.queries.runs import lesson_begins

PRESSING = timedelta(hours=12)
SETTLES_AFTER = timedelta(minutes=10)
"""News of other times wait so long: several changes in a row are told as one."""


def tell(
    session: Session,
    enrolment: Enrolment,
    kind: str,
    *,
    occasion: str = "",
    lesson: Lesson | None = None,
    now: datetime,
    **more: Any,
) -> None:
    """Queue one message of this kind about an enrolment, or one lesson of it; the same `occasion` is told once."""
    queue_message(
        session,
        Message(
            kind=kind,
            recipient=recipient(enrolment),
            dedupe_key=f"{kind}:{enrolment.id}:{occasion}",
            ids={"enrolment": enrolment.id} | ({} if lesson is None else {"lesson": lesson.id}),
            about=enrolment,
            **more,
        ),
        now=now,
    )


def tell_everybody(
    session: Session, run: CourseRun, kind: str, statuses: Collection[EnrolmentStatus], *, now: datetime
) -> None:
    """One message of this kind to each person of these states in a run."""
    for enrolment in people_in(session, run, statuses):
        tell(session, enrolment, kind, now=now, may_wake=is_pressing(run, now))


def tell_new_times(session: Session, run: CourseRun, *, now: datetime) -> None:
    """Tell who has a seat that the lessons are at other times; what was not sent yet is replaced."""
    if run.status not in TO_COME:
        return
    for enrolment in people_in(session, run, SEATED):
        withdraw_messages(session, dedupe_prefix=f"course_times:{enrolment.id}:", now=now)
        tell(
            session,
            enrolment,
            "course_times",
            occasion=now.isoformat(),
            not_before=now + SETTLES_AFTER,
            may_wake=is_pressing(run, now),
            now=now,
        )


def queue_lesson_reminders(session: Session, at: time, *, now: datetime) -> int:
    """Remind who has a seat of tomorrow's lessons, in writing, from `at` on; how many were queued."""
    today = hong_kong_date(now)
    if now < hong_kong_moment(today, at):
        return 0
    lessons = session.scalars(
        select(Lesson)
        .join(Lesson.run)
        .where(Lesson.on_date == today + timedelta(days=1), CourseRun.status.in_(TO_COME))
        .order_by(Lesson.id)
    ).all()
    queued = 0
    for lesson in lessons:
        occasion = f"{lesson.id}:{lesson.version}"
        told = select(OutboxMessage.about_id).where(
            OutboxMessage.kind == "lesson_reminder", OutboxMessage.dedupe_key.endswith(f":{occasion}")
        )
        reminded = set(session.scalars(told))
        for enrolment in people_in(session, lesson.run, {EnrolmentStatus.ENROLLED}):
            if enrolment.id in reminded or recipient(enrolment).channel is Channel.PHONE_CALL:
                continue
            tell(
                session,
                enrolment,
                "lesson_reminder",
                occasion=occasion,
                lesson=lesson,
                expires_at=lesson_begins(lesson),
                now=now,
            )
            queued += 1
    return queued


def people_in(
    session: Session, run: CourseRun, statuses: Collection[EnrolmentStatus]
) -> Collection[Enrolment]:
    """The enrolments of a run in these states, the first to ask first."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.run_id == run.id, Enrolment.status.in_(statuses))
        .order_by(Enrolment.asked_at, Enrolment.id)
    ).all()


def is_pressing(run: CourseRun, now: datetime) -> bool:
    """Whether a lesson begins before people who slept over the news could act on it."""
    return any(now < lesson_begins(lesson) < now + PRESSING for lesson in run.lessons)

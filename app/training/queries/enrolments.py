"""What can be asked of the people in runs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.accounts.queries import token_hash
from app.messages.models import Channel
from app.messages.use_cases import Recipient, recipient_of
from app.shared.contacts import is_mobile
from app.training.models.runs import (
    LIVE_ENROLMENTS,
    TO_COME,
    CourseRun,
    Enrolment,
    EnrolmentStatus,
)
from app.training.queries.runs import run_ends
from app.volunteers.models import Volunteer
from app.volunteers.queries import own_volunteer


def people_of_run(session: Session, run_id: int) -> Sequence[Enrolment]:
    """Everybody who has a seat or waits for one, and who had: those with seats first, then in the order of asking."""
    rows = session.scalars(
        select(Enrolment)
        .where(Enrolment.run_id == run_id)
        .order_by(Enrolment.asked_at, Enrolment.id)
        .options(joinedload(Enrolment.volunteer), joinedload(Enrolment.carer))
    ).all()
    order = (EnrolmentStatus.ENROLLED, EnrolmentStatus.OFFERED, EnrolmentStatus.WAITING)
    return sorted(rows, key=lambda row: order.index(row.status) if row.status in order else len(order))


def enrolment_shown(session: Session, _account: Account, enrolment_id: int) -> Enrolment | None:
    """Any enrolment, for coordinators."""
    return session.get(Enrolment, enrolment_id)


def waiting_before(session: Session, enrolment: Enrolment) -> int:
    """How many people wait for a seat in front of somebody who waits."""
    rows = session.execute(
        select(Enrolment.asked_at, Enrolment.id).where(
            Enrolment.run_id == enrolment.run_id, Enrolment.status == EnrolmentStatus.WAITING
        )
    )
    return sum((row.asked_at, row.id) < (enrolment.asked_at, enrolment.id) for row in rows)


def enrolments_live(session: Session, volunteer_id: int) -> Sequence[Enrolment]:
    """What a volunteer sits in, is offered or waits for, of runs that are not over; the first to begin first."""
    rows = session.scalars(
        select(Enrolment)
        .join(Enrolment.run)
        .where(
            Enrolment.volunteer_id == volunteer_id,
            Enrolment.status.in_(LIVE_ENROLMENTS),
            CourseRun.status.in_(TO_COME),
        )
        .options(joinedload(Enrolment.run))
    ).all()
    return sorted(rows, key=lambda row: (row.run.closes_on, row.id))


def own_run(
    session: Session, account: Account, volunteer_id: int, run_id: int
) -> tuple[Volunteer, CourseRun, Enrolment | None] | None:
    """A volunteer of this account and a run that they are or were in, or that takes volunteers."""
    volunteer = own_volunteer(session, account, volunteer_id)
    run = session.get(CourseRun, run_id)
    if volunteer is None or run is None:
        return None
    enrolment = latest_enrolment(session, run_id, volunteer_id)
    is_open = run.status in TO_COME and run.course.open_to_volunteers
    return (volunteer, run, enrolment) if enrolment is not None or is_open else None


def latest_enrolment(session: Session, run_id: int, volunteer_id: int) -> Enrolment | None:
    """The last time a volunteer asked for a seat in a run."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.run_id == run_id, Enrolment.volunteer_id == volunteer_id)
        .order_by(Enrolment.id.desc())
        .limit(1)
    ).one_or_none()


def enrolment_of_token(session: Session, token: str) -> Enrolment | None:
    """The enrolment whose seat is answered behind this link."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.token_hash == token_hash(token))
        .options(joinedload(Enrolment.volunteer), joinedload(Enrolment.carer))
    ).one_or_none()


def may_withdraw(enrolment: Enrolment, now: datetime) -> bool:
    """Whether somebody can still give up what they have in a run."""
    return (
        enrolment.is_live
        and enrolment.outcome is None
        and enrolment.run.status in TO_COME
        and any_ahead(enrolment.run, now)
    )


def any_ahead(run: CourseRun, now: datetime) -> bool:
    """Whether a lesson of the run has not ended."""
    ends = run_ends(run)
    return ends is not None and now < ends


def recipient(enrolment: Enrolment) -> Recipient:
    """How somebody in a run is reached."""
    person = enrolment.volunteer or enrolment.carer
    if person is not None:
        return recipient_of(person)
    phone = enrolment.phone
    if phone is not None and is_mobile(phone):
        return Recipient(Channel.SMS, phone, enrolment.language)
    return Recipient(Channel.PHONE_CALL, phone, enrolment.language)

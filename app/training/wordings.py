"""What messages about qualifications and runs need: the course, its lessons, the time to answer; never more."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.catalogue.models import Skill
from app.messages.models import Channel
from app.shared.errors import NotFound
from app.training.models.runs import Enrolment, EnrolmentStatus, Lesson
from app.training.queries import skills_held
from app.training.queries.enrolments import recipient
from app.volunteers.models import Volunteer


def qualification_ends(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """What ends on its last day. Raises NotFound when it has been renewed or withdrawn since."""
    volunteer, last_day = session.get(Volunteer, ids["volunteer"]), date.fromisoformat(ids["last_day"])
    if volunteer is None or skills_held(session, volunteer.id, last_day).get(ids["skill"]) != last_day:
        raise NotFound
    return {
        "volunteer": volunteer,
        "skill": session.get_one(Skill, ids["skill"]),
        "last_day": last_day,
        "person": volunteer.name_zh or volunteer.name_en,
        "desk": ("volunteers.show", {"volunteer_id": volunteer.id}),
    }


def enrolment_said(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """Something about somebody's seat in a run. Raises NotFound."""
    enrolment = session.get(Enrolment, ids["enrolment"])
    if enrolment is None:
        raise NotFound
    person = enrolment.volunteer or enrolment.carer
    return {
        "course": enrolment.run.course,
        "run": enrolment.run,
        "lessons": enrolment.run.lessons,
        "enrolment": enrolment,
        "answer_by": enrolment.answer_by,
        "by_phone": recipient(enrolment).channel is Channel.PHONE_CALL,
        "person": (person.name_zh or person.name_en) if person is not None else enrolment.guest_name,
        "desk": ("training.enrolment", {"enrolment_id": enrolment.id}),
    }


def offer_said(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """A seat that is held until the answer. Raises NotFound when nothing is asked any more."""
    enrolment = session.get(Enrolment, ids["enrolment"])
    if enrolment is None or enrolment.status is not EnrolmentStatus.OFFERED:
        raise NotFound
    return enrolment_said(session, ids)


def lesson_said(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """A lesson of somebody who has a seat. Raises NotFound when it is not held, or they have given the seat back."""
    lesson, enrolment = session.get(Lesson, ids["lesson"]), session.get(Enrolment, ids["enrolment"])
    if lesson is None or enrolment is None or enrolment.status is not EnrolmentStatus.ENROLLED:
        raise NotFound
    return {**enrolment_said(session, ids), "lessons": [lesson]}


WORDERS: Mapping[str, Callable[[Session, Mapping[str, Any]], Mapping[str, object]]] = {
    "qualification_ends": qualification_ends,
    "course_enrolled": enrolment_said,
    "course_waiting": enrolment_said,
    "course_seat_offered": offer_said,
    "course_seat_passed": enrolment_said,
    "course_place_ended": enrolment_said,
    "course_times": enrolment_said,
    "course_confirmed": enrolment_said,
    "course_cancelled": enrolment_said,
    "course_result": enrolment_said,
    "lesson_reminder": lesson_said,
}

"""People the tests speak of, with defaults that are valid and matchable. Each is flushed and has an id.

Rows are written directly, not through use cases, so that a test of one room does not hang on another.
"""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Account, Role, RoleHeld
from app.care_requests.models import (
    Carer,
    CareRecipient,
    CareRequest,
    CarerKind,
    Occurrence,
    OccurrenceOption,
    RequestStatus,
    RequestWindow,
    Rhythm,
    SpokenHow,
)
from app.catalogue.models import Area, District, ServiceArea, SupportKind, WeatherClass
from app.safeguarding.models import Clearance, ClearanceKind
from app.shared.secrets import email_key, phone_key, phone_tail_key
from app.shared.words import folded
from app.training.models import Course
from app.training.models.proofs import ProofKind, QualificationProof
from app.training.models.runs import CourseRun, Enrolment, EnrolmentStatus, Outcome, RunSeat, RunStatus
from app.visits.models import Offer, SeatStatus, Visit, VisitSeat
from app.volunteers.models import (
    FreeTime,
    Gender,
    GuardianConsent,
    Source,
    Volunteer,
    VolunteerArea,
    VolunteerStatus,
)

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""18:00 on Monday, 23 November 2026, in Hong Kong: the eve of most tests' night."""
MORNING = date(2026, 11, 24)
EVERY_DAY = ((0, 18, 42), (1, 18, 42), (2, 18, 42), (3, 18, 42), (4, 18, 42), (5, 18, 42), (6, 18, 42))
_numbers = itertools.count(1)


def a_code(prefix: str) -> str:
    """A reference that looks like the service's own."""
    return f"{prefix}-T{next(_numbers):05d}"


def make_account(session: Session, name: str, *roles: Role, phone: str = "", email: str = "") -> Account:
    """An account with `roles`; without a contact it cannot sign in."""
    account = Account(name=name, created_at=NOW)
    if phone:
        account.phone, account.phone_key = phone, phone_key(phone)
    if email:
        account.email, account.email_key = email, email_key(email)
    account.roles_held = [RoleHeld(role=role, given_at=NOW) for role in roles]
    session.add(account)
    session.flush()
    return account


def make_coordinator(session: Session, name: str = "Coordinator Chan") -> Account:
    """A coordinator's account."""
    return make_account(session, name, Role.COORDINATOR)


def make_area(session: Session, code: str = "shek_lei") -> Area:
    """The area `code`, made once."""
    area = session.get(Area, code)
    if area is None:
        area = Area(
            code=code,
            district=District.KWAI_TSING,
            name_zh="石籬",
            name_en=code.replace("_", " ").title(),
            latitude=22.3656,
            longitude=114.1390,
        )
        session.add(area)
        session.flush()
    return area


def make_kind(session: Session, code: str = "befriending", **changes: Any) -> SupportKind:
    """A kind of support, made once: a visit at home that needs no clearance and no skill."""
    kind = session.get(SupportKind, code)
    if kind is None:
        facts: dict[str, Any] = {
            "name_zh": "探訪",
            "name_en": code.replace("_", " ").capitalize(),
            "service_area": ServiceArea.OLDER_PEOPLE,
            "is_at_home": True,
            "minimum_age": 12,
            "weather_class": WeatherClass.INDOOR,
        }
        kind = SupportKind(code=code, **(facts | changes))
        session.add(kind)
        session.flush()
    return kind


def make_volunteer(
    session: Session,
    name: str = "Ready Volunteer",
    *,
    accepted_by: Account | None = None,
    areas: Sequence[str] = ("shek_lei",),
    free: Sequence[tuple[int, int, int]] = EVERY_DAY,
    **changes: Any,
) -> Volunteer:
    """An active volunteer of 46, free every day from 9:00 to 21:00; `free` is (weekday, from slot, to slot)."""
    for area in areas:
        make_area(session, area)
    by = accepted_by or make_coordinator(session, "Who Accepted")
    day = NOW.date()
    facts: dict[str, Any] = {
        "code": a_code("V"),
        "name_en": name,
        "birth_year": 1980,
        "home_area_code": areas[0],
        "source": Source.ONLINE,
        "applied_at": NOW,
        "consent_at": NOW,
        "status": VolunteerStatus.ACTIVE,
        "gender": Gender.FEMALE,
        "spoken_on": day,
        "spoken_by_id": by.id,
        "identity_seen_on": day,
        "identity_seen_by_id": by.id,
        "induction_on": day,
        "conduct_accepted_on": day,
        "accepted_at": NOW,
        "accepted_by_id": by.id,
    }
    volunteer = Volunteer(**(facts | changes))
    volunteer.name_key = folded(f"{facts.get('name_zh', '')}{name}")
    if volunteer.phone is not None:
        volunteer.phone_key = phone_key(volunteer.phone)
        volunteer.phone_tail_key = phone_tail_key(volunteer.phone)
    volunteer.areas = [VolunteerArea(area_code=area) for area in areas]
    volunteer.free_times = [
        FreeTime(weekday=weekday, from_slot=from_slot, to_slot=to_slot)
        for weekday, from_slot, to_slot in free
    ]
    session.add(volunteer)
    session.flush()
    return volunteer


def give_proof(
    session: Session, volunteer: Volunteer, skill: str, until: date | None = None, **changes: Any
) -> QualificationProof:
    """A certificate for a skill of the catalogue, seen by whoever accepted the volunteer."""
    facts: dict[str, Any] = {
        "kind": ProofKind.CERTIFICATE,
        "issued_on": date(2026, 1, 1),
        "seen_by_id": volunteer.accepted_by_id,
        "seen_on": date(2026, 1, 2),
        "entered_at": NOW,
    }
    proof = QualificationProof(
        volunteer_id=volunteer.id, skill_code=skill, valid_until=until, **(facts | changes)
    )
    session.add(proof)
    session.flush()
    return proof


def complete_course(
    session: Session, course: Course, volunteer: Volunteer, on: date, **changes: Any
) -> Enrolment:
    """The volunteer alone has taken the course in a run of its own, and completed it on that day."""
    by = volunteer.accepted_by_id or make_coordinator(session, "Who Held It").id
    run = CourseRun(
        course_id=course.id,
        status=RunStatus.FINISHED,
        seats=1,
        minimum=1,
        closes_on=on,
        made_by_id=by,
        made_at=NOW,
    )
    session.add(run)
    session.flush()
    session.add(RunSeat(run_id=run.id, number=1))
    session.flush()
    facts: dict[str, Any] = {
        "status": EnrolmentStatus.ENROLLED,
        "seat_number": 1,
        "asked_at": NOW,
        "outcome": Outcome.PASSED,
        "completed_on": on,
    }
    enrolment = Enrolment(run_id=run.id, volunteer_id=volunteer.id, **(facts | changes))
    session.add(enrolment)
    session.flush()
    return enrolment


def make_minor(
    session: Session, name: str = "Minor Of Fifteen", *, consent: bool = True, **changes: Any
) -> Volunteer:
    """An active volunteer of 15, with a guardian's consent unless told otherwise."""
    volunteer = make_volunteer(session, name, **({"birth_year": 2011, "birth_month": 1} | changes))
    if consent:
        session.add(
            GuardianConsent(
                volunteer_id=volunteer.id,
                guardian_name="Guardian",
                relation="mother",
                given_on=NOW.date() - timedelta(days=30),
                seen_by_id=volunteer.accepted_by_id,
                entered_at=NOW,
            )
        )
        session.flush()
    return volunteer


def give_clearance(
    session: Session, volunteer: Volunteer, *, confirmed: bool = True, **changes: Any
) -> Clearance:
    """A clearance seen a month ago, valid for three years, confirmed by a second coordinator."""
    seen_on = NOW.date() - timedelta(days=30)
    facts: dict[str, Any] = {
        "kind": ClearanceKind.SCRC,
        "seen_on": seen_on,
        "valid_until": seen_on + timedelta(days=3 * 365),
        "entered_by_id": make_coordinator(session, "Who Entered").id,
        "entered_at": NOW,
    }
    if confirmed:
        facts |= {"confirmed_by_id": make_coordinator(session, "Who Confirmed").id, "confirmed_at": NOW}
    clearance = Clearance(volunteer_id=volunteer.id, **(facts | changes))
    session.add(clearance)
    session.flush()
    return clearance


def make_carer(session: Session, name: str = "Carer Lam", **changes: Any) -> Carer:
    """A family carer."""
    facts: dict[str, Any] = {
        "code": a_code("C"),
        "kind": CarerKind.FAMILY,
        "name_en": name,
        "name_key": folded(name),
        "source": Source.ONLINE,
        "created_at": NOW,
    }
    carer = Carer(**(facts | changes))
    session.add(carer)
    session.flush()
    return carer


def make_recipient(session: Session, carer: Carer | None = None, **changes: Any) -> CareRecipient:
    """陳婆婆 of 石籬, visited before."""
    make_area(session)
    facts: dict[str, Any] = {
        "code": a_code("P"),
        "carer_id": (carer or make_carer(session)).id,
        "called": "陳婆婆",
        "area_code": "shek_lei",
        "first_visited_on": date(2026, 1, 5),
    }
    recipient = CareRecipient(**(facts | changes))
    session.add(recipient)
    session.flush()
    return recipient


def make_request(
    session: Session,
    recipient: CareRecipient | None = None,
    *,
    kind: str = "befriending",
    windows: Sequence[tuple[date | int, int, int]] = ((date(2026, 11, 26), 20, 24),),
    **changes: Any,
) -> CareRequest:
    """An open request for one visit at home, Thursday 26 November, 10:00 to 12:00.

    `windows` are (date or weekday, from slot, to slot).
    """
    make_kind(session, kind)
    recipient = recipient or make_recipient(session)
    facts: dict[str, Any] = {
        "code": a_code("R"),
        "carer_id": recipient.carer_id,
        "recipient_id": recipient.id,
        "kind_code": kind,
        "status": RequestStatus.OPEN,
        "rhythm": Rhythm.ONCE if isinstance(windows[0][0], date) else Rhythm.WEEKLY,
        "area_code": recipient.area_code,
        "source": Source.ONLINE,
        "submitted_at": NOW - timedelta(days=7),
        "spoken_on": NOW.date(),
        "spoken_how": SpokenHow.PHONE_CALL,
        "triaged_at": NOW,
    }
    request = CareRequest(
        **(facts | {"triaged_by_id": make_coordinator(session, "Who Triaged").id} | changes)
    )
    request.windows = [
        RequestWindow(
            position=position,
            on_date=day if isinstance(day, date) else None,
            weekday=None if isinstance(day, date) else day,
            from_slot=from_slot,
            to_slot=to_slot,
        )
        for position, (day, from_slot, to_slot) in enumerate(windows)
    ]
    session.add(request)
    session.flush()
    return request


def make_occurrence(session: Session, request: CareRequest, day: date = date(2026, 11, 26)) -> Occurrence:
    """An occurrence of `request` on `day`, at the time of its first window."""
    window = request.windows[0]
    occurrence = Occurrence(
        code=f"{request.code}/{day:%Y%m%d}-0", request_id=request.id, first_day=day, last_day=day
    )
    occurrence.options = [
        OccurrenceOption(position=0, on_date=day, from_slot=window.from_slot, to_slot=window.to_slot)
    ]
    session.add(occurrence)
    session.flush()
    return occurrence


def make_visit(
    session: Session, request: CareRequest, day: date = date(2026, 11, 26), **changes: Any
) -> Visit:
    """A visit of `request` on `day`, at the time of its first window, with nobody on it yet."""
    window = request.windows[0]
    facts: dict[str, Any] = {
        "occurrence_id": make_occurrence(session, request, day).id,
        "request_id": request.id,
        "on_date": day,
        "from_slot": window.from_slot,
        "to_slot": window.to_slot,
        "made_at": NOW,
    }
    visit = Visit(**(facts | changes))
    session.add(visit)
    session.flush()
    return visit


def give_seat(
    session: Session, visit: Visit, volunteer: Volunteer, status: SeatStatus = SeatStatus.OFFERED
) -> VisitSeat:
    """A seat for `volunteer` at `visit`, with its offer. The database may refuse it."""
    offer = Offer(
        volunteer_id=volunteer.id,
        request_id=visit.request_id,
        token_hash=f"{next(_numbers):064d}",
        made_by_id=make_coordinator(session, "Who Approved").id,
        made_at=NOW,
        leaves_at=NOW + timedelta(minutes=10),
        answer_by=NOW + timedelta(hours=48),
    )
    session.add(offer)
    session.flush()
    seat = VisitSeat(
        visit_id=visit.id, volunteer_id=volunteer.id, offer_id=offer.id, status=status, made_at=NOW
    )
    session.add(seat)
    session.flush()
    return seat

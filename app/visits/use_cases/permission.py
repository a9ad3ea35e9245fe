"""Whether those who hold a seat may still go: asked each night and minute, and whenever an address is shown."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from app.care_requests.models import CareRequest
from app.safeguarding.models import ClearanceKind
from app.safeguarding.queries import is_cleared, may_not_meet
from app.visits.models import LIVE_SEATS, EndedBecause, Visit, VisitSeat
from app.visits.queries import are_details_released
from app.volunteers.models import ADULT_AGE, Volunteer, VolunteerStatus
from app.volunteers.queries import consent_in_force, is_minor


def seats_that_no_longer_hold(
    session: Session, *which: ColumnElement[bool]
) -> list[tuple[VisitSeat, EndedBecause]]:
    """Live seats whose holders may not go by now (RELIABILITY S1), and why, visit by visit: who paused or left, who is
    to be kept apart or is family, whose clearance or guardian's consent does not hold on the day.

    `which` are conditions on visits: whoever guides a minor must be among the seats looked at.
    """
    rows = session.execute(
        select(
            VisitSeat,
            may_not_meet(VisitSeat.volunteer_id, CareRequest.recipient_id).label("is_apart"),
            is_cleared(VisitSeat.volunteer_id, CareRequest.clearance, Visit.on_date).label("has_clearance"),
            is_cleared(VisitSeat.volunteer_id, ClearanceKind.SCRC, Visit.on_date).label("may_guide_minors"),
        )
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .join(CareRequest, CareRequest.id == Visit.request_id)
        .where(VisitSeat.status.in_(LIVE_SEATS), *which)
        .order_by(VisitSeat.visit_id, VisitSeat.id)
        .options(joinedload(VisitSeat.volunteer), joinedload(VisitSeat.visit).joinedload(Visit.request))
        .execution_options(populate_existing=True)
    ).all()
    guided = {row.VisitSeat.visit_id for row in rows if row.may_guide_minors and not _is_minor(row.VisitSeat)}
    found = []
    for row in rows:
        because = _speaks_against(
            row.VisitSeat,
            is_apart=row.is_apart,
            has_clearance=row.has_clearance,
            is_guided=row.VisitSeat.visit_id in guided,
        )
        if because is not None:
            found.append((row.VisitSeat, because))
    return found


def visits_to_look_at(session: Session, from_day: date) -> list[int]:
    """Visits on `from_day` or later among which are all that hold such a seat: found in one query, without their rows.

    Every visit of somebody who may be a minor is among them.
    """
    youngest_adult = from_day.year - ADULT_AGE - 1
    is_apart = may_not_meet(VisitSeat.volunteer_id, CareRequest.recipient_id)
    lacks_clearance = CareRequest.clearance.is_not(None) & ~is_cleared(
        VisitSeat.volunteer_id, CareRequest.clearance, Visit.on_date
    )
    return list(
        session.scalars(
            select(VisitSeat.visit_id)
            .join(Visit, Visit.id == VisitSeat.visit_id)
            .join(CareRequest, CareRequest.id == Visit.request_id)
            .join(Volunteer, Volunteer.id == VisitSeat.volunteer_id)
            .where(
                VisitSeat.status.in_(LIVE_SEATS),
                Visit.on_date >= from_day,
                or_(
                    Volunteer.status != VolunteerStatus.ACTIVE,
                    Volunteer.birth_year > youngest_adult,
                    lacks_clearance,
                    is_apart,
                ),
            )
            .distinct()
        )
    )


def may_see_details(session: Session, seat: VisitSeat, now: datetime) -> bool:
    """Whether the holder of this seat may see name and address at this moment: in time, and permitted to go."""
    return are_details_released(seat, now) and all(
        held.id != seat.id for held, _because in seats_that_no_longer_hold(session, Visit.id == seat.visit_id)
    )


def _speaks_against(
    seat: VisitSeat, *, is_apart: bool, has_clearance: bool, is_guided: bool
) -> EndedBecause | None:
    """Why the holder of the seat may not go; None when nothing does."""
    if seat.volunteer.status is not VolunteerStatus.ACTIVE:
        return EndedBecause.NOT_ACTIVE
    if is_apart:
        return EndedBecause.NOT_PERMITTED
    if not _is_minor(seat):
        needs_clearance = seat.visit.request.clearance is not None
        return EndedBecause.NOT_PERMITTED if needs_clearance and not has_clearance else None
    if consent_in_force(seat.volunteer, seat.visit.on_date) is None:
        return EndedBecause.NOT_PERMITTED
    return None if is_guided else EndedBecause.ADULT_LEFT


def _is_minor(seat: VisitSeat) -> bool:
    return is_minor(seat.volunteer, seat.visit.on_date)

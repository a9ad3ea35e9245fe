"""Visits together, and visits alone afterwards: what is arranged, told and still wanted."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Account
from app.care_requests.models import CareRequest
from app.handover.models import (
    TOGETHER,
    Handover,
    HandoverStatus,
    Party,
    ShadowReport,
    ShadowStatus,
    ShadowVisit,
)
from app.shared.database import among
from app.shared.times import hong_kong_date, slot_moment
from app.visits.models import AGREED, Feedback, SeatStatus, Visit, VisitReport, VisitSeat, VisitStatus, Went
from app.visits.queries import details_open_from
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import own_volunteer

DETAILS_FOR = timedelta(hours=24)
"""So long after a visit its address can be seen, as by those who hold a seat."""
TOLD_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class Wanted:
    """A successor who should go along with a senior, so many times more."""

    handover_id: int
    senior_id: int
    successor_id: int
    recipient_id: int
    visits: int


@dataclass(frozen=True)
class Taken:
    """Time of a volunteer that an arranged visit together takes."""

    volunteer_id: int
    on_date: date
    from_slot: int
    to_slot: int


def shadows_wanted(session: Session) -> list[Wanted]:
    """Who should go along with whom: handovers to which the carer agrees, less what is done or arranged."""
    handovers = session.scalars(
        select(Handover)
        .join(Volunteer, Volunteer.id == Handover.senior_id)
        .where(Handover.status.in_(TOGETHER), Volunteer.status == VolunteerStatus.ACTIVE)
        .order_by(Handover.id)
        .options(joinedload(Handover.request), joinedload(Handover.successor))
    ).all()
    done = visits_together(session, handovers, {ShadowStatus.ARRANGED, ShadowStatus.DONE})
    found = []
    for handover in handovers:
        request, successor = handover.request, handover.successor
        is_led = handover.status is HandoverStatus.LEADING
        missing = (handover.led_wanted if is_led else handover.shadows_wanted) - done[handover.id, is_led]
        if missing > 0 and request is not None and request.recipient_id is not None and successor is not None:
            found.append(Wanted(handover.id, handover.senior_id, successor.id, request.recipient_id, missing))
    return found


def visits_together(
    session: Session, handovers: Sequence[Handover], statuses: Collection[ShadowStatus]
) -> Counter[tuple[int, bool]]:
    """By handover and whether the successor led: visits of the present successor in these states."""
    rows = session.execute(
        select(ShadowVisit.handover_id, ShadowVisit.is_led, func.count())
        .join(Handover, Handover.id == ShadowVisit.handover_id)
        .where(
            among(ShadowVisit.handover_id, [handover.id for handover in handovers]),
            ShadowVisit.successor_id == Handover.successor_id,
            ShadowVisit.status.in_(statuses),
        )
        .group_by(ShadowVisit.handover_id, ShadowVisit.is_led)
    )
    return Counter({(row[0], row[1]): row[2] for row in rows})


def visits_alone(session: Session, handovers: Sequence[Handover]) -> Mapping[int, int]:
    """By handover: visits the successor has gone to since the duty is theirs, and nobody spoke of trouble."""
    trouble = exists().where(
        VisitReport.seat_id == VisitSeat.id, VisitReport.went == Went.DIFFICULT
    ) | exists().where(and_(Feedback.visit_id == Visit.id, Feedback.was_good.is_(False)))
    rows = session.execute(
        select(Handover.id, Visit.on_date, Handover.signed_off_at)
        .join(Visit, Visit.request_id == Handover.request_id)
        .join(
            VisitSeat, and_(VisitSeat.visit_id == Visit.id, VisitSeat.volunteer_id == Handover.successor_id)
        )
        .where(
            among(Handover.id, [handover.id for handover in handovers]),
            Handover.signed_off_at.is_not(None),
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.status.in_((VisitStatus.ATTENDED, VisitStatus.REPORTED)),
            ~trouble,
        )
    )
    return Counter(
        handover_id
        for handover_id, on_date, signed_off_at in rows
        if signed_off_at is not None and on_date >= hong_kong_date(signed_off_at)
    )


def time_taken(session: Session, first_day: date, last_day: date) -> list[Taken]:
    """The time that arranged visits together take between two days, both inclusive."""
    rows = session.execute(
        select(
            ShadowVisit.successor_id, ShadowVisit.on_date, ShadowVisit.from_slot, ShadowVisit.to_slot
        ).where(
            ShadowVisit.status.in_((ShadowStatus.ARRANGED, ShadowStatus.DONE)),
            ShadowVisit.on_date >= first_day,
            ShadowVisit.on_date <= last_day,
        )
    )
    return [Taken(*row) for row in rows]


def shadows_of(session: Session, handover_id: int) -> Sequence[ShadowVisit]:
    """The visits together of a handover but those cancelled, in time order."""
    return session.scalars(
        select(ShadowVisit)
        .where(ShadowVisit.handover_id == handover_id, ShadowVisit.status != ShadowStatus.CANCELLED)
        .order_by(ShadowVisit.on_date, ShadowVisit.from_slot)
        .options(selectinload(ShadowVisit.reports), joinedload(ShadowVisit.successor))
    ).all()


def shadows_to_come(session: Session, today: date) -> Sequence[ShadowVisit]:
    """Every visit together from today on, proposed or arranged, in time order."""
    return session.scalars(
        select(ShadowVisit)
        .where(
            ShadowVisit.status.in_((ShadowStatus.PROPOSED, ShadowStatus.ARRANGED)),
            ShadowVisit.on_date >= today,
        )
        .order_by(ShadowVisit.on_date, ShadowVisit.from_slot, ShadowVisit.id)
        .options(
            joinedload(ShadowVisit.successor),
            joinedload(ShadowVisit.handover).joinedload(Handover.senior),
            joinedload(ShadowVisit.handover).joinedload(Handover.request).joinedload(CareRequest.kind),
        )
    ).all()


def untold(session: Session, handover_ids: Collection[int], now: datetime) -> Counter[int]:
    """By handover: visits together that are over and that one of the two has not told of."""
    rows = session.scalars(
        select(ShadowVisit).where(
            among(ShadowVisit.handover_id, handover_ids),
            ShadowVisit.status == ShadowStatus.ARRANGED,
            ShadowVisit.on_date <= hong_kong_date(now),
        )
    )
    return Counter(row.handover_id for row in rows if is_over(row, now))


def is_over(shadow: ShadowVisit, now: datetime) -> bool:
    """Whether its time has ended."""
    return slot_moment(shadow.on_date, shadow.to_slot) <= now


def senior_goes(session: Session, shadow: ShadowVisit) -> bool:
    """Whether the visit stands, with the senior on it: nobody goes along without them."""
    return (
        session.scalar(
            select(VisitSeat.id)
            .join(Visit, Visit.id == VisitSeat.visit_id)
            .join(Handover, Handover.senior_id == VisitSeat.volunteer_id)
            .where(
                Handover.id == shadow.handover_id,
                Visit.occurrence_id == shadow.occurrence_id,
                Visit.status.in_(AGREED | {VisitStatus.ATTENDED, VisitStatus.REPORTED}),
                VisitSeat.status == SeatStatus.ACCEPTED,
            )
        )
        is not None
    )


def visits_to_join(session: Session, handover: Handover, now: datetime) -> Sequence[Visit]:
    """The senior's agreed visits to come of the request, at which nobody goes along yet."""
    if handover.status not in TOGETHER:
        return []
    taken = select(ShadowVisit.occurrence_id).where(
        ShadowVisit.handover_id == handover.id, ShadowVisit.status != ShadowStatus.CANCELLED
    )
    return session.scalars(
        select(Visit)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(
            Visit.request_id == handover.request_id,
            Visit.status.in_(AGREED),
            Visit.on_date > hong_kong_date(now),
            VisitSeat.volunteer_id == handover.senior_id,
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.occurrence_id.not_in(taken),
        )
        .order_by(Visit.on_date, Visit.from_slot)
    ).all()


def shadow_shown(
    session: Session, _account: Account, shadow_id: int, **_others: object
) -> ShadowVisit | None:
    """Any visit together that was not cancelled, for coordinators."""
    shadow = session.get(ShadowVisit, shadow_id)
    return shadow if shadow is not None and shadow.status is not ShadowStatus.CANCELLED else None


def visit_of_handover(session: Session, _account: Account, handover_id: int, visit_id: int) -> Visit | None:
    """A visit of the request whose visits are being handed over, for coordinators."""
    handover, visit = session.get(Handover, handover_id), session.get(Visit, visit_id)
    if handover is None or visit is None or visit.request_id != handover.request_id:
        return None
    return visit


@dataclass(frozen=True)
class OwnShadow:
    """A visit together, as one of the two sees it."""

    shadow: ShadowVisit
    volunteer: Volunteer
    party: Party


def own_shadow(
    session: Session, account: Account, volunteer_id: int, shadow_id: int, **_others: object
) -> OwnShadow | None:
    """An arranged visit together of a volunteer this account signs in for."""
    volunteer = own_volunteer(session, account, volunteer_id)
    shadow = session.get(ShadowVisit, shadow_id)
    if volunteer is None or shadow is None:
        return None
    if shadow.status not in (ShadowStatus.ARRANGED, ShadowStatus.DONE):
        return None
    if shadow.handover.senior_id == volunteer_id:
        return OwnShadow(shadow, volunteer, Party.SENIOR)
    is_theirs = shadow.successor_id == volunteer_id and shadow.handover.successor_id == volunteer_id
    return OwnShadow(shadow, volunteer, Party.SUCCESSOR) if is_theirs else None


def report_by(shadow: ShadowVisit, party: Party) -> ShadowReport | None:
    """What one of the two has told of a visit together."""
    return next((report for report in shadow.reports if report.party is party), None)


def may_see_details(session: Session, own: OwnShadow, now: datetime) -> bool:
    """Whether the successor may see where to go: from two days before to one day after, while it all stands."""
    shadow = own.shadow
    visit = session.scalars(
        select(Visit).where(
            Visit.occurrence_id == shadow.occurrence_id, Visit.status != VisitStatus.CANCELLED
        )
    ).one_or_none()
    return (
        visit is not None
        and own.party is Party.SUCCESSOR
        and shadow.handover.status in TOGETHER
        and own.volunteer.status is VolunteerStatus.ACTIVE
        and senior_goes(session, shadow)
        and details_open_from(visit) <= now <= slot_moment(shadow.on_date, shadow.to_slot) + DETAILS_FOR
    )

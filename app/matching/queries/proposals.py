"""What can be asked of proposals, and which needed visits lack somebody."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.care_requests.models import CareRequest, Occurrence, OccurrenceOption, RequestStatus
from app.care_requests.queries.requests import Page
from app.matching.models import Proposal, ProposalStatus
from app.visits.models import LIVE_SEATS, Visit, VisitSeat, VisitStatus
from app.volunteers.models import FreeTime, Volunteer, VolunteerArea, VolunteerStatus

REQUESTS_A_PAGE = 10


@dataclass(frozen=True)
class RunnerUp:
    """The next best for a seat: what choosing them would cost the plan, and whose visits they would leave."""

    volunteer: Volunteer
    cost: int | None
    """In the policy's points; None when a promise stands in the way."""
    leaves: int
    """How many other visits would lose them."""
    reasons: Mapping[str, Any]


@dataclass(frozen=True)
class ProposalShown:
    """A proposal with its reasons and runner-up."""

    proposal: Proposal
    runner_up: RunnerUp | None

    @property
    def reasons(self) -> Mapping[str, Any]:
        """As `reasons_for` gives them."""
        reasons: Mapping[str, Any] = self.proposal.explanation["reasons"]
        return reasons


@dataclass(frozen=True)
class OccasionProposed:
    """One needed visit: its time, who is proposed, and who holds a seat already."""

    occurrence: Occurrence
    proposals: Sequence[ProposalShown]
    held: Sequence[VisitSeat]

    @property
    def time(self) -> Proposal:
        """The proposal whose time it is: all have the same."""
        return self.proposals[0].proposal


@dataclass(frozen=True)
class RequestProposed:
    """A request with everything that is proposed for it."""

    request: CareRequest
    occasions: Sequence[OccasionProposed]
    is_plain: bool
    is_urgent: bool

    @property
    def ids(self) -> str:
        """The proposals, as the button that approves them sends them: "12-13"."""
        return "-".join(str(each.proposal.id) for occasion in self.occasions for each in occasion.proposals)

    @property
    def rows(self) -> list[tuple[OccasionProposed, ProposalShown]]:
        """Every proposal with its occasion, in time order."""
        return [(occasion, each) for occasion in self.occasions for each in occasion.proposals]


@dataclass(frozen=True)
class ProposalCounts:
    """How many requests wait for a decision, and how many of them are plain."""

    requests: int
    plain: int

    @property
    def others(self) -> int:
        """Those that want a look each."""
        return self.requests - self.plain


@dataclass(frozen=True)
class ProposalFilter:
    """What the list of proposals is narrowed to: an area, the day of a visit, one request; None: all."""

    area: str = ""
    until: date | None = None
    request_id: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for the database, over proposals, occurrences and requests."""
        wanted: list[ColumnElement[bool]] = []
        if self.area:
            wanted.append(CareRequest.area_code == self.area)
        if self.until is not None:
            wanted.append(Proposal.on_date <= self.until)
        if self.request_id is not None:
            wanted.append(Occurrence.request_id == self.request_id)
        return wanted


def proposal_counts(session: Session) -> ProposalCounts:
    """How many requests have open proposals."""
    plain = _requests_with_proposals(date.min).subquery()
    requests, all_plain = session.execute(
        select(func.count(), func.coalesce(func.sum(plain.c.plain), 0)).select_from(plain)
    ).one()
    return ProposalCounts(requests, all_plain)


def areas_proposed(session: Session) -> frozenset[str]:
    """The areas of the requests with open proposals."""
    query = (
        select(CareRequest.area_code)
        .join(Occurrence, Occurrence.request_id == CareRequest.id)
        .join(Proposal, Proposal.occurrence_id == Occurrence.id)
        .where(Proposal.status == ProposalStatus.OPEN, CareRequest.area_code.is_not(None))
        .distinct()
    )
    return frozenset(code for code in session.scalars(query) if code is not None)


def requests_proposed(
    session: Session,
    *,
    today: date,
    plain: bool | None = None,
    number: int = 1,
    narrowed: ProposalFilter | None = None,
    length: int = REQUESTS_A_PAGE,
) -> Page[RequestProposed]:
    """Page `number` of the requests with open proposals: urgent ones first, then those that want a look, then plain
    ones, each by the day of the first visit. `plain` and `narrowed` leave some out."""
    query = _requests_with_proposals(today)
    if narrowed is not None:
        query = query.where(*narrowed.conditions())
    rows = [row for row in session.execute(query) if plain is None or bool(row.plain) is plain]
    pages = max(1, -(-len(rows) // length))
    number = min(max(number, 1), pages)
    chosen = rows[(number - 1) * length : number * length]
    shown = _proposed(session, [row.request_id for row in chosen])
    requests = [
        RequestProposed(
            shown[row.request_id][0].occurrence.request,
            shown[row.request_id],
            bool(row.plain),
            bool(row.urgent),
        )
        for row in chosen
    ]
    return Page(requests, number, pages, len(rows))


def requests_with_somebody_proposed(session: Session, request_ids: Sequence[int]) -> frozenset[int]:
    """Those of these requests for which somebody is proposed and nobody has decided yet (care_requests' seam)."""
    return frozenset(
        session.scalars(
            select(Occurrence.request_id)
            .join(Proposal, Proposal.occurrence_id == Occurrence.id)
            .where(Proposal.status == ProposalStatus.OPEN, Occurrence.request_id.in_(request_ids))
        )
    )


def proposal_shown(session: Session, _account: Account, proposal_id: int) -> Proposal | None:
    """A proposal with what its page shows, decided or not."""
    return session.scalars(
        select(Proposal)
        .where(Proposal.id == proposal_id)
        .options(
            joinedload(Proposal.volunteer),
            joinedload(Proposal.occurrence).joinedload(Occurrence.request).joinedload(CareRequest.recipient),
            joinedload(Proposal.occurrence).joinedload(Occurrence.request).joinedload(CareRequest.kind),
        )
    ).one_or_none()


def proposals_of(session: Session, request_id: int) -> Sequence[Proposal]:
    """What is proposed for a request and waits, in time order, and who was refused for it, the latest first."""
    return session.scalars(
        select(Proposal)
        .join(Proposal.occurrence)
        .where(
            Occurrence.request_id == request_id,
            Proposal.status.in_((ProposalStatus.OPEN, ProposalStatus.REFUSED)),
        )
        .order_by(Proposal.decided_at.desc(), Proposal.on_date, Proposal.from_slot, Proposal.id)
        .options(joinedload(Proposal.volunteer))
    ).all()


def occurrence_shown(session: Session, _account: Account, occurrence_id: int) -> Occurrence | None:
    """A needed visit of an open request that was not called off."""
    return session.scalars(
        select(Occurrence)
        .join(Occurrence.request)
        .where(
            Occurrence.id == occurrence_id,
            Occurrence.cancelled_at.is_(None),
            CareRequest.status == RequestStatus.OPEN,
        )
        .options(
            joinedload(Occurrence.request).joinedload(CareRequest.recipient),
            joinedload(Occurrence.request).joinedload(CareRequest.kind),
        )
    ).one_or_none()


def open_proposals(session: Session, occurrence_id: int) -> Sequence[Proposal]:
    """Proposals of one needed visit that wait for a decision."""
    return session.scalars(
        select(Proposal)
        .where(Proposal.status == ProposalStatus.OPEN, Proposal.occurrence_id == occurrence_id)
        .order_by(Proposal.seat_number)
        .options(joinedload(Proposal.volunteer), joinedload(Proposal.occurrence))
    ).all()


class PairingProposed(NamedTuple):
    """Who is proposed for which needed visit, and when: a proposal that is open, without its reasons."""

    proposal_id: int
    occurrence_id: int
    occurrence_code: str
    volunteer_id: int
    on_date: date
    from_slot: int
    to_slot: int


def pairings_proposed(session: Session) -> list[PairingProposed]:
    """The pairings of every open proposal, the plan that stands tonight; the reasons, which are large, stay unread."""
    rows = session.execute(
        select(
            Proposal.id,
            Proposal.occurrence_id,
            Occurrence.code,
            Proposal.volunteer_id,
            Proposal.on_date,
            Proposal.from_slot,
            Proposal.to_slot,
        )
        .join(Proposal.occurrence)
        .where(Proposal.status == ProposalStatus.OPEN)
        .order_by(Proposal.occurrence_id, Proposal.seat_number)
    )
    return [PairingProposed(*row) for row in rows]


def volunteers_serving(session: Session, area: str | None) -> frozenset[int]:
    """Active volunteers who go to an area (None: everybody): among them are all whom the first rule lets pass."""
    query = select(Volunteer.id).where(Volunteer.status == VolunteerStatus.ACTIVE)
    if area is not None:
        goes_there = select(VolunteerArea.volunteer_id).where(VolunteerArea.area_code == area)
        query = query.where(Volunteer.serves_all_areas | Volunteer.id.in_(goes_there))
    return frozenset(session.scalars(query))


def volunteers_who_might_go(session: Session, occurrences: Iterable[Occurrence]) -> frozenset[int]:
    """Of those who serve the areas of these visits: who may be free at one of their times, or is promised that day.

    Among them are all whom the rules about area and free time let pass, and who is kept by a promise alone: few of
    a large district, and the engine looks at nobody else.
    """
    might: frozenset[int] = frozenset()
    for occurrence in occurrences:
        moved = select(Visit.on_date, Visit.from_slot, Visit.to_slot).where(
            Visit.occurrence_id == occurrence.id, Visit.status != VisitStatus.CANCELLED
        )
        times = {(each.on_date, each.from_slot, each.to_slot) for each in occurrence.options}
        times |= {(day, start, end) for day, start, end in session.execute(moved)}
        free = select(FreeTime.volunteer_id).where(
            or_(
                *(
                    (FreeTime.weekday == day.weekday())
                    & (FreeTime.from_slot < end)
                    & (FreeTime.to_slot > start)
                    for day, start, end in times
                )
            )
        )
        promised = (
            select(VisitSeat.volunteer_id)
            .join(Visit, Visit.id == VisitSeat.visit_id)
            .where(VisitSeat.status.in_(LIVE_SEATS), Visit.on_date.in_({day for day, _start, _end in times}))
        )
        serving = volunteers_serving(session, occurrence.request.area_code)
        might |= serving.intersection(session.scalars(free.union(promised)))
    return might


def occurrences_by_code(session: Session, codes: Iterable[str]) -> dict[str, Occurrence]:
    """The needed visits of these codes, with their requests."""
    rows = session.scalars(
        select(Occurrence)
        .where(Occurrence.code.in_(set(codes)))
        .options(
            joinedload(Occurrence.request).joinedload(CareRequest.kind),
            joinedload(Occurrence.request).joinedload(CareRequest.recipient),
        )
    )
    return {row.code: row for row in rows}


def volunteers_by_code(session: Session, codes: Iterable[str]) -> dict[str, Volunteer]:
    """The volunteers of these codes."""
    rows = session.scalars(select(Volunteer).where(Volunteer.code.in_(set(codes))))
    return {row.code: row for row in rows}


def times_ahead(occurrence: Occurrence, from_day: date) -> list[OccurrenceOption]:
    """The times at which a needed visit may take place on `from_day` or later."""
    return [option for option in occurrence.options if option.on_date >= from_day]


def occurrences_uncovered(session: Session, first_day: date, last_day: date) -> Sequence[Occurrence]:
    """Needed visits of open requests between two days for which nobody holds a seat or is proposed: urgent ones first,
    then the soonest."""
    is_urgent = case(
        (
            and_(CareRequest.urgent_until.is_not(None), CareRequest.urgent_until >= Occurrence.first_day),
            0,
        ),
        else_=1,
    )
    return session.scalars(
        select(Occurrence)
        .join(Occurrence.request)
        .where(
            Occurrence.cancelled_at.is_(None),
            Occurrence.last_day >= first_day,
            Occurrence.first_day <= last_day,
            CareRequest.status == RequestStatus.OPEN,
            ~is_taken(),
            ~is_proposed(),
        )
        .order_by(is_urgent, Occurrence.first_day, Occurrence.code)
        .options(
            joinedload(Occurrence.request).joinedload(CareRequest.kind),
            joinedload(Occurrence.request).joinedload(CareRequest.recipient),
        )
    ).all()


def occurrences_to_cover(session: Session, request_id: int, first_day: date) -> Sequence[Occurrence]:
    """Needed visits of a request on `first_day` or later that lack somebody and for which nobody is proposed, in
    time order: nobody holds a seat, or somebody cannot come after all."""
    lost_somebody = (
        select(Visit.id)
        .where(Visit.occurrence_id == Occurrence.id, Visit.status == VisitStatus.NEEDS_COVER)
        .correlate(Occurrence)
        .exists()
    )
    return session.scalars(
        select(Occurrence)
        .join(Occurrence.request)
        .where(
            Occurrence.request_id == request_id,
            Occurrence.cancelled_at.is_(None),
            Occurrence.last_day >= first_day,
            CareRequest.status == RequestStatus.OPEN,
            or_(~is_taken(), lost_somebody),
            ~is_proposed(),
        )
        .order_by(Occurrence.first_day, Occurrence.code)
    ).all()


def is_proposed() -> ColumnElement[bool]:
    """Somebody is proposed for the occurrence."""
    return (
        select(Proposal.id)
        .where(Proposal.occurrence_id == Occurrence.id, Proposal.status == ProposalStatus.OPEN)
        .correlate(Occurrence)
        .exists()
    )


def is_taken() -> ColumnElement[bool]:
    """Somebody holds a seat at a visit of the occurrence."""
    return (
        select(VisitSeat.id)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .where(Visit.occurrence_id == Occurrence.id, VisitSeat.status.in_(LIVE_SEATS))
        .correlate(Occurrence)
        .exists()
    )


def _requests_with_proposals(today: date) -> Select[int, int, int, date]:
    """(request_id, plain, urgent, first_day) of requests with open proposals, in the order of lists."""
    urgent = func.max(case((CareRequest.urgent_until >= today, 1), else_=0)).label("urgent")
    plain = func.min(case((Proposal.is_plain, 1), else_=0)).label("plain")
    first_day = func.min(Proposal.on_date).label("first_day")
    return (
        select(Occurrence.request_id, plain, urgent, first_day)
        .select_from(Proposal)
        .join(Occurrence, Occurrence.id == Proposal.occurrence_id)
        .join(CareRequest, CareRequest.id == Occurrence.request_id)
        .where(Proposal.status == ProposalStatus.OPEN)
        .group_by(Occurrence.request_id)
        .order_by(urgent.desc(), plain, first_day, Occurrence.request_id)
    )


def _proposed(session: Session, request_ids: Collection[int]) -> dict[int, list[OccasionProposed]]:
    """By request: its needed visits with open proposals, in time order."""
    proposals = session.scalars(
        select(Proposal)
        .join(Proposal.occurrence)
        .where(Proposal.status == ProposalStatus.OPEN, Occurrence.request_id.in_(request_ids))
        .order_by(Proposal.on_date, Proposal.from_slot, Proposal.occurrence_id, Proposal.seat_number)
        .options(
            joinedload(Proposal.volunteer),
            joinedload(Proposal.occurrence).joinedload(Occurrence.request).joinedload(CareRequest.kind),
            joinedload(Proposal.occurrence).joinedload(Occurrence.request).joinedload(CareRequest.recipient),
            joinedload(Proposal.occurrence)
            .joinedload(Occurrence.request)
            .selectinload(CareRequest.languages),
        )
    ).all()
    next_best = {proposal.id: next(iter(proposal.explanation["runners_up"]), None) for proposal in proposals}
    people = volunteers_by_code(session, [each["volunteer"] for each in next_best.values() if each])
    held = _held(session, {proposal.occurrence_id for proposal in proposals})
    by_occurrence: dict[int, list[ProposalShown]] = defaultdict(list)
    for proposal in proposals:
        by_occurrence[proposal.occurrence_id].append(
            ProposalShown(proposal, _runner_up(next_best[proposal.id], people))
        )
    by_request: dict[int, list[OccasionProposed]] = defaultdict(list)
    for occurrence_id, shown in by_occurrence.items():
        occurrence = shown[0].proposal.occurrence
        by_request[occurrence.request_id].append(
            OccasionProposed(occurrence, shown, held.get(occurrence_id, ()))
        )
    return by_request


def _runner_up(said: Mapping[str, Any] | None, people: Mapping[str, Volunteer]) -> RunnerUp | None:
    if said is None or said["volunteer"] not in people:
        return None
    return RunnerUp(people[said["volunteer"]], said["cost"], len(said["takes_from"]), said["reasons"])


def _held(session: Session, occurrence_ids: Collection[int]) -> dict[int, list[VisitSeat]]:
    """By occurrence: the live seats at its visit."""
    seats: dict[int, list[VisitSeat]] = defaultdict(list)
    for seat in session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(Visit.occurrence_id.in_(occurrence_ids), VisitSeat.status.in_(LIVE_SEATS))
        .options(joinedload(VisitSeat.volunteer), joinedload(VisitSeat.visit), joinedload(VisitSeat.offer))
    ):
        seats[seat.visit.occurrence_id].append(seat)
    return seats

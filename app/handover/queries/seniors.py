"""Who is senior (資深), and what each of them holds. Experience, never age."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.care_requests.models import CareRecipient, CareRequest, KnownHelper, RequestStatus, Rhythm
from app.handover.models import OVER, PASSED_ON, DutyKind, Handover, HeldDuty, SeniorRule
from app.shared.database import among
from app.shared.times import add_months
from app.shared.words import folded
from app.visits.models import AGREED, HELD, SeatStatus, Visit, VisitSeat
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import GONE

LATELY = timedelta(days=56)
"""Who has gone to a weekly request in these days, or is to go, holds its visits."""
HERE = frozenset({VolunteerStatus.ACTIVE, VolunteerStatus.PAUSED})

HoursServed = Callable[[Session, Collection[int] | None], Mapping[int, int]]
"""`(session, volunteers or everybody)` → minutes in the ledger by volunteer."""

_hours_served: list[HoursServed] = []


def install_hours_served(hours_served: HoursServed) -> None:
    """Ask this for the hours in the ledger. Called once by whoever puts the rooms together."""
    _hours_served[:] = [hours_served]


class SeniorBecause(StrEnum):
    """Why somebody is senior."""

    DECISION = "decision"
    YEARS = "years"
    HOURS = "hours"
    KIND_VISITS = "kind_visits"


@dataclass(frozen=True)
class Experience:
    """What somebody has behind them: whole years, confirmed hours, and visits of the kind they went to most."""

    years: int
    hours: int
    kind_visits: int


class Register(Protocol):
    """What the register of volunteers says of somebody: a `Volunteer`, or a row of these columns."""

    @property
    def id(self) -> int: ...
    @property
    def senior_since(self) -> date | None: ...
    @property
    def volunteer_since(self) -> date | None: ...
    @property
    def confirmed_hours_before(self) -> float: ...


@dataclass(frozen=True)
class Senior:
    """A senior volunteer, why they are one, and how much they hold."""

    volunteer: Volunteer
    because: tuple[SeniorBecause, ...]
    experience: Experience
    weekly: int = 0
    """Requests whose weekly visits they hold."""
    handing_over: int = 0
    followed: int = 0
    """Of those, with somebody named to follow."""


def senior_rule(session: Session) -> SeniorRule:
    """The rule as it stands."""
    return session.get_one(SeniorRule, 1)


def because_of(
    rule: SeniorRule, volunteer: Register, experience: Experience, on: date
) -> tuple[SeniorBecause, ...]:
    """Why this volunteer is senior on a day; empty: they are not."""
    facts = {
        SeniorBecause.DECISION: volunteer.senior_since is not None and volunteer.senior_since <= on,
        SeniorBecause.YEARS: rule.years is not None and experience.years >= rule.years,
        SeniorBecause.HOURS: rule.hours is not None and experience.hours >= rule.hours,
        SeniorBecause.KIND_VISITS: rule.kind_visits is not None
        and experience.kind_visits >= rule.kind_visits,
    }
    return tuple(because for because, holds in facts.items() if holds)


def experience_of(
    session: Session, volunteers: Sequence[Register], on: date, *, counts_kinds: bool = True
) -> dict[int, Experience]:
    """By volunteer: what they have behind them on a day; `counts_kinds` False: no visits by kind, one question less."""
    ids = {volunteer.id for volunteer in volunteers}
    minutes: Mapping[int, int] = _hours_served[0](session, ids) if _hours_served else {}
    visits = _most_of_a_kind(session, ids, on) if counts_kinds else {}
    return {
        volunteer.id: Experience(
            years=_whole_years(volunteer.volunteer_since, on),
            hours=int(volunteer.confirmed_hours_before + minutes.get(volunteer.id, 0) / 60),
            kind_visits=visits.get(volunteer.id, 0),
        )
        for volunteer in volunteers
    }


def seniors_among(session: Session, volunteers: Sequence[Register], on: date) -> frozenset[int]:
    """Those of these volunteers who are senior on a day: who may go first to a home, or beside a newcomer."""
    rule = senior_rule(session)
    experience = experience_of(session, volunteers, on, counts_kinds=rule.kind_visits is not None)
    return frozenset(
        volunteer.id for volunteer in volunteers if because_of(rule, volunteer, experience[volunteer.id], on)
    )


def senior_of(session: Session, volunteer: Volunteer, on: date) -> Senior | None:
    """This volunteer as a senior, None when they are not."""
    experience = experience_of(session, [volunteer], on)[volunteer.id]
    because = because_of(senior_rule(session), volunteer, experience, on)
    return Senior(volunteer, because, experience) if because else None


def seniors(session: Session, on: date) -> list[Senior]:
    """Every senior who is here: who holds most and has nobody to follow first."""
    people = session.scalars(select(Volunteer).where(Volunteer.status.in_(HERE)).order_by(Volunteer.id)).all()
    experience = experience_of(session, people, on)
    rule = senior_rule(session)
    weekly = _weekly_counts(session, on)
    begun: dict[int, list[int | None]] = {}
    for senior_id, successor_id in session.execute(
        select(Handover.senior_id, Handover.successor_id).where(Handover.status.not_in(OVER))
    ):
        begun.setdefault(senior_id, []).append(successor_id)
    found = [
        Senior(
            volunteer,
            because,
            experience[volunteer.id],
            weekly=weekly.get(volunteer.id, 0),
            handing_over=len(begun.get(volunteer.id, ())),
            followed=sum(each is not None for each in begun.get(volunteer.id, ())),
        )
        for volunteer in people
        if (because := because_of(rule, volunteer, experience[volunteer.id], on))
    ]
    return sorted(
        found, key=lambda senior: (-(senior.weekly - senior.followed), -senior.weekly, senior.volunteer.code)
    )


def step_back_days(session: Session) -> dict[int, date]:
    """By senior: the first day from which they would like to do less, of the handovers that are under way."""
    rows = session.execute(
        select(Handover.senior_id, func.min(Handover.step_back_on))
        .where(
            Handover.step_back_on.is_not(None),
            Handover.status.not_in(OVER | PASSED_ON),
        )
        .group_by(Handover.senior_id)
    )
    return {senior_id: day for senior_id, day in rows if day is not None}


@dataclass(frozen=True)
class DutyHolders:
    """A role or knowledge, and everybody who holds it, in the same words."""

    held: HeldDuty
    people: tuple[Volunteer, ...]
    handover: Handover | None


def duty_holders(session: Session) -> list[DutyHolders]:
    """Every role and knowledge that is held: the one with the fewest people first."""
    rows = session.scalars(
        select(HeldDuty)
        .join(HeldDuty.volunteer)
        .where(HeldDuty.ended_at.is_(None), Volunteer.status.not_in(GONE))
        .order_by(HeldDuty.id)
        .options(joinedload(HeldDuty.volunteer))
    ).all()
    under_way = {
        handover.held_duty_id: handover
        for handover in session.scalars(
            select(Handover).where(Handover.held_duty_id.is_not(None), Handover.status.not_in(OVER))
        )
    }
    same: dict[tuple[DutyKind, str], list[HeldDuty]] = {}
    for row in rows:
        same.setdefault((row.kind, folded(row.words)), []).append(row)
    found = [
        DutyHolders(
            each[0],
            tuple({row.volunteer_id: row.volunteer for row in each}.values()),
            next((under_way[row.id] for row in each if row.id in under_way), None),
        )
        for each in same.values()
    ]
    return sorted(found, key=lambda each: (len(each.people), each.held.kind, each.held.id))


@dataclass(frozen=True)
class WeeklyDuty:
    """The weekly visits of a request that somebody holds."""

    request: CareRequest
    held: int
    """Visits they have gone to."""
    first_on: date
    next_on: date | None
    handover: Handover | None
    """The one that is under way."""


@dataclass(frozen=True)
class KnownClient:
    """Somebody cared for who knows the volunteer: surname and title, and since when."""

    called: str
    since: date
    recipient_id: int


@dataclass(frozen=True)
class OtherDuty:
    """A role or knowledge, and the handover that is under way."""

    held: HeldDuty
    handover: Handover | None


@dataclass(frozen=True)
class Holdings:
    """Everything a senior holds."""

    weekly: list[WeeklyDuty] = field(default_factory=list)
    clients: list[KnownClient] = field(default_factory=list)
    roles: list[OtherDuty] = field(default_factory=list)
    knowledge: list[OtherDuty] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.weekly or self.clients or self.roles or self.knowledge)


def holdings_of(session: Session, volunteer_id: int, today: date) -> Holdings:
    """What this volunteer holds today."""
    under_way = {
        (handover.request_id, handover.held_duty_id): handover
        for handover in session.scalars(
            select(Handover).where(Handover.senior_id == volunteer_id, Handover.status.not_in(OVER))
        )
    }
    others = [
        OtherDuty(held, under_way.get((None, held.id)))
        for held in session.scalars(
            select(HeldDuty)
            .where(HeldDuty.volunteer_id == volunteer_id, HeldDuty.ended_at.is_(None))
            .order_by(HeldDuty.id)
        )
    ]
    return Holdings(
        weekly=[
            WeeklyDuty(request, held, first_on, next_on, under_way.get((request.id, None)))
            for request, held, first_on, next_on in _weekly_duties(session, volunteer_id, today)
        ],
        clients=_clients(session, volunteer_id),
        roles=[each for each in others if each.held.kind is DutyKind.ROLE],
        knowledge=[each for each in others if each.held.kind is DutyKind.KNOWLEDGE],
    )


def held_duty_shown(session: Session, _account: Account, held_duty_id: int) -> HeldDuty | None:
    """A role or knowledge that somebody holds, for coordinators."""
    held = session.get(HeldDuty, held_duty_id)
    return held if held is not None and held.ended_at is None else None


def holds_visits_of(session: Session, volunteer_id: int, request_id: int, today: date) -> bool:
    """Whether this volunteer holds the weekly visits of that request."""
    return any(request.id == request_id for request, *_rest in _weekly_duties(session, volunteer_id, today))


def _weekly_duties(
    session: Session, volunteer_id: int, today: date
) -> list[tuple[CareRequest, int, date, date | None]]:
    """Open weekly requests to which they have gone lately or are to go: visits held, the first, the next to come."""
    went = VisitSeat.status == SeatStatus.ACCEPTED
    rows = session.execute(
        select(
            Visit.request_id,
            func.count().filter(Visit.on_date <= today),
            func.min(Visit.on_date),
            func.max(Visit.on_date),
            func.min(Visit.on_date).filter(Visit.on_date >= today, Visit.status.in_(AGREED)),
        )
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(VisitSeat.volunteer_id == volunteer_id, went, Visit.status.in_(HELD))
        .group_by(Visit.request_id)
    ).all()
    held = {row[0]: row for row in rows if row[3] >= today - LATELY}
    requests = session.scalars(
        select(CareRequest)
        .where(
            among(CareRequest.id, held.keys()),
            CareRequest.status == RequestStatus.OPEN,
            CareRequest.rhythm.in_((Rhythm.WEEKLY, Rhythm.WEEKLY_ANY_OF)),
        )
        .order_by(CareRequest.id)
        .options(
            joinedload(CareRequest.kind), joinedload(CareRequest.recipient), joinedload(CareRequest.carer)
        )
    ).all()
    return [(request, held[request.id][1], held[request.id][2], held[request.id][4]) for request in requests]


def _weekly_counts(session: Session, today: date) -> dict[int, int]:
    """By volunteer: how many open weekly requests they hold."""
    rows = session.execute(
        select(VisitSeat.volunteer_id, func.count(func.distinct(Visit.request_id)))
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .join(CareRequest, CareRequest.id == Visit.request_id)
        .where(
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.status.in_(HELD),
            Visit.on_date >= today - LATELY,
            CareRequest.status == RequestStatus.OPEN,
            CareRequest.rhythm.in_((Rhythm.WEEKLY, Rhythm.WEEKLY_ANY_OF)),
        )
        .group_by(VisitSeat.volunteer_id)
    )
    return {row[0]: row[1] for row in rows}


def _clients(session: Session, volunteer_id: int) -> list[KnownClient]:
    rows = session.execute(
        select(CareRecipient.called, KnownHelper.since, CareRecipient.id)
        .join(KnownHelper, KnownHelper.recipient_id == CareRecipient.id)
        .where(KnownHelper.volunteer_id == volunteer_id)
        .order_by(KnownHelper.since, CareRecipient.id)
    )
    return [KnownClient(*row) for row in rows]


def _most_of_a_kind(session: Session, ids: Collection[int], on: date) -> dict[int, int]:
    """By volunteer: visits held of the kind of support they went to most."""
    rows = session.execute(
        select(VisitSeat.volunteer_id, func.count())
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .join(CareRequest, CareRequest.id == Visit.request_id)
        .where(
            among(VisitSeat.volunteer_id, ids),
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.status.in_(HELD),
            Visit.on_date < on,
        )
        .group_by(VisitSeat.volunteer_id, CareRequest.kind_code)
    )
    most: dict[int, int] = {}
    for volunteer_id, visits in rows:
        most[volunteer_id] = max(visits, most.get(volunteer_id, 0))
    return most


def _whole_years(since: date | None, on: date) -> int:
    if since is None or since > on:
        return 0
    years = on.year - since.year
    return years if add_months(since, 12 * years) <= on else years - 1

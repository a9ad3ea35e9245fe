"""Tables to problem: the only module that speaks both. It reads columns, a few queries whatever the district's size.

Ids in the problem are reference codes, so that the same people and needs make the same problem in any database.
What MATCHING leaves to the service is decided here, each in a named function below.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, String, bindparam, or_, select
from sqlalchemy.orm import Session, joinedload

from app.care_requests.models import (
    CareRecipient,
    CareRequest,
    KnownHelper,
    Occurrence,
    RequestDemand,
    RequestLanguage,
    RequestSkill,
    RequestStatus,
)
from app.care_requests.queries.occurrences import waits_since
from app.catalogue.models import Area, District, SupportKind, TravelTime
from app.handover.queries.handovers import duties_passed_on
from app.handover.queries.shadows import Taken, shadows_wanted, time_taken
from app.matching import engine
from app.matching.engine import Option, Pin, Problem
from app.matching.engine.rows import MINUTES_A_SLOT, AgeRange
from app.matching.models import Proposal, ProposalStatus, Run
from app.safeguarding.models import ClearanceKind
from app.safeguarding.queries import clearances_in_force, do_not_pair_pairs, family_pairs
from app.shared.database import among, as_list
from app.shared.times import age_bounds, monday_of
from app.training.queries.qualifications import skills_held_by
from app.visits.models import LIVE_SEATS, NOT_ASKED_AGAIN, EndedBecause, Visit, VisitSeat, VisitStatus
from app.visits.queries import served_last
from app.volunteers.models import (
    ADULT_AGE,
    DatesAway,
    FreeTime,
    GuardianConsent,
    Volunteer,
    VolunteerArea,
    VolunteerInability,
    VolunteerLanguage,
    VolunteerPreference,
    VolunteerStatus,
)

HORIZON_DAYS = 14
NINE_IN_THE_EVENING = 42
RECENTLY = timedelta(days=28)
"""A volunteer without a seat in these days before the horizon counts as left out lately (`recent_visits` 0)."""
MOST_WAITING_DAYS = 3650
SCRC = ClearanceKind.SCRC.value
WAY_SLOTS = 2
"""Half hours kept free before and after going along, whatever the way there is."""
SENIOR_YEARS = 3
SENIOR_HOURS = 300

PEOPLE = bindparam("people", type_=String())
OCCURRENCES = bindparam("occurrences", type_=String())
REQUESTS = bindparam("requests", type_=String())
ACTIVE = Volunteer.status == VolunteerStatus.ACTIVE
ACTIVE_IN_PART = ACTIVE & among(Volunteer.id, PEOPLE)
OPEN = CareRequest.status == RequestStatus.OPEN
OPEN_IN_PART = OPEN & among(CareRequest.id, REQUESTS)
"""Whose rows are read. A decision about one visit asks the same two dozen questions each time: their statements are
made once and take the ids as values, since making one costs more than answering it."""

Values = Mapping[str, Any]
Interval = tuple[int, int]


@dataclass(frozen=True)
class Snapshot:
    """A problem, and which rows its ids stand for."""

    problem: Problem
    occurrence_ids: Mapping[str, int]
    """Occurrence code → id."""
    volunteer_ids: Mapping[str, int]
    """Volunteer code → id."""
    left_out: tuple[str, ...] = ()
    """Occurrences whose request contradicts itself (a home without an area, an age nobody has)."""


@dataclass(frozen=True)
class Seat:
    """A live seat near the horizon."""

    occurrence_id: int
    volunteer_id: int
    on_date: date
    from_slot: int
    to_slot: int


def horizon_start(morning: date) -> date:
    """The first day a night plans for: the day after the morning on which coordinators read it."""
    return morning + timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """The part of the district a decision is about: these volunteers with all they hold, and these occurrences."""

    volunteer_ids: frozenset[int]
    occurrence_ids: frozenset[int]


def snapshot(
    session: Session, starts_on: date, *, days: int = HORIZON_DAYS, part: Part | None = None
) -> Snapshot:
    """Everything the engine needs for `days` days from `starts_on`, as the tables stand in this transaction.

    `part` limits it to what one decision needs: the same rules over fewer rows.

    Only accepted, active volunteers and open, triaged requests are in it. A minor is in it only with a guardian's
    consent that lasts, and never after 21:00; where minors may come, every adult needs clearance.
    """
    horizon = [starts_on + timedelta(days=day) for day in range(days)]
    seats = _live_seats(session, monday_of(starts_on), monday_of(horizon[-1]) + timedelta(days=6), part)
    if part is not None:
        part = Part(
            part.volunteer_ids | {seat.volunteer_id for seat in seats},
            part.occurrence_ids | {seat.occurrence_id for seat in seats},
        )
    volunteers = _Volunteers(session, horizon, seats, part)
    occurrences = _occurrences(session, horizon, part)
    visits = _Visits(session, horizon, volunteers, occurrences, seats, part)
    areas, districts, minutes = _areas(
        session, None if part is None else volunteers.areas | {row.area for row in visits.rows if row.area}
    )
    problem = Problem(
        starts_on=starts_on,
        areas=areas,
        districts=districts,
        travel_minutes=minutes,
        volunteers=volunteers.rows,
        visits=visits.rows,
        pinned=visits.pins,
        previous=_previous(session, part),
        shadows=_shadows(session, volunteers, part),
        days=days,
    )
    return Snapshot(
        problem,
        {row.code: row.id for row in occurrences if row.code in visits.codes},
        {code: id for id, code in volunteers.codes.items()},
        tuple(visits.left_out),
    )


def is_experienced(senior_since: date | None, volunteer_since: date | None, hours: float, on: date) -> bool:
    """Senior (資深): by a coordinator's decision, after three years, or after 300 hours (DOMAIN §3)."""
    if senior_since is not None and senior_since <= on:
        return True
    if hours >= SENIOR_HOURS:
        return True
    return volunteer_since is not None and volunteer_since.replace(day=1) <= _years_before(on, SENIOR_YEARS)


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=1)


class _Volunteers:
    """The volunteers who may be matched, as engine rows, with what the visits need to know of them."""

    def __init__(
        self, session: Session, horizon: Sequence[date], seats: Sequence[Seat], part: Part | None
    ) -> None:
        self.horizon = horizon
        active, values = ACTIVE, dict[str, str]()
        if part is not None:
            active, values = ACTIVE_IN_PART, {"people": as_list(part.volunteer_ids)}
        people = session.execute(_people(active), values).all()
        consents = _consents_through(session, horizon[0], horizon[-1], active, values)
        people = [
            person
            for person in people
            if not is_minor(person.birth_year, person.birth_month, horizon[0]) or person.id in consents
        ]
        self.codes: dict[int, str] = {person.id: person.code for person in people}
        self.together = time_taken(session, monday_of(horizon[0]), monday_of(horizon[-1]) + timedelta(days=6))
        """Time that arranged visits to learn take: it is nobody else's, and counts in the weekly limits."""
        self.ages: dict[int, Interval] = {
            person.id: age_bounds(person.birth_year, person.birth_month, horizon[0]) for person in people
        }
        all_areas = tuple(session.scalars(_all_areas()))
        areas = _lists(session, VolunteerArea.volunteer_id, VolunteerArea.area_code, active, values)
        self.areas = {person.home_area_code for person in people}.union(*areas.values())
        """Where they live and go."""
        if any(person.serves_all_areas for person in people):
            self.areas.update(all_areas)
        languages = _lists(
            session, VolunteerLanguage.volunteer_id, VolunteerLanguage.language_code, active, values
        )
        inabilities = _lists(
            session, VolunteerInability.volunteer_id, VolunteerInability.demand_code, active, values
        )
        skills = skills_held_by(session, horizon[0], active, values)
        clearances = _clearances(session, horizon[0], part)
        wishes, avoids = _preferences(session, active, values)
        free = self._free(session, seats, active, values)
        used = self._used(seats)
        recent = _recent(session, horizon[0], active, values)
        households = _households((person.household_id, person.code) for person in people)
        self.rows = (
            engine.Volunteer(
                id=person.code,
                home=person.home_area_code,
                serves=all_areas if person.serves_all_areas else areas.get(person.id, ()),
                age=self.ages[person.id][0],
                gender=person.gender.value if person.gender else None,
                languages=languages.get(person.id, ()),
                skills=skills.get(person.id, {}),
                clearances=self._clearances(person, clearances.get(person.id, {})),
                experienced=is_experienced(
                    person.senior_since, person.volunteer_since, person.confirmed_hours_before, horizon[0]
                ),
                new_homes=person.new_homes,
                cannot=inabilities.get(person.id, ()),
                free=free.get(person.id, ()),
                weekly_visits=person.weekly_visit_limit,
                weekly_minutes=person.weekly_minutes_limit,
                used=used.get(person.id, {}),
                recent_visits=recent.get(person.id, 0),
                household=households.get(person.household_id),
                wishes=wishes.get(person.id, ()),
                avoids=avoids.get(person.id, ()),
            )
            for person in people
        )
        """The rows, one at a time and once: the problem keeps columns."""

    def _clearances(self, person: Any, held: Mapping[str, date | None]) -> Mapping[str, date | None]:
        """Who counts as a minor needs none of their own, to the last day they do (S3: an adult beside them)."""
        if not self.is_minor(person.id):
            return held
        own = held.get(SCRC)
        last_day = last_day_as_minor(person.birth_year, person.birth_month)
        return {**held, SCRC: last_day if own is None else max(own, last_day)}

    def is_minor(self, volunteer_id: int) -> bool:
        """Under 18 by the younger age they can have on the first day; a birthday within the horizon waits."""
        return self.ages[volunteer_id][0] < ADULT_AGE

    def may_be_older_than(self, age: int) -> list[str]:
        """Codes of those who may be older than `age`, though their younger possible age is not."""
        return [self.codes[id] for id, (youngest, oldest) in self.ages.items() if youngest <= age < oldest]

    def _free(
        self, session: Session, seats: Sequence[Seat], active: ColumnElement[bool], values: Values
    ) -> dict[int, tuple[Option, ...]]:
        """Weekly times laid on the horizon, less days away; time already promised to a visit stays free for it."""
        away: dict[int, set[date]] = defaultdict(set)
        days = {"first": self.horizon[0], "last": self.horizon[-1]}
        for volunteer_id, first, last in session.execute(_days_away(active), {**values, **days}):
            away[volunteer_id].update(day for day in self.horizon if first <= day <= last)
        free: dict[int, list[Option]] = defaultdict(list)
        weekdays: dict[int, list[tuple[int, date]]] = defaultdict(list)
        for number, day in enumerate(self.horizon):
            weekdays[day.weekday()].append((number, day))
        for volunteer_id, weekday, from_slot, to_slot in session.execute(_free_times(active), values):
            if volunteer_id not in self.codes:
                continue
            end = min(to_slot, NINE_IN_THE_EVENING) if self.is_minor(volunteer_id) else to_slot
            if from_slot < end:
                days_away = away.get(volunteer_id, set())
                free[volunteer_id] += [
                    (number, from_slot, end) for number, day in weekdays[weekday] if day not in days_away
                ]
        self._take_from(free)
        for seat in seats:
            number = (seat.on_date - self.horizon[0]).days
            if seat.volunteer_id in self.codes and 0 <= number < len(self.horizon):
                free[seat.volunteer_id].append((number, seat.from_slot, seat.to_slot))
        return {volunteer_id: tuple(sorted(pieces)) for volunteer_id, pieces in free.items()}

    def _take_from(self, free: dict[int, list[Option]]) -> None:
        """Nobody is free while they go along to learn, nor on the way there and back."""
        for taken in self.together:
            number = (taken.on_date - self.horizon[0]).days
            start, end = taken.from_slot - WAY_SLOTS, taken.to_slot + WAY_SLOTS
            left: list[Option] = []
            for day, from_slot, to_slot in free.get(taken.volunteer_id, ()):
                if day != number:
                    left.append((day, from_slot, to_slot))
                    continue
                pieces = ((from_slot, min(to_slot, start)), (max(from_slot, end), to_slot))
                left += [(day, begins, ends) for begins, ends in pieces if begins < ends]
            if taken.volunteer_id in free:
                free[taken.volunteer_id] = left

    def _used(self, seats: Sequence[Seat]) -> dict[int, dict[date, tuple[int, int]]]:
        """Visits and minutes of the horizon's weeks that lie outside the horizon itself, and those of going along."""
        used: dict[int, dict[date, tuple[int, int]]] = defaultdict(dict)
        outside = (seat for seat in seats if not self.horizon[0] <= seat.on_date <= self.horizon[-1])
        counted: list[Seat | Taken] = [*outside, *self.together]
        for seat in counted:
            if seat.volunteer_id in self.codes:
                week = monday_of(seat.on_date)
                visits, minutes = used[seat.volunteer_id].get(week, (0, 0))
                used[seat.volunteer_id][week] = (
                    visits + 1,
                    minutes + MINUTES_A_SLOT * (seat.to_slot - seat.from_slot),
                )
        return used


class _Visits:
    """The needed visits of the horizon, as engine rows, and who is pinned to them."""

    def __init__(
        self,
        session: Session,
        horizon: Sequence[date],
        volunteers: _Volunteers,
        occurrences: Sequence[Occurrence],
        seats: Sequence[Seat],
        part: Part | None,
    ) -> None:
        self.horizon = horizon
        self.volunteers = volunteers
        is_open, values = OPEN, dict[str, str]()
        requests = {occurrence.request_id for occurrence in occurrences}
        if part is not None:
            is_open = OPEN_IN_PART
            people = {occurrence.request.recipient_id or 0 for occurrence in occurrences}
            values = {
                "people": as_list(people),
                "requests": as_list(requests),
                "occurrences": as_list(part.occurrence_ids),
            }
        self.skills = _lists(session, RequestSkill.request_id, RequestSkill.skill_code, is_open, values)
        self.languages = _lists(
            session, RequestLanguage.request_id, RequestLanguage.language_code, is_open, values
        )
        self.demands = _lists(session, RequestDemand.request_id, RequestDemand.demand_code, is_open, values)
        self.known = self._codes_by(session.execute(_known_helpers(part is not None), values).all())
        self.kept_apart = self._codes_by((recipient, who) for who, recipient in do_not_pair_pairs(session))
        self.family = self._codes_by((recipient, who) for who, recipient in family_pairs(session))
        first_day = {**values, "first": horizon[0]}
        self.said_no = self._codes_by(session.execute(_said_no(part is not None), first_day).all())
        self.refused = self._refused(session, part is not None, values)
        self.served = served_last(session, horizon[0], None if part is None else requests)
        self.fixed_times = _fixed_times(session, horizon, part)
        self.followed = duties_passed_on(session)
        held: dict[int, list[str]] = defaultdict(list)
        for seat in seats:
            if seat.volunteer_id in volunteers.codes:
                held[seat.occurrence_id].append(volunteers.codes[seat.volunteer_id])
        self.left_out: list[str] = []
        self.rows: list[engine.Visit] = []
        self.pins: list[Pin] = []
        first_of_request: set[int] = set()
        for occurrence in occurrences:
            row = self._row(occurrence)
            if row is None:
                continue
            if occurrence.request_id not in first_of_request:
                first_of_request.add(occurrence.request_id)
                row = self._continued(row, occurrence.request_id)
            self.rows.append(row)
            self.pins += [(row.id, code, 0) for code in sorted(held.get(occurrence.id, ()))]
        self.codes = {row.id for row in self.rows}

    def _row(self, occurrence: Occurrence) -> engine.Visit | None:
        request = occurrence.request
        kind, recipient = request.kind, request.recipient
        options = self._options(occurrence)
        if kind is None or not options:
            return None
        area = None if kind.is_anywhere else request.area_code
        if (request.is_at_home and (area is None or recipient is None)) or _is_nobodys_age(
            permitted_ages(kind, request)
        ):
            self.left_out.append(occurrence.code)
            return None
        recipient_id = request.recipient_id or 0
        is_first = bool(request.is_at_home and recipient and recipient.first_visited_on is None)
        ages = permitted_ages(kind, request)
        excluded = {
            *self.kept_apart.get(recipient_id, ()),
            *self.said_no.get(occurrence.id, ()),
            *self.refused.get(request.id, ()),
        }
        if ages[1] is not None:
            excluded.update(self.volunteers.may_be_older_than(ages[1]))
        return engine.Visit(
            id=occurrence.code,
            request=request.code,
            recipient=recipient.code if recipient else None,
            kind=kind.code,
            at_home=request.is_at_home,
            first_visit=is_first,
            area=area,
            options=options,
            seats=(request.seats_min, request.seats_max),
            experienced=request.experienced_needed,
            skills=self.skills.get(request.id, ()),
            clearance=request.clearance,
            languages=self.languages.get(request.id, ()),
            gender=request.gender_needed.value if request.gender_needed else None,
            ages=ages,
            demands=self.demands.get(request.id, ()),
            prefers_ages=_range(request.prefers_age_from, request.prefers_age_to),
            prefers_gender=request.gender_preferred.value if request.gender_preferred else None,
            urgent=request.urgent_until is not None and occurrence.first_day <= request.urgent_until,
            waiting_days=self._waiting_days(request),
            sequence=occurrence.sequence,
            continues=(),
            excluded=tuple(sorted(excluded)),
            family=self.family.get(recipient_id, ()),
            known=self.known.get(recipient_id, ()),
        )

    def _continued(self, row: engine.Visit, request_id: int) -> engine.Visit:
        """The request's earliest visit knows who served it last, or who has taken it over from them."""
        served = self.served.get(request_id)
        followed = self.followed.get(request_id, (0, 0))
        people = {
            followed[1] if person == followed[0] else person
            for person in (() if served is None else served.volunteer_ids)
        }
        codes = sorted(self.volunteers.codes[id] for id in people if id in self.volunteers.codes)
        return replace(row, continues=tuple(codes))

    def _options(self, occurrence: Occurrence) -> tuple[Option, ...]:
        """The times within the horizon; one only once a visit has been fixed."""
        fixed = self.fixed_times.get(occurrence.id)
        times = (
            [fixed]
            if fixed
            else [(each.on_date, each.from_slot, each.to_slot) for each in occurrence.options]
        )
        first = self.horizon[0]
        return tuple(
            dict.fromkeys(
                ((day - first).days, start, end)
                for day, start, end in times
                if first <= day <= self.horizon[-1]
            )
        )

    def _waiting_days(self, request: CareRequest) -> int:
        """Days since the last served visit, else since the request came in (DOMAIN §2)."""
        served = self.served.get(request.id)
        since = waits_since(request, None if served is None else served.on)
        return max(0, min((self.horizon[0] - since).days, MOST_WAITING_DAYS))

    def _refused(self, session: Session, is_part: bool, values: Values) -> dict[int, tuple[str, ...]]:
        """Whom a coordinator or the carer refused for a request is not proposed for it again."""
        by_coordinators, by_carers = _refusals(is_part)
        return self._codes_by(
            [*session.execute(by_coordinators, values), *session.execute(by_carers, values)]
        )

    def _codes_by(self, rows: Iterable[Row[int, int] | tuple[int, int]]) -> dict[int, tuple[str, ...]]:
        codes: dict[int, set[str]] = defaultdict(set)
        for key, volunteer_id in rows:
            if volunteer_id in self.volunteers.codes:
                codes[key].add(self.volunteers.codes[volunteer_id])
        return {key: tuple(sorted(found)) for key, found in codes.items()}


def last_day_as_minor(birth_year: int, birth_month: int | None) -> date:
    """The last day on which somebody may be under 18: of the month of birth when it is known, else of the year."""
    if birth_month is None or birth_month == 12:
        return date(birth_year + ADULT_AGE, 12, 31)
    return date(birth_year + ADULT_AGE, birth_month + 1, 1) - timedelta(days=1)


def is_minor(birth_year: int, birth_month: int | None, on: date) -> bool:
    """Whether somebody may be under 18 on `on`: the younger age counts."""
    return age_bounds(birth_year, birth_month, on)[0] < ADULT_AGE


def permitted_ages(kind: SupportKind, request: CareRequest) -> AgeRange:
    """The ages a request takes: never below the kind's minimum, and minors only where the request takes them."""
    youngest = max(kind.minimum_age, request.age_from or 0)
    if not request.takes_minors:
        youngest = max(youngest, ADULT_AGE)
    return (youngest, request.age_to)


def _is_nobodys_age(ages: AgeRange) -> bool:
    return ages[0] is not None and ages[1] is not None and ages[0] > ages[1]


def _range(low: int | None, high: int | None) -> AgeRange | None:
    """A preference; one that nobody can meet is none."""
    return None if (low is None and high is None) or _is_nobodys_age((low, high)) else (low, high)


def _lists(
    session: Session, key: Any, value: Any, condition: ColumnElement[bool], values: Values
) -> dict[int, tuple[str, ...]]:
    """Key → sorted codes, of the rows of a link table whose owner fulfils `condition`."""
    found: dict[int, list[str]] = defaultdict(list)
    for row_key, code in session.execute(_links(key, value, condition), values):
        found[row_key].append(code)
    return _tuples(found)


@cache
def _links(key: Any, value: Any, condition: ColumnElement[bool]) -> Select[Any]:
    owner = Volunteer if key.key == "volunteer_id" else CareRequest
    return select(key, value).join(owner, owner.id == key).where(condition).order_by(key, value)


@cache
def _people(active: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Volunteer.id,
            Volunteer.code,
            Volunteer.birth_year,
            Volunteer.birth_month,
            Volunteer.gender,
            Volunteer.home_area_code,
            Volunteer.serves_all_areas,
            Volunteer.new_homes,
            Volunteer.weekly_visit_limit,
            Volunteer.weekly_minutes_limit,
            Volunteer.household_id,
            Volunteer.senior_since,
            Volunteer.volunteer_since,
            Volunteer.confirmed_hours_before,
        )
        .where(active)
        .order_by(Volunteer.code)
    )


@cache
def _all_areas() -> Select[str]:
    return select(Area.code).order_by(Area.code)


@cache
def _days_away(active: ColumnElement[bool]) -> Select[int, date, date]:
    return (
        select(DatesAway.volunteer_id, DatesAway.first_day, DatesAway.last_day)
        .join(Volunteer, Volunteer.id == DatesAway.volunteer_id)
        .where(active, DatesAway.last_day >= bindparam("first"), DatesAway.first_day <= bindparam("last"))
    )


@cache
def _free_times(active: ColumnElement[bool]) -> Select[int, int, int, int]:
    return (
        select(FreeTime.volunteer_id, FreeTime.weekday, FreeTime.from_slot, FreeTime.to_slot)
        .join(Volunteer, Volunteer.id == FreeTime.volunteer_id)
        .where(active)
        .order_by(FreeTime.volunteer_id, FreeTime.weekday, FreeTime.from_slot, FreeTime.to_slot)
    )


@cache
def _known_helpers(is_part: bool) -> Select[int, int]:
    query = select(KnownHelper.recipient_id, KnownHelper.volunteer_id)
    return query.where(among(KnownHelper.recipient_id, PEOPLE)) if is_part else query


@cache
def _said_no(is_part: bool) -> Select[int, int]:
    """Who declined, let pass or was taken off an occurrence is not asked for it again."""
    query = (
        select(Visit.occurrence_id, VisitSeat.volunteer_id)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(VisitSeat.ended_because.in_(NOT_ASKED_AGAIN), Visit.on_date >= bindparam("first"))
    )
    return query.where(among(Visit.occurrence_id, OCCURRENCES)) if is_part else query


@cache
def _refusals(is_part: bool) -> tuple[Select[int, int], Select[int, int]]:
    by_coordinators = (
        select(Occurrence.request_id, Proposal.volunteer_id)
        .join(Proposal, Proposal.occurrence_id == Occurrence.id)
        .where(Proposal.status == ProposalStatus.REFUSED)
        .distinct()
    )
    by_carers = (
        select(Visit.request_id, VisitSeat.volunteer_id)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(VisitSeat.ended_because == EndedBecause.CARER_REFUSED)
        .distinct()
    )
    if is_part:
        by_coordinators = by_coordinators.where(among(Occurrence.request_id, REQUESTS))
        by_carers = by_carers.where(among(Visit.request_id, REQUESTS))
    return by_coordinators, by_carers


def _clearances(session: Session, on: date, part: Part | None) -> dict[int, dict[str, date | None]]:
    """Confirmed clearances in force on `on`, each with the latest day any of them lasts."""
    clearances: dict[int, dict[str, date | None]] = defaultdict(dict)
    for held in clearances_in_force(session, on, None if part is None else part.volunteer_ids):
        clearances[held.volunteer_id][held.kind.value] = held.valid_until
    return clearances


def _consents_through(
    session: Session, first_day: date, last_day: date, active: ColumnElement[bool], values: Values
) -> set[int]:
    """Volunteers whose guardian's consent holds from `first_day` through `last_day`."""
    return set(session.scalars(_consents(active), {**values, "first": first_day, "last": last_day}))


@cache
def _consents(active: ColumnElement[bool]) -> Select[int]:
    return (
        select(GuardianConsent.volunteer_id)
        .join(Volunteer, Volunteer.id == GuardianConsent.volunteer_id)
        .where(
            active,
            GuardianConsent.withdrawn_at.is_(None),
            GuardianConsent.given_on <= bindparam("first"),
            or_(GuardianConsent.valid_until.is_(None), GuardianConsent.valid_until >= bindparam("last")),
        )
    )


def _preferences(
    session: Session, active: ColumnElement[bool], values: Values
) -> tuple[dict[int, tuple[str, ...]], dict[int, tuple[str, ...]]]:
    wishes: dict[int, list[str]] = defaultdict(list)
    avoids: dict[int, list[str]] = defaultdict(list)
    for volunteer_id, kind, is_wish in session.execute(_likes(active), values):
        (wishes if is_wish else avoids)[volunteer_id].append(kind)
    return _tuples(wishes), _tuples(avoids)


@cache
def _likes(active: ColumnElement[bool]) -> Select[int, str, bool]:
    return (
        select(VolunteerPreference.volunteer_id, VolunteerPreference.kind_code, VolunteerPreference.is_wish)
        .join(Volunteer, Volunteer.id == VolunteerPreference.volunteer_id)
        .where(active)
        .order_by(VolunteerPreference.volunteer_id, VolunteerPreference.kind_code)
    )


def _households(people: Iterable[tuple[int | None, str]]) -> dict[int | None, str]:
    """Household → the first of its people's codes: the same name in any database."""
    names: dict[int | None, str] = {}
    for household, code in people:
        if household is not None:
            names[household] = min(code, names.get(household, code))
    return names


def _tuples(lists: Mapping[int, list[str]]) -> dict[int, tuple[str, ...]]:
    """The lists as tuples, equal ones as one and the same."""
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    return {
        key: shared.setdefault(values, values)
        for key, values in zip(lists, map(tuple, lists.values()), strict=True)
    }


def _recent(session: Session, starts_on: date, active: ColumnElement[bool], values: Values) -> dict[int, int]:
    """Seats held in the four weeks before the horizon, by volunteer."""
    recent: dict[int, int] = defaultdict(int)
    days = {"first": starts_on - RECENTLY, "last": starts_on}
    for volunteer_id in session.scalars(_lately(active), {**values, **days}):
        recent[volunteer_id] += 1
    return recent


@cache
def _lately(active: ColumnElement[bool]) -> Select[int]:
    return (
        select(VisitSeat.volunteer_id)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .join(Volunteer, Volunteer.id == VisitSeat.volunteer_id)
        .where(
            active,
            VisitSeat.status.in_(LIVE_SEATS),
            Visit.on_date >= bindparam("first"),
            Visit.on_date < bindparam("last"),
        )
    )


def _live_seats(session: Session, first_day: date, last_day: date, part: Part | None) -> list[Seat]:
    """Of everybody, or of the people and at the visits of a part."""
    values: dict[str, Any] = {"first": first_day, "last": last_day}
    if part is not None:
        values |= {"people": as_list(part.volunteer_ids), "occurrences": as_list(part.occurrence_ids)}
    return [Seat(*row) for row in session.execute(_seats(part is not None), values)]


@cache
def _seats(is_part: bool) -> Select[int, int, date, int, int]:
    query = (
        select(Visit.occurrence_id, VisitSeat.volunteer_id, Visit.on_date, Visit.from_slot, Visit.to_slot)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .where(
            VisitSeat.status.in_(LIVE_SEATS),
            Visit.on_date >= bindparam("first"),
            Visit.on_date <= bindparam("last"),
        )
        .order_by(VisitSeat.id)
    )
    if not is_part:
        return query
    return query.where(among(VisitSeat.volunteer_id, PEOPLE) | among(Visit.occurrence_id, OCCURRENCES))


def _occurrences(session: Session, horizon: Sequence[date], part: Part | None) -> Sequence[Occurrence]:
    """Needed visits with a time in the horizon, of open requests, in the order of their codes' days."""
    return session.scalars(_needed(part is not None), _in_days(horizon, part)).all()


def _in_days(horizon: Sequence[date], part: Part | None) -> Values:
    days = {"first": horizon[0], "last": horizon[-1]}
    return days if part is None else {**days, "occurrences": as_list(part.occurrence_ids)}


@cache
def _needed(is_part: bool) -> Select[Occurrence]:
    query = (
        select(Occurrence)
        .join(CareRequest, CareRequest.id == Occurrence.request_id)
        .where(
            Occurrence.cancelled_at.is_(None),
            Occurrence.last_day >= bindparam("first"),
            Occurrence.first_day <= bindparam("last"),
            CareRequest.status == RequestStatus.OPEN,
        )
        .options(
            joinedload(Occurrence.request)
            .joinedload(CareRequest.recipient)
            .load_only(CareRecipient.code, CareRecipient.first_visited_on),
            joinedload(Occurrence.request).joinedload(CareRequest.kind),
        )
        .order_by(Occurrence.first_day, Occurrence.code)
    )
    return query.where(among(Occurrence.id, OCCURRENCES)) if is_part else query


def _fixed_times(
    session: Session, horizon: Sequence[date], part: Part | None
) -> dict[int, tuple[date, int, int]]:
    """Occurrence id → the time of its visit, where one stands and somebody holds a seat.

    It may lie outside the horizon: a need with several times that was met at one of them is not needed at another.
    """
    rows = session.execute(_fixed(part is not None), _in_days(horizon, part))
    return {row.occurrence_id: (row.on_date, row.from_slot, row.to_slot) for row in rows}


@cache
def _fixed(is_part: bool) -> Select[int, date, int, int]:
    query = (
        select(Visit.occurrence_id, Visit.on_date, Visit.from_slot, Visit.to_slot)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .join(Occurrence, Occurrence.id == Visit.occurrence_id)
        .where(
            Visit.status != VisitStatus.CANCELLED,
            VisitSeat.status.in_(LIVE_SEATS),
            Occurrence.last_day >= bindparam("first"),
            Occurrence.first_day <= bindparam("last"),
        )
    )
    return query.where(among(Visit.occurrence_id, OCCURRENCES)) if is_part else query


def _previous(session: Session, part: Part | None) -> list[tuple[str, str]]:
    """The latest finished run's proposals that still stand, whatever became of them but a no."""
    values = {} if part is None else {"occurrences": as_list(part.occurrence_ids)}
    rows = session.execute(_still_standing(part is not None), values)
    return [(occurrence, volunteer) for occurrence, volunteer in rows]


@cache
def _still_standing(is_part: bool) -> Select[str, str]:
    latest = select(Run.id).where(Run.finished_at.is_not(None)).order_by(Run.id.desc()).limit(1)
    query = (
        select(Occurrence.code, Volunteer.code)
        .select_from(Proposal)
        .join(Occurrence, Occurrence.id == Proposal.occurrence_id)
        .join(Volunteer, Volunteer.id == Proposal.volunteer_id)
        .where(
            Proposal.run_id == latest.scalar_subquery(),
            Proposal.status.in_((ProposalStatus.OPEN, ProposalStatus.APPROVED, ProposalStatus.CLOSED)),
        )
        .order_by(Occurrence.code, Volunteer.code)
    )
    return query.where(among(Proposal.occurrence_id, OCCURRENCES)) if is_part else query


def _shadows(session: Session, volunteers: _Volunteers, part: Part | None) -> list[engine.Shadow]:
    """Who should go along with whom, of a whole night; to one decision it is no matter."""
    if part is not None:
        return []
    wanted = [
        each
        for each in shadows_wanted(session)
        if each.senior_id in volunteers.codes and each.successor_id in volunteers.codes
    ]
    rows = session.execute(
        select(CareRecipient.id, CareRecipient.code).where(
            among(CareRecipient.id, {each.recipient_id for each in wanted})
        )
    )
    recipients = {row.id: row.code for row in rows}
    return [
        engine.Shadow(
            volunteers.codes[each.senior_id],
            volunteers.codes[each.successor_id],
            recipients[each.recipient_id],
            each.visits,
        )
        for each in wanted
    ]


def _areas(session: Session, only: set[str] | None) -> tuple[list[str], list[int], list[list[int]]]:
    """Codes of all areas or of some, their districts as numbers, and minutes from each to each."""
    values = {} if only is None else {"areas": sorted(only)}
    areas, times = _map(only is not None)
    rows = session.execute(areas, values).all()
    codes = [row.code for row in rows]
    numbers = {district: number for number, district in enumerate(District)}
    index = {code: number for number, code in enumerate(codes)}
    minutes = [[0] * len(codes) for _ in codes]
    for from_code, to_code, length in session.execute(times, values):
        minutes[index[from_code]][index[to_code]] = length
    return codes, [numbers[row.district] for row in rows], minutes


@cache
def _map(is_part: bool) -> tuple[Select[str, District], Select[str, str, int]]:
    areas = select(Area.code, Area.district).order_by(Area.code)
    times = select(TravelTime.from_code, TravelTime.to_code, TravelTime.minutes)
    if is_part:
        some: BindParameter[str] = bindparam("areas", expanding=True)
        areas = areas.where(Area.code.in_(some))
        times = times.where(TravelTime.from_code.in_(some), TravelTime.to_code.in_(some))
    return areas, times

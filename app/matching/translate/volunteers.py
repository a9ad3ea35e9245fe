"""The rows of those who may be matched."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.handover.queries.seniors import seniors_among
from app.handover.queries.shadows import Taken, time_taken
from app.matching import engine
from app.matching.engine import Option
from app.matching.engine.rows import MINUTES_A_SLOT
from app.matching.translate import statements
from app.matching.translate.ages import is_minor, last_day_as_minor
from app.matching.translate.reading import Part, Seat, Values, lists, tuples
from app.safeguarding.models import ClearanceKind
from app.safeguarding.queries import clearances_in_force
from app.shared.database import as_list
from app.shared.times import age_bounds, monday_of
from app.training.queries.qualifications import skills_held_by
from app.volunteers.models import ADULT_AGE, VolunteerArea, VolunteerInability, VolunteerLanguage

NINE_IN_THE_EVENING = 42
RECENTLY = timedelta(days=28)
"""A volunteer without a seat in these days before the horizon counts as left out lately (`recent_visits` 0)."""
SCRC = ClearanceKind.SCRC.value
WAY_SLOTS = 2
"""Half hours kept free before and after going along, whatever the way there is."""
Interval = tuple[int, int]


class VolunteerRows:
    """The volunteers who may be matched, as engine rows, with what the visits need to know of them."""

    def __init__(
        self, session: Session, horizon: Sequence[date], seats: Sequence[Seat], part: Part | None
    ) -> None:
        self.horizon = horizon
        active, values = statements.ACTIVE, dict[str, str]()
        if part is not None:
            active, values = statements.ACTIVE_IN_PART, {"people": as_list(part.volunteer_ids)}
        people = session.execute(statements.people(active), values).all()
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
        all_areas = tuple(session.scalars(statements.all_areas()))
        areas = lists(session, VolunteerArea.volunteer_id, VolunteerArea.area_code, active, values)
        self.areas = {person.home_area_code for person in people}.union(*areas.values())
        """Where they live and go."""
        if any(person.serves_all_areas for person in people):
            self.areas.update(all_areas)
        languages = lists(
            session, VolunteerLanguage.volunteer_id, VolunteerLanguage.language_code, active, values
        )
        inabilities = lists(
            session, VolunteerInability.volunteer_id, VolunteerInability.demand_code, active, values
        )
        skills = skills_held_by(session, horizon[0], active, values)
        clearances = _clearances(session, horizon[0], part)
        wishes, avoids = _preferences(session, active, values)
        free = self._free(session, seats, active, values)
        used = self._used(seats)
        experienced = seniors_among(session, people, horizon[0])
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
                experienced=person.id in experienced,
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
        for volunteer_id, first, last in session.execute(statements.days_away(active), {**values, **days}):
            away[volunteer_id].update(day for day in self.horizon if first <= day <= last)
        free: dict[int, list[Option]] = defaultdict(list)
        weekdays: dict[int, list[tuple[int, date]]] = defaultdict(list)
        for number, day in enumerate(self.horizon):
            weekdays[day.weekday()].append((number, day))
        for volunteer_id, weekday, from_slot, to_slot in session.execute(
            statements.free_times(active), values
        ):
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
    return set(session.scalars(statements.consents(active), {**values, "first": first_day, "last": last_day}))


def _preferences(
    session: Session, active: ColumnElement[bool], values: Values
) -> tuple[dict[int, tuple[str, ...]], dict[int, tuple[str, ...]]]:
    wishes: dict[int, list[str]] = defaultdict(list)
    avoids: dict[int, list[str]] = defaultdict(list)
    for volunteer_id, kind, is_wish in session.execute(statements.likes(active), values):
        (wishes if is_wish else avoids)[volunteer_id].append(kind)
    return tuples(wishes), tuples(avoids)


def _households(people: Iterable[tuple[int | None, str]]) -> dict[int | None, str]:
    """Household → the first of its people's codes: the same name in any database."""
    names: dict[int | None, str] = {}
    for household, code in people:
        if household is not None:
            names[household] = min(code, names.get(household, code))
    return names


def _recent(session: Session, starts_on: date, active: ColumnElement[bool], values: Values) -> dict[int, int]:
    """Seats held in the four weeks before the horizon, by volunteer."""
    recent: dict[int, int] = defaultdict(int)
    days = {"first": starts_on - RECENTLY, "last": starts_on}
    for volunteer_id in session.scalars(statements.lately(active), {**values, **days}):
        recent[volunteer_id] += 1
    return recent

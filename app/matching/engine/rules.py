"""The rules, each a small named function, used by every path that makes an assignment.

A hard rule is asked of a `Pair`: one volunteer at one option of one visit. Rules of the whole plan and of
a team follow below.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.matching.engine.problem import Problem
from app.matching.engine.rows import ADULT_AGE, MINUTES_A_SLOT, Option, Pin, Visit, Volunteer


@dataclass(frozen=True, slots=True)
class Pair:
    """One volunteer at one option of one visit; `starts_on` is the first day of the horizon."""

    volunteer: Volunteer
    visit: Visit
    option: Option
    starts_on: date

    @property
    def on(self) -> date:
        """The day of the option."""
        return self.starts_on + timedelta(days=self.option[0])


HardRule = Callable[[Pair], bool]


def serves_the_area(pair: Pair) -> bool:
    """The visit has no area, or the volunteer serves it."""
    return pair.visit.area is None or pair.visit.area in pair.volunteer.serves


def is_free_then(pair: Pair) -> bool:
    """The volunteer's free pieces, taken together, cover the option."""
    day, start, end = pair.option
    for _, free_from, free_to in sorted(piece for piece in pair.volunteer.free if piece[0] == day):
        if free_from <= start < free_to:
            start = free_to
    return start >= end


def has_required_skills(pair: Pair) -> bool:
    """Every skill asked is held and valid on the option's day."""
    return all(_is_held(pair.volunteer.skills, skill, pair.on) for skill in pair.visit.skills)


def has_clearance(pair: Pair) -> bool:
    """The clearance asked, if any, is held and valid on the option's day."""
    clearance = pair.visit.clearance
    return clearance is None or _is_held(pair.volunteer.clearances, clearance, pair.on)


def speaks_a_language(pair: Pair) -> bool:
    """At least one of the languages asked is spoken; none asked is no condition."""
    return not pair.visit.languages or any(
        language in pair.volunteer.languages for language in pair.visit.languages
    )


def is_of_required_gender(pair: Pair) -> bool:
    """The gender asked, if any, is the volunteer's; an unstated gender equals neither."""
    return pair.visit.gender is None or pair.volunteer.gender == pair.visit.gender


def is_of_permitted_age(pair: Pair) -> bool:
    """The volunteer's age lies in the range, both ends included."""
    return _is_in(pair.volunteer.age, pair.visit.ages)


def can_do_what_it_asks(pair: Pair) -> bool:
    """Nothing the visit demands is among what the volunteer cannot do."""
    return not any(demand in pair.volunteer.cannot for demand in pair.visit.demands)


def may_enter_this_home(pair: Pair) -> bool:
    """Not at home, or the recipient knows the volunteer, or the volunteer may go to new homes."""
    return not pair.visit.at_home or pair.volunteer.new_homes or pair.volunteer.id in pair.visit.known


def is_not_excluded(pair: Pair) -> bool:
    """Nobody has asked that this volunteer be kept apart from this pair.visit."""
    return pair.volunteer.id not in pair.visit.excluded


def is_not_family(pair: Pair) -> bool:
    """The volunteer is not of the recipient's family."""
    return pair.volunteer.id not in pair.visit.family


HARD_RULES: tuple[HardRule, ...] = (
    serves_the_area,
    is_free_then,
    has_required_skills,
    has_clearance,
    speaks_a_language,
    is_of_required_gender,
    is_of_permitted_age,
    can_do_what_it_asks,
    may_enter_this_home,
    is_not_excluded,
    is_not_family,
)
RULE_CODES: tuple[str, ...] = tuple(rule.__name__ for rule in HARD_RULES)
"""The codes of the hard rules, in order."""

PLAN_RULES: tuple[str, ...] = ("travel", "weekly_visits", "weekly_minutes", "max", "option")
"""The codes of the rules between a pairing and the others, in order."""

TEAM_RULES: tuple[str, ...] = (
    "min",
    "max",
    "experienced",
    "minor_without_adult",
    "first_visit_alone",
    "one_household",
)
"""What a team that does not serve its visit may lack, in order."""


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """One hard rule of one pair, as data: what was required and what was found (both fit for JSON)."""

    rule: str
    passed: bool
    required: Any
    actual: Any


def check_rules(volunteer: Volunteer, visit: Visit, option: Option, starts_on: date) -> tuple[RuleCheck, ...]:
    """Every hard rule for one pair, in order, passed or not."""
    pair = Pair(volunteer, visit, option, starts_on)
    return tuple(
        RuleCheck(rule.__name__, rule(pair), *facts)
        for rule, facts in zip(HARD_RULES, _facts(pair), strict=True)
    )


def first_broken_rule(
    volunteer: Volunteer, visit: Visit, option: Option, starts_on: date, *, shadow: bool = False
) -> str | None:
    """The code of the first hard rule that fails, None when the pair is eligible.

    A successor who only joins (`shadow`) need not have the skills yet.
    """
    pair = Pair(volunteer, visit, option, starts_on)
    for rule in HARD_RULES:
        if shadow and rule is has_required_skills:
            continue
        if not rule(pair):
            return rule.__name__
    return None


def is_eligible(
    volunteer: Volunteer, visit: Visit, option: Option, starts_on: date, *, shadow: bool = False
) -> bool:
    """Whether every hard rule holds for this pair: the one eligibility function."""
    return first_broken_rule(volunteer, visit, option, starts_on, shadow=shadow) is None


def leaves_time_to_travel(
    problem: Problem, visit: Visit, option: Option, other: Visit, other_option: Option
) -> bool:
    """Whether one person can be at both: on different days, or with the travel time between them."""
    if option[0] != other_option[0]:
        return True
    if other_option[1] - option[2] >= problem.travel_slots(visit.area, other.area):
        return True
    return option[1] - other_option[2] >= problem.travel_slots(other.area, visit.area)


def broken_plan_rules(
    problem: Problem, pairings: Iterable[Pin], visit_id: str, volunteer_id: str, option: int
) -> tuple[str, ...]:
    """The plan rules one more pairing would break beside `pairings` (seats, and shadows if they are among them).

    A pairing equal to the new one is not counted against it.
    """
    visit = problem.visit(visit_id)
    time = visit.options[option]
    volunteer = problem.volunteer(volunteer_id)
    monday = problem.monday_of(time[0])
    used_visits, used_minutes = volunteer.used.get(monday, (0, 0))
    visits, minutes = used_visits + 1, used_minutes + MINUTES_A_SLOT * (time[2] - time[1])
    travel_fails = False
    seats = 1
    same_option = True
    for other_id, person, index in pairings:
        if (other_id, person, index) == (visit_id, volunteer_id, option):
            continue
        if other_id == visit_id:
            seats += 1
            same_option = same_option and index == option
        if person != volunteer_id:
            continue
        other = problem.visit(other_id)
        other_time = other.options[index]
        if other_id != visit_id and not leaves_time_to_travel(problem, visit, time, other, other_time):
            travel_fails = True
        if problem.monday_of(other_time[0]) == monday:
            visits += 1
            minutes += MINUTES_A_SLOT * (other_time[2] - other_time[1])
    broken = (
        travel_fails,
        visits > volunteer.weekly_visits,
        minutes > volunteer.weekly_minutes,
        seats > visit.seats[1],
        not same_option,
    )
    return tuple(code for code, fails in zip(PLAN_RULES, broken, strict=True) if fails)


def broken_team_rules(visit: Visit, team: Sequence[Volunteer]) -> tuple[str, ...]:
    """What keeps this team from serving the visit, in the order of `TEAM_RULES`; empty when it is served."""
    experienced = sum(volunteer.experienced for volunteer in team)
    minors = sum(volunteer.age < ADULT_AGE for volunteer in team)
    broken = (
        len(team) < visit.seats[0],
        len(team) > visit.seats[1],
        experienced < visit.experienced,
        0 < minors == len(team),
        visit.at_home and visit.first_visit and len(team) + experienced < 2,
        visit.at_home and is_one_household(team),
    )
    return tuple(code for code, fails in zip(TEAM_RULES, broken, strict=True) if fails)


def is_one_household(people: Sequence[Volunteer]) -> bool:
    """Whether these are two or more people, all of one household."""
    households = {person.household for person in people}
    return len(people) >= 2 and len(households) == 1 and None not in households


def _is_held(held: Mapping[str, date | None], kind: str, on: date) -> bool:
    if kind not in held:
        return False
    last_day = held[kind]
    return last_day is None or on <= last_day


def _is_in(age: int, ages: tuple[int | None, int | None]) -> bool:
    youngest, oldest = ages
    return (youngest is None or age >= youngest) and (oldest is None or age <= oldest)


def _facts(pair: Pair) -> tuple[tuple[Any, Any], ...]:
    """(required, actual) of each hard rule, in order, fit for JSON."""
    volunteer, visit, option, on = pair.volunteer, pair.visit, pair.option, pair.on.isoformat()
    return (
        (visit.area, list(volunteer.serves)),
        (list(option), [list(piece) for piece in volunteer.free if piece[0] == option[0]]),
        (
            {"skills": list(visit.skills), "on": on},
            {skill: _until(volunteer.skills, skill) for skill in visit.skills if skill in volunteer.skills},
        ),
        (
            None if visit.clearance is None else {"clearance": visit.clearance, "on": on},
            {visit.clearance: _until(volunteer.clearances, visit.clearance)}
            if visit.clearance is not None and visit.clearance in volunteer.clearances
            else {},
        ),
        (list(visit.languages), list(volunteer.languages)),
        (visit.gender, volunteer.gender),
        (list(visit.ages), volunteer.age),
        (list(visit.demands), [demand for demand in visit.demands if demand in volunteer.cannot]),
        (
            "known_or_new_homes" if visit.at_home else None,
            {"known": volunteer.id in visit.known, "new_homes": volunteer.new_homes},
        ),
        ("not_excluded", "excluded" if volunteer.id in visit.excluded else "not_excluded"),
        ("not_family", "family" if volunteer.id in visit.family else "not_family"),
    )


def _until(held: Any, kind: str) -> str | None:
    last_day = held[kind]
    return None if last_day is None else last_day.isoformat()

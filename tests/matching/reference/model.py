"""The rules of matching, read a second time from the written design (MATCHING §1 and §5) and nothing else.

Part of the referee of the matching engine: it imports nothing of it, prefers the obvious to the fast, and is meant
to be compared with the text line by line. It trusts its input to be a valid `volunteer-matching-problem/1`;
refusing bad input is the engine's work.

A pairing is `(visit id, volunteer id, option index)`, a shadow pairing `(visit id, volunteer id)`, a dropped pin
`(visit id, volunteer id, rule)`; lists, as JSON gives them, do as well as tuples.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Any

Json = dict[str, Any]
Row = Sequence[Any]

MINUTES_A_SLOT = 30
ADULT_AGE = 18

HARD_RULES = (
    "serves_the_area",
    "is_free_then",
    "has_required_skills",
    "has_clearance",
    "speaks_a_language",
    "is_of_required_gender",
    "is_of_permitted_age",
    "can_do_what_it_asks",
    "may_enter_this_home",
    "is_not_excluded",
    "is_not_family",
)
PIN_RULES = ("travel", "weekly_visits", "weekly_minutes", "max", "option")


class Book:
    """One problem with its records findable by id; changes nothing and decides nothing."""

    def __init__(self, problem: Json) -> None:
        self.problem = problem
        self.volunteers: dict[str, Json] = {record["id"]: record for record in problem["volunteers"]}
        self.visits: dict[str, Json] = {record["id"]: record for record in problem["visits"]}
        self.first_day = date.fromisoformat(problem["horizon"]["starts_on"])
        self._area_row = {area: row for row, area in enumerate(problem["areas"])}

    def date_of(self, day: int) -> date:
        """The calendar date of a day of the horizon, 0 being its first."""
        return self.first_day + timedelta(days=day)

    def monday_of(self, day: int) -> date:
        """The Monday of the calendar week in which a day of the horizon lies."""
        on = self.date_of(day)
        return on - timedelta(days=on.weekday())

    def travel_minutes(self, origin: str | None, destination: str | None) -> int:
        """Minutes from one area to another, 0 when either is not known."""
        if origin is None or destination is None:
            return 0
        minutes: int = self.problem["travel_minutes"][self._area_row[origin]][self._area_row[destination]]
        return minutes

    def slots_of_travel(self, origin: str | None, destination: str | None) -> int:
        """Whole half-hours that must lie between a visit in one area and a later one in another."""
        return math.ceil(self.travel_minutes(origin, destination) / MINUTES_A_SLOT)


# The hard rules of one volunteer at one option of one visit


def _holds_on(held: dict[str, str | None], name: str, on: date) -> bool:
    if name not in held:
        return False
    last_valid_day = held[name]
    return last_valid_day is None or on <= date.fromisoformat(last_valid_day)


def in_range(age: int, ages: Row) -> bool:
    """Whether an age lies in a range with both ends inside, null being open."""
    youngest, oldest = ages
    return (youngest is None or age >= youngest) and (oldest is None or age <= oldest)


def _is_free(volunteer: Json, option: Row) -> bool:
    day, start, end = option
    free_slots = {slot for on, a, b in volunteer["free"] if on == day for slot in range(a, b)}
    return all(slot in free_slots for slot in range(start, end))


def keeps_rule(rule: str, book: Book, visit: Json, volunteer: Json, option: Row) -> bool:
    """Whether the volunteer keeps the named hard rule at this option `[day, from, to]` of the visit."""
    on = book.date_of(option[0])
    match rule:
        case "serves_the_area":
            return visit["area"] is None or visit["area"] in volunteer["serves"]
        case "is_free_then":
            return _is_free(volunteer, option)
        case "has_required_skills":
            return all(_holds_on(volunteer["skills"], skill, on) for skill in visit["skills"])
        case "has_clearance":
            return visit["clearance"] is None or _holds_on(volunteer["clearances"], visit["clearance"], on)
        case "speaks_a_language":
            return not visit["languages"] or any(
                spoken in visit["languages"] for spoken in volunteer["languages"]
            )
        case "is_of_required_gender":
            return visit["gender"] is None or visit["gender"] == volunteer["gender"]
        case "is_of_permitted_age":
            return in_range(volunteer["age"], visit["ages"])
        case "can_do_what_it_asks":
            return not any(demand in volunteer["cannot"] for demand in visit["demands"])
        case "may_enter_this_home":
            return volunteer["id"] in visit["known"] or volunteer["new_homes"] or not visit["at_home"]
        case "is_not_excluded":
            return volunteer["id"] not in visit["excluded"]
        case "is_not_family":
            return volunteer["id"] not in visit["family"]
    raise ValueError(rule)


def broken_hard_rule(
    book: Book, visit: Json, volunteer: Json, option: Row, *, without: Collection[str] = ()
) -> str | None:
    """The first hard rule, in their order, that the volunteer breaks there; `without` names rules not asked."""
    for rule in HARD_RULES:
        if rule not in without and not keeps_rule(rule, book, visit, volunteer, option):
            return rule
    return None


def funnel(problem: Json, visit_id: str) -> list[tuple[str, int]]:
    """How many volunteers each hard rule removes from a visit, rules that remove nobody left out.

    A volunteer counts once, at the furthest rule reached at any option; one who passes every rule at some option
    is not removed.
    """
    book = Book(problem)
    visit = book.visits[visit_id]
    removed = dict.fromkeys(HARD_RULES, 0)
    for volunteer in book.volunteers.values():
        broken = [broken_hard_rule(book, visit, volunteer, option) for option in visit["options"]]
        if None not in broken:
            removed[max((rule for rule in broken if rule), key=HARD_RULES.index)] += 1
    return [(rule, count) for rule, count in removed.items() if count]


# Rules of the whole plan


def clash(book: Book, one: tuple[Json, Row], other: tuple[Json, Row]) -> bool:
    """Whether one person cannot do both, each a visit with the option `[day, from, to]` it is held at."""
    (visit_a, option_a), (visit_b, option_b) = sorted((one, other), key=lambda held: tuple(held[1]))
    if option_a[0] != option_b[0]:
        return False
    return bool(option_b[1] - option_a[2] < book.slots_of_travel(visit_a["area"], visit_b["area"]))


def weekly_room(book: Book, volunteer: Json, monday: date) -> tuple[int, int]:
    """Visits and minutes the volunteer may still give in the week of that Monday."""
    visits_used, minutes_used = volunteer["used"].get(monday.isoformat(), (0, 0))
    return max(0, volunteer["weekly_visits"] - visits_used), max(
        0, volunteer["weekly_minutes"] - minutes_used
    )


def broken_time_rules(book: Book, volunteer: Json, held: Sequence[tuple[Json, Row]]) -> list[str]:
    """Which of `travel`, `weekly_visits`, `weekly_minutes` are broken by all that one volunteer does."""
    broken = []
    if any(clash(book, one, other) for one, other in combinations(held, 2)):
        broken.append("travel")
    visits_given: dict[date, int] = defaultdict(int)
    minutes_given: dict[date, int] = defaultdict(int)
    for _, (day, start, end) in held:
        visits_given[book.monday_of(day)] += 1
        minutes_given[book.monday_of(day)] += MINUTES_A_SLOT * (end - start)
    rooms = {monday: weekly_room(book, volunteer, monday) for monday in visits_given}
    if any(visits_given[monday] > rooms[monday][0] for monday in rooms):
        broken.append("weekly_visits")
    if any(minutes_given[monday] > rooms[monday][1] for monday in rooms):
        broken.append("weekly_minutes")
    return broken


def all_of_one_household(people: Collection[Json]) -> bool:
    """Two or more people who all live in the same household; null is nobody's household."""
    households = {person["household"] for person in people}
    return len(people) >= 2 and len(households) == 1 and None not in households


def why_not_served(book: Book, visit: Json, seats: Iterable[Row]) -> str | None:
    """The first reason why the pairings given, all those of this visit, do not serve it; None when they do."""
    seats = list(seats)
    people = [book.volunteers[volunteer_id] for _, volunteer_id, _ in seats]
    experienced = sum(1 for person in people if person["experienced"])
    at_least, at_most = visit["seats"]
    if len({option for _, _, option in seats}) > 1:
        return "option"
    if len(people) < at_least:
        return "min"
    if len(people) > at_most:
        return "max"
    if experienced < visit["experienced"]:
        return "experienced"
    if all(person["age"] < ADULT_AGE for person in people):
        return "minor"
    if visit["at_home"] and visit["first_visit"] and len(people) + experienced < 2:
        return "first_home_visit"
    if visit["at_home"] and all_of_one_household(people):
        return "household"
    return None


def take_pins(problem: Json) -> tuple[list[tuple[str, str, int]], list[tuple[str, str, str]]]:
    """The pins that stand and those dropped, each with the first rule it broke, both in file order."""
    book = Book(problem)
    taken: list[tuple[str, str, int]] = []
    dropped: list[tuple[str, str, str]] = []
    for visit_id, volunteer_id, option in problem["pinned"]:
        rule = _rule_broken_by_pin(book, taken, (visit_id, volunteer_id, option))
        if rule is None:
            taken.append((visit_id, volunteer_id, option))
        else:
            dropped.append((visit_id, volunteer_id, rule))
    return taken, dropped


def _rule_broken_by_pin(
    book: Book, taken: list[tuple[str, str, int]], pin: tuple[str, str, int]
) -> str | None:
    visit_id, volunteer_id, option = pin
    visit, volunteer = book.visits[visit_id], book.volunteers[volunteer_id]
    hard = broken_hard_rule(book, visit, volunteer, visit["options"][option])
    if hard is not None:
        return hard
    held = [
        (book.visits[other_visit], book.visits[other_visit]["options"][other_option])
        for other_visit, other_volunteer, other_option in [*taken, pin]
        if other_volunteer == volunteer_id
    ]
    broken = broken_time_rules(book, volunteer, held)
    if broken:
        return broken[0]
    beside = [other for other in taken if other[0] == visit_id]
    if len(beside) + 1 > visit["seats"][1]:
        return "max"
    if any(other_option != option for _, _, other_option in beside):
        return "option"
    return None


def violations(
    problem: Json, pairings: Sequence[Row], shadow_pairings: Sequence[Row], dropped_pins: Sequence[Row]
) -> list[str]:
    """Every rule the plan breaks, one sentence each that begins with the rule's name; empty for a valid plan."""
    book = Book(problem)
    malformed = _malformed(book, pairings, shadow_pairings)
    if malformed:
        return malformed
    return [
        *_hard_faults(book, pairings),
        *_pin_faults(problem, pairings, dropped_pins),
        *_seat_faults(book, pairings),
        *_time_faults(book, pairings, shadow_pairings),
        *_shadow_faults(book, pairings, shadow_pairings),
    ]


def _malformed(book: Book, pairings: Sequence[Row], shadow_pairings: Sequence[Row]) -> list[str]:
    faults = []
    for visit_id, volunteer_id in [*(row[:2] for row in pairings), *shadow_pairings]:
        if visit_id not in book.visits or volunteer_id not in book.volunteers:
            faults.append(f"unknown: {volunteer_id} at {visit_id}")
    if faults:
        return faults
    for visit_id, volunteer_id, option in pairings:
        if option not in range(len(book.visits[visit_id]["options"])):
            faults.append(f"unknown: option {option} of {visit_id} for {volunteer_id}")
    for rows in ([tuple(row[:2]) for row in pairings], [tuple(row) for row in shadow_pairings]):
        faults += [f"twice: {row[1]} at {row[0]}" for row in sorted(set(rows)) if rows.count(row) > 1]
    return faults


def _hard_faults(book: Book, pairings: Sequence[Row]) -> list[str]:
    faults = []
    for visit_id, volunteer_id, option in pairings:
        visit = book.visits[visit_id]
        for rule in HARD_RULES:
            if not keeps_rule(rule, book, visit, book.volunteers[volunteer_id], visit["options"][option]):
                faults.append(f"{rule}: {volunteer_id} at option {option} of {visit_id}")
    return faults


def _pin_faults(problem: Json, pairings: Sequence[Row], dropped_pins: Sequence[Row]) -> list[str]:
    taken, dropped = take_pins(problem)
    held = {tuple(row) for row in pairings}
    faults = [f"pin: {pin} stands and is not in the plan" for pin in taken if pin not in held]
    reported = sorted(tuple(row) for row in dropped_pins)
    if reported != sorted(dropped):
        faults.append(f"pin: dropped are {sorted(dropped)}, reported {reported}")
    return faults


def _seats_by_visit(pairings: Sequence[Row]) -> dict[str, list[Row]]:
    seats: dict[str, list[Row]] = defaultdict(list)
    for row in pairings:
        seats[row[0]].append(row)
    return seats


def served_visits(book: Book, pairings: Sequence[Row]) -> set[str]:
    """The ids of the visits that the pairings serve."""
    seats = _seats_by_visit(pairings)
    return {
        visit_id for visit_id in seats if why_not_served(book, book.visits[visit_id], seats[visit_id]) is None
    }


def _seat_faults(book: Book, pairings: Sequence[Row]) -> list[str]:
    taken, _ = take_pins(book.problem)
    faults = []
    for visit_id, seats in _seats_by_visit(pairings).items():
        reason = why_not_served(book, book.visits[visit_id], seats)
        unpinned = [row[1] for row in seats if tuple(row) not in taken]
        if reason and unpinned:
            faults.append(
                f"{reason}: {visit_id} is not served, yet {', '.join(unpinned)} unpinned hold seats"
            )
    return faults


def _time_faults(book: Book, pairings: Sequence[Row], shadow_pairings: Sequence[Row]) -> list[str]:
    option_of = {visit_id: option for visit_id, _, option in pairings}
    held: dict[str, list[tuple[Json, Row]]] = defaultdict(list)
    for visit_id, volunteer_id, option in pairings:
        held[volunteer_id].append((book.visits[visit_id], book.visits[visit_id]["options"][option]))
    for visit_id, volunteer_id in shadow_pairings:
        if visit_id in option_of:
            visit = book.visits[visit_id]
            held[volunteer_id].append((visit, visit["options"][option_of[visit_id]]))
    return [
        f"{rule}: {volunteer_id}"
        for volunteer_id, commitments in held.items()
        for rule in broken_time_rules(book, book.volunteers[volunteer_id], commitments)
    ]


def _shadow_faults(book: Book, pairings: Sequence[Row], shadow_pairings: Sequence[Row]) -> list[str]:
    served = served_visits(book, pairings)
    option_of = {visit_id: option for visit_id, _, option in pairings}
    seated = {(visit_id, volunteer_id) for visit_id, volunteer_id, _ in pairings}
    faults = []
    for visit_id, volunteer_id in shadow_pairings:
        where = f"{volunteer_id} shadows at {visit_id}"
        visit = book.visits[visit_id]
        if visit_id not in served:
            faults.append(f"shadow_at_unserved: {where}")
            continue
        if (visit_id, volunteer_id) in seated:
            faults.append(f"shadow_holds_seat: {where}")
        option = visit["options"][option_of[visit_id]]
        rule = broken_hard_rule(
            book, visit, book.volunteers[volunteer_id], option, without=("has_required_skills",)
        )
        if rule is not None:
            faults.append(f"{rule}: {where}")
    for visit_id in sorted({row[0] for row in shadow_pairings}):
        present = [row[1] for row in [*pairings, *shadow_pairings] if row[0] == visit_id]
        people = [book.volunteers[volunteer_id] for volunteer_id in present]
        if book.visits[visit_id]["at_home"] and all_of_one_household(people):
            faults.append(f"household_with_shadows: {visit_id}")
    if not _every_shadow_has_an_entry(book, seated, shadow_pairings):
        faults.append("shadow_entry: more shadow pairings than the entries have room for, or no senior there")
    return faults


def entries_for(book: Book, seated: Collection[tuple[str, str]], visit_id: str, successor: str) -> list[int]:
    """Which rows of `shadows` ask for this successor at this visit and have their senior on a seat there."""
    return [
        row
        for row, entry in enumerate(book.problem["shadows"])
        if entry["successor"] == successor
        and entry["recipient"] == book.visits[visit_id]["recipient"]
        and (visit_id, entry["senior"]) in seated
    ]


def _every_shadow_has_an_entry(
    book: Book, seated: Collection[tuple[str, str]], shadow_pairings: Sequence[Row]
) -> bool:
    room = [entry["wanted"] for entry in book.problem["shadows"]]
    choices = [entries_for(book, seated, visit_id, successor) for visit_id, successor in shadow_pairings]

    def place(position: int) -> bool:
        if position == len(choices):
            return True
        for entry in choices[position]:
            if room[entry]:
                room[entry] -= 1
                if place(position + 1):
                    return True
                room[entry] += 1
        return False

    return place(0)

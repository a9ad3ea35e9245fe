"""What is wanted (policy/1): the terms of the value, each a named function, the amounts as data with a version."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.matching.engine.problem import Problem
from app.matching.engine.rows import Pin, Visit, Volunteer
from app.matching.engine.rules import broken_team_rules


@dataclass(frozen=True, slots=True)
class Policy:
    """The amounts. A changed amount is a new version."""

    version: str = "policy/1"
    served: int = 10_000
    waiting_day: int = 40
    waiting_days_counted: int = 90
    request_served: int = 5_000
    seat_above_min: int = 500
    continues: int = 400
    continuity: int = 400
    known: int = 300
    first_seat: int = 200
    same_as_last_night: int = 150
    fit_near: int = 40
    fit_minutes: int = 60
    fit_age: int = 25
    fit_gender: int = 15
    fit_wish: int = 20
    ages_together: int = 60
    older_from: int = 60
    younger_below: int = 30
    further_seat: int = 30
    shadow: int = 100


POLICY = Policy()
TERMS: tuple[str, ...] = (
    "served",
    "request_served",
    "seats_above_min",
    "continues",
    "continuity",
    "known",
    "first_seat",
    "same_as_last_night",
    "fit",
    "ages_together",
    "further_seats",
    "shadows",
)
"""The codes of the terms, in the order of MATCHING §2."""


def served(visit: Visit) -> int:
    """A served visit: the longer the carer has waited (up to 90 days), the more."""
    return POLICY.served + POLICY.waiting_day * min(visit.waiting_days, POLICY.waiting_days_counted)


def request_served(visits_served: int) -> int:
    """A request with at least one served visit in the horizon."""
    return POLICY.request_served if visits_served else 0


def seats_above_min(visit: Visit, seats: int) -> int:
    """Each seat filled above the minimum."""
    return POLICY.seat_above_min * (seats - visit.seats[0])


def continues(volunteer: Volunteer, visit: Visit) -> int:
    """The volunteer served this request last."""
    return POLICY.continues if volunteer.id in visit.continues else 0


def continuity(earlier_team: Iterable[str], later_team: Iterable[str]) -> int:
    """Each volunteer on both of two served visits next to each other in the sequence of a request."""
    return POLICY.continuity * len(set(earlier_team) & set(later_team))


def known(volunteer: Volunteer, visit: Visit) -> int:
    """The recipient knows the volunteer."""
    return POLICY.known if volunteer.id in visit.known else 0


def first_seat(volunteer: Volunteer, seats: int) -> int:
    """A volunteer without recent visits who gets at least one seat."""
    return POLICY.first_seat if seats and volunteer.recent_visits == 0 else 0


def same_as_last_night(is_in_previous: bool) -> int:
    """The same pairing as last night's proposal, whatever the option."""
    return POLICY.same_as_last_night if is_in_previous else 0


def fit(problem: Problem, volunteer: Volunteer, visit: Visit) -> int:
    """How well the two suit each other, 0 to 100; 0 when the volunteer avoids this kind of support."""
    if visit.kind in volunteer.avoids:
        return 0
    if visit.area is None:
        near = POLICY.fit_near
    else:
        minutes = problem.travel_minutes[problem.area_index[volunteer.home]][problem.area_index[visit.area]]
        near = POLICY.fit_near * max(0, POLICY.fit_minutes - minutes) // POLICY.fit_minutes
    youngest, oldest = visit.prefers_ages or (None, None)
    age_suits = (youngest is None or volunteer.age >= youngest) and (
        oldest is None or volunteer.age <= oldest
    )
    gender_suits = visit.prefers_gender is None or volunteer.gender == visit.prefers_gender
    return (
        near
        + (POLICY.fit_age if age_suits else 0)
        + (POLICY.fit_gender if gender_suits else 0)
        + (POLICY.fit_wish if visit.kind in volunteer.wishes else 0)
    )


def ages_together(team: Iterable[Volunteer]) -> int:
    """A served visit with someone of 60 or over and someone under 30."""
    ages = [volunteer.age for volunteer in team]
    mixed = any(age >= POLICY.older_from for age in ages) and any(age < POLICY.younger_below for age in ages)
    return POLICY.ages_together if mixed else 0


def further_seats(seats: int) -> int:
    """The m-th seat of one volunteer costs 30 (m - 1): work is spread."""
    return -POLICY.further_seat * (seats * (seats - 1) // 2)


def shadows(filled: int) -> int:
    """Shadow seats filled."""
    return POLICY.shadow * filled


def pairing_terms(
    problem: Problem, volunteer: Volunteer, visit: Visit, *, is_in_previous: bool
) -> dict[str, int]:
    """The terms one pairing at a served visit adds by itself."""
    return {
        "continues": continues(volunteer, visit),
        "known": known(volunteer, visit),
        "same_as_last_night": same_as_last_night(is_in_previous),
        "fit": fit(problem, volunteer, visit),
    }


def neighbours_in_sequence(visits: Iterable[Visit]) -> list[tuple[Visit, Visit]]:
    """Each two visits of one request next to each other in `sequence`."""
    by_request: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.sequence is not None:
            by_request[visit.request].append(visit)
    pairs: list[tuple[Visit, Visit]] = []
    for request in sorted(by_request):
        ordered = sorted(by_request[request], key=lambda visit: visit.sequence or 0)
        pairs.extend(pairwise(ordered))
    return pairs


def served_teams(problem: Problem, pairings: Iterable[Pin]) -> dict[str, list[Volunteer]]:
    """The team of each served visit, by visit id: a fact of the pairings."""
    teams: dict[str, list[Volunteer]] = defaultdict(list)
    for visit_id, volunteer_id, _ in pairings:
        teams[visit_id].append(problem.volunteer(volunteer_id))
    return {
        visit_id: team
        for visit_id, team in teams.items()
        if not broken_team_rules(problem.visit(visit_id), team)
    }


def value_terms(
    problem: Problem,
    pairings: Sequence[Pin],
    shadow_pairings: Sequence[tuple[str, str]],
    visits: Sequence[Visit] | None = None,
) -> Mapping[str, int]:
    """The value of a plan, term by term. With `visits`, of those visits alone (whole requests, please)."""
    teams = served_teams(problem, pairings)
    previous = set(problem.previous)
    sums = dict.fromkeys(TERMS, 0)
    served_of_request: dict[str, int] = defaultdict(int)
    seats_of: dict[str, int] = defaultdict(int)
    for visit_id, team in teams.items():
        visit = problem.visit(visit_id)
        sums["served"] += served(visit)
        sums["seats_above_min"] += seats_above_min(visit, len(team))
        sums["ages_together"] += ages_together(team)
        served_of_request[visit.request] += 1
        for volunteer in team:
            seats_of[volunteer.id] += 1
            is_in_previous = (visit_id, volunteer.id) in previous
            terms = pairing_terms(problem, volunteer, visit, is_in_previous=is_in_previous)
            for term, amount in terms.items():
                sums[term] += amount
    for count in served_of_request.values():
        sums["request_served"] += request_served(count)
    for earlier, later in neighbours_in_sequence(problem.visits if visits is None else visits):
        if earlier.id in teams and later.id in teams:
            sums["continuity"] += continuity(
                (person.id for person in teams[earlier.id]), (person.id for person in teams[later.id])
            )
    for volunteer_id, count in seats_of.items():
        sums["first_seat"] += first_seat(problem.volunteer(volunteer_id), count)
        sums["further_seats"] += further_seats(count)
    sums["shadows"] = shadows(len(shadow_pairings))
    return sums


def value_of(
    problem: Problem, pairings: Sequence[Pin], shadow_pairings: Sequence[tuple[str, str]] = ()
) -> int:
    """The value of a plan: the sum of all terms."""
    return sum(value_terms(problem, pairings, shadow_pairings).values())


def urgent_served(problem: Problem, pairings: Sequence[Pin]) -> int:
    """How many urgent visits the pairings serve."""
    return sum(problem.visit(visit_id).urgent for visit_id in served_teams(problem, pairings))

"""The value of a plan by policy/1, term by term, read a second time from MATCHING §2 and nothing else."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from tests.matching.reference.model import Book, Json, Row, in_range, served_visits

YOUNG_UNDER, OLDER_FROM = 30, 60


def fit(book: Book, visit: Json, volunteer: Json) -> int:
    """How well a volunteer suits a visit, 0 to 100."""
    if visit["kind"] in volunteer["avoids"]:
        return 0
    if visit["area"] is None:
        points = 40
    else:
        points = 40 * max(0, 60 - book.travel_minutes(volunteer["home"], visit["area"])) // 60
    if visit["prefers_ages"] is None or in_range(volunteer["age"], visit["prefers_ages"]):
        points += 25
    if visit["prefers_gender"] is None or visit["prefers_gender"] == volunteer["gender"]:
        points += 15
    if visit["kind"] in volunteer["wishes"]:
        points += 20
    return points


def neighbours_in_sequence(problem: Json) -> list[tuple[str, str]]:
    """The pairs of visits of one request that stand next to each other in `sequence`."""
    of_request: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for visit in problem["visits"]:
        if visit["sequence"] is not None:
            of_request[visit["request"]].append((visit["sequence"], visit["id"]))
    return [
        (earlier, later)
        for numbered in of_request.values()
        for (_, earlier), (_, later) in pairwise(sorted(numbered))
    ]


def terms(problem: Json, pairings: Sequence[Row], shadow_pairings: Sequence[Row]) -> dict[str, int]:
    """Each term of the value of a valid plan by name, costs negative; their sum is the value."""
    book = Book(problem)
    served = {visit_id: book.visits[visit_id] for visit_id in served_visits(book, pairings)}
    people: dict[str, set[str]] = {visit_id: set() for visit_id in served}
    for visit_id, volunteer_id, _ in pairings:
        if visit_id in served:
            people[visit_id].add(volunteer_id)
    pairs = [(visit, book.volunteers[one]) for visit_id, visit in served.items() for one in people[visit_id]]
    seats_of = {one: sum(one in team for team in people.values()) for one in book.volunteers}
    before = {(visit_id, volunteer_id) for visit_id, volunteer_id in problem["previous"]}
    ages = [[book.volunteers[one]["age"] for one in team] for team in people.values()]
    return {
        "served": sum(10_000 + 40 * min(visit["waiting_days"], 90) for visit in served.values()),
        "request_begun": 5_000 * len({visit["request"] for visit in served.values()}),
        "extra_seats": sum(
            500 * (len(people[visit_id]) - visit["seats"][0]) for visit_id, visit in served.items()
        ),
        "continues": sum(400 for visit, one in pairs if one["id"] in visit["continues"]),
        "continuity": sum(
            400 * len(people[earlier] & people[later])
            for earlier, later in neighbours_in_sequence(problem)
            if earlier in served and later in served
        ),
        "known": sum(300 for visit, one in pairs if one["id"] in visit["known"]),
        "not_seen_lately": sum(
            200 for one in book.volunteers.values() if one["recent_visits"] == 0 and seats_of[one["id"]]
        ),
        "as_last_night": sum(150 for visit, one in pairs if (visit["id"], one["id"]) in before),
        "fit": sum(fit(book, visit, one) for visit, one in pairs),
        "across_ages": sum(60 for team in ages if min(team) < YOUNG_UNDER and max(team) >= OLDER_FROM),
        "repeats": -sum(30 * (m - 1) for seats in seats_of.values() for m in range(1, seats + 1)),
        "shadows": 100 * len(shadow_pairings),
    }


def value(problem: Json, pairings: Sequence[Row], shadow_pairings: Sequence[Row]) -> int:
    """The value of a valid plan by policy/1."""
    return sum(terms(problem, pairings, shadow_pairings).values())


def urgent_served(problem: Json, pairings: Sequence[Row]) -> int:
    """How many urgent visits the pairings serve."""
    book = Book(problem)
    return sum(1 for visit_id in served_visits(book, pairings) if book.visits[visit_id]["urgent"])

"""An agreed plan looked at person by person: what one more, one fewer or one other would mean."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from app.matching.engine.policy import (
    ages_together,
    continuity,
    first_seat,
    further_seats,
    neighbours_in_sequence,
    pairing_terms,
    request_served,
    seats_above_min,
    served,
)
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result
from app.matching.engine.rows import Pin, Visit, Volunteer
from app.matching.engine.rules import broken_plan_rules, broken_team_rules, is_eligible

Seat = tuple[str, str, int]
"""(visit, volunteer, option)."""


class Standing:
    """The seats of a plan by visit and by person, with exact differences in value."""

    def __init__(
        self, problem: Problem, plan: Result | Sequence[Pin], shadows: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.problem = problem
        pairings = plan.pairings if isinstance(plan, Result) else plan
        shadows = plan.shadow_pairings if isinstance(plan, Result) else shadows
        self.at_visit: dict[str, list[Seat]] = defaultdict(list)
        self.of_person: dict[str, list[Seat]] = defaultdict(list)
        self.joined: dict[str, list[Seat]] = defaultdict(list)
        """person -> visits they join as a shadow; they take their time and nothing else."""
        self.pinned = {(visit, person) for visit, person, _ in problem.pinned}
        self.previous = set(problem.previous)
        for seat in pairings:
            if seat[0] in problem.visit_index and seat[1] in problem.volunteer_index:
                self.add(seat)
        for visit, successor in shadows:
            if self.at_visit.get(visit):
                self.joined[successor].append((visit, successor, self.at_visit[visit][0][2]))

    def add(self, seat: Seat) -> None:
        """One more seat, asked about nothing."""
        self.at_visit[seat[0]].append(seat)
        self.of_person[seat[1]].append(seat)

    def remove(self, seat: Seat) -> None:
        """One seat fewer."""
        self.at_visit[seat[0]].remove(seat)
        self.of_person[seat[1]].remove(seat)

    def team(self, visit_id: str) -> list[Volunteer]:
        """Who holds a seat there."""
        return [self.problem.volunteer(person) for _, person, _ in self.at_visit.get(visit_id, ())]

    def is_served(self, visit_id: str) -> bool:
        """Whether the seats serve the visit."""
        team = self.team(visit_id)
        return bool(team) and not broken_team_rules(self.problem.visit(visit_id), team)

    def option_of(self, visit_id: str) -> int | None:
        """The option in use, None when nobody holds a seat."""
        seats = self.at_visit.get(visit_id)
        return seats[0][2] if seats else None

    def eligible(self, visit: Visit) -> list[tuple[Volunteer, int]]:
        """Everybody who breaks no hard rule, with the option, by volunteer."""
        return [
            (person, index)
            for person in self.problem.volunteers
            for index, option in enumerate(visit.options)
            if is_eligible(person, visit, option, self.problem.starts_on)
        ]

    def blocked_by(self, seat: Seat) -> tuple[str, ...]:
        """The plan rules one more seat would break."""
        visit, person, option = seat
        beside = dict.fromkeys(
            [*self.at_visit.get(visit, ()), *self.of_person.get(person, ()), *self.joined.get(person, ())]
        )
        return broken_plan_rules(self.problem, beside, visit, person, option)

    def change_in_value(self, removed: Iterable[Seat], added: Iterable[Seat]) -> int:
        """The exact difference these changes make together; shadows are left as they are."""
        removed, added = list(removed), list(added)
        requests = {self.problem.visit(seat[0]).request for seat in (*removed, *added)}
        visits = [visit for request in sorted(requests) for visit in self._visits_of(request)]
        people = {seat[1] for seat in (*removed, *added)}
        people |= {seat[1] for visit in visits for seat in self.at_visit.get(visit.id, ())}
        before = self._worth(visits, people)
        for seat in removed:
            self.remove(seat)
        for seat in added:
            self.add(seat)
        after = self._worth(visits, people)
        for seat in added:
            self.remove(seat)
        for seat in removed:
            self.add(seat)
        return after - before

    def _visits_of(self, request: str) -> list[Visit]:
        if not hasattr(self, "_by_request"):
            self._by_request: dict[str, list[Visit]] = defaultdict(list)
            for visit in self.problem.visits:
                self._by_request[visit.request].append(visit)
        return self._by_request[request]

    def _worth(self, visits: list[Visit], people: set[str]) -> int:
        worth = 0
        count: dict[str, int] = defaultdict(int)
        teams = {visit.id: self.team(visit.id) for visit in visits if self.is_served(visit.id)}
        for visit in visits:
            if visit.id not in teams:
                continue
            team = teams[visit.id]
            worth += served(visit) + seats_above_min(visit, len(team)) + ages_together(team)
            count[visit.request] += 1
            for person in team:
                again = (visit.id, person.id) in self.previous
                worth += sum(pairing_terms(self.problem, person, visit, is_in_previous=again).values())
        worth += sum(request_served(number) for number in count.values())
        for earlier, later in neighbours_in_sequence(visits):
            if earlier.id in teams and later.id in teams:
                worth += continuity(
                    (person.id for person in teams[earlier.id]), (person.id for person in teams[later.id])
                )
        for name in people:
            seats = sum(self.is_served(seat[0]) for seat in self.of_person.get(name, ()))
            worth += first_seat(self.problem.volunteer(name), seats) + further_seats(seats)
        return worth

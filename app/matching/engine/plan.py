"""A plan in the making: who holds which seats, and whether one more can be held beside them."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from app.matching.engine.candidates import Candidates
from app.matching.engine.policy import POLICY, neighbours_in_sequence
from app.matching.engine.rows import Pin, Volunteer
from app.matching.engine.rules import broken_team_rules, is_one_household


class Plan:
    """Seats and shadows beside the pins. Volunteers, visits and options by number; every change keeps the plan rules,
    team rules are the caller's to keep (`serves`)."""

    def __init__(self, candidates: Candidates) -> None:
        self.candidates = candidates
        columns = candidates.columns
        self.visit_of: list[int] = columns.visit_of.tolist()
        self.time: list[tuple[int, int, int]] = list(
            zip(columns.day.tolist(), columns.start.tolist(), columns.end.tolist(), strict=True)
        )
        self.week: list[int] = columns.week.tolist()
        self.area: list[int] = columns.area.tolist()
        self.travel: list[list[int]] = columns.travel_slots.tolist()
        self.left_visits: list[list[int]] = candidates.left_visits.tolist()
        self.left_slots: list[list[int]] = candidates.left_slots.tolist()
        self.times: list[list[int]] = [[] for _ in range(len(columns.volunteers))]
        for person, options in candidates.pinned_times.items():
            self.times[person].extend(options)
        self.option: list[int] = candidates.pinned_option.tolist()
        """[visit]: the option in use, -1 when nobody holds a seat."""
        self.team: list[list[int]] = [
            list(candidates.pinned_people.get(i, ())) for i in range(len(columns.visits))
        ]
        self.shadows: dict[tuple[int, int], int] = {}
        """(visit, successor) -> entry of the problem's shadows that it counts for."""
        self.neighbours: list[list[int]] = [[] for _ in columns.visits]
        index = columns.problem.visit_index
        for earlier, later in neighbours_in_sequence(columns.visits):
            self.neighbours[index[earlier.id]].append(index[later.id])
            self.neighbours[index[later.id]].append(index[earlier.id])
        self.undo: list[Callable[[], None]] = []

    def people(self, team: Iterable[int]) -> list[Volunteer]:
        """The rows of some volunteers."""
        return [self.candidates.columns.volunteers[person] for person in team]

    def serves(self, visit: int, team: Sequence[int] | None = None) -> bool:
        """Whether this team, or the one in place, serves the visit."""
        members = self.team[visit] if team is None else team
        row = self.candidates.columns.visits[visit]
        return bool(members) and not broken_team_rules(row, self.people(members))

    def clashing(self, person: int, option: int) -> list[int]:
        """The times the volunteer holds that leave no time for this one; those of the same visit among them."""
        day, start, end = self.time[option]
        clashing = []
        for other in self.times[person]:
            other_day, other_start, other_end = self.time[other]
            if self.visit_of[other] == self.visit_of[option] or (
                day == other_day
                and other_start - end < self.travel[self.area[option]][self.area[other]]
                and start - other_end < self.travel[self.area[other]][self.area[option]]
            ):
                clashing.append(other)
        return clashing

    def has_room(self, person: int, option: int) -> bool:
        """Whether the volunteer's week still holds this visit."""
        _, start, end = self.time[option]
        week = self.week[option]
        return self.left_visits[person][week] >= 1 and self.left_slots[person][week] >= end - start

    def can_take(self, person: int, option: int) -> bool:
        """Whether the volunteer can be there beside what they hold."""
        return self.has_room(person, option) and not self.clashing(person, option)

    def seat(self, person: int, option: int) -> None:
        """The volunteer takes a seat."""
        visit = self.visit_of[option]
        self._seat(person, option)
        self.undo.append(lambda: self._unseat(person, visit))

    def unseat(self, person: int, visit: int) -> None:
        """The volunteer gives a seat back that is not pinned."""
        option = self.option[visit]
        self._unseat(person, visit)
        self.undo.append(lambda: self._seat(person, option))

    def back_to(self, mark: int) -> None:
        """Takes seats given and given back since `len(undo)` was `mark` back again, the last first."""
        while len(self.undo) > mark:
            self.undo.pop()()

    def shadow(self, successor: int, option: int, entry: int) -> None:
        """The successor joins."""
        self.shadows[self.visit_of[option], successor] = entry
        self._hold(successor, option)

    def is_pinned(self, person: int, visit: int) -> bool:
        """Whether this seat is a promise that stands."""
        return person in self.candidates.pinned_people.get(visit, ())

    def load(self, person: int) -> int:
        """How many times the volunteer holds."""
        return len(self.times[person])

    def gain(self, pair: int) -> int:
        """What one more seat adds by itself, with what the volunteer holds already."""
        pairs = self.candidates.pairs
        person, option = int(pairs.volunteer[pair]), int(pairs.option[pair])
        load = self.load(person)
        new = (
            POLICY.first_seat
            if not load and not self.candidates.columns.volunteers[person].recent_visits
            else 0
        )
        same = sum(person in self.team[near] for near in self.neighbours[self.visit_of[option]])
        return (
            int(self.candidates.amounts[pair]) + new - POLICY.further_seat * load + POLICY.continuity * same
        )

    def shadow_stands(self, visit: int, successor: int) -> bool:
        """Whether seats and shadows with this one are not all of one household."""
        if not self.candidates.columns.visits[visit].at_home:
            return True
        joined = [person for place, person in self.shadows if place == visit]
        return not is_one_household(self.people({*self.team[visit], *joined, successor}))

    def pairings(self) -> tuple[Pin, ...]:
        """The seats by id, sorted, pins among them."""
        columns = self.candidates.columns
        return tuple(
            sorted(
                (
                    columns.visits[visit].id,
                    columns.volunteers[person].id,
                    self.option[visit] - int(columns.first_option[visit]),
                )
                for visit, team in enumerate(self.team)
                for person in team
            )
        )

    def shadow_pairings(self) -> tuple[tuple[str, str], ...]:
        """The shadow seats by id, sorted."""
        columns = self.candidates.columns
        return tuple(
            sorted(
                (columns.visits[visit].id, columns.volunteers[person].id) for visit, person in self.shadows
            )
        )

    def _seat(self, person: int, option: int) -> None:
        visit = self.visit_of[option]
        self.option[visit] = option
        self.team[visit].append(person)
        self._hold(person, option)

    def _unseat(self, person: int, visit: int) -> None:
        option = self.option[visit]
        self.team[visit].remove(person)
        if not self.team[visit]:
            self.option[visit] = -1
        self._release(person, option)

    def _hold(self, person: int, option: int) -> None:
        _, start, end = self.time[option]
        self.times[person].append(option)
        self.left_visits[person][self.week[option]] -= 1
        self.left_slots[person][self.week[option]] -= end - start

    def _release(self, person: int, option: int) -> None:
        _, start, end = self.time[option]
        self.times[person].remove(option)
        self.left_visits[person][self.week[option]] += 1
        self.left_slots[person][self.week[option]] += end - start


TEAM_CHOICES = 12
"""How many of the best free people a team of several is chosen from, beside the best experienced and adult ones."""


def best_team(plan: Plan, visit: int, option: int) -> tuple[int, list[int]] | None:
    """(what it adds, volunteers to seat) for the best small team found at an option; None when there is none."""
    candidates = plan.candidates
    row = candidates.columns.visits[visit]
    held = plan.team[visit]
    if held and plan.option[visit] != option:
        return None
    pairs = range(int(candidates.pairs.first[option]), int(candidates.pairs.first[option + 1]))
    free = sorted(
        (-plan.gain(pair), int(candidates.pairs.volunteer[pair]))
        for pair in pairs
        if int(candidates.pairs.volunteer[pair]) not in held
        and plan.can_take(int(candidates.pairs.volunteer[pair]), option)
    )
    experienced = [choice for choice in free if candidates.columns.experienced[choice[1]]]
    choices = (
        list(dict.fromkeys([*free[:TEAM_CHOICES], *experienced[:TEAM_CHOICES]])) if row.seats[1] > 1 else free
    )
    for size in range(max(1, row.seats[0] - len(held)), row.seats[1] - len(held) + 1):
        best: tuple[int, list[int]] | None = None
        for group in combinations(choices, size):
            worth = -sum(loss for loss, _ in group)
            if best is not None and worth <= best[0]:
                continue
            people = [person for _, person in group]
            if plan.serves(visit, [*held, *people]):
                best = (worth, people)
                if size == 1:
                    break
        if best is not None:
            return best
    return None

"""The best plan of a small problem, by constraint programming (CP-SAT): what the engine must equal.

Every rule and every term of MATCHING §1 and §2 is written as a constraint over the people's seats, in another way
than the engine's. For a dozen people and visits it takes hundredths of a second; it is no method for a district.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import combinations

from ortools.sat.python import cp_model

from tests.matching.reference.model import (
    ADULT_AGE,
    MINUTES_A_SLOT,
    Book,
    Json,
    broken_hard_rule,
    clash,
    take_pins,
    weekly_room,
    why_not_served,
)
from tests.matching.reference.value import OLDER_FROM, YOUNG_UNDER, fit, neighbours_in_sequence

RELAXABLE = (
    "travel",
    "weekly_visits",
    "weekly_minutes",
    "min",
    "max",
    "experienced",
    "minor",
    "first_home_visit",
    "household",
    "household_with_shadows",
    "shadow_holds_seat",
    "wanted",
    "pins",
    "option",
)

AN_URGENT_VISIT = 10_000_000
"""Above any value a small problem can have, so that urgent visits come first."""


@dataclass(frozen=True)
class Plan:
    """A best plan: urgent visits served, its value, and the pairings that reach them."""

    urgent: int
    value: int
    pairings: list[tuple[str, str, int]]
    shadow_pairings: list[tuple[str, str]]


def optimum(problem: Json) -> tuple[int, int]:
    """Most urgent visits served, and the highest value among the plans that serve so many."""
    plan = optimal_plan(problem)
    return plan.urgent, plan.value


def optimal_plan(problem: Json, *, without: Collection[str] = ()) -> Plan:
    """A plan that reaches the optimum.

    `without` names hard rules or `RELAXABLE` ones to forget, to learn whether a rule matters in this problem; `option`
    there means the opposite, that only the first option of each visit may be used.
    """
    model = _Model(problem, frozenset(without))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.linearization_level = (
        2  # the objective is a sum of many small terms: cuts find it at once
    )
    solver.parameters.cp_model_probing_level = 0
    status = solver.solve(model.cp)
    if status != cp_model.OPTIMAL:
        raise RuntimeError(f"the referee did not finish: {solver.status_name(status)}")
    urgent = sum(solver.value(model.served[visit["id"]]) for visit in problem["visits"] if visit["urgent"])
    return Plan(
        urgent=urgent,
        value=round(solver.objective_value) - AN_URGENT_VISIT * urgent,
        pairings=sorted(key for key, seat in model.seat_at.items() if solver.value(seat)),
        shadow_pairings=sorted(
            (visit_id, one) for (visit_id, one, _), shadow in model.shadow_at.items() if solver.value(shadow)
        ),
    )


@dataclass
class _Model:
    problem: Json
    without: frozenset[str]
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    worth: list[cp_model.LinearExprT] = field(default_factory=list)
    served: dict[str, cp_model.IntVar] = field(default_factory=dict)
    held_at: dict[tuple[str, int], cp_model.IntVar] = field(default_factory=dict)
    seat_at: dict[tuple[str, str, int], cp_model.IntVar] = field(default_factory=dict)
    shadow_at: dict[tuple[str, str, int], cp_model.IntVar] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book = Book(self.problem)
        pins = [] if "pins" in self.without else take_pins(self.problem)[0]
        self.pins = {
            visit["id"]: [pin for pin in pins if pin[0] == visit["id"]] for visit in self.problem["visits"]
        }
        for visit in self.problem["visits"]:
            self._seats(visit)
            self._shadows(visit)
            self._team(visit)
        self._wanted()
        for volunteer in self.problem["volunteers"]:
            self._time(volunteer)
        self.counted = {key: self._counted(*key) for key in sorted({key[:2] for key in self.seat_at})}
        for visit in self.problem["visits"]:
            self._worth_of_visit(visit)
        self._worth_across_visits()
        self.cp.maximize(sum(self.worth))

    def _new(self, *name: object) -> cp_model.IntVar:
        return self.cp.new_bool_var(" ".join(map(str, name)))

    def _people(self, visit: Json) -> list[Json]:
        """Those who may hold a seat of the visit at some option."""
        return [one for one in self.problem["volunteers"] if self._seats_of(visit["id"], one["id"])]

    def _seats_of(self, visit_id: str, volunteer_id: str) -> list[cp_model.IntVar]:
        options = range(len(self.book.visits[visit_id]["options"]))
        return [self.seat_at[key] for k in options if (key := (visit_id, volunteer_id, k)) in self.seat_at]

    def _shadows_of(self, visit_id: str, volunteer_id: str) -> list[cp_model.IntVar]:
        options = range(len(self.book.visits[visit_id]["options"]))
        return [
            self.shadow_at[key] for k in options if (key := (visit_id, volunteer_id, k)) in self.shadow_at
        ]

    def _allowed(self, visit: Json, volunteer: Json, k: int, *, shadow: bool) -> bool:
        forgotten = self.without | ({"has_required_skills"} if shadow else set())
        return broken_hard_rule(self.book, visit, volunteer, visit["options"][k], without=forgotten) is None

    def _seats(self, visit: Json) -> None:
        pinned = self.pins[visit["id"]]
        served = self.served[visit["id"]] = self._new(visit["id"], "served")
        options = range(1 if "option" in self.without and not pinned else len(visit["options"]))
        for k in options:
            self.held_at[visit["id"], k] = self._new(visit["id"], "at", k)
        self.cp.add_at_most_one(self.held_at[visit["id"], k] for k in options)
        for volunteer in self.problem["volunteers"]:
            for k in options:
                if self._allowed(visit, volunteer, k, shadow=False):
                    key = (visit["id"], volunteer["id"], k)
                    seat = self.seat_at[key] = self._new(*key)
                    self.cp.add_implication(seat, self.held_at[visit["id"], k])
                    if key in pinned:
                        self.cp.add(seat == 1)
                    else:
                        self.cp.add_implication(seat, served)
        if pinned and why_not_served(self.book, visit, pinned) is None:
            self.cp.add(served == 1)

    def _shadows(self, visit: Json) -> None:
        successors = {
            entry["successor"]
            for entry in self.problem["shadows"]
            if entry["recipient"] == visit["recipient"]
        }
        for one in sorted(successors):
            for k in range(len(visit["options"])):
                if (visit["id"], k) in self.held_at and self._allowed(
                    visit, self.book.volunteers[one], k, shadow=True
                ):
                    shadow = self.shadow_at[visit["id"], one, k] = self._new(visit["id"], one, k, "shadow")
                    self.cp.add_implication(shadow, self.held_at[visit["id"], k])
                    self.cp.add_implication(shadow, self.served[visit["id"]])
            if "shadow_holds_seat" not in self.without:
                self.cp.add_at_most_one(
                    [*self._shadows_of(visit["id"], one), *self._seats_of(visit["id"], one)]
                )

    def _team(self, visit: Json) -> None:
        served, people = self.served[visit["id"]], self._people(visit)
        seat = {one["id"]: sum(self._seats_of(visit["id"], one["id"])) for one in people}
        seats = sum(seat.values())
        experienced = sum(seat[one["id"]] for one in people if one["experienced"])
        adults = sum(seat[one["id"]] for one in people if one["age"] >= ADULT_AGE)
        at_least, at_most = visit["seats"]

        def when_served(rule: str, constraint: cp_model.BoundedLinearExpression | bool) -> None:
            if rule not in self.without:
                self.cp.add(constraint).only_enforce_if(served)

        self.cp.add(seats >= 1).only_enforce_if(served)
        when_served("min", seats >= at_least)
        when_served("max", seats <= at_most)
        when_served("experienced", experienced >= visit["experienced"])
        for one in people:
            if one["age"] < ADULT_AGE:
                when_served("minor", seat[one["id"]] <= adults)
        if visit["at_home"] and visit["first_visit"]:
            when_served("first_home_visit", seats + experienced >= 2)
        if visit["at_home"]:
            present = {
                one["id"]: seat.get(one["id"], 0) + sum(self._shadows_of(visit["id"], one["id"]))
                for one in self.problem["volunteers"]
            }
            for a, b in combinations(self.problem["volunteers"], 2):
                if a["household"] is not None and a["household"] == b["household"]:
                    others = [one for one in people if one["household"] != a["household"]]
                    strangers = sum(seat[one["id"]] for one in others)
                    if a in people and b in people:
                        when_served("household", seat[a["id"]] + seat[b["id"]] - 1 <= strangers)
                    strangers_present = sum(
                        present[one["id"]]
                        for one in self.problem["volunteers"]
                        if one["household"] != a["household"]
                    )
                    both = present[a["id"]] + present[b["id"]]
                    if "shadow_holds_seat" not in self.without:
                        when_served("household_with_shadows", both - 1 <= strangers_present)

    def _wanted(self) -> None:
        """Each shadow pairing is put down to one entry whose senior holds a seat there."""
        charged: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for visit_id, one in sorted({key[:2] for key in self.shadow_at}):
            reasons = []
            for row, entry in enumerate(self.problem["shadows"]):
                if (
                    entry["successor"] == one
                    and entry["recipient"] == self.book.visits[visit_id]["recipient"]
                ):
                    reason = self._new(visit_id, one, "for entry", row)
                    self.cp.add(reason <= sum(self._seats_of(visit_id, entry["senior"])))
                    reasons.append(reason)
                    charged[row].append(reason)
            self.cp.add(sum(self._shadows_of(visit_id, one)) == sum(reasons))
        if "wanted" not in self.without:
            for row, reasons in charged.items():
                self.cp.add(sum(reasons) <= self.problem["shadows"][row]["wanted"])

    def _time(self, volunteer: Json) -> None:
        doing = [
            (key, var)
            for key, var in [*self.seat_at.items(), *self.shadow_at.items()]
            if key[1] == volunteer["id"]
        ]
        held = [((visit := self.book.visits[key[0]]), visit["options"][key[2]], var) for key, var in doing]
        if "travel" not in self.without:
            for (visit_a, option_a, one), (visit_b, option_b, other) in combinations(held, 2):
                if visit_a is not visit_b and clash(self.book, (visit_a, option_a), (visit_b, option_b)):
                    self.cp.add_at_most_one(one, other)
        for monday in sorted({self.book.monday_of(option[0]) for _, option, _ in held}):
            visits_left, minutes_left = weekly_room(self.book, volunteer, monday)
            this_week = [(option, var) for _, option, var in held if self.book.monday_of(option[0]) == monday]
            if "weekly_visits" not in self.without:
                self.cp.add(sum(var for _, var in this_week) <= visits_left)
            if "weekly_minutes" not in self.without:
                minutes = sum(MINUTES_A_SLOT * (option[2] - option[1]) * var for option, var in this_week)
                self.cp.add(minutes <= minutes_left)

    def _counted(self, visit_id: str, volunteer_id: str) -> cp_model.LinearExprT:
        """One when the volunteer holds a seat there and the visit is served."""
        if any(pin[1] == volunteer_id for pin in self.pins[visit_id]):
            return self.served[visit_id]
        return sum(self._seats_of(visit_id, volunteer_id))

    def _worth_of_visit(self, visit: Json) -> None:
        served, people = self.served[visit["id"]], self._people(visit)
        counted = {one["id"]: self.counted[visit["id"], one["id"]] for one in people}
        before = {tuple(row) for row in self.problem["previous"]}
        self.worth.append((10_000 + 40 * min(visit["waiting_days"], 90)) * served)
        self.worth.append(AN_URGENT_VISIT * served if visit["urgent"] else 0)
        self.worth.append(500 * (sum(counted.values()) - visit["seats"][0] * served))
        for one in people:
            amount = fit(self.book, visit, one)
            amount += 400 if one["id"] in visit["continues"] else 0
            amount += 300 if one["id"] in visit["known"] else 0
            amount += 150 if (visit["id"], one["id"]) in before else 0
            self.worth.append(amount * counted[one["id"]])
        across = self._new(visit["id"], "across ages")
        self.cp.add(across <= sum(counted[one["id"]] for one in people if one["age"] >= OLDER_FROM))
        self.cp.add(across <= sum(counted[one["id"]] for one in people if one["age"] < YOUNG_UNDER))
        self.worth.append(60 * across)

    def _worth_across_visits(self) -> None:
        for request in sorted({visit["request"] for visit in self.problem["visits"]}):
            begun = self._new(request, "begun")
            self.cp.add(
                begun <= sum(self.served[v["id"]] for v in self.problem["visits"] if v["request"] == request)
            )
            self.worth.append(5_000 * begun)
        for earlier, later in neighbours_in_sequence(self.problem):
            for one in self.book.volunteers:
                if (earlier, one) in self.counted and (later, one) in self.counted:
                    stays = self._new(earlier, later, one)
                    self.cp.add(stays <= self.counted[earlier, one])
                    self.cp.add(stays <= self.counted[later, one])
                    self.worth.append(400 * stays)
        for volunteer in self.problem["volunteers"]:
            seats = [seat for (_, one), seat in self.counted.items() if one == volunteer["id"]]
            steps = [self._new(volunteer["id"], "seat", m) for m in range(1, len(seats) + 1)]
            self.cp.add(sum(steps) == sum(seats))
            self.worth += [-30 * (m - 1) * step for m, step in enumerate(steps, start=1)]
            if volunteer["recent_visits"] == 0:
                fresh = self._new(volunteer["id"], "not seen lately")
                self.cp.add(fresh <= sum(seats))
                self.worth.append(200 * fresh)
        self.worth += [100 * shadow for shadow in self.shadow_at.values()]

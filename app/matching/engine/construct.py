"""A good plan at once: urgent visits first, then the scarcest, then the seats above the least."""

import math
import time

from app.matching.engine.candidates import Candidates, pair_number
from app.matching.engine.plan import Plan, best_team
from app.matching.engine.rows import Pin

CHAIN_LENGTH = 2
"""How many people may move so that one more visit is served."""


def construct(
    candidates: Candidates,
    kept: tuple[Pin, ...] = (),
    shadows: tuple[tuple[str, str], ...] = (),
    *,
    deadline: float = math.inf,
) -> Plan:
    """A valid plan. What may stand of an earlier plan, `kept` and `shadows`, is seated first.

    Past the deadline (of the monotonic clock) nothing more is added.
    """
    plan = Plan(candidates)
    keep(plan, kept, shadows)
    columns = candidates.columns
    counts = [
        int(
            candidates.pairs.first[columns.first_option[visit + 1]]
            - candidates.pairs.first[columns.first_option[visit]]
        )
        for visit in range(len(columns.visits))
    ]
    order = sorted(
        range(len(columns.visits)), key=lambda visit: (not columns.visits[visit].urgent, counts[visit], visit)
    )
    for step in (_serve_directly, _serve_by_moving, fill):
        for visit in order:
            if time.monotonic() > deadline:
                return plan
            if counts[visit]:
                step(plan, visit)
    add_shadows(plan)
    return plan


def _serve_directly(plan: Plan, visit: int) -> None:
    if not plan.serves(visit):
        serve(plan, visit)


def _serve_by_moving(plan: Plan, visit: int) -> None:
    if not plan.serves(visit):
        serve_by_chain(plan, visit, CHAIN_LENGTH)


def serve(plan: Plan, visit: int) -> bool:
    """Seats the best free team found at any option; False when there is none."""
    best: tuple[int, int, list[int]] | None = None
    for option in plan.candidates.columns.options_of(visit):
        team = best_team(plan, visit, option)
        if team is not None and (best is None or team[0] > best[0]):
            best = (team[0], option, team[1])
    if best is None:
        return False
    for person in best[2]:
        plan.seat(person, best[1])
    return True


def fill(plan: Plan, visit: int) -> None:
    """Seats above the least, as long as somebody free may join a served visit."""
    most = plan.candidates.columns.visits[visit].seats[1]
    if most < 2 or not plan.serves(visit):
        return
    option = plan.option[visit]
    pairs = plan.candidates.pairs
    while len(plan.team[visit]) < most:
        joining = sorted(
            (-plan.gain(pair), int(pairs.volunteer[pair]))
            for pair in range(int(pairs.first[option]), int(pairs.first[option + 1]))
            if int(pairs.volunteer[pair]) not in plan.team[visit]
            and plan.can_take(int(pairs.volunteer[pair]), option)
            and plan.serves(visit, [*plan.team[visit], int(pairs.volunteer[pair])])
        )
        if not joining:
            return
        plan.seat(joining[0][1], option)


def add_shadows(plan: Plan, among: set[tuple[str, str]] | None = None) -> None:
    """Successors join where their seniors are, in the order of the entries; with `among`, those pairings alone."""
    problem = plan.candidates.columns.problem
    filled = [0] * len(problem.entries)
    for entry in plan.shadows.values():
        filled[entry] += 1
    for seat in plan.candidates.shadow_seats:
        visit = plan.visit_of[seat.option]
        pairing = (problem.visits[visit].id, problem.volunteers[seat.successor].id)
        if (
            (among is None or pairing in among)
            and filled[seat.entry] < problem.entries[seat.entry].wanted
            and plan.option[visit] == seat.option
            and seat.senior in plan.team[visit]
            and seat.successor not in plan.team[visit]
            and (visit, seat.successor) not in plan.shadows
            and plan.serves(visit)
            and plan.can_take(seat.successor, seat.option)
            and plan.shadow_stands(visit, seat.successor)
        ):
            plan.shadow(seat.successor, seat.option, seat.entry)
            filled[seat.entry] += 1


def keep(plan: Plan, kept: tuple[Pin, ...], shadows: tuple[tuple[str, str], ...]) -> None:
    """Seats what may stand of an earlier plan, as whole teams; a team that lost somebody is filled if it can be."""
    candidates = plan.candidates
    columns, problem = candidates.columns, candidates.columns.problem
    teams: dict[tuple[int, int], list[int]] = {}
    for visit_id, volunteer_id, index in sorted(kept):
        if visit_id not in problem.visit_index or volunteer_id not in problem.volunteer_index:
            continue
        visit, person = problem.visit_index[visit_id], problem.volunteer_index[volunteer_id]
        if index >= len(columns.options_of(visit)):
            continue
        option = int(columns.first_option[visit]) + index
        if pair_number(candidates.pairs, option, person) >= 0:
            teams.setdefault((visit, option), []).append(person)
    incomplete: list[tuple[int, list[int]]] = []
    for (visit, option), people in teams.items():
        seated = []
        for person in people[: columns.visits[visit].seats[1] - len(plan.team[visit])]:
            if plan.option[visit] in (-1, option) and plan.can_take(person, option):
                plan.seat(person, option)
                seated.append(person)
        if seated and not plan.serves(visit):
            incomplete.append((visit, seated))
    add_shadows(plan, set(shadows))
    for visit, seated in sorted(incomplete, key=lambda one: not columns.visits[one[0]].urgent):
        if not serve(plan, visit) and not serve_by_chain(plan, visit, CHAIN_LENGTH):
            for person in seated:
                plan.unseat(person, visit)


def serve_by_chain(plan: Plan, visit: int, length: int, moving: frozenset[int] = frozenset()) -> bool:
    """Serves a visit by moving somebody who is busy elsewhere, if the place they leave can be filled again.

    At most `length` people move, one after the other; nobody leaves a pin or a visit in `moving`.
    """
    if serve(plan, visit):
        return True
    if not length:
        return False
    mark = len(plan.undo)
    pairs = plan.candidates.pairs
    for option in plan.candidates.columns.options_of(visit):
        if plan.option[visit] not in (-1, option):
            continue
        here = range(int(pairs.first[option]), int(pairs.first[option + 1]))
        for pair in sorted(here, key=lambda one: (-int(plan.candidates.amounts[one]), one)):
            person = int(pairs.volunteer[pair])
            if person in plan.team[visit]:
                continue
            for left in _to_leave(plan, person, option):
                if left in moving or left == visit:
                    continue
                plan.unseat(person, left)
                plan.seat(person, option)
                if (plan.serves(visit) or serve(plan, visit)) and (
                    plan.serves(left) or serve_by_chain(plan, left, length - 1, moving | {visit})
                ):
                    return True
                plan.back_to(mark)
    return False


def _to_leave(plan: Plan, person: int, option: int) -> list[int]:
    """Visits of which leaving one alone lets the person be at the option instead."""
    clashing = plan.clashing(person, option)
    if len(clashing) > 1:
        return []
    _, start, end = plan.time[option]
    week = plan.week[option]
    leave = []
    for held in clashing or plan.times[person]:
        visit = plan.visit_of[held]
        if person not in plan.team[visit] or plan.is_pinned(person, visit):
            continue
        same_week = plan.week[held] == week
        slots = plan.time[held][2] - plan.time[held][1] if same_week else 0
        if plan.left_visits[person][week] + same_week >= 1 and (
            plan.left_slots[person][week] + slots >= end - start
        ):
            leave.append(visit)
    return leave

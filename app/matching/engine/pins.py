"""What is already promised: pins are taken in file order; one that cannot stand is dropped with its reason."""

from collections import defaultdict
from dataclasses import dataclass

from app.matching.engine.problem import Problem
from app.matching.engine.rows import Pin
from app.matching.engine.rules import broken_plan_rules, first_broken_rule


@dataclass(frozen=True, slots=True)
class Pins:
    """`taken`, in file order, and `dropped` as (visit, volunteer, first rule broken), sorted."""

    taken: tuple[Pin, ...]
    dropped: tuple[tuple[str, str, str], ...]


def take_pins(problem: Problem) -> Pins:
    """The pins that stand and those that do not."""
    taken: list[Pin] = []
    dropped: list[tuple[str, str, str]] = []
    beside: dict[str, list[Pin]] = defaultdict(list)
    for pin in problem.pinned:
        visit_id, volunteer_id, option = pin
        visit = problem.visit(visit_id)
        broken = first_broken_rule(
            problem.volunteer(volunteer_id), visit, visit.options[option], problem.starts_on
        )
        if broken is None:
            near = dict.fromkeys([*beside["visit " + visit_id], *beside["volunteer " + volunteer_id]])
            broken = next(iter(broken_plan_rules(problem, near, visit_id, volunteer_id, option)), None)
        if broken is None:
            taken.append(pin)
            beside["visit " + visit_id].append(pin)
            beside["volunteer " + volunteer_id].append(pin)
        else:
            dropped.append((visit_id, volunteer_id, broken))
    return Pins(tuple(taken), tuple(sorted(dropped)))

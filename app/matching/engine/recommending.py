"""The best people for one visit beside the plan as it stands."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from app.matching.engine.policy import pairing_terms
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result
from app.matching.engine.rows import Pin
from app.matching.engine.rules import RuleCheck, broken_team_rules, check_rules
from app.matching.engine.standing import Standing


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Somebody who may join a visit now. `amount` is the exact change in value; `serves_the_visit` says whether the
    visit would be served with them; `team_lacks` what else its team would then still need."""

    volunteer: str
    option: int
    amount: int
    fit: int
    serves_the_visit: bool
    team_lacks: tuple[str, ...]
    rules: tuple[RuleCheck, ...]
    terms: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """The recommendation as data."""
        return asdict(self)


def recommend(
    problem: Problem,
    plan: Result | Sequence[Pin] | Standing,
    visit_id: str,
    *,
    top: int = 5,
    instead_of: str | None = None,
) -> list[Recommendation]:
    """The best eligible people for a visit, beside a result, the pairings that are agreed now, or a `Standing` of them.

    Who would complete the team comes first, then the larger amount, the better fit, the smaller id, the earlier
    option; everybody once. Hard rules, travel, weekly limits, the option in use, `max` and the team rules are kept;
    somebody who cannot complete the team is offered only while seats remain for those who can. With `instead_of`, that
    person's seat is taken to be free. KeyError when there is no such visit.
    """
    visit = problem.visit(visit_id)
    standing = plan if isinstance(plan, Standing) else Standing(problem, plan)
    held = {person for _, person, _ in standing.seats_at(visit_id)}
    if instead_of in held:
        standing = standing.without(visit_id, instead_of)
    eligible = next(standing.eligible([visit]))
    people, options, _, fits = eligible
    broken, serves, change = standing.weigh(eligible)
    has_room_after = len(standing.seats_at(visit_id)) + 1 < visit.seats[1]
    index = problem.volunteer_index
    left_out = [index[person] for person in (*held, instead_of) if person in index]
    joins = (broken == 0) & (serves | has_room_after) & ~np.isin(people, left_out)
    order = np.lexsort((options, people, -fits, -change, ~serves))
    order = order[joins[order]]
    _, firsts = np.unique(people[order], return_index=True)
    offers = []
    for number in order[np.sort(firsts)][:top].tolist():
        person = problem.volunteers[int(people[number])]
        option = int(options[number] - standing.columns.first_option[problem.visit_index[visit_id]])
        offers.append(
            Recommendation(
                volunteer=person.id,
                option=option,
                amount=int(change[number]),
                fit=int(fits[number]),
                serves_the_visit=bool(serves[number]),
                team_lacks=broken_team_rules(visit, [*standing.team(visit_id), person]),
                rules=check_rules(person, visit, visit.options[option], problem.starts_on),
                terms=pairing_terms(
                    problem, person, visit, is_in_previous=(visit_id, person.id) in standing.previous
                ),
            )
        )
    return offers

"""The best people for one visit beside the plan as it stands."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.matching.engine.policy import fit, pairing_terms
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result
from app.matching.engine.rows import Pin
from app.matching.engine.rules import RuleCheck, broken_team_rules, check_rules
from app.matching.engine.standing import Seat, Standing


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
    plan: Result | Sequence[Pin],
    visit_id: str,
    *,
    top: int = 5,
    instead_of: str | None = None,
) -> list[Recommendation]:
    """The best eligible people for a visit, best first, beside a result or the pairings that are agreed now.

    Hard rules, travel, weekly limits, the option in use, `max` and the team rules are kept; somebody who cannot
    complete the team is offered only while seats remain for those who can. With `instead_of`, that
    person's seat is taken to be free. KeyError when there is no such visit.
    """
    visit = problem.visit(visit_id)
    standing = Standing(problem, plan)
    for left in list(standing.at_visit[visit_id]):
        if left[1] == instead_of:
            standing.remove(left)
    held = {person for _, person, _ in standing.at_visit[visit_id]}
    offers: list[Recommendation] = []
    for person, option in standing.eligible(visit):
        seat: Seat = (visit_id, person.id, option)
        if person.id in held or person.id == instead_of or standing.blocked_by(seat):
            continue
        team = [*standing.team(visit_id), person]
        lacks = broken_team_rules(visit, team)
        if lacks and len(team) >= visit.seats[1]:
            continue
        offers.append(
            Recommendation(
                volunteer=person.id,
                option=option,
                amount=standing.change_in_value([], [seat]),
                fit=fit(problem, person, visit),
                serves_the_visit=not lacks,
                team_lacks=lacks,
                rules=check_rules(person, visit, visit.options[option], problem.starts_on),
                terms=pairing_terms(
                    problem, person, visit, is_in_previous=(visit_id, person.id) in standing.previous
                ),
            )
        )
    offers.sort(
        key=lambda offer: (
            not offer.serves_the_visit,
            -offer.amount,
            -offer.fit,
            offer.volunteer,
            offer.option,
        )
    )
    best: dict[str, Recommendation] = {}
    for offer in offers:
        best.setdefault(offer.volunteer, offer)
    return list(best.values())[:top]

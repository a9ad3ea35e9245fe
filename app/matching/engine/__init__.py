"""The matching engine: rows in, a plan with its proof and its reasons out.

Pure: it knows no database, clock, log or framework. Importing it loads the rules; the solver is loaded when it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from app.matching.engine.policy import POLICY, TERMS, Policy, value_of, value_terms
from app.matching.engine.problem import Problem
from app.matching.engine.refusals import InvalidProblem
from app.matching.engine.result import InvalidResult, Result, Unserved
from app.matching.engine.rows import Option, Pin, Shadow, Visit, Volunteer
from app.matching.engine.rules import (
    HARD_RULES,
    PLAN_RULES,
    RULE_CODES,
    TEAM_RULES,
    Pair,
    RuleCheck,
    broken_plan_rules,
    broken_team_rules,
    check_rules,
    first_broken_rule,
    is_eligible,
)

if TYPE_CHECKING:
    from app.matching.engine.dependence import Dependence, Duty, dependence_on
    from app.matching.engine.explaining import explain, explain_seats, near_misses
    from app.matching.engine.generating import generate
    from app.matching.engine.learning import Learner, Unlocked, unlocked_by
    from app.matching.engine.recommending import Recommendation, recommend
    from app.matching.engine.repairing import repair
    from app.matching.engine.solving import solve
    from app.matching.engine.sparing import Able, able_for, numbers_able
    from app.matching.engine.standing import Standing
    from app.matching.engine.verifying import Report, verify

__all__ = [
    "HARD_RULES",
    "PLAN_RULES",
    "POLICY",
    "RULE_CODES",
    "TEAM_RULES",
    "TERMS",
    "Able",
    "Dependence",
    "Duty",
    "InvalidProblem",
    "InvalidResult",
    "Learner",
    "Option",
    "Pair",
    "Pin",
    "Policy",
    "Problem",
    "Recommendation",
    "Report",
    "Result",
    "RuleCheck",
    "Shadow",
    "Standing",
    "Unlocked",
    "Unserved",
    "Visit",
    "Volunteer",
    "able_for",
    "broken_plan_rules",
    "broken_team_rules",
    "check_rules",
    "dependence_on",
    "explain",
    "explain_seats",
    "first_broken_rule",
    "generate",
    "is_eligible",
    "near_misses",
    "numbers_able",
    "recommend",
    "repair",
    "solve",
    "unlocked_by",
    "value_of",
    "value_terms",
    "verify",
]

_LOADED_WHEN_USED = {
    "Able": "sparing",
    "Dependence": "dependence",
    "Duty": "dependence",
    "Learner": "learning",
    "Recommendation": "recommending",
    "Report": "verifying",
    "Standing": "standing",
    "Unlocked": "learning",
    "able_for": "sparing",
    "dependence_on": "dependence",
    "explain": "explaining",
    "explain_seats": "explaining",
    "generate": "generating",
    "near_misses": "explaining",
    "numbers_able": "sparing",
    "recommend": "recommending",
    "repair": "repairing",
    "solve": "solving",
    "unlocked_by": "learning",
    "verify": "verifying",
}


def __getattr__(name: str) -> Any:
    if name not in _LOADED_WHEN_USED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LOADED_WHEN_USED[name]}"), name)

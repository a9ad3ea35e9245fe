"""What this room must ask of matching, which lies above it: whether the people who come are enough, and may come.

There is one eligibility function. Whoever puts the rooms together installs it here; without it nothing is answered.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.visits.models import Visit


class TeamRules(Protocol):
    """The questions; a module with these functions will do."""

    def team_lacks(self, session: Session, visit: Visit, volunteer_ids: Collection[int]) -> tuple[str, ...]:
        """The team rules by which these volunteers do not make up the visit; empty when they do."""

    def broken_rule(self, session: Session, visit: Visit, volunteer_id: int) -> str | None:
        """The first hard rule that speaks against this volunteer at this visit, None when none does."""

    def rule_named(self, code: str) -> Enum:
        """The rule of that name, which has words."""


_installed: list[TeamRules] = []
LOOKS = "visits.looks"


@contextmanager
def one_look(session: Session) -> Iterator[None]:
    """Within, nothing but seats and visits changes: what was read about a visit's people is not read again."""
    session.info[LOOKS] = {}
    try:
        yield
    finally:
        del session.info[LOOKS]


def looks(session: Session) -> dict[int, Any] | None:
    """By visit: what was read within `one_look`; None outside of it."""
    found: dict[int, Any] | None = session.info.get(LOOKS)
    return found


def install_rules(rules: TeamRules) -> None:
    """Answer questions about teams by `rules` in this process. Called once by whoever puts the rooms together."""
    _installed[:] = [rules]


def team_rules() -> TeamRules:
    """Who answers. Raises RuntimeError when nobody was installed: no seat changes unchecked."""
    if not _installed:
        raise RuntimeError("no team rules are installed (app.visits.use_cases.rules.install_rules)")
    return _installed[0]

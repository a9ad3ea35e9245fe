"""What this room must know of visits and of proposals. Their rooms lie above it, so the factory hands their answers
down."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class HelperShown:
    """A helper as carers know them: surname and title, 「陳女士」 and "Ms Chan" (the filter `name` takes it)."""

    volunteer_id: int
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class VisitShown:
    """A visit that is agreed, as the carer is told."""

    occurrence_id: int
    on_date: date
    from_slot: int
    to_slot: int
    helpers: tuple[HelperShown, ...]


class VisitsSource(Protocol):
    """The four questions; a module with these functions will do."""

    def visits_shown(
        self, session: Session, request_ids: Sequence[int], now: datetime
    ) -> Mapping[int, Sequence[VisitShown]]:
        """By request: the agreed visits of today and later, in time order."""

    def visited_occurrences(self, session: Session, request_ids: Sequence[int]) -> AbstractSet[int]:
        """The occurrences of these requests that hold a visit, past or to come, that was not cancelled."""

    def last_served(self, session: Session, request_ids: Sequence[int], before: date) -> Mapping[int, date]:
        """By request: the day of the last agreed visit before that day."""

    def questions_open(
        self, session: Session, request_ids: Sequence[int], now: datetime
    ) -> Mapping[int, bool]:
        """By request: somebody was chosen for a visit to come and has not answered; True once they were asked."""


class NoVisits:
    """Where no room of visits is installed, there are none."""

    def visits_shown(
        self, session: Session, request_ids: Sequence[int], now: datetime
    ) -> Mapping[int, Sequence[VisitShown]]:
        return {}

    def visited_occurrences(self, session: Session, request_ids: Sequence[int]) -> AbstractSet[int]:
        return frozenset()

    def last_served(self, session: Session, request_ids: Sequence[int], before: date) -> Mapping[int, date]:
        return {}

    def questions_open(
        self, session: Session, request_ids: Sequence[int], now: datetime
    ) -> Mapping[int, bool]:
        return {}


ProposedSource = Callable[[Session, Sequence[int]], AbstractSet[int]]
"""Those of some requests for which somebody is proposed and nobody has decided yet."""


def _nobody_proposed(_session: Session, _request_ids: Sequence[int]) -> AbstractSet[int]:
    return frozenset()


_installed: list[VisitsSource] = [NoVisits()]
_proposed: list[ProposedSource] = [_nobody_proposed]


def install_visits(source: VisitsSource) -> None:
    """Answer questions about visits by `source` in this process. Called once by whoever puts the rooms together."""
    _installed[:] = [source]


def visits_source() -> VisitsSource:
    """Who answers questions about visits."""
    return _installed[0]


def install_proposals(source: ProposedSource) -> None:
    """Answer by `source` for which requests somebody is proposed. Called once by whoever puts the rooms together."""
    _proposed[:] = [source]


def proposals_source() -> ProposedSource:
    """Who knows for which requests somebody is proposed."""
    return _proposed[0]

"""The result: the plan, what it is worth, how far that can be from the best, and who waits and why."""

from dataclasses import dataclass, field
from typing import Any

from app.matching.engine.rows import Pin

RESULT_FORMAT = "volunteer-matching-result/1"


class InvalidResult(ValueError):
    """A result file that is not one; the message names the place."""


@dataclass(frozen=True, slots=True)
class Unserved:
    """A visit that waits. `funnel` and `remaining` have every hard rule in order with how many volunteers it removed
    and how many were left after it; `eligible` break no hard rule at some option.

    `group` is a fact about this visit and others, as data of a `groups.Group`: in every plan "wait" of them wait. It
    stands with the first of them that waits; the others have {"see": that visit}.
    """

    visit: str
    funnel: tuple[tuple[str, int], ...]
    remaining: tuple[tuple[str, int], ...]
    eligible: int
    repairs: tuple[dict[str, Any], ...] = ()
    group: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A plan with its proof. Lists are sorted by id; everything but `seconds` is the same for the same input."""

    problem: str
    pairings: tuple[Pin, ...]
    shadow_pairings: tuple[tuple[str, str], ...]
    urgent_served: int
    urgent_bound: int
    value: int
    bound: int
    unserved: tuple[Unserved, ...]
    dropped_pins: tuple[tuple[str, str, str], ...]
    seconds: float
    certificate: dict[str, Any] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """(bound - value) / bound, 0 when the bound is 0."""
        return (self.bound - self.value) / self.bound if self.bound else 0.0

    @property
    def proved_optimal(self) -> bool:
        """Whether nothing better exists."""
        return self.value == self.bound and self.urgent_served == self.urgent_bound

    def to_json(self) -> dict[str, Any]:
        """The result as its file has it."""
        return {
            "format": RESULT_FORMAT,
            "problem": self.problem,
            "pairings": [list(pairing) for pairing in self.pairings],
            "shadow_pairings": [list(pairing) for pairing in self.shadow_pairings],
            "urgent": {"served": self.urgent_served, "bound": self.urgent_bound},
            "value": self.value,
            "bound": self.bound,
            "gap": self.gap,
            "proved_optimal": self.proved_optimal,
            "unserved": [
                {
                    "visit": unserved.visit,
                    "funnel": [list(step) for step in unserved.funnel],
                    "remaining": [list(step) for step in unserved.remaining],
                    "eligible": unserved.eligible,
                    "repairs": list(unserved.repairs),
                    "group": unserved.group,
                }
                for unserved in self.unserved
            ],
            "dropped_pins": [list(dropped) for dropped in self.dropped_pins],
            "seconds": self.seconds,
            "certificate": self.certificate,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Result":
        """The result of a parsed result file; raises `InvalidResult`."""
        try:
            if document["format"] != RESULT_FORMAT:
                raise InvalidResult(f"result: format = {document['format']!r}: must be {RESULT_FORMAT}")
            return cls(
                problem=document["problem"],
                pairings=tuple(
                    (visit, volunteer, option) for visit, volunteer, option in document["pairings"]
                ),
                shadow_pairings=tuple((visit, successor) for visit, successor in document["shadow_pairings"]),
                urgent_served=document["urgent"]["served"],
                urgent_bound=document["urgent"]["bound"],
                value=document["value"],
                bound=document["bound"],
                unserved=tuple(
                    Unserved(
                        visit=row["visit"],
                        funnel=_steps(row["funnel"]),
                        remaining=_steps(row["remaining"]),
                        eligible=row["eligible"],
                        repairs=tuple(row["repairs"]),
                        group=row.get("group"),
                    )
                    for row in document["unserved"]
                ),
                dropped_pins=tuple((visit, person, rule) for visit, person, rule in document["dropped_pins"]),
                seconds=document["seconds"],
                certificate=document["certificate"],
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, InvalidResult):
                raise
            raise InvalidResult(f"result: {error!r}") from error


def _steps(rows: list[list[Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((rule, count) for rule, count in rows)

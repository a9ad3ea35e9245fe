"""What the volunteers' forms let people choose from, read once a page and handed to the forms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.catalogue import queries as catalogue
from app.catalogue.models import Area, Demand, District, Language, Skill, SupportKind
from app.volunteers.queries import NEARBY_MINUTES, age_limits


@dataclass(frozen=True)
class Choices:
    """Catalogue rows in the order of lists; `near` names, for each area, those within a short way, itself included."""

    today: date
    limits: frozenset[int]
    areas: dict[District, list[Area]]
    near: dict[str, frozenset[str]]
    languages: list[Language]
    skills: list[Skill]
    demands: list[Demand]
    kinds: list[SupportKind]

    def kinds_at(self, age: int | None) -> list[SupportKind]:
        """The kinds somebody of that age may give; all when the age is not known."""
        return [kind for kind in self.kinds if age is None or kind.minimum_age <= age]


def choices_now(session: Session, today: date) -> Choices:
    """The choices as the catalogue has them today."""
    return Choices(
        today=today,
        limits=age_limits(session),
        areas=catalogue.areas_by_district(session),
        near=catalogue.areas_within(session, NEARBY_MINUTES),
        languages=catalogue.languages(session),
        skills=catalogue.skills(session),
        demands=catalogue.demands(session),
        kinds=catalogue.kinds_offered(session),
    )


def codes(values: Iterable[str] | None) -> frozenset[str]:
    """The ticked codes."""
    return frozenset(values or ())

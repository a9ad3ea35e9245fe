"""What the forms let people choose from, read once a page."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.catalogue import queries as catalogue
from app.catalogue.models import Area, Demand, District, Language, Skill, SupportKind


@dataclass(frozen=True)
class Choices:
    """Catalogue rows in the order of lists."""

    today: date
    areas: dict[District, list[Area]]
    kinds: list[SupportKind]
    languages: list[Language]
    demands: list[Demand]
    skills: list[Skill]

    def kind(self, code: str | None) -> SupportKind | None:
        """The kind of that code, if it can be chosen."""
        return next((kind for kind in self.kinds if kind.code == code), None)


def choices_now(session: Session, today: date, *, kept_kind: str | None = None) -> Choices:
    """The choices as the catalogue has them; `kept_kind` may be chosen though it is offered no more."""
    return Choices(
        today=today,
        areas=catalogue.areas_by_district(session),
        kinds=[
            kind for kind in catalogue.support_kinds(session) if kind.is_offered or kind.code == kept_kind
        ],
        languages=catalogue.languages(session),
        demands=catalogue.demands(session),
        skills=catalogue.skills(session),
    )

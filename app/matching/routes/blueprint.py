"""The blueprint, and what its pages share."""

from collections.abc import Iterable
from datetime import datetime

from flask import Blueprint, current_app
from sqlalchemy.orm import Session

from app.catalogue.models import Area, Language
from app.catalogue.queries import areas, languages
from app.matching.use_cases.approvals import Patience
from app.visits.models import Offer
from app.visits.queries import offers_to_undo
from config import Config

blueprint = Blueprint("matching", __name__)


def settings() -> Config:
    """This installation's settings."""
    config: Config = current_app.extensions["settings"]
    return config


def patience() -> Patience:
    """How long approvals may be undone and answers may take, here."""
    return Patience(settings().undo_minutes, settings().answer_hours)


def languages_by_code(session: Session) -> dict[str, Language]:
    """The catalogue's languages, for chips."""
    return {language.code: language for language in languages(session)}


def areas_by_code(session: Session) -> dict[str, Area]:
    """The catalogue's areas."""
    return {area.code: area for area in areas(session)}


def decisions(offers: Iterable[Offer]) -> list[list[Offer]]:
    """Offers grouped by the decision they came from: what one undo takes back."""
    grouped: dict[tuple[object, ...], list[Offer]] = {}
    for offer in offers:
        grouped.setdefault((offer.made_at, offer.made_by_id, offer.request_id), []).append(offer)
    return list(grouped.values())


def undo_waiting(session: Session, now: datetime) -> list[list[Offer]]:
    """The decisions that may still be taken back."""
    return decisions(offers_to_undo(session, now))

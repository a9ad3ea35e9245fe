"""The blueprint of the pages about requests, and what they all need."""

from flask import Blueprint

from app.care_requests.forms.choices import Choices, choices_now
from app.shared.times import hong_kong_date, utc_now
from app.web.transactions import reading

blueprint = Blueprint("care_requests", __name__)


def choices_for_page(kept_kind: str | None = None) -> Choices:
    """What the catalogue offers now."""
    return choices_now(reading(), hong_kong_date(utc_now()), kept_kind=kept_kind)

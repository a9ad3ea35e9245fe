"""The blueprint of recognition, and the settings its pages need."""

from typing import Protocol, cast

from flask import Blueprint, current_app

blueprint = Blueprint("recognition", __name__)


class HasDailyHours(Protocol):
    """The one setting these pages need."""

    daily_hours: int


def most_a_day() -> int:
    """So many minutes are counted of one day at most."""
    return cast(HasDailyHours, current_app.extensions["settings"]).daily_hours * 60

"""Panels: parts of a page that features above its own fill in, since nobody imports upwards.

A feature's routes module says `PANELS = {"volunteers.home": [next_visit_panel]}`; the page of that name shows what
the functions return, in the order of the features.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.web.transactions import reading

PanelMaker = Callable[[Session, Any], str]
"""`(session, the page's row)` → HTML of a rendered template, "" for nothing to show."""


def register_panels(app: Flask, panels: Mapping[str, Sequence[PanelMaker]]) -> None:
    """Add a feature's panels: place → makers."""
    known: dict[str, list[PanelMaker]] = app.extensions.setdefault("panels", {})
    for place, makers in panels.items():
        known.setdefault(place, []).extend(makers)


def panels_for(place: str, row: Any) -> list[Markup]:
    """What the features above have to show at `place` about `row`."""
    makers: list[PanelMaker] = current_app.extensions.get("panels", {}).get(place, [])
    shown = (make(reading(), row) for make in makers)
    return [Markup(panel) for panel in shown if panel]  # noqa: S704 (templates escape)

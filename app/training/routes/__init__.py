"""The curriculum, written by staff; runs of courses, planned by coordinators; and what volunteers see of both."""

from flask_babel import lazy_gettext

from app.accounts.models import Role
from app.training.routes import (
    attending,
    certificates,
    curriculum,
    own,
    people,
    proofs,
    runs,
    seats,
)
from app.training.routes.blueprint import blueprint
from app.web.menu import MenuEntry

__all__ = ["MENU", "PANELS", "blueprint", "certificates", "people", "runs", "seats"]

MENU = (
    MenuEntry("training.index", lazy_gettext("Courses"), frozenset(curriculum.WRITING)),
    MenuEntry("training.qualifications", lazy_gettext("Qualifications"), frozenset({Role.COORDINATOR})),
    MenuEntry("training.runs", lazy_gettext("Course runs"), frozenset({Role.COORDINATOR})),
)

PANELS = {
    "volunteers.home": [own.holding_panel, own.courses_panel, attending.teaching_panel],
    "volunteers.show": [proofs.qualifications_panel, attending.study_panel],
}

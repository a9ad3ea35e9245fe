"""The curriculum: written by staff, shown to volunteers."""

from flask_babel import lazy_gettext

from app.training.routes import curriculum, own
from app.training.routes.blueprint import blueprint
from app.web.menu import MenuEntry

__all__ = ["MENU", "PANELS", "blueprint"]

MENU = (MenuEntry("training.index", lazy_gettext("Courses"), frozenset(curriculum.WRITING)),)

PANELS = {"volunteers.home": [own.courses_panel]}

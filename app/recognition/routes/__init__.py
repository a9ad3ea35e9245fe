"""Hours of service: confirmed and corrected by coordinators, shown to the volunteer."""

from flask_babel import lazy_gettext

from app.accounts.models import Role
from app.recognition.routes import desk, own
from app.recognition.routes.blueprint import blueprint
from app.web.menu import MenuEntry

__all__ = ["MENU", "PANELS", "blueprint"]

MENU = (MenuEntry("recognition.waiting", lazy_gettext("Hours"), frozenset({Role.COORDINATOR})),)

PANELS = {
    "volunteers.home": [own.record_panel],
    "volunteers.show": [desk.hours_panel],
}

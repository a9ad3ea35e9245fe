"""Hours of service: confirmed and corrected by coordinators, shown to the volunteer."""

from flask_babel import lazy_gettext

from app.accounts.models import Role
from app.recognition.routes import awards, desk, letters, own
from app.recognition.routes.blueprint import blueprint
from app.web.menu import MenuEntry

__all__ = ["MENU", "PANELS", "awards", "blueprint", "letters"]

MENU = (
    MenuEntry("recognition.waiting", lazy_gettext("Hours"), frozenset({Role.COORDINATOR})),
    MenuEntry("recognition.year", lazy_gettext("Awards"), frozenset({Role.COORDINATOR})),
    MenuEntry("recognition.award_list", lazy_gettext("Award levels"), frozenset({Role.ADMINISTRATOR})),
)

PANELS = {
    "volunteers.home": [own.record_panel],
    "volunteers.show": [desk.hours_panel],
}

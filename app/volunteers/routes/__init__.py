"""The volunteers' pages: sign-up, their own, and the coordinators'."""

from flask_babel import lazy_gettext

from app.accounts.models import Role
from app.volunteers.routes import contact, desk, entry, mine, relations, sign_up, standing
from app.volunteers.routes.blueprint import blueprint
from app.web.menu import MenuEntry

__all__ = ["MENU", "blueprint", "contact", "desk", "entry", "mine", "relations", "sign_up", "standing"]

MENU = [
    MenuEntry("volunteers.index", lazy_gettext("Volunteers"), frozenset({Role.COORDINATOR})),
    MenuEntry("volunteers.home", lazy_gettext("My volunteering"), frozenset({Role.VOLUNTEER})),
]

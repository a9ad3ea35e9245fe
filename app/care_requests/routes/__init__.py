"""Asking for help, a carer's own requests, and the coordinators' pages about both."""

from flask_babel import lazy_gettext

from app.accounts.models import Role
from app.care_requests.routes import asking, desk, own, people
from app.care_requests.routes.blueprint import blueprint
from app.web.menu import MenuEntry

__all__ = ["MENU", "asking", "blueprint", "desk", "own", "people"]

MENU = [
    MenuEntry("care_requests.home", lazy_gettext("My requests"), frozenset({Role.CARER})),
    MenuEntry("care_requests.index", lazy_gettext("Requests"), frozenset({Role.COORDINATOR})),
    MenuEntry("care_requests.carers", lazy_gettext("Carers"), frozenset({Role.COORDINATOR})),
]

"""Background checks, do-not-pair and family for coordinators; concerns for safeguarding leads."""

from flask_babel import lazy_gettext

from app.accounts.models import Role
from app.safeguarding.routes import concerns, desk
from app.safeguarding.routes.blueprint import blueprint
from app.web.menu import MenuEntry

__all__ = ["MENU", "PANELS", "blueprint"]

MENU = (
    MenuEntry("safeguarding.clearances", lazy_gettext("Background checks"), frozenset({Role.COORDINATOR})),
    MenuEntry(concerns.LIST, lazy_gettext("Concerns"), frozenset({Role.SAFEGUARDING_LEAD})),
)

PANELS = {"volunteers.show": [desk.volunteer_panel], "care_requests.recipient": [desk.recipient_panel]}

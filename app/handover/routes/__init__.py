"""Handing over: coordinators' pages, those of the two, and the carer's."""

from flask_babel import lazy_gettext

from app.accounts.models import Role
from app.handover.routes import carers, desk, memories, own, seniors, together
from app.handover.routes.blueprint import blueprint
from app.web.menu import MenuEntry

__all__ = ["MENU", "PANELS", "blueprint", "together"]

MENU = (
    MenuEntry("handover.board", lazy_gettext("Handovers"), frozenset({Role.COORDINATOR})),
    MenuEntry("handover.seniors", lazy_gettext("Senior volunteers"), frozenset({Role.COORDINATOR})),
)

PANELS = {
    "volunteers.home": [own.handing_on_panel, memories.newcomers_panel],
    "volunteers.show": [seniors.holds_panel],
    "care_requests.own": [carers.handover_panel],
    "care_requests.show": [desk.request_panel],
}

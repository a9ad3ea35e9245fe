"""Offers answered from a link, a volunteer's visits, a carer's helpers, and the coordinators' side of all three."""

from flask_babel import lazy_gettext

from app.accounts.models import Role
from app.visits.routes import after, carers, desk, follow_ups, offers, own, replies, today
from app.visits.routes.blueprint import blueprint
from app.web.menu import MenuEntry

__all__ = ["MENU", "PANELS", "blueprint", "follow_ups", "replies"]

MENU = (
    MenuEntry("visits.index", lazy_gettext("Visits"), frozenset({Role.COORDINATOR})),
    MenuEntry("visits.today", lazy_gettext("Today"), frozenset({Role.COORDINATOR})),
    MenuEntry("visits.said", lazy_gettext("Said after visits"), frozenset({Role.COORDINATOR})),
    MenuEntry("visits.unanswered", lazy_gettext("No answer yet"), frozenset({Role.COORDINATOR})),
)

PANELS = {
    "volunteers.home": [offers.waiting_panel, own.coming_panel, after.report_panel],
    "volunteers.show": [desk.volunteer_panel],
    "care_requests.own": [today.came_panel, after.feedback_panel, carers.visits_panel],
    "care_requests.show": [desk.request_panel],
}

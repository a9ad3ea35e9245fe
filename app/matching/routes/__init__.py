"""The coordinators' morning: proposals, choosing by hand, approvals to take back, nights and their proof."""

from flask_babel import lazy_gettext

from app.accounts.models import Role
from app.matching.routes import (
    choosing,
    cover,
    covering,
    dependence,
    learning,
    nights,
    proposals,
    successors,
)
from app.matching.routes.blueprint import blueprint
from app.web.menu import MenuEntry

__all__ = [
    "MENU",
    "PANELS",
    "blueprint",
    "choosing",
    "covering",
    "dependence",
    "nights",
    "proposals",
    "successors",
]

MENU = [
    MenuEntry("matching.index", lazy_gettext("Proposals"), frozenset({Role.COORDINATOR})),
    MenuEntry("matching.unserved", lazy_gettext("Nobody found"), frozenset({Role.COORDINATOR})),
]

PANELS = {
    "care_requests.show": [cover.proposals_panel, cover.request_panel],
    "training.mine": [learning.next_steps_panel],
    "visits.show": [cover.visit_panel, cover.reserve_panel],
}

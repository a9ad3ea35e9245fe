"""Signing in and out, coming back to a draft, and the pages on which staff look after accounts."""

from flask_babel import lazy_gettext

from app.accounts.models import Role
from app.accounts.routes import drafts, sign_in, staff, verify
from app.accounts.routes.blueprint import blueprint
from app.web.menu import MenuEntry

__all__ = ["MENU", "blueprint", "drafts", "sign_in", "staff", "verify"]

MENU = [MenuEntry("accounts.index", lazy_gettext("Accounts"), frozenset({Role.ADMINISTRATOR}))]

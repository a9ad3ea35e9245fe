"""Who is signed in: the browser's session row, and the account behind it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import Flask, Request, current_app, g, request
from flask_login import LoginManager, UserMixin

from app.accounts.models import Account, BrowserSession
from app.accounts.queries import session_of_token
from app.shared.times import utc_now
from app.web.access import visitor
from app.web.transactions import reading

RECENTLY = timedelta(minutes=30)


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """The account of this request and the session it came by. Ending the session row signs out at once."""

    account: Account
    session: BrowserSession

    def get_id(self) -> str:
        return str(self.session.id)

    @property
    def is_recently_verified(self) -> bool:
        """A one-time code or second factor was given in this session in the last half hour."""
        verified = self.session.code_verified_at
        return verified is not None and utc_now() - verified <= RECENTLY


def init_sign_in(app: Flask) -> None:
    """Let Flask-Login find the account of a request by our own session cookie; nothing is kept in Flask's."""
    manager = LoginManager(app)
    app.config["SESSION_PROTECTION"] = None

    def signed_in(_request: Request) -> SignedIn | None:
        session = browser_session()
        if session is None or session.account is None or session.account.closed_at is not None:
            return None
        return SignedIn(session.account, session)

    manager.request_loader(signed_in)


def session_cookie() -> str:
    """The name of the cookie that holds the session's token."""
    return "__Host-session" if current_app.config["SESSION_COOKIE_SECURE"] else "session"


def browser_session() -> BrowserSession | None:
    """This browser's session row, signed in or not, if it has one that is still good."""
    if "browser_session" not in g:
        token = request.cookies.get(session_cookie(), "")
        g.browser_session = session_of_token(reading(), token, now=utc_now()) if token else None
    return cast(BrowserSession | None, g.browser_session)


def current_account() -> Account:
    """The account of whoever is signed in. For views behind @policy."""
    return cast(Account, visitor().account)

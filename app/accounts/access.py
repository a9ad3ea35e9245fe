"""Who is signed in: the browser's session row, and the account behind it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from flask import Flask, Request, current_app, g, request
from flask import Response as FlaskResponse
from flask_login import LoginManager, UserMixin
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.accounts.models import Account, BrowserSession, Draft, DraftKind
from app.accounts.queries import draft_of, session_of_token
from app.accounts.use_cases.drafts import open_draft
from app.accounts.use_cases.sessions import OWN_DEVICE, TOUCHED_EVERY, begin_session, touch_session
from app.shared.times import utc_now
from app.web.access import visitor
from app.web.transactions import in_transaction, reading

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

    @app.before_request
    def keep_session_alive() -> None:
        session = browser_session() if request.endpoint != "static" else None
        now = utc_now()
        if session is not None and now - session.last_seen_at >= TOUCHED_EVERY:
            in_transaction(lambda writing: touch_session(writing, session.id, now=now))
            if session.account is None or not session.account.is_staff:
                remember_session(
                    request.cookies[session_cookie()], is_shared_computer=session.is_shared_computer
                )

    @app.after_request
    def send_session_cookie(response: FlaskResponse) -> FlaskResponse:
        cookie = g.pop("session_cookie", None)
        if cookie is not None:
            response.set_cookie(
                session_cookie(),
                cookie.token,
                max_age=None if cookie.ends_with_browser else int(OWN_DEVICE.total_seconds()),
                secure=current_app.config["SESSION_COOKIE_SECURE"],
                httponly=True,
                samesite="Lax",
            )
        return response


@dataclass(frozen=True)
class SessionCookie:
    """What the answer to this request tells the browser to keep."""

    token: str
    ends_with_browser: bool


def session_cookie() -> str:
    """The name of the cookie that holds the session's token."""
    return "__Host-session" if current_app.config["SESSION_COOKIE_SECURE"] else "session"


def remember_session(token: str, *, is_shared_computer: bool) -> None:
    """Send this browser the token of its session with the answer to this request."""
    g.session_cookie = SessionCookie(token, ends_with_browser=is_shared_computer)


def forget_session(response: Response) -> Response:
    """Take the session's cookie away with `response`."""
    g.pop("session_cookie", None)
    response.delete_cookie(
        session_cookie(), secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True, samesite="Lax"
    )
    return response


def browser_session() -> BrowserSession | None:
    """This browser's session row, signed in or not, if it has one that is still good."""
    if "browser_session" not in g:
        token = request.cookies.get(session_cookie(), "")
        g.browser_session = session_of_token(reading(), token, now=utc_now()) if token else None
    return cast(BrowserSession | None, g.browser_session)


def session_to_write(session: Session, *, now: datetime) -> int:
    """The id of this browser's session row; made in this transaction when there is none."""
    known = browser_session()
    if known is not None:
        return known.id
    begun, token = begin_session(session, now=now)
    remember_session(token, is_shared_computer=False)
    return begun.id


def current_account() -> Account:
    """The account of whoever is signed in. For views behind @policy."""
    return cast(Account, visitor().account)


def own_draft(kind: DraftKind) -> Draft | None:
    """The form this browser, or whoever is signed in, has begun; for looking."""
    known = browser_session()
    if known is None:
        return None
    return draft_of(reading(), kind, browser_session_id=known.id, account_id=known.account_id, now=utc_now())


def latest_own_draft() -> Draft | None:
    """The form, of whatever kind, that this browser or person wrote in last."""
    drafts = [draft for draft in map(own_draft, DraftKind) if draft is not None]
    return max(drafts, key=lambda draft: draft.saved_at, default=None)


def draft_to_write(session: Session, kind: DraftKind, *, now: datetime) -> Draft:
    """As `own_draft`, inside a transaction and locked; begun when there is none."""
    session_id = session_to_write(session, now=now)
    known = browser_session()
    return open_draft(
        session, kind, browser_session_id=session_id, account_id=known.account_id if known else None, now=now
    )

"""Nothing is open unless it says so: every view declares its policy once, here.

    @blueprint.get("/volunteers/<id:volunteer_id>")
    @policy(Role.COORDINATOR, load=volunteer_shown)
    def show(volunteer: Volunteer, volunteer_id: int) -> str: ...

`load(session, account, **view_args)` returns the row, or None when it is absent or not this person's: the page
then answers 404 either way. The row comes to the view as its first argument.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.web.kept import AskToSignIn, sealed_form
from app.web.transactions import reading

View = Callable[..., ResponseReturnValue]
Loader = Callable[..., object | None]


@dataclass(frozen=True)
class Policy:
    """Who may open a view. `roles` empty and `is_public`: anybody; otherwise any one of the roles."""

    roles: frozenset[str]
    is_public: bool = False
    recently_verified: bool = False
    """A one-time code or second factor was given in this session lately (an address is shown)."""


def visitor() -> Any:
    """Whoever opens the page: `.is_authenticated`, and when that is true `.account`, `.is_recently_verified`."""
    return current_user


def public(view: View) -> View:
    """Anybody may open this view."""
    view.policy = Policy(frozenset(), is_public=True)  # type: ignore[attr-defined]  # read by policy_of
    return view


def policy(
    *roles: str, load: Loader | None = None, recently_verified: bool = False
) -> Callable[[View], View]:
    """Only accounts that hold one of `roles` may open the view; see the module's text for `load`."""
    if not roles:
        raise ValueError("name the roles, or say @public")
    declared = Policy(frozenset(str(role) for role in roles), recently_verified=recently_verified)

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(**view_args: Any) -> ResponseReturnValue:
            if not visitor().is_authenticated:
                return ask_to_sign_in(declared)
            if not declared.roles & {str(role) for role in visitor().account.roles}:
                abort(403)
            if declared.recently_verified and not visitor().is_recently_verified:
                return redirect(url_for("accounts.verify_again", next=request.full_path.rstrip("?")))
            if load is None:
                return view(**view_args)
            row = load(reading(), visitor().account, **view_args)
            if row is None:
                abort(404)
            return view(row, **view_args)

        guarded.policy = declared  # type: ignore[attr-defined]  # read by policy_of
        return guarded

    return declare


@dataclass(frozen=True)
class StaffSignIn:
    """How staff sign in, told by the room of accounts (`app.extensions["staff_sign_in"]`)."""

    roles: frozenset[str]
    ask: AskToSignIn


def ask_to_sign_in(declared: Policy) -> ResponseReturnValue:
    """The sign-in of those whom a page is for. What staff typed into a form before the session ended goes along."""
    here = request.full_path.rstrip("?")
    staff = cast(StaffSignIn, current_app.extensions["staff_sign_in"])
    if not declared.roles <= staff.roles:
        return redirect(url_for("accounts.sign_in", next=here))
    kept = sealed_form()
    return staff.ask(kept) if kept else redirect(url_for("accounts.staff_sign_in", next=here))


def policy_of(view: object) -> Policy | None:
    """The policy a view declared, or None."""
    declared = getattr(view, "policy", None)
    return declared if isinstance(declared, Policy) else None


def refuse_undeclared_views(app: Flask) -> None:
    """Raise RuntimeError naming every view without a policy; called once all features are registered.

    A view that slips in later is refused at the request.
    """
    public(cast(View, app.view_functions["static"]))
    undeclared = sorted(name for name, view in app.view_functions.items() if policy_of(view) is None)
    if undeclared:
        raise RuntimeError(f"views without @public or @policy: {', '.join(undeclared)}")

    @app.before_request
    def deny_by_default() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        if view is not None and policy_of(view) is None:
            abort(403)

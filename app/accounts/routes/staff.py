"""Staff pages: a code for somebody on the phone, one's own password, and everybody's accounts."""

from flask import abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import browser_session, current_account
from app.accounts.forms import AnyContactForm, PasswordForm, RolesForm
from app.accounts.models import STAFF, Account, Role
from app.accounts.queries import accounts_shown, how_many_accounts
from app.accounts.routes.blueprint import blueprint
from app.accounts.use_cases.codes import give_code as give_code_to
from app.accounts.use_cases.people import close_account, set_staff_roles
from app.accounts.use_cases.staff import change_password
from app.shared.errors import Refusal
from app.shared.times import utc_now
from app.web.access import policy
from app.web.forms import Form, page, submitted
from app.web.transactions import in_transaction, reading

ACCOUNTS_A_PAGE = 50


def account_shown(session: Session, _account: Account, account_id: int) -> Account | None:
    """The account `account_id`; for administrators."""
    return session.get(Account, account_id)


@blueprint.route("/codes", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def give_code() -> ResponseReturnValue:
    """A sign-in code to read out on the phone, shown once."""
    form = AnyContactForm()
    code = None
    if form.is_sent_well() and form.contact.contact is not None:
        contact = form.contact.contact
        by = current_account().id
        try:
            code = in_transaction(lambda session: give_code_to(session, contact, by=by, now=utc_now()))
        except Refusal as refusal:
            form.refuse(refusal, "contact")
    return page("accounts/give_code.html", form=form, code=code)


@blueprint.route("/password", methods=["GET", "POST"])
@policy(*sorted(STAFF))
def password() -> ResponseReturnValue:
    """Change one's own password."""
    form = PasswordForm()
    account = current_account()
    known = browser_session()
    if known is None or account.password_hash is None:
        abort(404)

    def act(session: Session) -> str:
        change_password(
            session,
            account.id,
            present=form.present.data or "",
            new=form.new.data or "",
            session_id=known.id,
            now=utc_now(),
        )
        return url_for(".home")

    answer = submitted(form, act)
    if answer is not None:
        flash(gettext("Your password is changed. Other devices are signed out."), "success")
        return answer
    return page("accounts/password.html", form=form)


@blueprint.get("/accounts")
@policy(Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Every account with its roles, staff first."""
    pages = max(1, -(-how_many_accounts(reading()) // ACCOUNTS_A_PAGE))
    number = min(max(request.args.get("page", 1, type=int), 1), pages)
    shown = accounts_shown(reading(), first=(number - 1) * ACCOUNTS_A_PAGE, most=ACCOUNTS_A_PAGE)
    return page("accounts/index.html", accounts=shown, page=number, pages=pages)


@blueprint.route("/accounts/<id:account_id>", methods=["GET", "POST"])
@policy(Role.ADMINISTRATOR, load=account_shown, recently_verified=True)
def show(account: Account, account_id: int) -> ResponseReturnValue:
    """One account; its staff roles can be changed."""
    form = RolesForm(roles=[str(role) for role in account.roles])

    def act(session: Session) -> str:
        set_staff_roles(session, account_id, form.wanted(), by=current_account().id, now=utc_now())
        return url_for(".show", account_id=account_id)

    answer = submitted(form, act)
    if answer is not None:
        flash(gettext("Saved. They have to sign in again."), "success")
        return answer
    return page("accounts/show.html", form=form, account=account)


@blueprint.route("/accounts/<id:account_id>/close", methods=["GET", "POST"])
@policy(Role.ADMINISTRATOR, load=account_shown, recently_verified=True)
def close(account: Account, account_id: int) -> ResponseReturnValue:
    """Close an account, after asking once more."""
    form = Form()

    def act(session: Session) -> str:
        close_account(session, account_id, by=current_account().id, now=utc_now())
        return url_for(".index")

    answer = submitted(form, act)
    if answer is not None:
        flash(gettext("The account is closed."), "success")
        return answer
    return page("accounts/close.html", form=form, account=account)

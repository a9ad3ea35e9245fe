"""Letters of service: written and revoked by coordinators, opened by the volunteer, checked by anybody."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, cast

from flask import Response, abort, current_app, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, format_date, gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.accounts.throttling import Allowance, is_allowed
from app.recognition.forms import CheckLetterForm, LetterForm, RevokeForm
from app.recognition.models import ServiceLetter
from app.recognition.queries.letters import is_letter_valid, letter_shown, letter_to_revoke, own_letter
from app.recognition.routes.blueprint import blueprint
from app.recognition.use_cases.letters import issue_letter, revoke_letter
from app.shared.papers import pdf_of, qr_svg
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.models import Volunteer
from app.volunteers.queries import volunteer_shown
from app.web.access import policy, public
from app.web.dates import duration
from app.web.forms import page, submitted
from app.web.transactions import reading

CHECKS_FROM_ONE_ADDRESS = Allowance(20, timedelta(minutes=1))
CHINESE, ENGLISH = "zh_Hant_HK", "en"


class HasPublicUrl(Protocol):
    """The one setting these pages need."""

    public_url: str


@blueprint.route("/volunteers/<id:volunteer_id>/letter", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def write_letter(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """A letter about the hours between two days."""
    form = LetterForm()
    form.show_this_year(hong_kong_date(utc_now()))
    back_url = url_for(".ledger", volunteer_id=volunteer_id)

    def act(session: Session) -> str:
        today = hong_kong_date(utc_now())
        issue_letter(
            session,
            volunteer_id,
            form.from_day.data or today,
            form.to_day.data or today,
            by=current_account().id,
            now=utc_now(),
        )
        flash(
            gettext("The letter is written. Open it below to print it; the volunteer can open it too."),
            "success",
        )
        return back_url

    return submitted(form, act) or page(
        "recognition/write_letter.html", form=form, volunteer=volunteer, back_url=back_url
    )


@blueprint.get("/letters/<id:letter_id>")
@policy(Role.COORDINATOR, load=letter_shown)
def letter(letter: ServiceLetter, **_ids: int) -> ResponseReturnValue:
    """The letter as a PDF."""
    return _pdf(letter)


@blueprint.get("/volunteer/<id:volunteer_id>/letters/<id:letter_id>")
@policy(Role.VOLUNTEER, load=own_letter)
def my_letter(letter: ServiceLetter, **_ids: int) -> ResponseReturnValue:
    """One's own letter as a PDF."""
    return _pdf(letter)


@blueprint.route("/letters/<id:letter_id>/revoke", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=letter_to_revoke)
def revoke(letter: ServiceLetter, letter_id: int) -> ResponseReturnValue:
    """A letter that does not hold any more."""
    form = RevokeForm()
    back_url = url_for(".ledger", volunteer_id=letter.volunteer_id)

    def act(session: Session) -> str:
        revoke_letter(session, letter_id, form.reason.data or "", by=current_account().id, now=utc_now())
        flash(gettext("The letter does not hold any more."), "success")
        return back_url

    return submitted(form, act) or page(
        "recognition/revoke_letter.html", form=form, letter=letter, back_url=back_url
    )


@blueprint.route("/letters/check", methods=["GET", "POST"])
@public
def check_letter() -> ResponseReturnValue:
    """Anybody who holds a letter asks whether it is genuine. Yes or no, and nothing else."""
    form = CheckLetterForm()
    if request.method == "GET":
        form.number.data = request.args.get("number", "")[:40]
    is_valid = None
    if form.is_sent_well():
        if not is_allowed("letter", by_address=CHECKS_FROM_ONE_ADDRESS):
            abort(429)
        is_valid = is_letter_valid(reading(), form.number.data or "")
    return page("recognition/check_letter.html", form=form, is_valid=is_valid)


def _pdf(letter: ServiceLetter) -> Response:
    name = f"{letter.volunteer.code}-{letter.to_day.isoformat()}.pdf"
    return Response(
        pdf_of("letter", _said(letter)),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


@dataclass(frozen=True)
class _Worded:
    """What a letter says in one language."""

    office: str
    heading: str
    sentence: str
    total: str
    times: list[str]
    issued_on: str
    check: str
    labels: list[str]
    """Kind of service, time, date of issue, number of this letter."""


def _said(letter: ServiceLetter) -> dict[str, object]:
    """Everything the letter says, in both its languages, whoever opens it."""
    public_url = cast(HasPublicUrl, current_app.extensions["settings"]).public_url
    address = f"{public_url}{url_for('.check_letter')}"
    chinese = _worded(letter, CHINESE, letter.name_zh or letter.name_en, address)
    english = _worded(letter, ENGLISH, letter.name_en or letter.name_zh, address)
    labels = [f"{zh} {en}" for zh, en in zip(chinese.labels, english.labels, strict=True)]
    with force_locale(CHINESE):
        qr_alt = gettext("QR code of the page where this letter can be checked")
    return {
        "title": f"{chinese.heading} — {letter.name_zh or letter.name_en}",
        "office": [chinese.office, english.office],
        "heading": [chinese.heading, english.heading],
        "words": [chinese.sentence, english.sentence],
        "total": [chinese.total, english.total],
        "columns": labels[:2],
        "lines": [
            [f"{line['zh']} {line['en']}", f"{zh} {en}"]
            for line, zh, en in zip(letter.lines, chinese.times, english.times, strict=True)
        ],
        "signed": letter.issued_by.name,
        "issued": f"{labels[2]}  {chinese.issued_on}  {english.issued_on}",
        "number_label": labels[3],
        "number": letter.grouped_number,
        "check": [chinese.check, english.check],
        "qr": qr_svg(f"{address}?number={letter.number}"),
        "qr_alt": qr_alt,
    }


def _worded(letter: ServiceLetter, language: str, name: str, address: str) -> _Worded:
    with force_locale(language):
        return _Worded(
            office=gettext("Tsuen Wan and Kwai Tsing Volunteer University"),
            heading=gettext("Letter of service"),
            sentence=gettext(
                "This is to certify that %(name)s (%(code)s) served as a volunteer of the Tsuen Wan and Kwai Tsing"
                " Volunteer University from %(first)s to %(last)s, for the time stated below. We thank them for it.",
                name=name,
                code=letter.volunteer.code,
                first=format_date(letter.from_day, "long"),
                last=format_date(letter.to_day, "long"),
            ),
            total=duration(letter.minutes),
            times=[duration(int(line["minutes"])) for line in letter.lines],
            issued_on=format_date(hong_kong_date(letter.issued_at), "long"),
            check=gettext("Check this letter at %(address)s", address=address),
            labels=[
                gettext("Kind of service"),
                gettext("Time"),
                gettext("Date of issue"),
                gettext("Number of this letter"),
            ],
        )

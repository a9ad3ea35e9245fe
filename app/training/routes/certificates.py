"""Certificates: written and revoked by coordinators, opened by who earned them, checked by anybody."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, cast

from flask import Response, abort, current_app, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, format_date, gettext, ngettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.accounts.throttling import Allowance, is_allowed
from app.shared.papers import pdf_of, qr_svg
from app.shared.times import hong_kong_date, utc_now
from app.training.forms import CheckCertificateForm, ConfirmForm, WithdrawForm
from app.training.models.certificates import Certificate
from app.training.queries import faculties
from app.training.queries.study import (
    Graduate,
    certificate_checked,
    certificate_shown,
    certificate_to_revoke,
    certificates_written,
    graduates,
    own_certificate,
    without_certificate,
)
from app.training.routes.blueprint import blueprint
from app.training.use_cases.certificates import (
    revoke_certificate,
    write_certificates,
    write_programme_certificate,
)
from app.web.access import policy, public
from app.web.dates import duration
from app.web.forms import page, submitted
from app.web.security import id_in
from app.web.transactions import reading

CHECKS_FROM_ONE_ADDRESS = Allowance(20, timedelta(minutes=1))
CHINESE, ENGLISH = "zh_Hant_HK", "en"
WRITTEN_SHOWN = 50


class HasPublicUrl(Protocol):
    """The one setting these pages need."""

    public_url: str


@blueprint.route("/certificates", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def certificates() -> ResponseReturnValue:
    """Who has completed a course and has no certificate yet: all of them are written by one button."""
    form = ConfirmForm()
    waiting = without_certificate(reading(), by=current_account().id)

    def act(session: Session) -> str:
        ids = [row.id for row in without_certificate(session, by=current_account().id)]
        made = write_certificates(session, ids, by=current_account().id, now=utc_now())
        flash(
            ngettext("One certificate was written.", "%(num)s certificates were written.", len(made)),
            "success",
        )
        return url_for(".certificates")

    return submitted(form, act) or page(
        "training/certificates.html",
        form=form,
        waiting=waiting,
        written=certificates_written(reading(), WRITTEN_SHOWN),
    )


@blueprint.route("/graduation", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def graduation() -> ResponseReturnValue:
    """Who has finished each faculty's programme; a certificate is written for one of them."""
    form = ConfirmForm()

    def act(session: Session) -> str:
        write_programme_certificate(
            session,
            id_in(request.form.get("faculty")) or 0,
            id_in(request.form.get("volunteer")) or 0,
            by=current_account().id,
            now=utc_now(),
        )
        flash(ngettext("One certificate was written.", "%(num)s certificates were written.", 1), "success")
        return url_for(".graduation")

    answer = submitted(form, act)
    if answer is not None:
        return answer
    rows: list[tuple[object, list[Graduate]]] = [
        (faculty, graduates(reading(), faculty)) for faculty in faculties(reading())
    ]
    return page("training/graduation.html", form=form, faculties=rows, me=current_account().id)


@blueprint.get("/certificates/<id:certificate_id>")
@policy(Role.COORDINATOR, load=certificate_shown)
def certificate(certificate: Certificate, **_ids: int) -> ResponseReturnValue:
    """A certificate as a PDF."""
    return _pdf(certificate)


@blueprint.get("/volunteer/<id:volunteer_id>/certificates/<id:certificate_id>")
@policy(Role.VOLUNTEER, load=own_certificate)
def my_certificate(certificate: Certificate, **_ids: int) -> ResponseReturnValue:
    """One's own certificate as a PDF."""
    return _pdf(certificate)


@blueprint.route("/certificates/<id:certificate_id>/revoke", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=certificate_to_revoke)
def revoke(certificate: Certificate, certificate_id: int) -> ResponseReturnValue:
    """A certificate that does not hold any more."""
    form = WithdrawForm()
    back_url = url_for(".certificates")

    def act(session: Session) -> str:
        revoke_certificate(
            session, certificate_id, form.reason.data or "", by=current_account().id, now=utc_now()
        )
        flash(gettext("The certificate does not hold any more."), "success")
        return back_url

    return submitted(form, act) or page(
        "training/revoke.html", form=form, certificate=certificate, back_url=back_url
    )


@blueprint.route("/certificates/check", methods=["GET", "POST"])
@public
def check_certificate() -> ResponseReturnValue:
    """Anybody who holds a certificate asks whether it holds. Whether, and until when; nothing else."""
    form = CheckCertificateForm()
    if request.method == "GET":
        form.number.data = request.args.get("number", "")[:40]
    is_asked, checked = form.is_sent_well(), None
    if is_asked:
        if not is_allowed("certificate", by_address=CHECKS_FROM_ONE_ADDRESS):
            abort(429)
        checked = certificate_checked(reading(), form.number.data or "")
    return page(
        "training/check_certificate.html",
        form=form,
        is_asked=is_asked,
        checked=checked,
        today=hong_kong_date(utc_now()),
    )


def _pdf(row: Certificate) -> Response:
    return Response(
        pdf_of("certificate", _said(row)),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="certificate-{row.id}.pdf"'},
    )


@dataclass(frozen=True)
class _Worded:
    """What a certificate says in one language."""

    office: str
    heading: str
    sentence: str
    facts: str
    issued_on: str
    check: str
    ends: list[str]
    notice: str
    labels: list[str]
    """Of the lines, the date of issue, the number."""


def _said(row: Certificate) -> dict[str, object]:
    """Everything the certificate says, in both its languages, whoever opens it."""
    public_url = cast(HasPublicUrl, current_app.extensions["settings"]).public_url
    address = f"{public_url}{url_for('.check_certificate')}"
    chinese, english = _worded(row, CHINESE, address), _worded(row, ENGLISH, address)
    labels = [f"{zh} {en}" for zh, en in zip(chinese.labels, english.labels, strict=True)]
    names = [row.name_zh or row.name_en, row.name_en or row.name_zh]
    with force_locale(CHINESE):
        qr_alt = gettext("QR code of the page where this certificate can be checked")
    return {
        "title": f"{chinese.heading} — {names[0]}",
        "office": [chinese.office, english.office],
        "heading": [chinese.heading, english.heading],
        "name": names,
        "words": [chinese.sentence, english.sentence],
        "course": [row.title_zh, row.title_en],
        "facts": [chinese.facts, english.facts],
        "lines_label": labels[0],
        "lines": [
            [f"{line['zh']} {line['en']}", f"{zh} {en}"]
            for line, zh, en in zip(row.lines, chinese.ends, english.ends, strict=True)
        ],
        "notice": f"{chinese.notice} {english.notice}" if row.is_invented else "",
        "signed": row.issued_by.name,
        "issued": f"{labels[1]}  {chinese.issued_on}  {english.issued_on}",
        "number_label": labels[2],
        "number": row.grouped_number,
        "check": [chinese.check, english.check],
        "qr": qr_svg(f"{address}?number={row.number}"),
        "qr_alt": qr_alt,
    }


def _worded(row: Certificate, language: str, address: str) -> _Worded:
    with force_locale(language):
        is_programme = row.faculty_id is not None
        return _Worded(
            office=gettext("Tsuen Wan and Kwai Tsing Volunteer University"),
            heading=gettext("Certificate of graduation") if is_programme else gettext("Certificate"),
            sentence=gettext("has finished the programme of")
            if is_programme
            else gettext("has completed the course"),
            facts=gettext(
                "%(time)s, completed on %(day)s",
                time=duration(row.minutes),
                day=format_date(row.completed_on, "long"),
            ),
            issued_on=format_date(hong_kong_date(row.issued_at), "long"),
            check=gettext("Check this certificate at %(address)s", address=address),
            ends=[_line_end(line["on"], is_programme) for line in row.lines],
            notice=gettext("Invented, for the demonstration"),
            labels=[
                gettext("Courses of the programme") if is_programme else gettext("Qualifications"),
                gettext("Date of issue"),
                gettext("Number of this certificate"),
            ],
        )


def _line_end(on: str | None, is_programme: bool) -> str:
    if on is None:
        return gettext("For good")
    day = format_date(date.fromisoformat(on), "long")
    return day if is_programme else gettext("until %(day)s", day=day)

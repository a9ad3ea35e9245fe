"""The list of a year, to look at, to sign and as a file; and the award levels that staff edit."""

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.exchange.writing import table_bytes
from app.recognition.forms import FIRST_YEAR, AwardForm, YearFileForm, YearForm, year_of
from app.recognition.models import AwardScheme
from app.recognition.queries.awards import (
    age_group,
    award_schemes,
    award_schemes_of,
    reached_counts,
    scheme_shown,
    year_rows,
)
from app.recognition.routes.blueprint import blueprint
from app.recognition.use_cases.awards import add_award as add_scheme
from app.recognition.use_cases.awards import change_award
from app.shared.audit import record
from app.shared.times import hong_kong_date, utc_now
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.transactions import in_transaction, reading
from app.web.words import name_of, say

EDITING = (Role.COORDINATOR, Role.ADMINISTRATOR)


def _year() -> int:
    return year_of(request.args.get("year"), hong_kong_date(utc_now()))


@blueprint.get("/hours/year")
@policy(Role.COORDINATOR)
def year() -> ResponseReturnValue:
    """Everybody's hours of a year, and the levels they have reached."""
    chosen, rows = _year(), year_rows(reading(), _year())
    form = YearForm(data={"year": chosen})
    this_year = hong_kong_date(utc_now()).year
    form.year.choices = [(each, str(each)) for each in range(this_year, FIRST_YEAR - 1, -1)]
    schemes = award_schemes_of(reading(), chosen)
    return page(
        "recognition/year.html",
        filter_form=form,
        year=chosen,
        rows=rows,
        total=sum(row.minutes for row in rows),
        schemes=schemes,
        bars={
            scheme.id: [
                {"label": gettext("%(hours)s hours", hours=hours), "value": count, "tone": "good"}
                for hours, count in reached_counts(rows, scheme).items()
            ]
            for scheme in schemes
        },
        age_group=age_group,
    )


@blueprint.get("/hours/year/print")
@policy(Role.COORDINATOR)
def print_year() -> ResponseReturnValue:
    """The list of a year on paper, with room to sign."""
    return page(
        "recognition/print_year.html",
        year=_year(),
        rows=year_rows(reading(), _year()),
        age_group=age_group,
        now=utc_now(),
    )


@blueprint.route("/hours/year/file", methods=["GET", "POST"])
@policy(Role.COORDINATOR, recently_verified=True)
def year_file() -> ResponseReturnValue:
    """The list of a year as a file; it is put on record."""
    form, chosen = YearFileForm(), _year()
    if not form.is_sent_well():
        return page(
            "recognition/year_file.html", form=form, year=chosen, back_url=url_for(".year", year=chosen)
        )
    rows = year_rows(reading(), chosen)
    schemes = award_schemes_of(reading(), chosen)
    headings = [
        gettext("Reference"),
        gettext("Name in Chinese"),
        gettext("Name in English"),
        gettext("Hours"),
    ]
    for scheme in schemes:
        headings += [name_of(scheme), gettext("Age group")]
    table = []
    for row in rows:
        person = row.volunteer
        cells: list[str | int | float | None] = [
            person.code,
            person.name_zh,
            person.name_en,
            round(row.minutes / 60, 2),
        ]
        for each in row.progress:
            group = age_group(each.scheme, person.birth_year, chosen)
            cells += [each.reached, say(group) if group else None]
        table.append(cells)
    suffix = str(form.kind.data)
    data, media_type, count = table_bytes(suffix, headings, table)
    by, now = current_account().id, utc_now()

    def note(session: Session) -> None:
        record(session, "hours.exported", by=by, now=now, year=chosen, rows=count)

    in_transaction(note)
    headers = {"Content-Disposition": f'attachment; filename="hours-{chosen}{suffix}"'}
    return Response(data, content_type=media_type, headers=headers)


@blueprint.get("/awards")
@policy(*EDITING)
def award_list() -> ResponseReturnValue:
    """Every award and its levels."""
    return page("recognition/award_list.html", schemes=award_schemes(reading()))


@blueprint.route("/awards/add", methods=["GET", "POST"])
@policy(*EDITING)
def add_award() -> ResponseReturnValue:
    """A new award."""
    form = AwardForm()

    def act(session: Session) -> str:
        add_scheme(session, form.facts(), by=current_account().id, now=utc_now())
        flash(gettext("Saved."), "success")
        return url_for(".award_list")

    return submitted(form, act) or page(
        "recognition/award.html", form=form, scheme=None, back_url=url_for(".award_list")
    )


@blueprint.route("/awards/<id:scheme_id>", methods=["GET", "POST"])
@policy(*EDITING, load=scheme_shown)
def award(scheme: AwardScheme, scheme_id: int) -> ResponseReturnValue:
    """Change an award."""
    form = AwardForm()
    if request.method == "GET":
        form.show(scheme)

    def act(session: Session) -> str:
        change_award(
            session,
            scheme_id,
            form.facts(),
            version=form.version_seen(),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return url_for(".award_list")

    return submitted(form, act) or page(
        "recognition/award.html", form=form, scheme=scheme, back_url=url_for(".award_list")
    )

"""Pages for coordinators: a file in, looked at and settled row by row; tables out."""

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.exchange.errors import UnreadableFile
from app.exchange.forms import ExportForm, PreviewForm, SendFileForm, SettleForm, settle_form
from app.exchange.models import ImportKind, ImportPreview
from app.exchange.queries import (
    catalogue_rows,
    preview_shown,
    previews_waiting,
    take_over_counts,
    taken_over_before,
)
from app.exchange.reading import Table, read_table
from app.exchange.tables import TableName, exported
from app.exchange.use_cases.exports import note_export
from app.exchange.use_cases.plans import Outcome, Plan, PlannedRow, Weight
from app.exchange.use_cases.previews import (
    COLUMNS,
    discard_preview,
    file_hash,
    make_preview,
    plan_of,
    settle_rows,
    table_of,
    take_over_preview,
)
from app.exchange.words import COLUMN_NAMES, Names, finding_said, value_said
from app.exchange.writing import table_bytes
from app.shared.times import hong_kong_date, utc_now
from app.web.access import policy
from app.web.forms import page, pressed, submitted
from app.web.menu import MenuEntry
from app.web.security import LARGEST_IMPORT
from app.web.transactions import in_transaction, reading, submit_once
from app.web.words import name_of

ROWS_A_PAGE = 25

blueprint = Blueprint("exchange", __name__)

MENU = [MenuEntry("exchange.index", lazy_gettext("Files"), frozenset({Role.COORDINATOR}))]

SHOWN = {
    "attention": lazy_gettext("Needs a look"),
    "clear": lazy_gettext("Clear"),
    "here": lazy_gettext("Here already"),
    "left_out": lazy_gettext("Left out"),
    "all": lazy_gettext("All rows"),
}


@blueprint.url_value_preprocessor
def allow_a_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """The one page that takes more than others: runs before the form's token is looked for in the body."""
    if endpoint == f"{blueprint.name}.index":
        request.max_content_length = LARGEST_IMPORT


@blueprint.route("/imports", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def index() -> ResponseReturnValue:
    """Send a file; go on with one that waits."""
    form = SendFileForm()
    if form.is_sent_well() and (upload := form.upload()) is not None:
        answer = _keep_file(form, *upload)
        if answer is not None:
            return answer
    waiting = previews_waiting(reading(), now=utc_now())
    return page("exchange/index.html", form=form, waiting=waiting)


def _keep_file(form: SendFileForm, name: str, data: bytes) -> ResponseReturnValue | None:
    kind = ImportKind(form.kind.data)
    try:
        table = read_table(data, COLUMNS[kind])
    except UnreadableFile as refusal:
        form.refuse(refusal, "file")
        return None
    if taken_over_before(reading(), kind, file_hash(data)) is not None:
        flash(
            gettext("This very file was taken in before. Rows that are here already are left as they are."),
            "warning",
        )

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        preview = make_preview(session, kind, table, file_name=name, data=data, by=by, now=now)
        return url_for(".show", preview_id=preview.id)

    return submit_once(act, about=file_hash(data))


@blueprint.route("/imports/<id:preview_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=preview_shown)
def show(preview: ImportPreview, preview_id: int) -> ResponseReturnValue:
    """The rows of a file as they are understood, with a field for everything that has to be settled."""
    if preview.rows_text is None:
        counts = take_over_counts(reading(), preview)
        return page("exchange/ended.html", preview=preview, counts=counts, outcomes=Outcome)
    table, settled = table_of(preview)
    today = hong_kong_date(utc_now())
    plan = plan_of(reading(), preview.kind, table, settled, today=today)
    shown = request.args.get("show", "attention")
    shown = shown if shown in SHOWN else "attention"
    chosen = _rows_shown(plan, shown)
    pages = max(1, -(-len(chosen) // ROWS_A_PAGE))
    number = min(max(request.args.get("page", 1, type=int), 1), pages)
    rows = chosen[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE]
    names = _names()
    form = settle_form(rows, names, version=preview.version, settled=settled, today=today)

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        settle_rows(session, preview_id, form.settlements(), version=form.version_seen(), by=by, now=now)
        flash(gettext("Saved."), "success")
        return url_for(".show", preview_id=preview_id, show=shown, page=number)

    return submitted(form, act) or _preview_page(
        preview, plan, table, form, names, rows, shown, number, pages
    )


def _preview_page(
    preview: ImportPreview,
    plan: Plan[Any],
    table: Table,
    form: SettleForm,
    names: Names,
    rows: list[PlannedRow[Any]],
    shown: str,
    number: int,
    pages: int,
) -> ResponseReturnValue:
    counts = {choice: len(_rows_shown(plan, choice)) for choice in SHOWN}
    return page(
        "exchange/preview.html",
        form=form,
        decision=PreviewForm(data={"version": str(preview.version)}),
        preview=preview,
        plan=plan,
        table=table,
        rows=rows,
        outcomes=Outcome,
        weights=Weight,
        columns=COLUMN_NAMES,
        finding_said=lambda finding: finding_said(finding, names),
        value_said=lambda column, value: value_said(column, value, names),
        shown=shown,
        choices=[(choice, words, counts[choice]) for choice, words in SHOWN.items()],
        page=number,
        pages=pages,
    )


@blueprint.post("/imports/<id:preview_id>/take-over")
@policy(Role.COORDINATOR, load=preview_shown)
def take_over(_preview: ImportPreview, preview_id: int) -> ResponseReturnValue:
    """Take every row in that is not left out: all, or none."""
    form = PreviewForm()

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        take_over_preview(session, preview_id, version=form.version_seen(), by=by, now=now)
        return url_for(".show", preview_id=preview_id)

    return pressed(act, url_for(".show", preview_id=preview_id), form=form)


@blueprint.post("/imports/<id:preview_id>/discard")
@policy(Role.COORDINATOR, load=preview_shown)
def discard(_preview: ImportPreview, preview_id: int) -> ResponseReturnValue:
    """Throw the file away; nothing of it was taken in."""

    def act(session: Session) -> str:
        discard_preview(session, preview_id, by=current_account().id, now=utc_now())
        flash(gettext("The file was thrown away. Nothing of it was taken in."), "success")
        return url_for(".index")

    return pressed(act, url_for(".show", preview_id=preview_id), form=PreviewForm())


@blueprint.route("/exports", methods=["GET", "POST"])
@policy(Role.COORDINATOR, recently_verified=True)
def export() -> ResponseReturnValue:
    """A table as a file, without addresses and notes on health; each is put on record."""
    form = ExportForm()
    if not form.is_sent_well():
        return page("exchange/export.html", form=form)
    name, suffix = TableName(form.table.data), str(form.kind.data)
    table = exported(reading(), name, is_complete=False)
    data, media_type, rows = table_bytes(suffix, table.headings, table.rows)
    by, now = current_account().id, utc_now()
    in_transaction(lambda session: note_export(session, name, rows, is_complete=False, by=by, now=now))
    file_name = f"{name.value}-{hong_kong_date(now).isoformat()}{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Response(data, content_type=media_type, headers=headers)


def _rows_shown(plan: Plan[Any], shown: str) -> list[PlannedRow[Any]]:
    if shown == "clear":
        return plan.having(Outcome.CLEAR)
    if shown == "here":
        return plan.having(Outcome.ALREADY_HERE)
    if shown == "left_out":
        return plan.having(Outcome.SKIPPED)
    if shown == "all":
        return list(plan.rows)
    order = (Outcome.REFUSED, Outcome.TO_SETTLE, Outcome.CLEAR)
    open_rows = plan.having(*order)
    doubtful = [row for row in open_rows if row.outcome is not Outcome.CLEAR or row.of_weight(Weight.WARNING)]
    return sorted(doubtful, key=lambda row: order.index(row.outcome))


def _names() -> Names:
    return {row.code: name_of(row) for row in catalogue_rows(reading())}

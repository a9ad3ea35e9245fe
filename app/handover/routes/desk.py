"""Coordinators' pages about handovers: the board, one handover, and everything that is entered for others."""

from collections.abc import Callable
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.care_requests.models import CareRequest
from app.handover.forms import ItemForm, NewLineForm, NoteForm, PaceForm, SignForm, ThankForm, WordsForm
from app.handover.models import (
    OVER,
    Handover,
    HandoverItem,
    HandoverMove,
    HandoverStatus,
    ItemStatus,
    Party,
    SignedFor,
    SignedHow,
)
from app.handover.queries.board import board_rows, counts_by_status, duties_without_handover, year_figures
from app.handover.queries.handovers import (
    facts_of,
    handover_of_request,
    handover_shown,
    handovers_listed,
    history_of,
    item_shown,
    next_step,
    notes_of,
    signatures_of,
)
from app.handover.queries.seniors import seniors
from app.handover.queries.shadows import is_over, shadows_of, shadows_to_come, visits_to_join
from app.handover.routes.blueprint import TONES, blueprint, duty_words, progress_of
from app.handover.use_cases.closing import thank_senior
from app.handover.use_cases.pacing import set_pace
from app.handover.use_cases.signing import WHEN, carer_declines, let_successor_go, sign, stop_handover
from app.handover.use_cases.writing import add_item, add_note, see_words, write_item
from app.shared.times import hong_kong_date, utc_now
from app.web.access import policy
from app.web.dates import moment
from app.web.forms import Form, page, submitted
from app.web.transactions import in_transaction, reading
from app.web.words import person_name, say


@blueprint.get("/handovers")
@policy(Role.COORDINATOR)
def board() -> ResponseReturnValue:
    """Every handover that is under way, what each waits for; who has nobody to follow; visits together; the year."""
    session, now = reading(), utc_now()
    today = hong_kong_date(now)
    found = handovers_listed(session)
    rows = board_rows(session, found, facts_of(session, found, today), now)
    year = request.args.get("year", "")
    chosen = int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else today.year
    return page(
        "handover/board.html",
        rows=rows,
        stalled=sum(bool(row.stalls) for row in rows),
        counts=counts_by_status(found),
        without=[each for each in seniors(session, today) if each.weekly > each.followed],
        kept=duties_without_handover(session),
        shadows=shadows_to_come(session, today),
        figures=year_figures(session, chosen),
        this_year=today.year,
        statuses=[status for status in HandoverStatus if status not in OVER],
        duty_words=duty_words,
        tones=TONES,
    )


@blueprint.get("/handovers/<id:handover_id>")
@policy(Role.COORDINATOR, load=handover_shown)
def show(handover: Handover, handover_id: int) -> ResponseReturnValue:
    """One handover: where it stands, who must say yes next, the list, the notes, and how it came to this."""
    by, now = current_account().id, utc_now()
    in_transaction(lambda session: see_words(session, handover_id, by=by, now=now))
    session = reading()
    facts = facts_of(session, [handover], hong_kong_date(now))[handover_id]
    return page(
        "handover/show.html",
        handover=handover,
        duty=duty_words(handover, with_client=True),
        facts=facts,
        step=next_step(handover, facts),
        progress=progress_of(handover, facts),
        signable=_signable(handover, facts.signed),
        events=[_said(each) for each in history_of(session, handover_id)],
        signatures=signatures_of(session, handover_id),
        together=shadows_of(session, handover_id),
        to_join=visits_to_join(session, handover, now),
        is_over=lambda shadow: is_over(shadow, now),
        form_key=Form().form_key.data,
        notes=notes_of(session, handover_id),
        tones=TONES,
    )


@blueprint.route(
    "/handovers/<id:handover_id>/sign/<any(senior, successor, carer):party>", methods=["GET", "POST"]
)
@policy(Role.COORDINATOR, load=handover_shown)
def enter_signature(handover: Handover, handover_id: int, party: str) -> ResponseReturnValue:
    """Somebody who uses no phone has said yes."""
    form, who = SignForm(), Party(party)
    facts = facts_of(reading(), [handover], hong_kong_date(utc_now()))[handover_id]
    for_what = dict(_signable(handover, facts.signed)).get(who)

    def act(session: Session) -> None:
        sign(
            session,
            handover_id,
            who,
            for_what or SignedFor.CHANGE,
            SignedHow(form.how.data),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("The yes is on record."), "success")

    return _entered(form, handover, "handover/enter_signature.html", act, party=who, for_what=for_what)


@blueprint.route("/handovers/<id:handover_id>/carer-declines", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=handover_shown)
def enter_carers_no(handover: Handover, handover_id: int) -> ResponseReturnValue:
    """The carer has told a coordinator that they would rather not."""
    form = WordsForm()

    def act(session: Session) -> None:
        carer_declines(session, handover_id, form.words.data or "", by=current_account().id, now=utc_now())
        flash(gettext("Noted. Nobody new comes along."), "success")

    return _entered(form, handover, "handover/enter_no.html", act, party=Party.CARER)


@blueprint.route("/handovers/<id:handover_id>/successor-leaves", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=handover_shown)
def enter_successors_no(handover: Handover, handover_id: int) -> ResponseReturnValue:
    """Whoever was to follow does not: somebody else is looked for."""
    form = WordsForm()

    def act(session: Session) -> None:
        let_successor_go(session, handover_id, form.words.data or "", by=current_account().id, now=utc_now())
        flash(gettext("Noted. Please choose somebody else."), "success")

    return _entered(form, handover, "handover/enter_no.html", act, party=Party.SUCCESSOR)


@blueprint.route("/handovers/<id:handover_id>/stop", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=handover_shown)
def stop(handover: Handover, handover_id: int) -> ResponseReturnValue:
    """It ends here, with the reason; what was written is kept."""
    form = WordsForm()

    def act(session: Session) -> None:
        stop_handover(session, handover_id, form.words.data or "", by=current_account().id, now=utc_now())
        flash(gettext("The handover has ended. Everybody concerned is told."), "success")

    return _entered(form, handover, "handover/stop.html", act)


@blueprint.route("/handovers/<id:handover_id>/pace", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=handover_shown)
def pace(handover: Handover, handover_id: int) -> ResponseReturnValue:
    """How often they go together, and after how many visits alone it is complete."""
    form = PaceForm()
    if request.method == "GET":
        form.process(
            data={
                "shadows": handover.shadows_wanted,
                "led": handover.led_wanted,
                "alone": handover.alone_wanted,
            }
        )

    def act(session: Session) -> None:
        set_pace(
            session,
            handover_id,
            shadows=form.shadows.data or 0,
            led=form.led.data or 0,
            alone=form.alone.data or 0,
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")

    return _entered(form, handover, "handover/pace.html", act)


@blueprint.route("/handovers/<id:handover_id>/thank", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=handover_shown)
def thank(handover: Handover, handover_id: int) -> ResponseReturnValue:
    """Everybody has signed: the senior is thanked with a letter, and advises from now on."""
    form = ThankForm()

    def act(session: Session) -> None:
        has_letter = thank_senior(
            session,
            handover_id,
            becomes_adviser=bool(form.becomes_adviser.data),
            by=current_account().id,
            now=utc_now(),
        )
        flash(
            gettext("Thanked, and the letter is written.")
            if has_letter
            else gettext("Thanked. There are no confirmed hours yet to write a letter about."),
            "success",
        )

    return _entered(form, handover, "handover/thank.html", act)


@blueprint.route("/handovers/<id:handover_id>/lines/<id:item_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=item_shown)
def line(item: HandoverItem, handover_id: int, item_id: int) -> ResponseReturnValue:
    """Write a line down for the senior."""
    form = ItemForm()
    if request.method == "GET":
        by, now = current_account().id, utc_now()
        in_transaction(lambda session: see_words(session, handover_id, by=by, now=now))
        form.process(data={"answer": item.answer or "", "status": item.status.value})

    def act(session: Session) -> None:
        write_item(
            session,
            handover_id,
            item_id,
            form.answer.data or "",
            ItemStatus(form.status.data),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")

    return _entered(form, item.handover, "handover/line.html", act, item=item)


@blueprint.route("/handovers/<id:handover_id>/lines/add", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=handover_shown)
def add_line(handover: Handover, handover_id: int) -> ResponseReturnValue:
    """One more line of this handover's list."""
    form = NewLineForm()

    def act(session: Session) -> None:
        add_item(session, handover_id, form.words.data or "", by=current_account().id, now=utc_now())
        flash(gettext("Saved."), "success")

    return _entered(form, handover, "handover/add_line.html", act)


@blueprint.route("/handovers/<id:handover_id>/notes", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=handover_shown)
def note(handover: Handover, handover_id: int) -> ResponseReturnValue:
    """A note for the pair and the coordinators."""
    form = NoteForm()

    def act(session: Session) -> None:
        add_note(session, handover_id, form.words.data or "", by=current_account().id, now=utc_now())
        flash(gettext("Saved."), "success")

    return _entered(form, handover, "handover/note.html", act)


def request_panel(session: Session, request_: CareRequest) -> str:
    """On the coordinators' page about a request: the handover of its visits."""
    handover = handover_of_request(session, request_.id)
    return render_template("handover/request_panel.html", handover=handover, tones=TONES) if handover else ""


def _entered(
    form: Form, handover: Handover, template: str, act: Callable[[Session], None], **more: Any
) -> ResponseReturnValue:
    """A form about a handover, and back to it."""
    back_url = url_for("handover.show", handover_id=handover.id)

    def acted(session: Session) -> str:
        act(session)
        return back_url

    return submitted(form, acted) or page(
        template,
        form=form,
        handover=handover,
        duty=duty_words(handover, with_client=True),
        back_url=back_url,
        **more,
    )


def _signable(
    handover: Handover, signed: frozenset[tuple[Party, SignedFor]]
) -> list[tuple[Party, SignedFor]]:
    """Whose yes to what is taken now, and has not been given."""
    return [
        (party, for_what)
        for (party, for_what), statuses in WHEN.items()
        if handover.status in statuses
        and (party, for_what) not in signed
        and not (party is Party.SUCCESSOR and handover.successor_id is None)
        and not (party is Party.CARER and handover.request_id is None)
    ]


def _said(row: HandoverMove) -> dict[str, str]:
    """A move as the timeline shows it."""
    what = say(row.became)
    if row.because is not None:
        what = gettext("%(what)s (%(why)s)", what=what, why=say(row.because))
    if row.successor is not None:
        what = gettext("%(what)s · %(who)s", what=what, who=person_name(row.successor))
    return {
        "what": what,
        "when": moment(row.at),
        "who": row.by.name if row.by else "",
        "note": row.words or "",
        "tone": TONES[row.became],
    }

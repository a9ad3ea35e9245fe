"""Month and week, for coordinators and for a volunteer's own visits; files and addresses for calendar programmes."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import chain

from flask import Blueprint, Response, abort, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, refresh
from icalendar import Event
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Account, Role
from app.calendar.files import MEDIA_TYPE, calendar_file, lesson_event, visit_event
from app.calendar.forms import MONTH, WEEK, CalendarFilterForm, Piece, piece_asked
from app.calendar.models import CalendarFeed
from app.calendar.queries import (
    AHEAD,
    BEHIND,
    DESK_AHEAD,
    DESK_BEHIND,
    CalendarFilter,
    counts_by_day,
    feed_of_token,
    live_feed,
    own_volunteer_feed,
    seats_by_day,
    seats_to_read,
    visits_by_day,
    visits_on,
    visits_to_read,
)
from app.calendar.use_cases import make_feed, note_feed_read, revoke_feed
from app.care_requests.models import CareRequest
from app.catalogue.models import Area
from app.catalogue.queries import areas, areas_by_district, holidays_between
from app.messages.delivery import link
from app.shared.times import hong_kong_date, utc_now
from app.training.models.runs import Lesson
from app.training.queries.runs import lessons_by_day
from app.visits.models import VisitSeat
from app.visits.queries import own_seat, seats_to_come
from app.visits.routes.desk import TONES
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import own_volunteer
from app.web.access import policy, public
from app.web.forms import Form, page, submitted
from app.web.menu import MenuEntry
from app.web.transactions import in_transaction, reading

blueprint = Blueprint("calendar", __name__)

MENU = [MenuEntry("calendar.index", lazy_gettext("Calendar"), frozenset({Role.COORDINATOR}))]

MOST_A_DAY = 40
"""So many visits of a day are shown; the others by narrowing the calendar."""
LOOKED_AHEAD = timedelta(days=28)
"""How early coordinators see that visits fall on a holiday."""


@blueprint.get("/calendar")
@policy(Role.COORDINATOR)
def index() -> ResponseReturnValue:
    """A week with its visits or a month in figures; by area, volunteer, request; holidays ahead."""
    session, now = reading(), utc_now()
    today = hong_kong_date(now)
    form = CalendarFilterForm(areas_by_district(session), formdata=request.args)
    wanted = form.wanted()
    piece = piece_asked(today, usual=WEEK)
    lists = piece.view == WEEK or wanted.is_narrow
    counts = counts_by_day(session, piece.first, piece.last, wanted, now=now)
    ahead = holidays_between(today, today + LOOKED_AHEAD)
    return page(
        "calendar/index.html",
        filter_form=form,
        wanted=wanted,
        volunteer=session.get(Volunteer, wanted.volunteer_id) if wanted.volunteer_id else None,
        request_=session.get(CareRequest, wanted.request_id) if wanted.request_id else None,
        kept=_kept("area", "words", "volunteer", "request"),
        piece=piece,
        today=today,
        counts=counts,
        days=visits_by_day(session, piece.first, piece.last, wanted, most=MOST_A_DAY, now=now)
        if lists
        else {},
        lists=lists,
        holidays=holidays_between(piece.first, piece.last),
        holidays_ahead=[(on, count) for on, count in sorted(visits_on(session, list(ahead)).items())],
        areas={area.code: area for area in areas(session)},
        lessons=_lessons_wanted(session, piece, wanted),
        tones=TONES,
    )


@blueprint.get("/volunteer/<id:volunteer_id>/calendar")
@policy(Role.VOLUNTEER, load=own_volunteer)
def own(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """A volunteer's own month or week."""
    session = reading()
    today = hong_kong_date(utc_now())
    piece = piece_asked(today, usual=MONTH)
    return page(
        "calendar/own.html",
        volunteer=volunteer,
        piece=piece,
        today=today,
        days=seats_by_day(session, volunteer_id, piece.first, piece.last),
        lessons=lessons_by_day(session, piece.first, piece.last, volunteer_id=volunteer_id),
        lesson_page=lambda lesson: _page_of(url_for, lesson, volunteer_id),
        holidays=holidays_between(piece.first, piece.last),
        areas={area.code: area for area in areas(session)},
        tones=TONES,
        back_url=url_for("volunteers.mine", volunteer_id=volunteer_id),
    )


@blueprint.get("/my/visits/<id:seat_id>/visit.ics")
@policy(Role.VOLUNTEER, load=own_seat)
def one_visit(seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """One visit as a file that a phone puts into its calendar."""
    event = visit_event(
        seat.visit,
        _area_of(seat.visit.request),
        uid=_uid("seat", seat_id),
        url=link("visits.mine", seat_id=seat_id),
        now=utc_now(),
    )
    return _file(calendar_file(gettext("My visits"), [event], is_feed=False), "visit.ics")


@blueprint.get("/calendar/feed/<token>.ics")
@public
def feed(token: str) -> ResponseReturnValue:
    """What a calendar programme reads under a secret address, in its owner's language; nothing about people."""
    found, now = feed_of_token(reading(), token), utc_now()
    if found is None:
        abort(404)
    owner = found.volunteer or found.account
    g.language = owner.language if owner is not None else ""
    refresh()
    if found.volunteer_id is not None:
        events = _events_of_volunteer(reading(), found.volunteer_id, now)
    else:
        events = _events_of_desk(reading(), now)
    name = gettext("My visits") if found.volunteer_id is not None else gettext("Visits")
    written = calendar_file(name, events, is_feed=True)
    in_transaction(lambda session: note_feed_read(session, found.id, now=now))
    return _file(written, "visits.ics")


@blueprint.route("/calendar/address", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def address() -> ResponseReturnValue:
    """A coordinator's address for a calendar programme: made, shown, taken back."""
    return _address_of(current_account(), here=url_for(".address"), back_url=url_for(".index"))


@blueprint.route("/volunteer/<id:volunteer_id>/calendar/address", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_volunteer_feed)
def own_address(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """A volunteer's address for the calendar of their phone."""
    return _address_of(
        volunteer,
        here=url_for(".own_address", volunteer_id=volunteer_id),
        back_url=url_for(".own", volunteer_id=volunteer_id),
    )


def calendar_panel(session: Session, volunteer: Volunteer) -> str:
    """The way to the calendar, on the home page of a volunteer who has visits or lessons to come."""
    if volunteer.status is not VolunteerStatus.ACTIVE:
        return ""
    now = utc_now()
    today = hong_kong_date(now)
    if not seats_to_come(session, [volunteer.id], now) and not lessons_by_day(
        session, today, today + AHEAD, volunteer_id=volunteer.id
    ):
        return ""
    return render_template("calendar/panel.html", volunteer=volunteer)


PANELS = {"volunteers.home": [calendar_panel]}


def _events_of_volunteer(session: Session, volunteer_id: int, now: datetime) -> list[Event]:
    known, today = {area.code: area for area in areas(session)}, hong_kong_date(now)
    lessons = lessons_by_day(session, today - BEHIND, today + AHEAD, volunteer_id=volunteer_id)
    return [
        *(
            visit_event(
                seat.visit,
                known.get(seat.visit.request.area_code or ""),
                uid=_uid("seat", seat.id),
                url=link("visits.mine", seat_id=seat.id),
                now=now,
            )
            for seat in seats_to_read(session, volunteer_id, now)
        ),
        *(
            lesson_event(
                lesson,
                uid=_uid("lesson", lesson.id),
                url=_page_of(link, lesson, volunteer_id),
                now=now,
            )
            for lesson in chain.from_iterable(lessons.values())
        ),
    ]


def _page_of(address_of: Callable[..., str], lesson: Lesson, volunteer_id: int) -> str:
    """Where a volunteer finds a lesson: who teaches it its list, who learns their seat."""
    if any(trainer.volunteer_id == volunteer_id for trainer in lesson.run.trainers):
        return address_of("training.taught", lesson_id=lesson.id)
    return address_of("training.own_seat", volunteer_id=volunteer_id, run_id=lesson.run_id)


def _events_of_desk(session: Session, now: datetime) -> list[Event]:
    known, today = {area.code: area for area in areas(session)}, hong_kong_date(now)
    lessons = lessons_by_day(session, today - DESK_BEHIND, today + DESK_AHEAD)
    return [
        *(
            visit_event(
                visit,
                known.get(visit.request.area_code or ""),
                uid=_uid("visit", visit.id),
                url=link("visits.show", visit_id=visit.id),
                note=visit.request.code,
                now=now,
            )
            for visit in visits_to_read(session, now)
        ),
        *(
            lesson_event(
                lesson,
                uid=_uid("lesson", lesson.id),
                url=link("training.run", run_id=lesson.run_id),
                now=now,
            )
            for lesson in chain.from_iterable(lessons.values())
        ),
    ]


def _lessons_wanted(session: Session, piece: Piece, wanted: CalendarFilter) -> dict[date, list[Lesson]]:
    """Lessons belong to no request and are not searched by words."""
    if wanted.request_id is not None or wanted.words:
        return {}
    return lessons_by_day(
        session, piece.first, piece.last, volunteer_id=wanted.volunteer_id, area=wanted.area
    )


def _address_of(owner: Volunteer | Account, *, here: str, back_url: str) -> ResponseReturnValue:
    form = Form()

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        if "revoke" in request.form:
            revoke_feed(session, owner, by=by, now=now)
            flash(gettext("Taken back. Nobody can read under that address any more."), "success")
        else:
            make_feed(session, owner, by=by, now=now)
            flash(gettext("This is your address. Keep it to yourself."), "success")
        return here

    found = _feed_of(reading(), owner)
    return submitted(form, act) or page(
        "calendar/address.html",
        form=form,
        feed=found,
        address=link("calendar.feed", token=str(found.token)) if found is not None else "",
        is_own=isinstance(owner, Volunteer),
        back_url=back_url,
    )


def _feed_of(session: Session, owner: Volunteer | Account) -> CalendarFeed | None:
    if isinstance(owner, Volunteer):
        return live_feed(session, volunteer_id=owner.id)
    return live_feed(session, account_id=owner.id)


def _area_of(request_: CareRequest) -> Area | None:
    return reading().get(Area, request_.area_code) if request_.area_code else None


def _uid(kind: str, row_id: int) -> str:
    """The same for ever: a calendar programme knows by it what has changed."""
    return f"{kind}-{row_id}@{link('web.home').split('/')[2]}"


def _file(written: bytes, name: str) -> Response:
    return Response(
        written, headers={"Content-Type": MEDIA_TYPE, "Content-Disposition": f'inline; filename="{name}"'}
    )


def _kept(*names: str) -> dict[str, str]:
    """The part of the address that says what the calendar is narrowed to."""
    return {name: request.args[name] for name in names if request.args.get(name)}

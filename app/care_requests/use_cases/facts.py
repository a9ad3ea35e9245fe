"""What a request says, as plain values: made by forms, by files and by the demonstration alike."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.care_requests.models import CareRequest, CarerKind, Rhythm
from app.messages.models import Channel
from app.shared.errors import InvalidInput, Refusal
from app.shared.secrets import Address, Email, HealthNote, Phone, PrivateNote
from app.shared.times import SLOTS_A_DAY
from app.volunteers.models import Gender

MOST_WINDOWS = 14
LONGEST_AHEAD_DAYS = 366
DATED = frozenset({Rhythm.ONCE, Rhythm.ANY_OF})
"""Rhythms whose windows are on dates; the others' are on weekdays."""


class NoName(Refusal):
    """Somebody has neither a Chinese nor an English name."""


class NothingToSignInBy(Refusal):
    """Neither a telephone number nor an e-mail address of the carer is known."""


class NoContact(Refusal):
    """There is no telephone number or e-mail address, or not the one that `reached_by` needs."""


class NobodyAtHome(Refusal):
    """A visit at a home needs to say whose home it is."""


class NoArea(Refusal):
    """A visit at home or elsewhere needs an area."""


class NoKindOfHelp(Refusal):
    """Neither a kind of support nor words that say what is needed."""


class NoWindow(Refusal):
    """No time was given."""


class OneWindowOnly(Refusal):
    """A single visit has a single time; several to choose from is another rhythm."""


class TooManyWindows(Refusal):
    """More than `most` times."""


class WindowEndsBeforeItBegins(Refusal):
    """Window number `number` (from 1) ends when it begins, or earlier."""


class WindowInThePast(Refusal):
    """Window number `number` is on a day that is over."""


class WindowTooFarAhead(Refusal):
    """Window number `number` is more than a year away."""


class WindowsOverlap(Refusal):
    """Window number `number` repeats an earlier one; or overlaps it, when both are to take place."""


class EndsBeforeItStarts(Refusal):
    """The last day lies before the first."""


class EndInThePast(Refusal):
    """The last day is over already."""


class DateTooFarAhead(Refusal):
    """A first or last day more than a year away."""


class KindNotForMinors(Refusal):
    """The kind of support is for adult volunteers only."""


class AgesOutOfOrder(Refusal):
    """The youngest age wished for is above the oldest."""


@dataclass(frozen=True)
class CarerFacts:
    """Who asks. Names and organisation cleaned (shared.words), telephone in E.164 form."""

    kind: CarerKind
    name_zh: str = ""
    name_en: str = ""
    phone: Phone | None = None
    email: Email | None = None
    reached_by: Channel = Channel.PHONE_CALL
    organisation: str = ""
    language: str = "zh_Hant_HK"
    outside_code: str = ""
    account_id: int | None = None
    """Whoever proved by a one-time code that the telephone or e-mail is theirs."""
    has_consented: bool = True
    """Agreed to the personal information collection statement."""
    code: str = ""
    """The reference code to keep ("C-…"), for a file that was exported from here; a new one when empty."""


@dataclass(frozen=True)
class RecipientFacts:
    """Who is cared for. Address, directions and health are sealed when they are kept."""

    called: str
    """Surname and title, 「陳婆婆」."""
    full_name: str = ""
    relation: str = ""
    birth_year: int | None = None
    gender: Gender | None = None
    area_code: str | None = None
    address: Address | None = None
    directions: Address | None = None
    health_note: HealthNote | None = None
    code: str = ""
    """The reference code to keep ("P-…"); a new one when empty."""
    known_id: int | None = None
    """The row of the same carer that these facts bring up to date; None: found by what they are called, or new."""


@dataclass(frozen=True)
class WindowFacts:
    """A time that suits: half-hour slots [from_slot, to_slot) on a date, or on a weekday (0 Monday to 6 Sunday)."""

    from_slot: int
    to_slot: int
    on_date: date | None = None
    weekday: int | None = None


@dataclass(frozen=True)
class RequestFacts:
    """One request: one kind of help for one person. `carer` and `recipient` are facts, or the id of a row."""

    carer: CarerFacts | int
    recipient: RecipientFacts | int | None
    kind_code: str | None
    """None: "something else", in words in `note`, for a coordinator to settle."""
    rhythm: Rhythm = Rhythm.ONCE
    windows: tuple[WindowFacts, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    is_at_home: bool = True
    by_telephone: bool = False
    """Neither at home nor anywhere else: the area plays no part."""
    area_code: str | None = None
    meeting_place: Address | None = None
    languages: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()
    skills: tuple[str, ...] | None = None
    """None: those of the kind."""
    clearance: str | None = None
    """Beyond what the kind itself asks for."""
    takes_minors: bool = False
    seats_min: int | None = None
    """None: as many as the kind needs."""
    seats_max: int | None = None
    experienced_needed: int = 0
    gender_needed: Gender | None = None
    gender_preferred: Gender | None = None
    age_from: int | None = None
    age_to: int | None = None
    prefers_age_from: int | None = None
    prefers_age_to: int | None = None
    note: PrivateNote | None = None
    original_words: str = ""
    """What could not be understood. A request that has some goes in as a draft, whatever else is missing."""
    outside_code: str = ""
    code: str = ""
    """The reference code to keep ("R-…"); a new one when empty."""


def facts_of(request: CareRequest) -> RequestFacts:
    """What a kept request says, for another like it. The carer and the person stay rows; what is sealed is opened."""
    return RequestFacts(
        carer=request.carer_id,
        recipient=request.recipient_id,
        kind_code=request.kind_code,
        rhythm=request.rhythm,
        windows=windows_of(request),
        starts_on=request.starts_on,
        ends_on=request.ends_on,
        is_at_home=request.is_at_home,
        by_telephone=request.is_by_telephone,
        area_code=request.area_code,
        meeting_place=request.meeting_place,
        languages=tuple(sorted(row.language_code for row in request.languages)),
        demands=tuple(sorted(row.demand_code for row in request.demands)),
        skills=tuple(sorted(row.skill_code for row in request.skills)),
        clearance=request.clearance,
        takes_minors=request.takes_minors,
        seats_min=request.seats_min,
        seats_max=request.seats_max,
        experienced_needed=request.experienced_needed,
        gender_needed=request.gender_needed,
        gender_preferred=request.gender_preferred,
        age_from=request.age_from,
        age_to=request.age_to,
        prefers_age_from=request.prefers_age_from,
        prefers_age_to=request.prefers_age_to,
        note=request.note,
    )


def windows_of(request: CareRequest) -> tuple[WindowFacts, ...]:
    """The times a kept request asks for, in their order."""
    return tuple(
        WindowFacts(window.from_slot, window.to_slot, window.on_date, window.weekday)
        for window in request.windows
    )


def check_windows(
    rhythm: Rhythm,
    windows: tuple[WindowFacts, ...],
    *,
    today: date,
    kept: tuple[WindowFacts, ...] = (),
) -> None:
    """Raise the first Refusal among: no time, too many, wrong order, past, too far ahead, overlapping.

    `facts["number"]` counts the windows from 1. One of `kept`, which the request had before, may be over by now.
    """
    if not windows:
        raise NoWindow(field="windows")
    if len(windows) > MOST_WINDOWS:
        raise TooManyWindows(field="windows", most=MOST_WINDOWS)
    if rhythm is Rhythm.ONCE and len(windows) > 1:
        raise OneWindowOnly(field="windows")
    for number, window in enumerate(windows, start=1):
        check_window(rhythm, window, number, today=today, may_be_over=window in kept)
        clashes = _overlap if rhythm is Rhythm.WEEKLY else _same
        if any(clashes(window, earlier) for earlier in windows[: number - 1]):
            raise WindowsOverlap(field="windows", number=number)


def check_window(
    rhythm: Rhythm, window: WindowFacts, number: int, *, today: date, may_be_over: bool = False
) -> None:
    """Raise what is wrong with one window by itself."""
    is_dated = window.on_date is not None and window.weekday is None
    is_weekly = window.on_date is None and window.weekday is not None and 0 <= window.weekday <= 6
    if not (is_dated if rhythm in DATED else is_weekly):
        raise InvalidInput(field="windows")
    if not 0 <= window.from_slot < window.to_slot <= SLOTS_A_DAY:
        raise WindowEndsBeforeItBegins(field="windows", number=number)
    if window.on_date is not None and window.on_date < today and not may_be_over:
        raise WindowInThePast(field="windows", number=number)
    if window.on_date is not None and (window.on_date - today).days > LONGEST_AHEAD_DAYS:
        raise WindowTooFarAhead(field="windows", number=number)


def check_period(rhythm: Rhythm, starts_on: date | None, ends_on: date | None, *, today: date) -> None:
    """Raise what is wrong with the first and last day of a weekly request."""
    if rhythm in DATED:
        return
    latest = today + timedelta(days=LONGEST_AHEAD_DAYS)
    if starts_on is not None and starts_on > latest:
        raise DateTooFarAhead(field="starts_on")
    if ends_on is not None and ends_on < today:
        raise EndInThePast(field="ends_on")
    if ends_on is not None and starts_on is not None and ends_on < starts_on:
        raise EndsBeforeItStarts(field="ends_on")


def _same(one: WindowFacts, other: WindowFacts) -> bool:
    return one == other


def _overlap(one: WindowFacts, other: WindowFacts) -> bool:
    is_same_day = one.on_date == other.on_date and one.weekday == other.weekday
    return is_same_day and one.from_slot < other.to_slot and other.from_slot < one.to_slot

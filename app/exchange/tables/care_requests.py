"""The table of requests: who asks, for whom, what and when, and everything matching knows of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.care_requests.models import (
    CareRequest,
    CarerKind,
    CloseReason,
    KnownHelper,
    RequestDemand,
    RequestLanguage,
    RequestSkill,
    RequestStatus,
    RequestWindow,
    Rhythm,
    SpokenHow,
)
from app.exchange.tables import codecs
from app.exchange.tables.codecs import Codec, NotWhatWasWritten, Reading, TableColumn, Writing
from app.exchange.writing import Value
from app.messages.models import Channel
from app.safeguarding.models import DoNotPair, FamilyTie
from app.shared.secrets import Address, Email, HealthNote, PrivateNote
from app.shared.times import slot_at, slot_clock
from app.volunteers.models import Gender, Source
from app.web.dates import weekday


@dataclass(frozen=True)
class Apart:
    """A volunteer who is not sent to this person, as a file says it."""

    volunteer: str
    entered_by_id: int
    entered_at: datetime
    ended_at: datetime | None
    ended_by_id: int | None
    reason: str


@dataclass(frozen=True)
class Tie:
    """A volunteer of this person's family, as a file says it."""

    volunteer: str
    relation: str
    entered_by_id: int
    entered_at: datetime


@dataclass(frozen=True)
class RequestRow:
    """A request, and what is known between the person cared for and volunteers."""

    request: CareRequest
    split_from: str
    known: Sequence[KnownHelper]
    apart: Sequence[DoNotPair]
    family: Sequence[FamilyTie]


def request_rows(session: Session) -> list[RequestRow]:
    """Every request, by reference code."""
    known = _by_recipient(session.scalars(select(KnownHelper).options(joinedload(KnownHelper.volunteer))))
    apart = _by_recipient(
        session.scalars(select(DoNotPair).options(joinedload(DoNotPair.volunteer)).order_by(DoNotPair.id))
    )
    family = _by_recipient(session.scalars(select(FamilyTie).options(joinedload(FamilyTie.volunteer))))
    requests = session.scalars(
        select(CareRequest)
        .options(
            joinedload(CareRequest.carer),
            joinedload(CareRequest.recipient),
            selectinload(CareRequest.windows),
            selectinload(CareRequest.skills),
            selectinload(CareRequest.languages),
            selectinload(CareRequest.demands),
        )
        .order_by(CareRequest.code)
    ).all()
    codes = {request.id: request.code for request in requests}
    return [
        RequestRow(
            request,
            codes.get(request.split_from_id or 0, ""),
            sorted(known.get(request.recipient_id or 0, ()), key=lambda helper: helper.volunteer.code),
            apart.get(request.recipient_id or 0, ()),
            sorted(family.get(request.recipient_id or 0, ()), key=lambda tie: tie.volunteer.code),
        )
        for request in requests
    ]


def _by_recipient(rows: Any) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.recipient_id, []).append(row)
    return grouped


def _getter(key: str) -> Callable[[RequestRow], Any]:
    owner, _dot, attribute = key.rpartition(".")

    def get(row: RequestRow) -> Any:
        of = getattr(row.request, owner) if owner else row.request
        return None if of is None else getattr(of, attribute)

    return get


def _column(key: str, heading: Any, codec: Codec, *, is_private: bool = False) -> TableColumn[RequestRow]:
    return TableColumn(key, heading, codec, _getter(key), is_private)


def _windows() -> Codec:
    """2026-11-24 09:00-11:00 or 星期一 09:00-11:00, a line each, in their order."""

    def write(rows: Sequence[RequestWindow], _writing: Writing) -> str:
        return "\n".join(
            f"{row.on_date.isoformat() if row.on_date else weekday(row.weekday or 0)}"
            f" {slot_clock(row.from_slot)}-{slot_clock(row.to_slot)}"
            for row in rows
        )

    def read(cell: str, _reading: Reading) -> list[RequestWindow]:
        return [_window(position, line) for position, line in enumerate(filter(str.strip, cell.split("\n")))]

    return Codec(write, read)


def _window(position: int, line: str) -> RequestWindow:
    said, _space, hours = line.strip().rpartition(" ")
    start, _dash, end = hours.partition("-")
    try:
        on_date = date.fromisoformat(said)
    except ValueError:
        number, from_slot, to_slot = codecs.read_weekday_span(line)
        return RequestWindow(position=position, weekday=number, from_slot=from_slot, to_slot=to_slot)
    return RequestWindow(position=position, on_date=on_date, from_slot=slot_at(start), to_slot=slot_at(end))


def _known() -> Codec:
    def read_one(parts: list[str], _reading: Reading) -> tuple[str, date]:
        volunteer, since = _exactly(parts, 2)
        return volunteer, date.fromisoformat(since)

    return codecs.lines(lambda row, _writing: [row.volunteer.code, row.since], read_one)


def _apart() -> Codec:
    def write_one(row: DoNotPair, writing: Writing) -> list[Value]:
        return [
            row.volunteer.code, writing.account(row.entered_by_id), codecs.said(row.entered_at),
            codecs.said(row.ended_at), writing.account(row.ended_by_id), row.reason,
        ]  # fmt: skip

    def read_one(parts: list[str], reading: Reading) -> Apart:
        volunteer, entered_by, entered, ended, ended_by, reason = _exactly(parts, 6)
        return Apart(
            volunteer,
            codecs.account_id(entered_by, reading),
            datetime.fromisoformat(entered),
            datetime.fromisoformat(ended) if ended else None,
            codecs.account_id(ended_by, reading) if ended_by else None,
            reason,
        )

    return codecs.lines(write_one, read_one)


def _family() -> Codec:
    def write_one(row: FamilyTie, writing: Writing) -> list[Value]:
        return [
            row.volunteer.code,
            row.relation,
            writing.account(row.entered_by_id),
            codecs.said(row.entered_at),
        ]

    def read_one(parts: list[str], reading: Reading) -> Tie:
        volunteer, relation, entered_by, entered = _exactly(parts, 4)
        return Tie(
            volunteer, relation, codecs.account_id(entered_by, reading), datetime.fromisoformat(entered)
        )

    return codecs.lines(write_one, read_one)


def _exactly(parts: list[str], count: int) -> list[str]:
    if len(parts) != count:
        raise NotWhatWasWritten
    return parts


COLUMNS: tuple[TableColumn[RequestRow], ...] = (
    _column("code", lazy_gettext("Reference code"), codecs.text()),
    _column("outside_code", lazy_gettext("Number in your register"), codecs.text()),
    _column("status", lazy_gettext("Status"), codecs.choice(RequestStatus)),
    _column("carer.code", lazy_gettext("Carer: reference code"), codecs.text()),
    _column("carer.outside_code", lazy_gettext("Carer: number in your register"), codecs.text()),
    _column("carer.kind", lazy_gettext("Carer: kind"), codecs.choice(CarerKind)),
    _column("carer.name_zh", lazy_gettext("Carer: Chinese name"), codecs.text()),
    _column("carer.name_en", lazy_gettext("Carer: English name"), codecs.text()),
    _column("carer.organisation", lazy_gettext("Carer: organisation"), codecs.text()),
    _column("carer.phone", lazy_gettext("Carer: telephone"), codecs.phone()),
    _column("carer.email", lazy_gettext("Carer: e-mail"), codecs.optional_text(Email)),
    _column("carer.reached_by", lazy_gettext("Carer: reached by"), codecs.choice(Channel)),
    _column("carer.language", lazy_gettext("Carer: language of messages"), codecs.text()),
    _column("carer.source", lazy_gettext("Carer: how it came in"), codecs.choice(Source)),
    _column("carer.entered_by_id", lazy_gettext("Carer: entered by"), codecs.account()),
    _column("carer.created_at", lazy_gettext("Carer: since"), codecs.moment()),
    _column("carer.consent_at", lazy_gettext("Carer: agreed to the data statement at"), codecs.moment()),
    _column("recipient.code", lazy_gettext("Person cared for: reference code"), codecs.text()),
    _column("recipient.called", lazy_gettext("Person cared for: called"), codecs.text()),
    _column("recipient.relation", lazy_gettext("Person cared for: is the carer's"), codecs.text()),
    _column(
        "recipient.full_name", lazy_gettext("Person cared for: full name"), codecs.text(), is_private=True
    ),
    _column("recipient.birth_year", lazy_gettext("Person cared for: year of birth"), codecs.whole()),
    _column("recipient.gender", lazy_gettext("Person cared for: gender"), codecs.choice(Gender)),
    _column("recipient.area_code", lazy_gettext("Person cared for: lives in"), codecs.name("areas")),
    _column(
        "recipient.address",
        lazy_gettext("Person cared for: address"),
        codecs.optional_text(Address),
        is_private=True,
    ),
    _column(
        "recipient.directions",
        lazy_gettext("Person cared for: how to find it"),
        codecs.optional_text(Address),
        is_private=True,
    ),
    _column(
        "recipient.health_note",
        lazy_gettext("Person cared for: health"),
        codecs.optional_text(HealthNote),
        is_private=True,
    ),
    _column("recipient.first_visited_on", lazy_gettext("Person cared for: first visited on"), codecs.day()),
    _column("kind_code", lazy_gettext("Kind of help"), codecs.name("kinds")),
    _column("rhythm", lazy_gettext("Rhythm"), codecs.choice(Rhythm)),
    _column("windows", lazy_gettext("Times"), _windows()),
    _column("starts_on", lazy_gettext("From"), codecs.day()),
    _column("ends_on", lazy_gettext("Until"), codecs.day()),
    _column("area_code", lazy_gettext("Area"), codecs.name("areas")),
    _column("is_at_home", lazy_gettext("At home"), codecs.yes_no()),
    _column("meeting_place", lazy_gettext("Meeting place"), codecs.optional_text(Address), is_private=True),
    _column("clearance", lazy_gettext("Clearance needed"), codecs.optional_text()),
    _column("takes_minors", lazy_gettext("Volunteers under 18 may come"), codecs.yes_no()),
    _column("seats_min", lazy_gettext("Volunteers, at least"), codecs.whole()),
    _column("seats_max", lazy_gettext("Volunteers, at most"), codecs.whole()),
    _column("experienced_needed", lazy_gettext("Experienced volunteers needed"), codecs.whole()),
    _column("gender_needed", lazy_gettext("Gender needed"), codecs.choice(Gender)),
    _column("gender_preferred", lazy_gettext("Gender preferred"), codecs.choice(Gender)),
    _column("age_from", lazy_gettext("Age, from"), codecs.whole()),
    _column("age_to", lazy_gettext("Age, to"), codecs.whole()),
    _column("prefers_age_from", lazy_gettext("Age preferred, from"), codecs.whole()),
    _column("prefers_age_to", lazy_gettext("Age preferred, to"), codecs.whole()),
    _column(
        "skills",
        lazy_gettext("Skills needed"),
        codecs.names("skills", lambda code: RequestSkill(skill_code=code), lambda row: row.skill_code),
    ),
    _column(
        "languages",
        lazy_gettext("Languages, any of"),
        codecs.names(
            "languages", lambda code: RequestLanguage(language_code=code), lambda row: row.language_code
        ),
    ),
    _column(
        "demands",
        lazy_gettext("What the visit demands"),
        codecs.names("demands", lambda code: RequestDemand(demand_code=code), lambda row: row.demand_code),
    ),
    _column("source", lazy_gettext("How it came in"), codecs.choice(Source)),
    _column("entered_by_id", lazy_gettext("Entered by"), codecs.account()),
    _column("submitted_at", lazy_gettext("Asked at"), codecs.moment()),
    _column("spoken_on", lazy_gettext("Spoken with on"), codecs.day()),
    _column("spoken_how", lazy_gettext("Spoken with how"), codecs.choice(SpokenHow)),
    _column("triaged_at", lazy_gettext("Looked at, at"), codecs.moment()),
    _column("triaged_by_id", lazy_gettext("Looked at by"), codecs.account()),
    _column("urgent_until", lazy_gettext("Urgent until"), codecs.day()),
    _column("urgent_reason", lazy_gettext("Why urgent"), codecs.text()),
    _column("closed_at", lazy_gettext("Closed at"), codecs.moment()),
    _column("close_reason", lazy_gettext("Closed: why"), codecs.choice(CloseReason)),
    _column("close_note", lazy_gettext("Closed: note"), codecs.text()),
    TableColumn("split_from", lazy_gettext("Split from"), codecs.text(), lambda row: row.split_from),
    TableColumn("known", lazy_gettext("Known helpers | since"), _known(), lambda row: row.known),
    TableColumn(
        "family",
        lazy_gettext("Volunteers of the family | relation | entered by | at"),
        _family(),
        lambda row: row.family,
    ),
    TableColumn(
        "apart",
        lazy_gettext("Not to be paired with | entered by | at | ended at | by | why"),
        _apart(),
        lambda row: row.apart,
        is_private=True,
    ),
    _column("original_words", lazy_gettext("Words still to be settled"), codecs.text()),
    _column("note", lazy_gettext("Note"), codecs.optional_text(PrivateNote), is_private=True),
)

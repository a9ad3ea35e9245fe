"""The table of volunteers: everything on record that matching and a restore need, one column each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.exchange.tables import codecs
from app.exchange.tables.codecs import Codec, NotWhatWasWritten, Reading, TableColumn, Writing
from app.exchange.writing import Value
from app.messages.models import Channel
from app.safeguarding.models import Clearance, ClearanceKind
from app.shared.contacts import read_phone, shown_phone
from app.shared.secrets import Email, HealthNote, PrivateNote
from app.training.models.proofs import ProofKind, QualificationProof
from app.volunteers.models import (
    DatesAway,
    FreeTime,
    Gender,
    GuardianConsent,
    Household,
    Source,
    Volunteer,
    VolunteerArea,
    VolunteerInability,
    VolunteerLanguage,
    VolunteerPreference,
    VolunteerSkill,
    VolunteerStatus,
)


@dataclass(frozen=True)
class VolunteerRow:
    """A volunteer, their clearances, and the proofs of what they can do."""

    volunteer: Volunteer
    clearances: Sequence[Clearance]
    proofs: Sequence[QualificationProof]
    household: str
    """The household's name and the first of its people's codes; "" for who lives in none."""


def volunteer_rows(session: Session) -> list[VolunteerRow]:
    """Every volunteer, by reference code."""
    clearances: dict[int, list[Clearance]] = {}
    for clearance in session.scalars(select(Clearance).order_by(Clearance.id)):
        clearances.setdefault(clearance.volunteer_id, []).append(clearance)
    proofs: dict[int, list[QualificationProof]] = {}
    for proof in session.scalars(select(QualificationProof).order_by(QualificationProof.id)):
        proofs.setdefault(proof.volunteer_id, []).append(proof)
    everybody = session.scalars(
        select(Volunteer)
        .options(
            selectinload(Volunteer.areas),
            selectinload(Volunteer.languages),
            selectinload(Volunteer.skills),
            selectinload(Volunteer.inabilities),
            selectinload(Volunteer.preferences),
            selectinload(Volunteer.free_times),
            selectinload(Volunteer.dates_away),
            selectinload(Volunteer.consents),
            selectinload(Volunteer.household),
        )
        .order_by(Volunteer.code)
    ).all()
    households: dict[int, str] = {}
    for volunteer in everybody:
        if volunteer.household is not None:
            households.setdefault(volunteer.household.id, f"{volunteer.household.name} #{volunteer.code}")
    return [
        VolunteerRow(
            volunteer,
            clearances.get(volunteer.id, ()),
            proofs.get(volunteer.id, ()),
            households.get(volunteer.household_id or 0, ""),
        )
        for volunteer in everybody
    ]


def _of(key: str) -> Callable[[VolunteerRow], Any]:
    return lambda row: getattr(row.volunteer, key)


def _column(key: str, heading: Any, codec: Codec, *, is_private: bool = False) -> TableColumn[VolunteerRow]:
    return TableColumn(key, heading, codec, _of(key), is_private)


def _household() -> Codec:
    """People with the same words here live together; the code tells two households of one name apart."""

    def read(cell: str, reading: Reading) -> Household | None:
        if not cell:
            return None
        if cell not in reading.households:
            reading.households[cell] = Household(name=cell.rpartition(" #")[0] or cell)
        return reading.households[cell]

    return Codec(lambda words, _writing: words, read)


def _skills() -> Codec:
    """急救（2027-03-01）: the last valid day in brackets."""

    def write_one(skill: VolunteerSkill, writing: Writing) -> list[Value]:
        return [writing.names["skills"].get(skill.skill_code, skill.skill_code), skill.valid_until]

    def read_one(parts: list[str], reading: Reading) -> VolunteerSkill:
        name, until = _exactly(parts, 2)
        return VolunteerSkill(skill_code=codecs.code("skills", name, reading), valid_until=_day(until))

    return codecs.lines(write_one, read_one, sort_by=lambda skill: skill.skill_code)


def _preferences() -> tuple[Codec, Codec]:
    def of(is_wish: bool) -> Codec:
        return codecs.names(
            "kinds",
            lambda code: VolunteerPreference(kind_code=code, is_wish=is_wish),
            lambda preference: preference.kind_code,
        )

    return of(True), of(False)


def _clearances() -> Codec:
    def write_one(row: Clearance, writing: Writing) -> list[Value]:
        return [
            row.kind.value, row.seen_on, row.valid_until,
            writing.account(row.entered_by_id), codecs.said(row.entered_at),
            writing.account(row.confirmed_by_id), codecs.said(row.confirmed_at),
            codecs.said(row.voided_at), writing.account(row.voided_by_id), row.void_reason,
        ]  # fmt: skip

    def read_one(parts: list[str], reading: Reading) -> Clearance:
        kind, seen, until, entered_by, entered, confirmed_by, confirmed, voided, voided_by, reason = _exactly(
            parts, 10
        )
        return Clearance(
            kind=ClearanceKind(kind),
            seen_on=date.fromisoformat(seen),
            valid_until=date.fromisoformat(until),
            entered_by_id=codecs.account_id(entered_by, reading),
            entered_at=datetime.fromisoformat(entered),
            confirmed_by_id=codecs.account_id(confirmed_by, reading) if confirmed_by else None,
            confirmed_at=datetime.fromisoformat(confirmed) if confirmed else None,
            voided_at=datetime.fromisoformat(voided) if voided else None,
            voided_by_id=codecs.account_id(voided_by, reading) if voided_by else None,
            void_reason=reason,
        )

    return codecs.lines(write_one, read_one)


def _proofs() -> Codec:
    def write_one(row: QualificationProof, writing: Writing) -> list[Value]:
        return [
            writing.names["skills"].get(row.skill_code, row.skill_code), row.kind.value, row.issued_by, row.number,
            row.issued_on, row.valid_until, writing.account(row.seen_by_id), row.seen_on, codecs.said(row.entered_at),
            codecs.said(row.withdrawn_at), writing.account(row.withdrawn_by_id), row.withdraw_reason,
        ]  # fmt: skip

    def read_one(parts: list[str], reading: Reading) -> QualificationProof:
        (
            skill,
            kind,
            issuer,
            number,
            issued,
            until,
            seen_by,
            seen,
            entered,
            withdrawn,
            withdrawn_by,
            reason,
        ) = _exactly(parts, 12)
        return QualificationProof(
            skill_code=codecs.code("skills", skill, reading),
            kind=ProofKind(kind),
            issued_by=issuer,
            number=number,
            issued_on=date.fromisoformat(issued),
            valid_until=_day(until),
            seen_by_id=codecs.account_id(seen_by, reading),
            seen_on=date.fromisoformat(seen),
            entered_at=datetime.fromisoformat(entered),
            withdrawn_at=datetime.fromisoformat(withdrawn) if withdrawn else None,
            withdrawn_by_id=codecs.account_id(withdrawn_by, reading) if withdrawn_by else None,
            withdraw_reason=reason,
        )

    return codecs.lines(write_one, read_one)


def _consents() -> Codec:
    def write_one(row: GuardianConsent, writing: Writing) -> list[Value]:
        return [
            row.given_on, row.valid_until, row.guardian_name, row.relation, shown_phone(row.phone) if row.phone else "",
            writing.account(row.seen_by_id), codecs.said(row.entered_at), codecs.said(row.withdrawn_at),
        ]  # fmt: skip

    def read_one(parts: list[str], reading: Reading) -> GuardianConsent:
        given, until, name, relation, phone, seen_by, entered, withdrawn = _exactly(parts, 8)
        return GuardianConsent(
            given_on=date.fromisoformat(given),
            valid_until=_day(until),
            guardian_name=name,
            relation=relation,
            phone=read_phone(phone) if phone else None,
            seen_by_id=codecs.account_id(seen_by, reading),
            entered_at=datetime.fromisoformat(entered),
            withdrawn_at=datetime.fromisoformat(withdrawn) if withdrawn else None,
        )

    return codecs.lines(write_one, read_one)


def _away() -> Codec:
    def read_one(parts: list[str], _reading: Reading) -> DatesAway:
        first, last = _exactly(parts, 2)
        return DatesAway(first_day=date.fromisoformat(first), last_day=date.fromisoformat(last))

    return codecs.lines(lambda row, _writing: [row.first_day, row.last_day], read_one)


def _exactly(parts: list[str], count: int) -> list[str]:
    if len(parts) != count:
        raise NotWhatWasWritten
    return parts


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


_WISHES, _AVOIDS = _preferences()

COLUMNS: tuple[TableColumn[VolunteerRow], ...] = (
    _column("code", lazy_gettext("Reference code"), codecs.text()),
    _column("outside_code", lazy_gettext("Number in your register"), codecs.text()),
    _column("status", lazy_gettext("Status"), codecs.choice(VolunteerStatus)),
    _column("name_zh", lazy_gettext("Chinese name"), codecs.text()),
    _column("name_en", lazy_gettext("English name"), codecs.text()),
    _column("gender", lazy_gettext("Gender"), codecs.choice(Gender)),
    _column("birth_year", lazy_gettext("Year of birth"), codecs.whole()),
    _column("birth_month", lazy_gettext("Month of birth"), codecs.whole()),
    _column("phone", lazy_gettext("Telephone"), codecs.phone()),
    _column("email", lazy_gettext("E-mail"), codecs.optional_text(Email)),
    _column("reached_by", lazy_gettext("Reached by"), codecs.choice(Channel)),
    _column("language", lazy_gettext("Language of messages"), codecs.text()),
    _column("home_area_code", lazy_gettext("Lives in"), codecs.name("areas")),
    _column("serves_all_areas", lazy_gettext("Goes everywhere"), codecs.yes_no()),
    _column(
        "areas",
        lazy_gettext("Will go to"),
        codecs.names("areas", lambda code: VolunteerArea(area_code=code), lambda row: row.area_code),
    ),
    _column(
        "languages",
        lazy_gettext("Languages"),
        codecs.names(
            "languages", lambda code: VolunteerLanguage(language_code=code), lambda row: row.language_code
        ),
    ),
    _column("skills", lazy_gettext("Skills | valid until"), _skills()),
    _column(
        "inabilities",
        lazy_gettext("Cannot do"),
        codecs.names(
            "demands", lambda code: VolunteerInability(demand_code=code), lambda row: row.demand_code
        ),
    ),
    TableColumn(
        "wishes",
        lazy_gettext("Wishes"),
        _WISHES,
        lambda row: [preference for preference in row.volunteer.preferences if preference.is_wish],
    ),
    TableColumn(
        "avoids",
        lazy_gettext("Would rather not"),
        _AVOIDS,
        lambda row: [preference for preference in row.volunteer.preferences if not preference.is_wish],
    ),
    _column(
        "free_times",
        lazy_gettext("Free times"),
        codecs.spans(
            lambda day, start, end: FreeTime(weekday=day, from_slot=start, to_slot=end),
            lambda row: (row.weekday, row.from_slot, row.to_slot),
        ),
    ),
    _column("availability_confirmed_at", lazy_gettext("Times confirmed at"), codecs.moment()),
    _column("dates_away", lazy_gettext("Away: first | last day"), _away()),
    _column("weekly_visit_limit", lazy_gettext("Most visits a week"), codecs.whole()),
    _column("weekly_minutes_limit", lazy_gettext("Most minutes a week"), codecs.whole()),
    _column("new_homes", lazy_gettext("Goes to new homes"), codecs.yes_no()),
    TableColumn("household", lazy_gettext("Household"), _household(), lambda row: row.household),
    _column("confirmed_hours_before", lazy_gettext("Hours in the earlier register"), codecs.decimal()),
    _column("volunteer_since", lazy_gettext("Volunteer since"), codecs.day()),
    _column("senior_since", lazy_gettext("Senior volunteer since"), codecs.day()),
    _column("senior_reason", lazy_gettext("Senior volunteer: why"), codecs.text()),
    _column("senior_by_id", lazy_gettext("Senior volunteer: decided by"), codecs.account()),
    _column("source", lazy_gettext("How it came in"), codecs.choice(Source)),
    _column("entered_by_id", lazy_gettext("Entered by"), codecs.account()),
    _column("applied_at", lazy_gettext("Applied at"), codecs.moment()),
    _column("consent_at", lazy_gettext("Agreed to the data statement at"), codecs.moment()),
    _column("spoken_on", lazy_gettext("Spoken with on"), codecs.day()),
    _column("spoken_by_id", lazy_gettext("Spoken with by"), codecs.account()),
    _column("identity_seen_on", lazy_gettext("Identity seen on"), codecs.day()),
    _column("identity_seen_by_id", lazy_gettext("Identity seen by"), codecs.account()),
    _column("induction_on", lazy_gettext("Induction on"), codecs.day()),
    _column("conduct_accepted_on", lazy_gettext("Code of conduct accepted on"), codecs.day()),
    _column("accepted_at", lazy_gettext("Accepted at"), codecs.moment()),
    _column("accepted_by_id", lazy_gettext("Accepted by"), codecs.account()),
    _column("paused_until", lazy_gettext("Paused until"), codecs.day()),
    _column("status_reason", lazy_gettext("Why this status"), codecs.text()),
    TableColumn(
        "clearances",
        lazy_gettext(
            "Clearances: kind | seen on | valid until | entered by | at | confirmed by | at | voided at | by | why"
        ),
        _clearances(),
        lambda row: row.clearances,
    ),
    TableColumn(
        "proofs",
        lazy_gettext(
            "Certificates: skill | kind | issued by | number | issued on | valid until | seen by | on | entered at"
            " | withdrawn at | by | why"
        ),
        _proofs(),
        lambda row: row.proofs,
    ),
    _column(
        "consents",
        lazy_gettext(
            "Guardian's consents: given on | valid until | name | relation | telephone | seen by | at | withdrawn at"
        ),
        _consents(),
        is_private=True,
    ),
    _column("health_note", lazy_gettext("Health note"), codecs.optional_text(HealthNote), is_private=True),
    _column("note", lazy_gettext("Note"), codecs.optional_text(PrivateNote), is_private=True),
)

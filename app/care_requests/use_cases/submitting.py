"""Requests come in: from a carer's phone, a call, a paper form, a file. One request or thousands, by one way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.care_requests.models import (
    CareRequest,
    RequestAct,
    RequestDemand,
    RequestLanguage,
    RequestSkill,
    RequestStatus,
    RequestWindow,
)
from app.care_requests.use_cases.facts import (
    DATED,
    AgesOutOfOrder,
    CarerFacts,
    KindNotForMinors,
    NoArea,
    NobodyAtHome,
    NoKindOfHelp,
    NoName,
    RecipientFacts,
    RequestFacts,
    WindowFacts,
    check_period,
    check_windows,
)
from app.care_requests.use_cases.people import People, check_carer
from app.catalogue.models import Area, Demand, Language, Skill, SupportKind
from app.shared.audit import record
from app.shared.codes import new_reference
from app.shared.errors import InvalidInput
from app.shared.times import hong_kong_date
from app.volunteers.models import Source

MOST_SEATS = 3
ADULT = 18
MINORS_CLEARANCE = "scrc"
"""What adults beside whom minors come must hold."""

Row = TypeVar("Row", RequestSkill, RequestLanguage, RequestDemand)


def submit_request(
    session: Session, facts: RequestFacts, *, source: Source, by: int | None, now: datetime
) -> CareRequest:
    """The new request, flushed: SUBMITTED, or DRAFT when `facts.original_words` says that something is unclear.

    `by` is the account that did it, a coordinator for `source` PHONE_CALL, PAPER and IMPORT, or None.
    Raises the refusals of `facts.py`, InvalidInput for a code that the catalogue does not know, NotFound for a
    carer or recipient that is not there.
    """
    return submit_requests(session, [facts], source=source, by=by, now=now)[0]


def submit_requests(
    session: Session, many: Sequence[RequestFacts], *, source: Source, by: int | None, now: datetime
) -> list[CareRequest]:
    """As `submit_request` for `many` at once, in their order, with few queries.

    A carer with the same name and telephone or e-mail as one who is known is that carer; so is a recipient of
    the same carer who is called the same. Of what an anonymous sender writes nothing is put together.
    """
    catalogue = catalogue_codes(session)
    for facts in many:
        check_request(facts, catalogue, is_draft=bool(facts.original_words), today=hong_kong_date(now))
    people = People(session, source=source, by=by, now=now)
    people.look_up(many)
    requests = [new_request(facts, people, catalogue, source=source, by=by, now=now) for facts in many]
    session.add_all(requests)
    session.flush()
    for request in requests:
        record(
            session,
            RequestAct.SUBMITTED,
            request,
            by=by,
            now=now,
            code=request.code,
            source=str(request.source),
        )
    return requests


@dataclass(frozen=True)
class CatalogueCodes:
    """The codes that requests may name."""

    kinds: dict[str, SupportKind]
    areas: frozenset[str]
    languages: frozenset[str]
    demands: frozenset[str]
    skills: frozenset[str]


def catalogue_codes(session: Session) -> CatalogueCodes:
    """The catalogue as it stands."""
    kinds = session.scalars(select(SupportKind).options(selectinload(SupportKind.skills)))
    return CatalogueCodes(
        kinds={kind.code: kind for kind in kinds},
        areas=frozenset(session.scalars(select(Area.code))),
        languages=frozenset(session.scalars(select(Language.code))),
        demands=frozenset(session.scalars(select(Demand.code))),
        skills=frozenset(session.scalars(select(Skill.code))),
    )


def check_request(
    facts: RequestFacts,
    catalogue: CatalogueCodes,
    *,
    is_draft: bool,
    today: date,
    kept: tuple[WindowFacts, ...] = (),
) -> None:
    """Raise the first thing wrong with `facts`; `kept` are times of the same request that may be over by now.

    A draft may lack what others need, but nothing in it is impossible.
    """
    _check_codes(facts, catalogue)
    _check_numbers(facts)
    if isinstance(facts.carer, CarerFacts):
        check_carer(facts.carer, is_draft=is_draft)
    if isinstance(facts.recipient, RecipientFacts) and not facts.recipient.called:
        raise NoName(field="called")
    if facts.is_at_home and facts.recipient is None:
        raise NobodyAtHome(field="called")
    if facts.windows or not is_draft:
        check_windows(facts.rhythm, facts.windows, today=today, kept=kept)
    check_period(facts.rhythm, facts.starts_on, facts.ends_on, today=today)
    if is_draft:
        return
    if facts.kind_code is None and not facts.note:
        raise NoKindOfHelp(field="kind")
    kind = catalogue.kinds.get(facts.kind_code or "")
    is_anywhere = not facts.is_at_home and (facts.by_telephone or (kind is not None and kind.is_anywhere))
    if facts.area_code is None and not is_anywhere:
        raise NoArea(field="area")


def _check_codes(facts: RequestFacts, catalogue: CatalogueCodes) -> None:
    recipient_area = facts.recipient.area_code if isinstance(facts.recipient, RecipientFacts) else None
    named: tuple[tuple[str, Iterable[str | None], Iterable[str]], ...] = (
        ("kind", (facts.kind_code,), catalogue.kinds),
        ("area", (facts.area_code, recipient_area), catalogue.areas),
        ("languages", facts.languages, catalogue.languages),
        ("demands", facts.demands, catalogue.demands),
        ("skills", facts.skills or (), catalogue.skills),
    )
    kind = catalogue.kinds.get(facts.kind_code or "")
    if facts.takes_minors and kind is not None and kind.minimum_age >= ADULT:
        raise KindNotForMinors(field="takes_minors")
    for name, codes, known in named:
        if any(code is not None and code not in known for code in codes):
            raise InvalidInput(field=name)


def _check_numbers(facts: RequestFacts) -> None:
    most = facts.seats_max or facts.seats_min or MOST_SEATS
    if not 1 <= (facts.seats_min or 1) <= most <= MOST_SEATS or not 0 <= facts.experienced_needed <= most:
        raise InvalidInput(field="seats")
    for field_name, youngest, oldest in (
        ("age_from", facts.age_from, facts.age_to),
        ("prefers_age_from", facts.prefers_age_from, facts.prefers_age_to),
    ):
        if youngest is not None and oldest is not None and youngest > oldest:
            raise AgesOutOfOrder(field=field_name)


def new_request(
    facts: RequestFacts,
    people: People,
    catalogue: CatalogueCodes,
    *,
    source: Source,
    by: int | None,
    now: datetime,
) -> CareRequest:
    """A row for `facts`, checked before and not yet in the session."""
    carer = people.carer(facts.carer)
    request = CareRequest(
        code=facts.code or new_reference("R"),
        outside_code=facts.outside_code,
        carer=carer,
        recipient=people.recipient(facts.recipient, carer),
        status=RequestStatus.DRAFT if facts.original_words else RequestStatus.SUBMITTED,
        original_words=facts.original_words,
        source=source,
        entered_by_id=None if source is Source.ONLINE else by,
        submitted_at=now,
    )
    write_request(request, facts, catalogue)
    return request


def write_request(request: CareRequest, facts: RequestFacts, catalogue: CatalogueCodes) -> None:
    """Put what is asked for into the row: kind, times, place, what matters.

    What is left open comes from the kind; a meeting place that is not given again stays.
    """
    kind = catalogue.kinds.get(facts.kind_code or "")
    request.kind_code = facts.kind_code
    request.rhythm = facts.rhythm
    request.starts_on = None if facts.rhythm in DATED else facts.starts_on
    request.ends_on = None if facts.rhythm in DATED else facts.ends_on
    request.is_at_home = facts.is_at_home
    request.area_code = facts.area_code
    is_elsewhere = not facts.is_at_home and facts.area_code is not None
    request.meeting_place = (facts.meeting_place or request.meeting_place) if is_elsewhere else None
    request.takes_minors = facts.takes_minors
    request.clearance = facts.clearance or (kind.clearance if kind else None) or _for_minors(facts)
    request.seats_min = facts.seats_min or (kind.seats if kind else 1)
    request.seats_max = max(facts.seats_max or request.seats_min, request.seats_min)
    request.experienced_needed = facts.experienced_needed
    request.gender_needed, request.gender_preferred = facts.gender_needed, facts.gender_preferred
    request.age_from, request.age_to = facts.age_from, facts.age_to
    request.prefers_age_from, request.prefers_age_to = facts.prefers_age_from, facts.prefers_age_to
    request.note = facts.note
    skills = (
        facts.skills if facts.skills is not None else [skill.code for skill in kind.skills] if kind else []
    )
    _set_windows(request, facts.windows)
    _set_codes(request.skills, RequestSkill, "skill_code", skills)
    _set_codes(request.languages, RequestLanguage, "language_code", facts.languages)
    _set_codes(request.demands, RequestDemand, "demand_code", facts.demands)


def _for_minors(facts: RequestFacts) -> str | None:
    return MINORS_CLEARANCE if facts.takes_minors else None


def _set_windows(request: CareRequest, windows: Sequence[WindowFacts]) -> None:
    """Rewrite the rows in place: a position is never in the table twice, not even for a moment."""
    del request.windows[len(windows) :]
    for position, window in enumerate(windows):
        if position == len(request.windows):
            request.windows.append(RequestWindow(position=position))
        row = request.windows[position]
        row.on_date, row.weekday = window.on_date, window.weekday
        row.from_slot, row.to_slot = window.from_slot, window.to_slot


def _set_codes(rows: list[Row], table: type[Row], column: str, codes: Iterable[str]) -> None:
    wanted = set(codes)
    for row in [row for row in rows if getattr(row, column) not in wanted]:
        rows.remove(row)
    known = {getattr(row, column) for row in rows}
    rows.extend(table(**{column: code}) for code in sorted(wanted - known))

"""Between a carer's words and a request that can be matched stands a coordinator who has spoken with the carer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.care_requests.models import (
    LEGAL_MOVES,
    CareRequest,
    CloseReason,
    RequestAct,
    RequestStatus,
    SpokenHow,
)
from app.care_requests.use_cases.facts import (
    LONGEST_AHEAD_DAYS,
    NoKindOfHelp,
    NoWindow,
    RequestFacts,
    facts_of,
    windows_of,
)
from app.care_requests.use_cases.people import People, open_account
from app.care_requests.use_cases.planning import plan_occurrences
from app.care_requests.use_cases.submitting import (
    CatalogueCodes,
    catalogue_codes,
    check_request,
    new_request,
    write_request,
)
from app.care_requests.use_cases.telling import tell
from app.shared.audit import record
from app.shared.errors import ChangedMeanwhile, InvalidInput, NotFound, Refusal
from app.shared.times import hong_kong_date
from app.volunteers.models import Source


class NotPossibleNow(Refusal):
    """The request's status does not allow this."""


class SpokenInTheFuture(Refusal):
    """The day on which the carer was spoken with has not come yet."""


class UrgencyWithoutReason(Refusal):
    """Urgent, but it is not said why."""


class UrgencyWithoutEnd(Refusal):
    """Urgent, but it is not said until when."""


class UrgencyEndImpossible(Refusal):
    """Urgent until a day that is over, or more than a year away."""


class NoCloseNote(Refusal):
    """Referred out, but it is not said where to."""


@dataclass(frozen=True)
class Triage:
    """What only a coordinator decides: when and how the carer was spoken with, and whether it is urgent."""

    spoken_on: date
    spoken_how: SpokenHow
    urgent_until: date | None = None
    urgent_reason: str = ""


def triage_request(
    session: Session,
    request_id: int,
    facts: RequestFacts,
    triage: Triage,
    *,
    version: int,
    by: int,
    now: datetime,
) -> CareRequest:
    """Open a request with every field as settled with the carer, and plan its visits. It can be matched from now on.

    Raises NotFound, ChangedMeanwhile, NotPossibleNow, what `check_request` raises, and this module's refusals.
    """
    request = _request_to_change(session, request_id, version=version)
    _check_may_become(request, RequestStatus.OPEN)
    _write(session, request, replace(facts, original_words=""), by=by, now=now)
    request.original_words = ""
    open_request(session, request, triage, by=by, now=now)
    session.flush()
    plan_occurrences(session, hong_kong_date(now), now=now, request_ids=[request.id])
    return request


def open_request(
    session: Session, request: CareRequest, triage: Triage, *, by: int, now: datetime
) -> CareRequest:
    """Open a request that needs no correction. Its visits are planned by the next call of `plan_occurrences`.

    Its carer can sign in by a code from now on, to see who comes.
    """
    _check_may_become(request, RequestStatus.OPEN)
    check_triage(triage, today=hong_kong_date(now))
    if request.kind_code is None:
        raise NoKindOfHelp(field="kind")
    if not request.windows:
        raise NoWindow(field="windows")
    request.status = RequestStatus.OPEN
    request.spoken_on, request.spoken_how = triage.spoken_on, triage.spoken_how
    request.triaged_at, request.triaged_by_id = now, by
    set_urgency(request, triage)
    open_account(session, request.carer, by=by, now=now)
    record(
        session,
        RequestAct.TRIAGED,
        request,
        by=by,
        now=now,
        kind=request.kind_code,
        spoken_how=str(triage.spoken_how),
        urgent_until=triage.urgent_until.isoformat() if triage.urgent_until else None,
    )
    return request


def set_urgency(request: CareRequest, triage: Triage) -> None:
    """Urgent until the day given, or not."""
    request.urgent_until = triage.urgent_until
    request.urgent_reason = triage.urgent_reason if triage.urgent_until else ""


def check_triage(triage: Triage, *, today: date) -> None:
    """Raise the first thing wrong with a coordinator's decisions."""
    if triage.spoken_on > today:
        raise SpokenInTheFuture(field="spoken_on")
    if triage.urgent_until is None:
        if triage.urgent_reason:
            raise UrgencyWithoutEnd(field="urgent_until")
        return
    if not triage.urgent_reason:
        raise UrgencyWithoutReason(field="urgent_reason")
    if not today <= triage.urgent_until <= today + timedelta(days=LONGEST_AHEAD_DAYS):
        raise UrgencyEndImpossible(field="urgent_until")


def change_request(
    session: Session,
    request_id: int,
    facts: RequestFacts,
    *,
    version: int,
    by: int,
    now: datetime,
    triage: Triage | None = None,
) -> CareRequest:
    """Change what is asked for; of an open request its visits are planned anew, but those agreed stay.

    With `triage` the coordinator's own decisions change too. A carer's own change comes through `change_own_request`.
    Raises NotFound, ChangedMeanwhile, NotPossibleNow for a closed request, and what `check_request` raises.
    """
    request = _request_to_change(session, request_id, version=version)
    if request.status is RequestStatus.CLOSED:
        raise NotPossibleNow
    _write(session, request, facts, by=by, now=now)
    if triage is not None:
        check_triage(triage, today=hong_kong_date(now))
        request.spoken_on, request.spoken_how = triage.spoken_on, triage.spoken_how
        set_urgency(request, triage)
    record(session, RequestAct.CHANGED, request, by=by, now=now)
    if request.status is RequestStatus.OPEN:
        if request.kind_code is None:
            raise NoKindOfHelp(field="kind")
        session.flush()
        plan_occurrences(session, hong_kong_date(now), now=now, request_ids=[request.id])
        tell(session, request, RequestAct.CHANGED, by=by, now=now)
    return request


def change_own_request(
    session: Session, request_id: int, facts: RequestFacts, *, version: int, by: int, now: datetime
) -> CareRequest:
    """A carer changes a request that no coordinator has settled yet. Raises as `change_request` does."""
    request = _request_to_change(session, request_id, version=version)
    if request.status is not RequestStatus.SUBMITTED:
        raise NotPossibleNow
    return change_request(session, request_id, facts, version=version, by=by, now=now)


def settle_draft(
    session: Session, request_id: int, facts: RequestFacts, *, version: int, by: int, now: datetime
) -> CareRequest:
    """An imported draft becomes a submitted request; the words that were unclear go. Raises as `change_request`."""
    request = _request_to_change(session, request_id, version=version)
    _check_may_become(request, RequestStatus.SUBMITTED)
    _write(session, request, replace(facts, original_words=""), by=by, now=now)
    words, request.original_words = request.original_words, ""
    request.status = RequestStatus.SUBMITTED
    record(session, RequestAct.SETTLED, request, by=by, now=now, original_words=words)
    return request


def split_request(
    session: Session,
    request_id: int,
    kinds: Sequence[str],
    *,
    keeps: bool,
    version: int,
    by: int,
    now: datetime,
) -> list[CareRequest]:
    """New submitted requests, one for each of `kinds`, for the same person, times and place, asked when this one was.

    This request keeps its own kind when it `keeps`, else it is closed as SPLIT. Raises NotFound, ChangedMeanwhile,
    NotPossibleNow for a closed request, InvalidInput when `kinds` names one that is not there or the kept one,
    NoKindOfHelp for none.
    """
    request = _request_to_change(session, request_id, version=version)
    if request.status is RequestStatus.CLOSED:
        raise NotPossibleNow
    if not kinds:
        raise NoKindOfHelp(field="kinds")
    catalogue = catalogue_codes(session)
    if any(kind not in catalogue.kinds or (keeps and kind == request.kind_code) for kind in kinds):
        raise InvalidInput(field="kinds")
    people = People(session, source=request.source, by=by, now=now)
    facts = replace(
        facts_of(request), skills=None, clearance=None, seats_min=None, seats_max=None, takes_minors=False
    )
    people.look_up([facts])
    parts = [
        new_request(replace(facts, kind_code=kind), people, catalogue, source=request.source, by=by, now=now)
        for kind in dict.fromkeys(kinds)
    ]
    for part in parts:
        part.submitted_at = request.submitted_at
        part.entered_by_id = by
        part.split_from_id = request.id
    session.add_all(parts)
    session.flush()
    for part in parts:
        record(session, RequestAct.SUBMITTED, part, by=by, now=now, code=part.code, split_from=request.code)
    record(session, RequestAct.SPLIT, request, by=by, now=now, into=[part.code for part in parts])
    if not keeps:
        _close(session, request, CloseReason.SPLIT, "", by=by, now=now)
    return parts


def close_request(
    session: Session,
    request_id: int,
    reason: CloseReason,
    note: str,
    *,
    version: int,
    by: int,
    now: datetime,
) -> CareRequest:
    """End a request: MET, WITHDRAWN or REFERRED_OUT (then `note` says where to). Visits to come are called off."""
    request = _request_to_change(session, request_id, version=version)
    _check_may_become(request, RequestStatus.CLOSED)
    if reason is CloseReason.SPLIT:
        raise InvalidInput(field="reason")
    if reason is CloseReason.REFERRED_OUT and not note:
        raise NoCloseNote(field="note")
    return _close(session, request, reason, note, by=by, now=now)


def withdraw_request(session: Session, request_id: int, words: str, *, by: int, now: datetime) -> CareRequest:
    """The carer takes the request back, in their own words or none. Raises NotFound, NotPossibleNow."""
    request = session.get(CareRequest, request_id, with_for_update=True)
    if request is None:
        raise NotFound
    _check_may_become(request, RequestStatus.CLOSED)
    return _close(session, request, CloseReason.WITHDRAWN, words, by=by, now=now)


def reopen_request(session: Session, request_id: int, *, version: int, by: int, now: datetime) -> CareRequest:
    """A closed request is asked for again, and waits for triage; waiting counts from now."""
    request = _request_to_change(session, request_id, version=version)
    _check_may_become(request, RequestStatus.SUBMITTED)
    request.status = RequestStatus.SUBMITTED
    request.closed_at, request.close_reason, request.close_note = None, None, ""
    request.submitted_at = now
    request.urgent_until, request.urgent_reason = None, ""
    record(session, RequestAct.REOPENED, request, by=by, now=now)
    return request


def _close(
    session: Session, request: CareRequest, reason: CloseReason, note: str, *, by: int, now: datetime
) -> CareRequest:
    request.status = RequestStatus.CLOSED
    request.closed_at, request.close_reason, request.close_note = now, reason, note
    act = RequestAct.WITHDRAWN if reason is CloseReason.WITHDRAWN else RequestAct.CLOSED
    record(session, act, request, by=by, now=now, reason=str(reason))
    session.flush()
    tell(session, request, RequestAct.CLOSED, by=by, now=now)
    return request


def _write(session: Session, request: CareRequest, facts: RequestFacts, *, by: int, now: datetime) -> None:
    catalogue = catalogue_codes(session)
    check_request(
        facts,
        catalogue,
        is_draft=bool(facts.original_words),
        today=hong_kong_date(now),
        kept=windows_of(request),
    )
    facts = _with_needs_of_new_kind(request, facts, catalogue)
    people = People(session, source=Source.PHONE_CALL, by=by, now=now)
    people.look_up([facts])
    carer = people.carer(facts.carer)
    request.carer, request.recipient = carer, people.recipient(facts.recipient, carer)
    write_request(request, facts, catalogue)
    flag_modified(request, "rhythm")  # a new version, even when only rows beside this one changed


def _with_needs_of_new_kind(
    request: CareRequest, facts: RequestFacts, catalogue: CatalogueCodes
) -> RequestFacts:
    """When the kind changes, what the old one asked of helpers goes and what the new one asks comes."""
    if facts.kind_code == request.kind_code:
        return facts
    old, new = (catalogue.kinds.get(code or "") for code in (request.kind_code, facts.kind_code))
    skills = set(facts.skills or ()) - ({skill.code for skill in old.skills} if old else set())
    skills |= {skill.code for skill in new.skills} if new else set()
    seats = max(facts.seats_min or 1, new.seats if new else 1)
    return replace(
        facts, skills=tuple(sorted(skills)), seats_min=seats, seats_max=max(facts.seats_max or seats, seats)
    )


def _check_may_become(request: CareRequest, status: RequestStatus) -> None:
    if status not in LEGAL_MOVES[request.status]:
        raise NotPossibleNow


def _request_to_change(session: Session, request_id: int, *, version: int) -> CareRequest:
    request = session.get(CareRequest, request_id, with_for_update=True)
    if request is None:
        raise NotFound
    if request.version != version:
        raise ChangedMeanwhile
    return request

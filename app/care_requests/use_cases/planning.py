"""Which visits the open requests need: one row an occurrence, made ahead of the night, in few queries.

Holidays play no part. A row that holds a visit, or that somebody called off, is never touched; every other row
follows the request's times, so planning again changes nothing and planning after a change mends what it must.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from app.care_requests.models import (
    CareRequest,
    Occurrence,
    OccurrenceOption,
    RequestStatus,
    RequestWindow,
    Rhythm,
)
from app.care_requests.queries.visits import visits_source
from app.care_requests.use_cases.facts import DATED
from app.shared.times import SLOTS_A_DAY, monday_of

HORIZON_DAYS = 14
TIMES_CHANGED = "times changed"
"""The cancel reason of an occurrence that planning itself took out; such a row may come back."""


def plan_occurrences(
    session: Session,
    starts_on: date,
    days: int = HORIZON_DAYS,
    *,
    now: datetime,
    request_ids: Collection[int] | None = None,
) -> int:
    """How many occurrences were missing in the `days` from `starts_on` and stand now, for every open request.

    `request_ids` limits it to some requests, for callers that write in chunks. Sequence numbers grow with time and
    are the same whenever a request is planned; so are codes.
    """
    horizon = _Horizon(starts_on, starts_on + timedelta(days=days))
    requests = _open_requests(session, horizon, request_ids)
    changes = _Changes()
    for request in requests:
        _plan(request, horizon, changes)
    changes.write(session, now)
    return len(changes.new) + changes.revived


@dataclass(frozen=True)
class _Horizon:
    starts_on: date
    ends_before: date

    def holds(self, day: date) -> bool:
        return self.starts_on <= day < self.ends_before


Option = tuple[date, int, int]


@dataclass(frozen=True)
class _Wanted:
    """An occurrence as the request's times ask for it."""

    sequence: int | None
    options: tuple[Option, ...]

    @property
    def first_day(self) -> date:
        return self.options[0][0]

    @property
    def last_day(self) -> date:
        return self.options[-1][0]


@dataclass(frozen=True)
class _Row:
    """An occurrence as it stands."""

    id: int
    first_day: date
    last_day: date
    position: int
    is_cancelled: bool
    is_fixed: bool
    """It holds a visit, or a person called it off."""
    options: tuple[Option, ...]


@dataclass
class _Request:
    id: int
    code: str
    rhythm: Rhythm
    starts_on: date | None
    ends_on: date | None
    windows: list[RequestWindow] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)


@dataclass
class _Changes:
    new: list[tuple[dict[str, object], tuple[Option, ...]]] = field(default_factory=list)
    rewritten: list[tuple[int, _Wanted]] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    revived: int = 0

    def write(self, session: Session, now: datetime) -> None:
        options: list[dict[str, object]] = []
        if self.new:
            made = session.execute(
                insert(Occurrence).returning(Occurrence.id, Occurrence.code),
                [values for values, _ in self.new],
            )
            ids = {code: occurrence_id for occurrence_id, code in made}
            for values, times in self.new:
                options += _option_rows(ids[str(values["code"])], times)
        if self.rewritten:
            ids_rewritten = [occurrence_id for occurrence_id, _ in self.rewritten]
            session.execute(delete(OccurrenceOption).where(OccurrenceOption.occurrence_id.in_(ids_rewritten)))
            session.execute(
                update(Occurrence),
                [
                    {
                        "id": occurrence_id,
                        "last_day": wanted.last_day,
                        "sequence": wanted.sequence,
                        "cancelled_at": None,
                        "cancel_reason": "",
                    }
                    for occurrence_id, wanted in self.rewritten
                ],
            )
            for occurrence_id, wanted in self.rewritten:
                options += _option_rows(occurrence_id, wanted.options)
        if self.cancelled:
            session.execute(
                update(Occurrence),
                [
                    {"id": occurrence_id, "cancelled_at": now, "cancel_reason": TIMES_CHANGED}
                    for occurrence_id in self.cancelled
                ],
            )
        if options:
            session.execute(insert(OccurrenceOption), options)


def _option_rows(occurrence_id: int, times: Iterable[Option]) -> Iterator[dict[str, object]]:
    for position, (day, from_slot, to_slot) in enumerate(times):
        yield {
            "occurrence_id": occurrence_id,
            "position": position,
            "on_date": day,
            "from_slot": from_slot,
            "to_slot": to_slot,
        }


def _plan(request: _Request, horizon: _Horizon, changes: _Changes) -> None:
    latest = max([horizon.ends_before, *(row.last_day + timedelta(days=1) for row in request.rows)])
    group_of = _GROUPS[request.rhythm]
    wanted: defaultdict[date | None, list[_Wanted]] = defaultdict(list)
    for want in _wanted(request, horizon.starts_on, latest):
        wanted[group_of(want.first_day)].append(want)
    rows: defaultdict[date | None, list[_Row]] = defaultdict(list)
    for row in request.rows:
        rows[group_of(row.first_day)].append(row)
    for group in sorted(wanted.keys() | rows.keys(), key=str):
        _plan_group(request, wanted[group], rows[group], horizon, changes)


def _plan_group(
    request: _Request, wanted: list[_Wanted], rows: list[_Row], horizon: _Horizon, changes: _Changes
) -> None:
    """Bring the rows of one day, one week or one single visit in line with what is wanted."""
    missing = _without_fixed(wanted, [row for row in rows if row.is_fixed])
    loose = [row for row in rows if not row.is_fixed and row.last_day >= horizon.starts_on]
    taken = {(row.first_day, row.position) for row in rows}
    for want in list(missing):
        same = [row for row in loose if row.options == want.options and not row.is_cancelled]
        if same:
            loose.remove(same[0])
            missing.remove(want)
    for want in missing:
        reusable = [row for row in loose if row.first_day == want.first_day]
        if reusable:
            loose.remove(reusable[0])
            changes.rewritten.append((reusable[0].id, want))
            changes.revived += reusable[0].is_cancelled
        elif any(horizon.holds(day) for day, _, _ in want.options):
            position = next(
                number for number in range(len(taken) + 1) if (want.first_day, number) not in taken
            )
            taken.add((want.first_day, position))
            changes.new.append((_occurrence_values(request, want, position), want.options))
    changes.cancelled += [row.id for row in loose if not row.is_cancelled]


def _without_fixed(wanted: list[_Wanted], fixed: list[_Row]) -> list[_Wanted]:
    """What is still missing: a fixed row stands for the wanted one at its times, else for the first of the group."""
    missing = sorted(wanted, key=lambda want: want.options)
    others = 0
    for row in fixed:
        same = [want for want in missing if want.options == row.options]
        if same:
            missing.remove(same[0])
        else:
            others += 1
    return missing[others:]


def _occurrence_values(request: _Request, want: _Wanted, position: int) -> dict[str, object]:
    return {
        "code": f"{request.code}/{want.first_day:%Y%m%d}-{position}",
        "request_id": request.id,
        "first_day": want.first_day,
        "last_day": want.last_day,
        "position": position,
        "sequence": want.sequence,
        "cancel_reason": "",
    }


def _wanted(request: _Request, starts_on: date, ends_before: date) -> Iterator[_Wanted]:
    """What the request's times ask for; weekly ones from the day or week of `starts_on` on."""
    if request.rhythm in DATED:
        options = sorted(
            (window.on_date, window.from_slot, window.to_slot)
            for window in request.windows
            if window.on_date is not None
        )
        if options:
            yield _Wanted(None, tuple(options))
        return
    monday = monday_of(starts_on)
    while monday < ends_before:
        week = sorted(
            (day, window.from_slot, window.to_slot)
            for window in request.windows
            if window.weekday is not None
            and _is_in_period(request, day := monday + timedelta(days=window.weekday))
        )
        if request.rhythm is Rhythm.WEEKLY:
            for option in week:
                if starts_on <= option[0] < ends_before:
                    yield _Wanted(option[0].toordinal() * SLOTS_A_DAY + option[1], (option,))
        elif week and week[-1][0] >= starts_on:
            yield _Wanted(monday.toordinal() * SLOTS_A_DAY, tuple(week))
        monday += timedelta(days=7)


def _is_in_period(request: _Request, day: date) -> bool:
    return (request.starts_on or day) <= day <= (request.ends_on or day)


def _alone(_day: date) -> None:
    return None


def _day(day: date) -> date:
    return day


_GROUPS: dict[Rhythm, Callable[[date], date | None]] = {
    Rhythm.ONCE: _alone,
    Rhythm.ANY_OF: _alone,
    Rhythm.WEEKLY: _day,
    Rhythm.WEEKLY_ANY_OF: monday_of,
}
"""Within which stretch one occurrence may stand for another."""


def _open_requests(
    session: Session, horizon: _Horizon, request_ids: Collection[int] | None
) -> Collection[_Request]:
    chosen = [CareRequest.status == RequestStatus.OPEN]
    if request_ids is not None:
        chosen.append(CareRequest.id.in_(request_ids))
    requests = {
        request_id: _Request(request_id, code, rhythm, starts_on, ends_on)
        for request_id, code, rhythm, starts_on, ends_on in session.execute(
            select(
                CareRequest.id,
                CareRequest.code,
                CareRequest.rhythm,
                CareRequest.starts_on,
                CareRequest.ends_on,
            )
            .where(*chosen)
            .order_by(CareRequest.id)
        )
    }
    for window in session.scalars(select(RequestWindow).join(CareRequest).where(*chosen)):
        requests[window.request_id].windows.append(window)
    _load_rows(session, horizon, requests, chosen)
    return requests.values()


def _load_rows(
    session: Session,
    horizon: _Horizon,
    requests: dict[int, _Request],
    chosen: Sequence[ColumnElement[bool]],
) -> None:
    """Every row from the horizon's first week on; of single visits all there are."""
    is_near = or_(CareRequest.rhythm.in_(DATED), Occurrence.last_day >= monday_of(horizon.starts_on))
    options: defaultdict[int, list[Option]] = defaultdict(list)
    for occurrence_id, day, from_slot, to_slot in session.execute(
        select(
            OccurrenceOption.occurrence_id,
            OccurrenceOption.on_date,
            OccurrenceOption.from_slot,
            OccurrenceOption.to_slot,
        )
        .join(Occurrence, Occurrence.id == OccurrenceOption.occurrence_id)
        .join(CareRequest, CareRequest.id == Occurrence.request_id)
        .where(*chosen, is_near)
        .order_by(OccurrenceOption.occurrence_id, OccurrenceOption.position)
    ):
        options[occurrence_id].append((day, from_slot, to_slot))
    visited = visits_source().visited_occurrences(session, list(requests))
    for row in session.execute(
        select(
            Occurrence.id,
            Occurrence.request_id,
            Occurrence.first_day,
            Occurrence.last_day,
            Occurrence.position,
            Occurrence.cancelled_at,
            Occurrence.cancel_reason,
        )
        .join(CareRequest, CareRequest.id == Occurrence.request_id)
        .where(*chosen, is_near)
        .order_by(Occurrence.id)
    ):
        is_cancelled = row.cancelled_at is not None
        requests[row.request_id].rows.append(
            _Row(
                id=row.id,
                first_day=row.first_day,
                last_day=row.last_day,
                position=row.position,
                is_cancelled=is_cancelled,
                is_fixed=row.id in visited or (is_cancelled and row.cancel_reason != TIMES_CHANGED),
                options=tuple(options[row.id]),
            )
        )

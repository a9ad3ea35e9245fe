"""Warnings begin and end, by a coordinator's word or by the Observatory's; the rules change. No visit is touched
here: a coordinator suspends, in one action (visits.use_cases.changes)."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.accounts.queries import accounts_with_role
from app.messages.models import Channel
from app.messages.use_cases import Message, Recipient, queue_message
from app.shared.audit import record
from app.shared.errors import ChangedMeanwhile, NotFound, Refusal
from app.weather.models import (
    FAMILIES,
    FAMILY_OF,
    Effect,
    ObservatoryState,
    SaidBy,
    Silence,
    WarningFamily,
    WarningKind,
    WarningPeriod,
    WeatherRule,
)
from app.weather.queries import Rules, last_reading, visits_in_weather, weather_rules

FURTHEST_AHEAD = timedelta(hours=24)
NEWS_FOR = timedelta(hours=6)
"""So long a message that a warning has begun is worth sending."""


class InForceAlready(Refusal):
    """This warning is in force, or entered, already."""


class WarningIsOver(Refusal):
    """This warning has ended."""


class SaidByTheObservatory(Refusal):
    """The Observatory says that the warning is in force, and its word is fresh."""


def fingerprint(rules: Rules) -> str:
    """The rules as one text: what an editor has seen."""
    return ",".join(f"{each}/{warning}={rules[each, warning]}" for each, warning in sorted(rules))


def change_rules(session: Session, wanted: Rules, seen: str, *, by: int, now: datetime) -> int:
    """Set what each warning means; how many of the rules are different now.

    `seen` is the fingerprint of what the editor was shown. Raises ChangedMeanwhile when it is not that any more.
    """
    rows = {
        (row.weather_class, row.warning): row
        for row in session.scalars(select(WeatherRule).with_for_update()).all()
    }
    before = weather_rules(session)
    if fingerprint(before) != seen:
        raise ChangedMeanwhile
    changed = [key for key in before if wanted[key] is not before[key]]
    for key in changed:
        row = rows.get(key) or WeatherRule(weather_class=key[0], warning=key[1])
        row.effect = wanted[key]
        session.add(row)
    session.flush()
    if changed:
        record(
            session,
            "weather.rules_changed",
            by=by,
            now=now,
            changed=[f"{key[0]}/{key[1]}: {before[key]} > {wanted[key]}" for key in changed],
        )
    return len(changed)


def declare_warning(
    session: Session, warning: WarningKind, begins_at: datetime, *, by: int, now: datetime
) -> WarningPeriod:
    """A coordinator says that a warning is in force from a moment on; another of its family ends then.

    Raises InForceAlready.
    """
    begins_at = min(begins_at, now + FURTHEST_AHEAD)
    open_now = _open_periods(session)
    if warning in open_now:
        raise InForceAlready
    for kind in FAMILIES[FAMILY_OF[warning]]:
        if kind in open_now and open_now[kind].said_by is SaidBy.STAFF:
            _end(open_now[kind], max(begins_at, open_now[kind].begins_at), by)
    return _begin(session, warning, SaidBy.STAFF, begins_at, by=by, now=now)


def end_warning(session: Session, period_id: int, *, by: int, now: datetime) -> WarningPeriod:
    """A coordinator says that a warning is over. Raises NotFound, WarningIsOver, SaidByTheObservatory."""
    period = session.get(WarningPeriod, period_id, with_for_update=True, populate_existing=True)
    if period is None:
        raise NotFound
    if period.ends_at is not None and period.ends_at <= now:
        raise WarningIsOver
    if period.said_by is SaidBy.OBSERVATORY and not last_reading(session, now).is_stale:
        raise SaidByTheObservatory
    _end(period, max(now, period.begins_at), by)
    session.flush()
    record(session, "weather.warning_ended", period, by=by, now=now, warning=period.warning.value)
    return period


def note_answer(
    session: Session,
    in_force: Mapping[WarningKind, datetime],
    unclear: Collection[WarningFamily] = (),
    *,
    now: datetime,
) -> None:
    """The Observatory has answered: these warnings are in force, each since its moment, and no other of a clear family.

    What it said before and does not say now is over; what a coordinator said stays. Coordinators are told of what
    has begun. A family that was not understood stays as it stands.
    """
    open_now = _open_periods(session)
    for kind, period in open_now.items():
        is_gone = kind not in in_force and FAMILY_OF[kind] not in unclear
        if period.said_by is SaidBy.OBSERVATORY and is_gone:
            _end(period, max(now, period.begins_at), None)
            record(session, "weather.warning_ended", period, by=None, now=now, warning=kind.value)
    session.flush()
    for kind, since in in_force.items():
        if kind not in open_now:
            period = _begin(session, kind, SaidBy.OBSERVATORY, min(since, now), by=None, now=now)
            _tell_coordinators(session, period, now=now)
    _note_asking(session, Silence.UNCLEAR if unclear else None, now=now)


def note_silence(session: Session, silence: Silence, *, now: datetime) -> None:
    """The Observatory gave no answer that can be used: what stands stands, and the pages say how old it is."""
    _note_asking(session, silence, now=now)


def _note_asking(session: Session, silence: Silence | None, *, now: datetime) -> None:
    state = session.get(ObservatoryState, 1)
    if state is None:
        state = ObservatoryState(id=1)
        session.add(state)
    state.asked_at, state.silence = now, silence
    if silence is None:
        state.answered_at = now
    session.flush()


def _begin(
    session: Session,
    warning: WarningKind,
    said_by: SaidBy,
    begins_at: datetime,
    *,
    by: int | None,
    now: datetime,
) -> WarningPeriod:
    period = WarningPeriod(
        warning=warning, said_by=said_by, begins_at=begins_at, noted_at=now, noted_by_id=by
    )
    try:
        with session.begin_nested():
            session.add(period)
    except IntegrityError as error:
        raise InForceAlready from error
    record(session, "weather.warning_began", period, by=by, now=now, warning=warning.value)
    return period


def _end(period: WarningPeriod, at: datetime, by: int | None) -> None:
    period.ends_at, period.ended_by_id = at, by


def _open_periods(session: Session) -> dict[WarningKind, WarningPeriod]:
    """By kind: the one that has no end yet, locked."""
    rows = session.scalars(
        select(WarningPeriod)
        .where(WarningPeriod.ends_at.is_(None))
        .order_by(WarningPeriod.id)
        .with_for_update(of=WarningPeriod)
        .execution_options(populate_existing=True)
    )
    return {row.warning: row for row in rows}


def _tell_coordinators(session: Session, period: WarningPeriod, *, now: datetime) -> None:
    """When the rules say that visits are to be suspended: one e-mail each, at any hour."""
    if not any(
        each.warning is period.warning and each.effect is not Effect.LOOK
        for each in visits_in_weather(session, now)
    ):
        return
    for account in accounts_with_role(session, Role.COORDINATOR):
        if account.email is not None:
            queue_message(
                session,
                Message(
                    kind="weather_warning",
                    recipient=Recipient(Channel.EMAIL, account.email, account.language, account.id),
                    dedupe_key=f"weather_warning:{period.id}:{account.id}",
                    ids={"period": period.id},
                    about=period,
                    expires_at=now + NEWS_FOR,
                    may_wake=True,
                ),
                now=now,
            )

"""What can be asked of the weather: warnings in force, the visits they stop, and whom to phone first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Account
from app.care_requests.models import Carer, CareRequest, CarerKind
from app.catalogue.models import WeatherClass
from app.messages.models import Channel, MessageStatus, OutboxMessage
from app.shared.times import age_bounds, hong_kong_date, slot_moment
from app.visits.models import AGREED, TO_COME, Visit, VisitSeat, VisitStatus
from app.visits.queries import has_begun
from app.volunteers.models import Volunteer
from app.weather.models import Effect, ObservatoryState, Silence, WarningKind, WarningPeriod, WeatherRule

STALE_AFTER = timedelta(minutes=15)
"""An answer that is older says nothing about the weather of now."""
LOOKED_BACK_ON = timedelta(days=14)
OLDER = 65
ORDER = list(Effect)

Rules = Mapping[tuple[WeatherClass, WarningKind], Effect]


def weather_rules(session: Session) -> Rules:
    """What each warning means for each weather class; what no row speaks of goes on."""
    rows = session.scalars(select(WeatherRule)).all()
    known = {(row.weather_class, row.warning): row.effect for row in rows}
    return {
        (each, warning): known.get((each, warning), Effect.GOES_ON)
        for each in WeatherClass
        for warning in WarningKind
    }


def warnings_in_force(session: Session, now: datetime) -> Sequence[WarningPeriod]:
    """What is in force at `now`, by anybody's word, the longest first."""
    return session.scalars(
        select(WarningPeriod)
        .where(
            WarningPeriod.begins_at <= now, or_(WarningPeriod.ends_at.is_(None), WarningPeriod.ends_at > now)
        )
        .order_by(WarningPeriod.begins_at, WarningPeriod.id)
        .options(joinedload(WarningPeriod.noted_by))
    ).all()


def warnings_to_come(session: Session, now: datetime) -> Sequence[WarningPeriod]:
    """What a coordinator has entered for later, the soonest first."""
    return session.scalars(
        select(WarningPeriod)
        .where(WarningPeriod.begins_at > now, WarningPeriod.ends_at.is_(None))
        .order_by(WarningPeriod.begins_at, WarningPeriod.id)
        .options(joinedload(WarningPeriod.noted_by))
    ).all()


def period_shown(session: Session, _account: Account, period_id: int) -> WarningPeriod | None:
    """A warning, for coordinators."""
    return session.get(WarningPeriod, period_id)


@dataclass(frozen=True)
class Reading:
    """What is known from the Observatory. Stale: nobody may read "no warning" from it."""

    answered_at: datetime | None
    silence: Silence | None
    is_stale: bool


def last_reading(session: Session, now: datetime) -> Reading:
    """How asking the Observatory stands at `now`."""
    state = session.get(ObservatoryState, 1)
    if state is None:
        return Reading(None, None, is_stale=True)
    is_stale = state.answered_at is None or now - state.answered_at > STALE_AFTER
    return Reading(state.answered_at, state.silence, is_stale)


@dataclass(frozen=True)
class VisitInWeather:
    """A visit that a warning in force concerns, by the rule for its kind of support."""

    visit: Visit
    warning: WarningKind
    effect: Effect
    is_under_way: bool

    @property
    def is_to_be_suspended(self) -> bool:
        """Whether the rule says so, and it can still be done."""
        return self.effect is not Effect.LOOK and not self.is_under_way


def visits_in_weather(session: Session, now: datetime) -> list[VisitInWeather]:
    """Visits of today (and tomorrow, where the rule says so) that the warnings in force concern, in time order.

    Those that are suspended already are not among them; those under way are.
    """
    kinds = [period.warning for period in warnings_in_force(session, now)]
    if not kinds:
        return []
    rules, today = weather_rules(session), hong_kong_date(now)
    found = []
    for visit in _visits_between(session, today, today + timedelta(days=1)):
        effect, warning = _strongest(rules, visit, kinds)
        is_its_day = visit.on_date == today or effect is Effect.SUSPEND_TOMORROW_TOO
        is_over = now >= slot_moment(visit.on_date, visit.to_slot)
        if effect is not Effect.GOES_ON and is_its_day and not is_over:
            found.append(VisitInWeather(visit, warning, effect, has_begun(visit, now)))
    return [each for each in found if not each.is_under_way or each.visit.status not in _NOBODY_OUT]


def warning_about(session: Session, visit_id: int, now: datetime) -> WarningKind | None:
    """The warning in force that means most for one visit, None when none means anything."""
    visit = session.get(Visit, visit_id)
    kinds = [period.warning for period in warnings_in_force(session, now)]
    if visit is None or not kinds:
        return None
    effect, warning = _strongest(weather_rules(session), visit, kinds)
    return None if effect is Effect.GOES_ON else warning


@dataclass(frozen=True)
class SuspendedVisits:
    """Visits that the weather has stopped: those that may still take place, and those whose time is over."""

    to_come: list[Visit]
    missed: list[Visit]


def visits_suspended(session: Session, now: datetime) -> SuspendedVisits:
    """Both, in time order."""
    visits = session.scalars(
        select(Visit)
        .where(Visit.status == VisitStatus.SUSPENDED, Visit.on_date >= hong_kong_date(now) - LOOKED_BACK_ON)
        .order_by(Visit.on_date, Visit.from_slot, Visit.id)
        .options(*_WITH_PEOPLE)
    ).all()
    return SuspendedVisits(
        to_come=[visit for visit in visits if not has_begun(visit, now)],
        missed=[visit for visit in visits if has_begun(visit, now)],
    )


class PhoneFirst(StrEnum):
    """Why somebody is phoned first."""

    UNDER_WAY = "under_way"
    """At a visit at this moment."""
    ALONE = "alone"
    """Aged, and nobody asks for them: they asked for the help themselves."""
    NO_MESSAGES = "no_messages"
    NOT_DELIVERED = "not_delivered"
    NO_ANSWER = "no_answer"
    """Was phoned about it, and nobody picked up."""


@dataclass(frozen=True)
class ToPhone:
    """Somebody to phone about a visit. `message_id`: the line on the call list by which it is noted."""

    person: Volunteer | Carer
    visit: Visit
    because: tuple[PhoneFirst, ...]
    message_id: int | None

    @property
    def is_volunteer(self) -> bool:
        """Else a carer."""
        return isinstance(self.person, Volunteer)


def people_to_phone(session: Session, now: datetime) -> list[ToPhone]:
    """Whom to phone about today's and tomorrow's weather, each person once: who is out there, who is old and alone,
    whom no message reaches; the nearest visits first."""
    today = hong_kong_date(now)
    stopped = [
        visit
        for visit in visits_suspended(session, now).to_come
        if visit.on_date <= today + timedelta(days=1)
    ]
    out = [each.visit for each in visits_in_weather(session, now) if each.is_under_way]
    said = _messages_about(session, stopped)
    found: dict[tuple[str, int], ToPhone] = {}
    for visit in (*out, *stopped):
        is_out = visit in out
        for person, about in _people_of(visit, now):
            message = said.get(about)
            if message is not None and _was_told_by_phone(message):
                continue
            because = tuple(_reasons(person, visit, message, is_out=is_out))
            if because:
                is_waiting = message is not None and message.status is MessageStatus.QUEUED
                line = message.id if message is not None and is_waiting and _is_call(message) else None
                key = (person.__tablename__, person.id)
                found.setdefault(key, ToPhone(person, visit, because, line))
    return sorted(
        found.values(),
        key=lambda each: (
            PhoneFirst.UNDER_WAY not in each.because,
            PhoneFirst.ALONE not in each.because,
            each.visit.on_date,
            each.visit.from_slot,
            each.visit.id,
        ),
    )


def _reasons(
    person: Volunteer | Carer, visit: Visit, message: OutboxMessage | None, *, is_out: bool
) -> Iterable[PhoneFirst]:
    if is_out:
        yield PhoneFirst.UNDER_WAY
    if isinstance(person, Carer) and _is_older_and_alone(person, visit):
        yield PhoneFirst.ALONE
    if message is None:
        return
    if _is_call(message):
        yield PhoneFirst.NO_ANSWER if message.attempts else PhoneFirst.NO_MESSAGES
    elif message.status in (MessageStatus.DEAD, MessageStatus.EXPIRED):
        yield PhoneFirst.NOT_DELIVERED


def _is_older_and_alone(carer: Carer, visit: Visit) -> bool:
    recipient = visit.request.recipient
    if carer.kind is not CarerKind.SELF or recipient is None or recipient.birth_year is None:
        return False
    return age_bounds(recipient.birth_year, None, visit.on_date)[1] >= OLDER


def _people_of(visit: Visit, now: datetime) -> Iterable[tuple[Volunteer | Carer, tuple[str, int]]]:
    """Who knows of a visit, and the row that messages to them are about."""
    for seat in visit.seats:
        if seat.is_live and seat.offer.leaves_at <= now:
            yield seat.volunteer, ("visit_seats", seat.id)
    if visit.carer_told_at is not None:
        yield visit.request.carer, ("visits", visit.id)


def _messages_about(session: Session, visits: Collection[Visit]) -> dict[tuple[str, int], OutboxMessage]:
    """The latest message about a suspension, by the row that it is about."""
    seats = [seat.id for visit in visits for seat in visit.seats]
    rows = session.scalars(
        select(OutboxMessage)
        .where(
            or_(
                (OutboxMessage.kind == "seat_suspended")
                & (OutboxMessage.about_kind == "visit_seats")
                & OutboxMessage.about_id.in_(seats),
                (OutboxMessage.kind == "visit_suspended")
                & (OutboxMessage.about_kind == "visits")
                & OutboxMessage.about_id.in_([visit.id for visit in visits]),
            )
        )
        .order_by(OutboxMessage.id)
    )
    return {(row.about_kind, row.about_id or 0): row for row in rows}


def _is_call(message: OutboxMessage) -> bool:
    return message.channel is Channel.PHONE_CALL


def _was_told_by_phone(message: OutboxMessage) -> bool:
    return _is_call(message) and message.status is MessageStatus.SENT


def _visits_between(session: Session, first: date, last: date) -> Sequence[Visit]:
    return session.scalars(
        select(Visit)
        .where(
            Visit.on_date >= first,
            Visit.on_date <= last,
            Visit.status.in_((*TO_COME, VisitStatus.ATTENDED)),
            Visit.status != VisitStatus.SUSPENDED,
        )
        .order_by(Visit.on_date, Visit.from_slot, Visit.id)
        .options(*_WITH_PEOPLE)
    ).all()


def _strongest(rules: Rules, visit: Visit, kinds: Sequence[WarningKind]) -> tuple[Effect, WarningKind]:
    weather_class = visit.request.kind.weather_class if visit.request.kind else WeatherClass.OUTDOOR
    return max(
        ((rules[(weather_class, kind)], kind) for kind in kinds), key=lambda each: ORDER.index(each[0])
    )


_NOBODY_OUT = TO_COME - AGREED
"""A visit that has begun so has nobody at it."""
_WITH_PEOPLE = (
    joinedload(Visit.request).joinedload(CareRequest.kind),
    joinedload(Visit.request).joinedload(CareRequest.recipient),
    joinedload(Visit.request).joinedload(CareRequest.carer),
    selectinload(Visit.seats).joinedload(VisitSeat.volunteer),
    selectinload(Visit.seats).joinedload(VisitSeat.offer),
)

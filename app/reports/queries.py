"""What the board shows: last night, what needs a decision first, and figures that open the lists behind them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.care_requests.queries.requests import request_counts
from app.matching.ledger import morning_due
from app.matching.models import Night, NightStatus, Run
from app.matching.queries.covering import wishes_open_count
from app.matching.queries.runs import dropped_pins, latest_run, night_of
from app.matching.queries.unserved import requests_unserved
from app.matching.use_cases.teams import first_day_to_decide
from app.messages.models import MessageStatus, OutboxMessage
from app.messages.queries import call_backs_waiting, calls_to_make
from app.recognition.queries.proposed import hours_waiting_count
from app.safeguarding.queries import clearances_waiting_count, concerns_waiting_count
from app.shared.times import hong_kong_date, hong_kong_moment
from app.visits.models import FollowUp, Visit, VisitStatus
from app.visits.queries import offers_unanswered_count
from app.visits.queries.days import alarms_count
from app.volunteers.models import Volunteer, VolunteerStatus

YESTERDAY = timedelta(hours=24)


class NightState(StrEnum):
    """How the night of this morning stands, as the board says it."""

    NONE = "none"
    """No night has been due yet."""
    DONE = "done"
    COMING = "coming"
    """Owed or running, and the morning is young."""
    LATE = "late"
    """Not done at the hour from which coordinators match by hand."""


@dataclass(frozen=True)
class LastNight:
    """The night of this morning, and the latest run that was finished (of this night or an earlier one)."""

    state: NightState
    night: Night | None
    run: Run | None
    morning: date

    @property
    def is_of_today(self) -> bool:
        """Whether the run is this morning's."""
        return self.run is not None and self.run.night.morning == self.morning


def last_night(session: Session, *, night_at: time, manual_list_at: time, now: datetime) -> LastNight:
    """How the night stands at `now`; `manual_list_at`, in Hong Kong, is when a night not done is late."""
    morning = morning_due(now, night_at)
    night = night_of(session, morning)
    run = latest_run(session)
    if night is not None and night.status is NightStatus.DONE:
        state = NightState.DONE
    elif run is None and night is None:
        state = NightState.NONE
    elif now >= hong_kong_moment(morning, manual_list_at):
        state = NightState.LATE
    else:
        state = NightState.COMING
    return LastNight(state, night, run, morning)


@dataclass(frozen=True)
class Figures:
    """Exceptions, each a number of things that wait for somebody."""

    urgent_unserved: int
    needing_cover: int
    covers_asked: int
    to_call: int
    concerns: int
    """Shown to safeguarding leads only."""
    dropped: int
    unanswered: int
    to_triage: int
    drafts: int
    applications: int
    clearances: int
    follow_ups: int
    hours: int
    """Visits whose hours nobody has confirmed."""
    calls: int
    dead_letters: int


def figures(session: Session, run: Run | None, *, now: datetime) -> Figures:
    """What waits, as of `now`; of the run: urgent requests without anybody, and promises that no longer hold."""
    today = hong_kong_date(now)
    requests = request_counts(session, today=today)
    return Figures(
        urgent_unserved=0
        if run is None
        else requests_unserved(session, run, from_day=first_day_to_decide(now), urgent=True).total,
        needing_cover=_count(
            session, Visit.id, Visit.status == VisitStatus.NEEDS_COVER, Visit.on_date >= today
        ),
        covers_asked=wishes_open_count(session, now),
        to_call=alarms_count(session, now),
        concerns=concerns_waiting_count(session),
        dropped=0 if run is None else len(dropped_pins(session, run)),
        unanswered=offers_unanswered_count(session, now),
        to_triage=requests["submitted"],
        drafts=requests["draft"],
        applications=_count(
            session,
            Volunteer.id,
            Volunteer.status.in_((VolunteerStatus.APPLIED, VolunteerStatus.INDUCTION)),
        ),
        clearances=clearances_waiting_count(session, today=today),
        follow_ups=_count(session, FollowUp.id, FollowUp.done_at.is_(None)),
        hours=hours_waiting_count(session, today),
        calls=len(call_backs_waiting(session)) + len(calls_to_make(session, now=now)),
        dead_letters=_count(session, OutboxMessage.id, OutboxMessage.status == MessageStatus.DEAD),
    )


def _count(session: Session, column: object, *conditions: object) -> int:
    return session.scalar(select(func.count(column)).where(*conditions)) or 0  # type: ignore[arg-type]  # columns

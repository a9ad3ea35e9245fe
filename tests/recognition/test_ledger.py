"""The ledger: rows are added, never altered; its sum is what is shown; the database refuses what must not be."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.recognition.errors import (
    HoursOverlap,
    HoursTakenBack,
    HoursToCome,
    NothingChanged,
    OwnHours,
    ReasonMissing,
    TimesTurnedRound,
)
from app.recognition.models import MOST_PAPER_MINUTES, HoursKind, ServiceHours
from app.recognition.queries.ledger import (
    by_month,
    hours_standing,
    ledger_health,
    minutes_served,
    whole_ledger,
)
from app.recognition.use_cases.counting import Times
from app.recognition.use_cases.entering import correct_hours, enter_other_hours, enter_paper_hours
from app.shared.database import Database, refusal_of
from app.shared.errors import InvalidInput, Refusal
from app.visits.models import SeatStatus, VisitStatus
from app.volunteers.models import Volunteer
from tests.people import (
    NOW,
    give_seat,
    make_account,
    make_coordinator,
    make_request,
    make_visit,
    make_volunteer,
)

pytestmark = pytest.mark.usefixtures("keys")
TODAY = date(2026, 11, 23)


class Desk:
    """A volunteer with an account, and a coordinator who counts their hours."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.by, self.own, self.volunteer = database.in_transaction(self._people)

    def _people(self, session: Session) -> tuple[int, int, int]:
        own = make_account(session, "Whose Hours").id
        return make_coordinator(session).id, own, make_volunteer(session, account_id=own).id

    def enters(
        self, day: date = TODAY, starts: int = 600, ends: int = 660, reason: str = "", by: int | None = None
    ) -> ServiceHours:
        return self.database.in_transaction(
            lambda session: enter_other_hours(
                session, self.volunteer, day, Times(starts, ends), "street stall", reason, most_a_day=600,
                by=by or self.by, now=NOW,
            )
        )  # fmt: skip

    def brings(self, minutes: int, day: date = TODAY, reason: str = "") -> ServiceHours:
        return self.database.in_transaction(
            lambda session: enter_paper_hours(
                session, self.volunteer, day, minutes, "sheets", reason, by=self.by, now=NOW
            )
        )

    def corrects(self, row: int, becomes: Times | int | None, reason: str = "misread") -> ServiceHours | None:
        return self.database.in_transaction(
            lambda session: correct_hours(session, row, becomes, reason, most_a_day=600, by=self.by, now=NOW)
        )

    def served(self) -> int:
        return self.database.in_transaction(lambda session: minutes_served(session, self.volunteer))

    def shown(self) -> int:
        return sum(
            row.minutes
            for row in self.database.in_transaction(lambda session: hours_standing(session, self.volunteer))
        )

    def writes(self, **changes: Any) -> None:
        """A row as it comes, past every use case."""
        facts: dict[str, Any] = {
            "volunteer_id": self.volunteer, "kind": HoursKind.OTHER, "on_date": TODAY, "from_minute": 600,
            "to_minute": 660, "minutes": 60, "work": "stall", "reason": "", "confirmed_by_id": self.by,
            "confirmed_at": NOW,
        }  # fmt: skip
        self.database.in_transaction(lambda session: session.add(ServiceHours(**(facts | changes))))


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(IntegrityError) as caught:
        act()
    return refusal_of(caught.value)


def test_other_work_and_paper_add_up(desk: Desk) -> None:
    desk.enters()
    desk.enters(starts=700, ends=745)
    desk.brings(120 * 60, date(2025, 12, 31), "sign-in sheets found again")
    assert desk.served() == desk.shown() == 60 + 45 + 7200


def test_work_of_long_ago_needs_a_reason(desk: Desk) -> None:
    assert desk.enters(TODAY - timedelta(days=14)).minutes == 60
    with pytest.raises(ReasonMissing):
        desk.enters(TODAY - timedelta(days=15))
    assert desk.enters(TODAY - timedelta(days=15), reason="was abroad").reason == "was abroad"


def test_days_to_come_and_times_to_come_are_refused(desk: Desk) -> None:
    with pytest.raises(HoursToCome):
        desk.enters(TODAY + timedelta(days=1))
    with pytest.raises(HoursToCome):
        desk.enters(starts=17 * 60, ends=18 * 60 + 1)
    with pytest.raises(HoursToCome):
        desk.brings(60, TODAY + timedelta(days=1))


@pytest.mark.parametrize("minutes", [0, MOST_PAPER_MINUTES + 1])
def test_paper_says_some_hours_and_not_a_life_of_them(desk: Desk, minutes: int) -> None:
    with pytest.raises(TimesTurnedRound):
        desk.brings(minutes)


def test_ones_own_work_is_entered_by_somebody_else(desk: Desk) -> None:
    with pytest.raises(OwnHours):
        desk.enters(by=desk.own)


def test_a_correction_is_two_new_rows(desk: Desk) -> None:
    row = desk.enters()
    becomes = desk.corrects(row.id, Times(600, 630))
    assert becomes is not None
    assert (becomes.minutes, becomes.replaces_id, becomes.reason) == (30, row.id, "misread")
    rows = desk.database.in_transaction(lambda session: whole_ledger(session, desk.volunteer))
    assert [each.minutes for each in rows] == [30, -60, 60]
    assert desk.served() == desk.shown() == 30
    with pytest.raises(HoursTakenBack):
        desk.corrects(row.id, None)


def test_what_is_taken_back_altogether_frees_its_time(desk: Desk) -> None:
    row = desk.enters()
    assert desk.corrects(row.id, None) is None
    assert desk.served() == desk.shown() == 0
    assert desk.enters().minutes == 60


def test_hours_from_paper_are_corrected_by_their_number(desk: Desk) -> None:
    row = desk.brings(600)
    becomes = desk.corrects(row.id, 540)
    assert becomes is not None
    assert becomes.minutes == desk.served() == 540
    with pytest.raises(InvalidInput):
        desk.corrects(becomes.id, Times(600, 660))
    with pytest.raises(TimesTurnedRound):
        desk.corrects(becomes.id, 0)


def test_a_correction_changes_something_and_says_why(desk: Desk) -> None:
    row = desk.enters()
    with pytest.raises(NothingChanged):
        desk.corrects(row.id, Times(600, 660))
    with pytest.raises(ReasonMissing):
        desk.corrects(row.id, None, "")
    assert desk.served() == 60


def test_a_record_is_shown_month_by_month(desk: Desk) -> None:
    desk.enters(date(2026, 10, 31), reason="late")
    desk.enters()
    desk.enters(starts=700, ends=730)
    rows = desk.database.in_transaction(lambda session: hours_standing(session, desk.volunteer))
    assert [(month.first_day, month.minutes) for month in by_month(rows)] == [
        (date(2026, 11, 1), 90),
        (date(2026, 10, 1), 60),
    ]


def test_the_database_refuses_what_slips_past(desk: Desk) -> None:
    row = desk.enters()
    assert refused(lambda: desk.writes(confirmed_by_id=desk.own, from_minute=0, to_minute=60)) == "own_hours"
    assert refused(lambda: desk.writes(from_minute=659, to_minute=719)) == "hours_overlap"
    assert refused(lambda: desk.writes(on_date=TODAY + timedelta(days=1))) == "hours_to_come"
    assert refused(lambda: desk.writes(on_date=date(2026, 11, 8))) == "back_dated_without_reason"
    back = {"takes_back_id": row.id, "reason": "misread"}
    assert refused(lambda: desk.writes(minutes=-30, to_minute=630, **back)) == "not_what_was_taken"
    assert refused(lambda: desk.writes(minutes=60, **back)) != ""
    desk.writes(minutes=-60, **back)
    assert "takes_back_id" in refused(lambda: desk.writes(minutes=-60, **back))
    assert desk.served() == 0


def test_the_database_counts_a_visit_once_and_for_who_was_there(desk: Desk) -> None:
    def arrange(session: Session) -> tuple[int, int]:
        request = make_request(session, windows=((TODAY, 20, 24),))
        visit = make_visit(session, request, TODAY, status=VisitStatus.ATTENDED)
        own = session.get_one(Volunteer, desk.volunteer)
        mine = give_seat(session, visit, own, SeatStatus.ACCEPTED).id
        return mine, give_seat(session, visit, make_volunteer(session), SeatStatus.ACCEPTED).id

    mine, others = desk.database.in_transaction(arrange)
    visit = {"kind": HoursKind.VISIT, "work": ""}
    assert refused(lambda: desk.writes(seat_id=others, **visit)) == "not_their_seat"
    desk.writes(seat_id=mine, **visit)
    again = {"seat_id": mine, "from_minute": 700, "to_minute": 760}
    assert refused(lambda: desk.writes(**again, **visit)) == "counted_already"


@pytest.mark.parametrize("statement", ["UPDATE service_hours SET minutes = 1", "DELETE FROM service_hours"])
def test_nothing_in_the_ledger_is_altered(desk: Desk, statement: str) -> None:
    desk.enters()
    assert (
        refused(lambda: desk.database.in_transaction(lambda session: session.execute(text(statement))))
        == "history_is_append_only"
    )


def test_of_many_at_once_one_piece_of_time_is_counted_once(desk: Desk) -> None:
    def enter(_number: int) -> bool:
        try:
            desk.enters()
        except HoursOverlap:
            return False
        return True

    with ThreadPoolExecutor(8) as people:
        assert sum(people.map(enter, range(16))) == 1
    assert desk.served() == desk.shown() == 60


def test_the_database_alone_counts_one_piece_of_time_once(desk: Desk) -> None:
    def write(number: int) -> str:
        try:
            desk.writes(from_minute=600 + number, to_minute=660 + number)
        except IntegrityError as error:
            return refusal_of(error)
        return ""

    with ThreadPoolExecutor(8) as people:
        assert sorted(people.map(write, range(16))) == ["", *["hours_overlap"] * 15]


def test_health_tells_whether_the_ledger_adds_up(desk: Desk) -> None:
    desk.corrects(desk.enters().id, Times(600, 645))
    fact = desk.database.in_transaction(lambda session: ledger_health(session, NOW))
    assert (fact.is_red, fact.values) == (False, {"minutes": 45, "records_that_do_not_add_up": 0})


@pytest.mark.database("sqlite")
def test_health_notices_a_ledger_that_does_not_add_up(desk: Desk) -> None:
    row = desk.enters()

    desk.database.in_transaction(lambda session: session.execute(text("DROP TRIGGER service_hours_checked")))
    desk.writes(minutes=-30, to_minute=630, takes_back_id=row.id, reason="half of it")
    fact = desk.database.in_transaction(lambda session: ledger_health(session, NOW))
    assert fact.is_red
    assert fact.values["records_that_do_not_add_up"] == 1


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["enter", "paper", "correct", "take_back"]),
        st.integers(0, 5),
        st.integers(0, 17),
        st.integers(1, 8),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.database("sqlite")
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_done_the_sum_of_all_rows_is_what_is_shown(
    desk: Desk, steps: list[tuple[str, int, int, int]]
) -> None:
    desk = Desk(desk.database)
    for act, which, half_hour, length in steps:
        day, times = TODAY - timedelta(days=which), Times(half_hour * 30, (half_hour + length) * 30)
        rows = desk.database.in_transaction(
            lambda session: list(session.scalars(select(ServiceHours).order_by(ServiceHours.id)))
        )
        mine = [row for row in rows if row.volunteer_id == desk.volunteer]
        try:
            if act == "enter":
                desk.enters(day, times.from_minute, times.to_minute)
            elif act == "paper":
                desk.brings(length * 30, day)
            elif mine:
                row = mine[which % len(mine)]
                other: Times | int = length * 30 if row.kind is HoursKind.PAPER else times
                desk.corrects(row.id, other if act == "correct" else None)
        except Refusal:
            pass
        assert desk.served() == desk.shown()
    standing = desk.database.in_transaction(lambda session: hours_standing(session, desk.volunteer))
    kept = [
        (row.on_date, row.from_minute, row.to_minute or 0, row.id)
        for row in standing
        if row.from_minute is not None
    ]
    for day, begins, ends, number in kept:
        assert not any(
            day == other_day and number != other and begins < other_ends and other_begins < ends
            for other_day, other_begins, other_ends, other in kept
        )
    for day in {row[0] for row in kept}:
        assert sum(ends - begins for other, begins, ends, _number in kept if other == day) <= 600

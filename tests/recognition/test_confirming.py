"""From a visit's marks and report to hours that count: proposed by the service, confirmed by somebody else."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.recognition.errors import (
    HoursCountedAlready,
    HoursOverlap,
    HoursToCome,
    OwnHours,
    ReasonMissing,
    TimesTurnedRound,
    TooManyHoursADay,
)
from app.recognition.models import HoursKind, ServiceHours
from app.recognition.queries.ledger import hours_standing, minutes_served
from app.recognition.queries.proposed import Doubt, HoursProposed, hours_waiting
from app.recognition.use_cases.confirming import (
    ManyConfirmed,
    confirm_many,
    confirm_visit_hours,
    count_nothing,
)
from app.recognition.use_cases.counting import Times
from app.recognition.use_cases.entering import enter_other_hours
from app.shared.times import hong_kong_moment
from app.visits.models import Mark, NextStep, NotedHow, SeatStatus, VisitStatus, Went
from app.visits.use_cases.attending import note_mark
from app.visits.use_cases.reporting import Said, write_report
from app.volunteers.models import Volunteer
from tests.people import give_seat, make_recipient, make_request, make_visit
from tests.recognition.conftest import AFTERNOON, MOST_A_DAY, WEDNESDAY
from tests.visits.story import Story

TEN, TWELVE = 600, 720


def waiting(story: Story, now: datetime = AFTERNOON) -> list[HoursProposed]:
    return story.reads(lambda session: hours_waiting(session, most_a_day=MOST_A_DAY, now=now))


def marks(story: Story, mark: Mark, at: time, how: NotedHow = NotedHow.TAP) -> None:
    seat, moment = story.seats()[0].id, hong_kong_moment(WEDNESDAY, at)
    by = story.volunteer_account.id
    story.reads(lambda session: note_mark(session, seat, mark, how, by=by, now=moment))


def reports(story: Story, minutes: int, now: datetime = AFTERNOON, how: NotedHow = NotedHow.TAP) -> None:
    seat, by = story.seats()[0].id, story.volunteer_account.id
    said = Said(Went.WELL, minutes, NextStep.KEEP)
    story.reads(lambda session: write_report(session, seat, said, how, by=by, now=now))


def confirms(
    story: Story, times: Times, reason: str = "", by: Account | None = None, now: datetime = AFTERNOON
) -> ServiceHours:
    seat, account = story.seats()[0].id, by or story.coordinator
    return story.reads(
        lambda session: confirm_visit_hours(
            session, seat, times, reason, most_a_day=MOST_A_DAY, by=account.id, now=now
        )
    )


def served(story: Story) -> int:
    volunteer = story.seats()[0].volunteer_id
    return story.reads(lambda session: minutes_served(session, volunteer))


def test_a_reported_visit_is_proposed_as_long_as_was_reported(story: Story) -> None:
    reports(story, 90)
    (proposed,) = waiting(story)
    assert (proposed.from_minute, proposed.to_minute, proposed.doubts) == (TEN, TEN + 90, ())


def test_what_was_tapped_is_proposed_without_a_report_and_wants_a_look(story: Story) -> None:
    marks(story, Mark.ARRIVED, time(9, 50))
    marks(story, Mark.LEFT, time(12, 5))
    (proposed,) = waiting(story)
    assert (proposed.from_minute, proposed.minutes) == (590, 135)
    assert proposed.doubts == (Doubt.NO_REPORT,)


def test_the_carers_yes_alone_is_taken_for_the_planned_time(story: Story) -> None:
    marks(story, Mark.ARRIVED, time(10, 0), NotedHow.CARER)
    (proposed,) = waiting(story)
    assert (proposed.from_minute, proposed.to_minute, proposed.doubts) == (TEN, TWELVE, (Doubt.NO_REPORT,))


def test_a_visit_of_which_nobody_said_anything_is_not_taken_for_granted(story: Story) -> None:
    (proposed,) = waiting(story)
    assert proposed.doubts == (Doubt.NOBODY_SAID,)
    with pytest.raises(ReasonMissing):
        confirms(story, Times(TEN, TWELVE))
    assert confirms(story, Times(TEN, TWELVE), "told me at the centre").reason == "told me at the centre"


def test_who_did_not_come_has_no_hours_to_confirm(story: Story) -> None:
    marks(story, Mark.DID_NOT_COME, time(10, 30), NotedHow.PHONE_CALL)
    assert waiting(story) == []


def test_a_visit_that_is_not_over_does_not_wait(story: Story) -> None:
    assert waiting(story, hong_kong_moment(WEDNESDAY, time(11, 59))) == []
    with pytest.raises(HoursCountedAlready):
        confirms(story, Times(TEN, TWELVE), "early", now=hong_kong_moment(WEDNESDAY, time(11)))


def test_much_longer_than_planned_wants_a_reason(story: Story) -> None:
    reports(story, 180)
    (proposed,) = waiting(story)
    assert proposed.doubts == (Doubt.LONGER,)
    with pytest.raises(ReasonMissing):
        confirms(story, Times(TEN, TEN + 180))


def test_taps_and_a_report_that_disagree_want_a_look(story: Story) -> None:
    marks(story, Mark.ARRIVED, time(10, 0))
    marks(story, Mark.LEFT, time(10, 50))
    reports(story, 120)
    (proposed,) = waiting(story)
    assert proposed.doubts == (Doubt.TIMES_DISAGREE,)


def test_what_is_first_told_after_two_weeks_is_back_dated_and_wants_a_reason(story: Story) -> None:
    later = AFTERNOON + timedelta(days=15)
    reports(story, 120, later, NotedHow.PHONE_CALL)
    (proposed,) = [each for each in waiting(story, later) if each.seat.visit.on_date == WEDNESDAY]
    assert proposed.doubts == (Doubt.TOLD_LATE,)
    with pytest.raises(ReasonMissing):
        confirms(story, Times(TEN, TWELVE), now=later)


def test_a_late_confirmation_of_what_was_told_in_time_needs_no_reason(story: Story) -> None:
    reports(story, 120)
    assert confirms(story, Times(TEN, TWELVE), now=AFTERNOON + timedelta(days=40)).minutes == 120


def test_confirmed_hours_count_and_wait_no_more(story: Story) -> None:
    reports(story, 120)
    row = confirms(story, Times(TEN, TWELVE))
    assert (row.kind, row.on_date, row.minutes) == (HoursKind.VISIT, WEDNESDAY, 120)
    assert row.confirmed_by_id == story.coordinator.id
    assert served(story) == 120
    assert waiting(story) == []
    with pytest.raises(HoursCountedAlready):
        confirms(story, Times(TEN, TWELVE))


def test_nobody_confirms_their_own_hours(story: Story) -> None:
    reports(story, 120)
    with pytest.raises(OwnHours):
        confirms(story, Times(TEN, TWELVE), by=story.volunteer_account)
    assert served(story) == 0


def test_other_times_than_proposed_need_a_reason(story: Story) -> None:
    reports(story, 120)
    with pytest.raises(ReasonMissing):
        confirms(story, Times(TEN, TEN + 60))
    assert confirms(story, Times(TEN, TEN + 60), "left early, says the carer").minutes == 60


@pytest.mark.parametrize("times", [Times(TWELVE, TEN), Times(TEN, TEN), Times(TEN, 1441)])
def test_times_that_are_no_piece_of_a_day_are_refused(story: Story, times: Times) -> None:
    reports(story, 120)
    with pytest.raises(TimesTurnedRound):
        confirms(story, times, "typed wrongly")


def test_time_that_is_still_to_come_is_not_counted(story: Story) -> None:
    reports(story, 120)
    with pytest.raises(HoursToCome):
        confirms(story, Times(TEN, 14 * 60 + 1), "until tonight")


def test_nothing_is_counted_where_somebody_has_looked_and_said_why(story: Story) -> None:
    seat = story.seats()[0].id

    def look(session: Session, reason: str) -> ServiceHours:
        return count_nothing(
            session, seat, reason, most_a_day=MOST_A_DAY, by=story.coordinator.id, now=AFTERNOON
        )

    with pytest.raises(ReasonMissing):
        story.reads(lambda session: look(session, ""))
    assert story.reads(lambda session: look(session, "only rang the bell")).minutes == 0
    assert (served(story), waiting(story)) == (0, [])
    volunteer = story.seats()[0].volunteer_id
    assert story.reads(lambda session: hours_standing(session, volunteer)) == []


def a_second_visit(story: Story, from_slot: int, to_slot: int) -> None:
    """Another visit of the same volunteer that day."""
    volunteer_id = story.seats()[0].volunteer_id

    def make(session: Session) -> None:
        request = make_request(session, make_recipient(session), windows=((WEDNESDAY, from_slot, to_slot),))
        visit = make_visit(session, request, WEDNESDAY, status=VisitStatus.ATTENDED)
        give_seat(session, visit, session.get_one(Volunteer, volunteer_id), SeatStatus.ACCEPTED)

    story.reads(make)


def test_two_visits_that_overlap_as_reported_are_both_in_doubt(story: Story) -> None:
    a_second_visit(story, 24, 26)
    reports(story, 150)
    doubts = [each.doubts for each in waiting(story)]
    assert len(doubts) == 2
    assert all(Doubt.OVERLAPS in each for each in doubts)
    confirms(story, Times(TEN, TWELVE), "the report counts the way home")
    (other,) = waiting(story)
    assert Doubt.OVERLAPS not in other.doubts


def test_one_piece_of_time_is_counted_once(story: Story) -> None:
    volunteer = story.seats()[0].volunteer_id
    story.reads(
        lambda session: enter_other_hours(
            session, volunteer, WEDNESDAY, Times(660, 780), "street stall", most_a_day=MOST_A_DAY,
            by=story.coordinator.id, now=AFTERNOON,
        )
    )  # fmt: skip
    reports(story, 120)
    with pytest.raises(HoursOverlap):
        confirms(story, Times(TEN, TWELVE), "both")
    assert confirms(story, Times(TEN, 660), "until the stall").minutes == 60


def test_a_day_has_a_maximum(story: Story) -> None:
    volunteer = story.seats()[0].volunteer_id
    story.reads(
        lambda session: enter_other_hours(
            session, volunteer, WEDNESDAY, Times(0, 590), "a fair", most_a_day=MOST_A_DAY,
            by=story.coordinator.id, now=AFTERNOON,
        )
    )  # fmt: skip
    reports(story, 120)
    (proposed,) = waiting(story)
    assert proposed.doubts == (Doubt.OVER_MAXIMUM,)
    with pytest.raises(TooManyHoursADay):
        confirms(story, Times(TEN, TWELVE), "all of it")
    assert confirms(story, Times(TEN, TEN + 10), "as far as it goes").minutes == 10


def many(story: Story, keys: list[str], by: Account | None = None) -> ManyConfirmed:
    account = by or story.coordinator
    shown = {int(key.partition("-")[0]): key for key in keys}
    return story.reads(
        lambda session: confirm_many(session, shown, most_a_day=MOST_A_DAY, by=account.id, now=AFTERNOON)
    )


def test_many_are_confirmed_at_once_as_they_were_shown(story: Story) -> None:
    a_second_visit(story, 26, 27)
    reports(story, 120)
    shown = [each.key for each in waiting(story)]
    assert many(story, shown) == ManyConfirmed(confirmed=1, left=1)
    assert served(story) == 120
    (left,) = waiting(story)
    assert left.doubts == (Doubt.NOBODY_SAID,)


def test_what_has_changed_since_it_was_shown_is_left(story: Story) -> None:
    reports(story, 120)
    seat = story.seats()[0].id
    assert many(story, [f"{seat}-600-690"]) == ManyConfirmed(confirmed=0, left=1)


def test_ones_own_are_left_for_somebody_else(story: Story) -> None:
    reports(story, 120)
    shown = [each.key for each in waiting(story)]
    assert many(story, shown, by=story.volunteer_account) == ManyConfirmed(confirmed=0, left=1)
    assert many(story, shown) == ManyConfirmed(confirmed=1, left=0)
    assert many(story, shown) == ManyConfirmed(confirmed=0, left=1)


def test_the_doubtful_come_first(story: Story, clock: time_machine.Traveller) -> None:
    reports(story, 120)
    later = hong_kong_moment(date(2026, 12, 2), time(14))
    clock.move_to(later)
    assert [bool(each.doubts) for each in waiting(story, later)] == [True, False]

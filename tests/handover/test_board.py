"""The succession board: what needs a look and why, who has nobody to follow, and what a year came to."""

from datetime import timedelta

import time_machine
from sqlalchemy.orm import Session

from app.handover.models import DutyKind, Handover, HandoverStatus
from app.handover.queries.board import Stall, board_rows, year_figures
from app.handover.queries.handovers import facts_of, handovers_listed
from app.handover.use_cases.seniors import note_held_duty
from app.handover.use_cases.signing import carer_declines
from app.shared.times import hong_kong_date, utc_now
from app.visits.models import SeatStatus, VisitStatus
from app.volunteers.models import Volunteer
from tests.handover.wednesdays import NEXT_WEDNESDAY, Wednesdays
from tests.matching.night_people import AT_NINE
from tests.people import give_seat, make_visit


def stalls(wednesdays: Wednesdays) -> tuple[Stall, ...]:
    def read(session: Session) -> tuple[Stall, ...]:
        found = handovers_listed(session)
        facts = facts_of(session, found, hong_kong_date(utc_now()))
        (row,) = board_rows(session, found, facts, utc_now())
        return row.stalls

    return wednesdays.does(read)


def test_what_waits_for_long_needs_a_look(wednesdays: Wednesdays, clock: time_machine.Traveller) -> None:
    wednesdays.comes_to(HandoverStatus.SENIOR_AGREED)
    assert stalls(wednesdays) == ()
    clock.move_to(AT_NINE + timedelta(days=15))
    assert stalls(wednesdays) == (Stall.WAITS_LONG,)
    assert "for 15 days" in wednesdays.desk().opens("/handovers").words


def test_a_carers_no_and_a_near_day_need_a_look(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.LEADING)

    def decline(session: Session) -> None:
        carer_declines(session, handover, by=wednesdays.carers_account.id, now=utc_now())
        session.get_one(Handover, handover).step_back_on = hong_kong_date(utc_now())

    wednesdays.does(decline)
    assert stalls(wednesdays) == (Stall.CARER_DECLINED, Stall.STEPS_BACK_SOON)
    assert "The carer said no: please call" in wednesdays.desk().opens("/handovers").words


def test_what_only_one_person_knows_stands_on_the_board(wednesdays: Wednesdays) -> None:
    wednesdays.does(
        lambda session: note_held_duty(
            session,
            wednesdays.senior,
            DutyKind.KNOWLEDGE,
            "Every lift of the hospital",
            by=wednesdays.desk_account.id,
            now=utc_now(),
        )
    )
    words = wednesdays.desk().opens("/handovers").words
    assert "Every lift of the hospital" in words
    assert "1 seniors with visits nobody follows in yet" in words


def test_a_year_counts_what_was_handed_on_and_what_went_on(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SIGNED_OFF)

    def go_on(session: Session) -> None:
        row = session.get_one(Handover, handover)
        assert row.request is not None
        for week, volunteer_id in ((1, wednesdays.successor), (2, wednesdays.senior)):
            day = NEXT_WEDNESDAY + timedelta(days=7 * week)
            visit = make_visit(session, row.request, day, status=VisitStatus.ATTENDED)
            give_seat(session, visit, session.get_one(Volunteer, volunteer_id), SeatStatus.ACCEPTED)

    wednesdays.does(go_on)
    figures = wednesdays.does(lambda session: year_figures(session, 2026))
    assert (figures.begun, figures.passed_on, figures.stopped) == (1, 1, 0)
    assert (figures.continued, figures.visits_since) == (1, 2)
    assert figures.weeks_of_overlap is None
    assert wednesdays.does(lambda session: year_figures(session, 2025)).begun == 0
    assert "1 of 2" in wednesdays.desk().opens("/handovers?year=2026").words

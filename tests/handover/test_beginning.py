"""Who is senior, what they hold, and how a handover begins."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.handover.errors import NotSenior, NotTheirDuty, UnderWayAlready, WordsMissing
from app.handover.models import DutyKind, Handover, HandoverStatus, Origin
from app.handover.queries.handovers import notes_of
from app.handover.queries.seniors import SeniorBecause, holdings_of, senior_of, seniors
from app.handover.use_cases.beginning import Duty, begin_emergency, begin_handover, wish_to_hand_on
from app.handover.use_cases.seniors import change_senior_rule, note_held_duty
from app.shared.times import utc_now
from app.volunteers.models import Volunteer
from tests.handover.wednesdays import Wednesdays
from tests.people import make_volunteer
from tests.visitor import Opened

TODAY = date(2026, 11, 24)


def because(wednesdays: Wednesdays, volunteer_id: int) -> tuple[SeniorBecause, ...]:
    def read(session: Session) -> tuple[SeniorBecause, ...]:
        senior = senior_of(session, session.get_one(Volunteer, volunteer_id), TODAY)
        return senior.because if senior is not None else ()

    return wednesdays.does(read)


def test_years_make_a_senior_and_age_does_not(wednesdays: Wednesdays) -> None:
    old_and_new = wednesdays.does(
        lambda session: make_volunteer(session, "New At Eighty", birth_year=1946, volunteer_since=TODAY).id
    )
    assert because(wednesdays, wednesdays.senior) == (SeniorBecause.YEARS,)
    assert because(wednesdays, old_and_new) == ()


def test_hours_of_the_earlier_register_count(wednesdays: Wednesdays) -> None:
    young = wednesdays.does(
        lambda session: make_volunteer(session, "Young", birth_year=2004, confirmed_hours_before=300.0).id
    )
    assert because(wednesdays, young) == (SeniorBecause.HOURS,)


def test_the_rule_is_what_staff_say_it_is(wednesdays: Wednesdays) -> None:
    wednesdays.desk().sends("/seniors/rule", years="", hours="", kind_visits="1")
    assert because(wednesdays, wednesdays.senior) == (SeniorBecause.KIND_VISITS,)
    wednesdays.desk().sends("/seniors/rule", years="20", hours="", kind_visits="")
    assert because(wednesdays, wednesdays.senior) == ()


def test_a_decision_makes_a_senior_whatever_the_rule_says(wednesdays: Wednesdays) -> None:
    wednesdays.desk().sends(
        f"/volunteers/{wednesdays.successor}/senior", since="2026-11-01", reason="Led the Saturday team"
    )
    assert because(wednesdays, wednesdays.successor) == (SeniorBecause.DECISION,)


def test_what_a_senior_holds_is_known(wednesdays: Wednesdays) -> None:
    def read(session: Session) -> None:
        note_held_duty(
            session,
            wednesdays.senior,
            DutyKind.ROLE,
            "Leads the Saturday team",
            by=wednesdays.desk_account.id,
            now=utc_now(),
        )
        found = holdings_of(session, wednesdays.senior, TODAY)
        assert [(duty.request.id, duty.held, duty.next_on) for duty in found.weekly] == [
            (wednesdays.request, 1, date(2026, 11, 25))
        ]
        assert [duty.held.words for duty in found.roles] == ["Leads the Saturday team"]
        first = seniors(session, TODAY)[0]
        assert (first.volunteer.id, first.weekly, first.followed) == (wednesdays.senior, 1, 0)

    wednesdays.does(read)
    words = wednesdays.desk().opens(f"/volunteers/{wednesdays.senior}/holds").words
    assert "陳婆婆" in words
    assert "Leads the Saturday team" in words


def test_a_wish_begins_a_handover_that_looks_for_a_successor(wednesdays: Wednesdays) -> None:
    me = wednesdays.browser(wednesdays.seniors_account)
    assert "What you hold, and how to pass it on" in me.opens(f"/volunteer/{wednesdays.senior}").words
    me.sends(
        f"/volunteer/{wednesdays.senior}/handing-on/wish",
        duties=f"request-{wednesdays.request}",
        step_back_on="2027-03-01",
        words="My knees",
    )

    def read(session: Session) -> None:
        handover = session.get_one(Handover, 1)
        assert (handover.status, handover.origin) == (HandoverStatus.SENIOR_AGREED, Origin.WISH)
        assert handover.step_back_on == date(2027, 3, 1)
        assert [note.words for note in notes_of(session, 1)] == ["My knees"]
        assert "laugh" in " ".join(item.words_en for item in handover.items)

    wednesdays.does(read)
    assert "Looking for a successor" in me.opens(f"/volunteer/{wednesdays.senior}/handing-on").words
    assert "A successor is chosen" in wednesdays.desk().opens("/handovers").words


def test_a_wish_says_what_and_from_when(wednesdays: Wednesdays) -> None:
    me = wednesdays.browser(wednesdays.seniors_account)
    here = f"/volunteer/{wednesdays.senior}/handing-on/wish"
    answer = me.sends(here, step_back_on="2026-11-01", words="My knees", status=422)
    assert answer.errors.keys() == {"duties", "step_back_on"}
    assert "My knees" in answer.html


def test_a_coordinator_suggests_and_the_senior_is_asked(wednesdays: Wednesdays) -> None:
    wednesdays.desk().sends(
        f"/volunteers/{wednesdays.senior}/hand-over", duty=f"request-{wednesdays.request}", how="ask"
    )
    assert wednesdays.status(1) is HandoverStatus.PROPOSED
    assert wednesdays.told() == [("senior", "senior_asked")]
    me = wednesdays.browser(wednesdays.seniors_account)
    here = f"/volunteer/{wednesdays.senior}/handovers/1"
    page = me.opens(here)
    assert "Would you like to hand this on?" in page.words
    Opened(me.client.post(f"{here}/yes", data=page.hidden))
    assert wednesdays.status(1) is HandoverStatus.SENIOR_AGREED


def test_an_emergency_waits_for_nobodys_word(wednesdays: Wednesdays) -> None:
    def act(session: Session) -> HandoverStatus:
        duty = Duty(request_id=wednesdays.request)
        with pytest.raises(WordsMissing):
            begin_emergency(
                session, wednesdays.senior, duty, "", by=wednesdays.desk_account.id, now=utc_now()
            )
        return begin_emergency(
            session,
            wednesdays.senior,
            duty,
            "In hospital; the daughter has a key",
            by=wednesdays.desk_account.id,
            now=utc_now(),
        ).status

    assert wednesdays.does(act) is HandoverStatus.SENIOR_AGREED


def test_one_duty_is_handed_over_once_at_a_time(wednesdays: Wednesdays) -> None:
    wednesdays.wishes()
    with pytest.raises(UnderWayAlready):
        wednesdays.wishes()


def test_nobody_hands_over_what_they_do_not_hold(wednesdays: Wednesdays) -> None:
    def of_another(session: Session) -> None:
        other = make_volunteer(session, "Other Senior", volunteer_since=date(2010, 1, 1))
        duty = Duty(request_id=wednesdays.request)
        by, now = wednesdays.desk_account.id, utc_now()
        with pytest.raises(NotTheirDuty):
            begin_handover(session, other.id, duty, step_back_on=None, by=by, now=now)
        with pytest.raises(NotSenior):
            wish_to_hand_on(session, wednesdays.successor, [duty], step_back_on=None, by=by, now=now)

    wednesdays.does(of_another)


def test_the_rule_may_count_nothing_at_all(wednesdays: Wednesdays) -> None:
    wednesdays.does(
        lambda session: change_senior_rule(
            session,
            years=None,
            hours=None,
            kind_visits=None,
            by=wednesdays.desk_account.id,
            now=utc_now(),
        )
    )
    assert "Nobody is senior by the rule" in wednesdays.desk().opens("/seniors").words

"""Who could follow; the successor goes along, leads, and goes alone; and the night that plans it."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, KnownHelper, RequestSkill
from app.catalogue.models import Language, Skill
from app.handover.errors import NobodyToGoWith, NotYet, StillGoes, ToldAlready
from app.handover.models import (
    Handover,
    HandoverStatus,
    Party,
    ShadowStatus,
    ShadowVisit,
    SignedFor,
    SignedHow,
)
from app.handover.queries.shadows import shadows_wanted
from app.handover.use_cases.closing import thank_senior
from app.handover.use_cases.shadows import Along, propose_shadows, sweep_shadows, tell_of_visit
from app.handover.use_cases.signing import carer_declines
from app.handover.use_cases.sweeping import sweep_handovers
from app.matching.models import RuleCode
from app.matching.translate import snapshot
from app.matching.use_cases.going_along import arrange_going_along, go_along_to
from app.matching.use_cases.successors import Candidates, choose_successor, successors_for
from app.matching.use_cases.teams import NotEligible
from app.safeguarding.models import DoNotPair
from app.shared.audit import AuditRow
from app.shared.database import refusal_of
from app.shared.times import utc_now
from app.training.use_cases import CourseFacts, add_course, add_faculty
from app.visits.models import BookedSlot, SeatStatus, Visit, VisitSeat, VisitStatus, Went
from app.volunteers.models import Volunteer, VolunteerSkill, VolunteerStatus
from app.volunteers.use_cases import withdraw_volunteer
from tests.handover.wednesdays import NEXT_WEDNESDAY, Wednesdays
from tests.matching.night_people import AT_NINE, run_a_night
from tests.matching.test_cover import press
from tests.people import EVERY_DAY, give_seat, make_request, make_visit, make_volunteer

TOMORROW = date(2026, 11, 25)


def candidates(wednesdays: Wednesdays, handover: int) -> Candidates:
    return wednesdays.does(
        lambda session: successors_for(session, session.get_one(Handover, handover), now=utc_now())
    )


def goes_along(wednesdays: Wednesdays, handover: int, visit: int) -> int:
    return wednesdays.does(
        lambda session: go_along_to(session, handover, visit, by=wednesdays.desk_account.id, now=utc_now()).id
    )


def tell(wednesdays: Wednesdays, shadow: int, party: Party) -> None:
    wednesdays.does(
        lambda session: tell_of_visit(
            session,
            shadow,
            party,
            Went.WELL,
            "",
            SignedHow.SIGNED_IN,
            by=wednesdays.seniors_account.id,
            now=utc_now(),
        )
    )


def test_the_best_successor_stands_first_and_is_explained(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SENIOR_AGREED)

    def add(session: Session) -> None:
        make_volunteer(session, "Of The Same Age", birth_year=1955)
        make_volunteer(session, "Never On Wednesday", free=tuple(each for each in EVERY_DAY if each[0] != 2))

    wednesdays.does(add)
    found = candidates(wednesdays, handover)
    assert [(each.volunteer.name_en, each.bridges_ages) for each in found.now] == [
        ("FUNG Ka Ho", True),
        ("Of The Same Age", False),
    ]
    desk = wednesdays.desk()
    page = desk.opens(f"/handovers/{handover}/successor")
    assert "Two ages together" in page.words
    assert "Never On Wednesday" not in page.words
    press(desk, page)
    assert wednesdays.told()[-1] == ("successor", "successor_asked")


def test_who_lacks_a_skill_could_follow_after_a_course(wednesdays: Wednesdays) -> None:
    def ask_a_skill(session: Session) -> None:
        session.add(Skill(code="transfers", name_zh="扶抱", name_en="Transfers"))
        if session.get(Language, "yue") is None:
            session.add(Language(code="yue", name_zh="廣東話", name_en="Cantonese"))
        session.flush()
        session.add(RequestSkill(request_id=wednesdays.request, skill_code="transfers"))
        session.add(VolunteerSkill(volunteer_id=wednesdays.senior, skill_code="transfers"))
        faculty = add_faculty(session, "照顧學院", "Faculty of care", by=None, now=utc_now())
        facts = CourseFacts(
            faculty.id, "扶抱班", "Lifting course", 360, "yue", "", "", "", "", grants=("transfers",)
        )
        add_course(session, facts, by=None, now=utc_now())

    handover = wednesdays.comes_to(HandoverStatus.SENIOR_AGREED)
    wednesdays.does(ask_a_skill)
    found = candidates(wednesdays, handover)
    assert found.now == []
    assert [(each.volunteer.id, each.course and each.course.name_en) for each in found.after_course] == [
        (wednesdays.successor, "Lifting course")
    ]
    wednesdays.does(
        lambda session: choose_successor(
            session, handover, wednesdays.successor, by=wednesdays.desk_account.id, now=utc_now()
        )
    )
    wednesdays.signs(handover, Party.SUCCESSOR, SignedFor.BEGINNING)
    assert wednesdays.status(handover) is HandoverStatus.COURSE


def test_nobody_is_named_against_the_rules(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SENIOR_AGREED)
    never = wednesdays.does(lambda session: make_volunteer(session, "Never Free", free=()).id)
    with pytest.raises(NotEligible) as refused:
        wednesdays.does(
            lambda session: choose_successor(
                session, handover, never, by=wednesdays.desk_account.id, now=utc_now()
            )
        )
    assert refused.value.facts["rule"] is RuleCode.IS_FREE_THEN


def test_a_night_plans_whom_a_senior_takes_along(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)
    wanted = wednesdays.does(shadows_wanted)
    assert [(each.handover_id, each.visits) for each in wanted] == [(handover, 2)]
    summary = run_a_night(wednesdays.database)
    assert summary.waiting == 0

    def proposed(session: Session) -> list[tuple[date, int, ShadowStatus]]:
        rows = session.scalars(select(ShadowVisit).order_by(ShadowVisit.on_date))
        return [(row.on_date, row.successor_id, row.status) for row in rows]

    assert wednesdays.does(proposed) == [
        (day, wednesdays.successor, ShadowStatus.PROPOSED)
        for day in (NEXT_WEDNESDAY, NEXT_WEDNESDAY + timedelta(days=7))
    ]


def test_nobody_goes_along_before_the_carer_agrees(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SUCCESSOR_AGREED)
    assert wednesdays.does(shadows_wanted) == []
    with pytest.raises(NotYet):
        goes_along(wednesdays, handover, wednesdays.visits[1])


def test_what_the_night_proposes_is_arranged_by_a_person(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)
    before = len(wednesdays.told())

    def propose(session: Session) -> None:
        visit = session.get_one(Visit, wednesdays.visits[1])
        along = Along(
            handover, wednesdays.successor, visit.occurrence_id, visit.on_date, visit.from_slot, visit.to_slot
        )
        for _twice in range(2):
            propose_shadows(session, [along], run_id=7, now=utc_now())

    wednesdays.does(propose)
    assert len(wednesdays.told()) == before, "nothing is sent by the machine's decision alone"
    desk = wednesdays.desk()
    press(desk, desk.opens(f"/handovers/{handover}"), "Arrange")
    assert wednesdays.told()[before:] == [
        ("senior", "visit_arranged"),
        ("successor", "visit_arranged"),
        ("carer", "visit_arranged"),
    ]
    booked = select(func.count()).select_from(BookedSlot).where(BookedSlot.shadow_id.is_not(None))
    assert wednesdays.does(lambda session: session.scalar(booked)) == 4


def test_going_along_takes_time_like_a_seat(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)
    goes_along(wednesdays, handover, wednesdays.visits[1])

    def another(session: Session) -> None:
        request = make_request(session, windows=((NEXT_WEDNESDAY, 22, 26),))
        successor = session.get_one(Volunteer, wednesdays.successor)
        give_seat(session, make_visit(session, request, NEXT_WEDNESDAY), successor)

    with pytest.raises(IntegrityError) as refused:
        wednesdays.does(another)
    assert "booked_slots" in refusal_of(refused.value)

    def free_then(session: Session) -> list[tuple[int, int, int]]:
        problem = snapshot(session, TOMORROW).problem
        row = problem.volunteer(session.get_one(Volunteer, wednesdays.successor).code)
        assert row.used == {date(2026, 11, 23): (1, 120)}
        return [piece for piece in row.free if piece[0] == 0]

    assert wednesdays.does(free_then) == [(0, 26, 42)]


def test_who_is_busy_does_not_go_along(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)

    def give_another(session: Session) -> None:
        request = make_request(session, windows=((NEXT_WEDNESDAY, 22, 26),))
        successor = session.get_one(Volunteer, wednesdays.successor)
        give_seat(session, make_visit(session, request, NEXT_WEDNESDAY), successor)

    wednesdays.does(give_another)
    with pytest.raises(NotEligible) as refused:
        goes_along(wednesdays, handover, wednesdays.visits[1])
    assert refused.value.facts["rule"] is RuleCode.TRAVEL


def test_nobody_goes_along_without_the_senior(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)
    shadow = goes_along(wednesdays, handover, wednesdays.visits[1])

    def senior_cannot(session: Session) -> int:
        session.get_one(VisitSeat, wednesdays.seats[1]).status = SeatStatus.DECLINED
        session.flush()
        return sweep_shadows(session, now=utc_now())

    assert wednesdays.does(senior_cannot) == 1
    assert wednesdays.told()[-1] == ("successor", "visit_off")
    assert wednesdays.does(lambda session: session.get_one(ShadowVisit, shadow).status) is (
        ShadowStatus.CANCELLED
    )
    with pytest.raises((NobodyToGoWith, NotYet)):
        wednesdays.does(
            lambda session: arrange_going_along(session, shadow, by=wednesdays.desk_account.id, now=utc_now())
        )


def test_a_carers_no_ends_what_is_arranged(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)
    goes_along(wednesdays, handover, wednesdays.visits[1])
    wednesdays.does(
        lambda session: carer_declines(session, handover, by=wednesdays.carers_account.id, now=utc_now())
    )
    booked = select(func.count()).select_from(BookedSlot).where(BookedSlot.shadow_id.is_not(None))
    assert wednesdays.does(lambda session: session.scalar(booked)) == 0


def test_the_address_is_shown_only_shortly_before_and_only_to_who_goes(
    wednesdays: Wednesdays, clock: time_machine.Traveller
) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)
    shadow = goes_along(wednesdays, handover, wednesdays.visits[1])
    fung = wednesdays.browser(wednesdays.successors_account)
    here = f"/volunteer/{wednesdays.successor}/visits-together/{shadow}"
    assert "Flat 7, invented house" in fung.opens(f"{here}/details").words
    wednesdays.browser(wednesdays.seniors_account).opens(
        f"/volunteer/{wednesdays.senior}/visits-together/{shadow}/details", status=404
    )
    seen = select(func.count()).where(AuditRow.action == "handover.details_seen")
    assert wednesdays.does(lambda session: session.scalar(seen)) == 1
    clock.move_to(AT_NINE + timedelta(days=4))
    wednesdays.browser(wednesdays.successors_account).opens(f"{here}/details", status=404)


def test_both_tell_and_then_the_successor_leads(
    wednesdays: Wednesdays, clock: time_machine.Traveller
) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)
    wednesdays.does(lambda session: setattr(session.get_one(Handover, handover), "shadows_wanted", 1))
    shadow = goes_along(wednesdays, handover, wednesdays.visits[1])
    with pytest.raises(NotYet):
        tell(wednesdays, shadow, Party.SENIOR)
    clock.move_to(AT_NINE + timedelta(days=1, hours=6))
    fung = wednesdays.browser(wednesdays.successors_account)
    assert (
        "Please tell us how it was"
        in fung.opens(f"/volunteer/{wednesdays.successor}/handovers/{handover}").words
    )
    fung.sends(f"/volunteer/{wednesdays.successor}/visits-together/{shadow}/tell", went="well", words="")
    assert wednesdays.status(handover) is HandoverStatus.SHADOWING
    wednesdays.desk().sends(f"/visits-together/{shadow}/told/senior", went="well", words="She laughed")
    assert wednesdays.status(handover) is HandoverStatus.LEADING
    with pytest.raises(ToldAlready):
        tell(wednesdays, shadow, Party.SENIOR)
    knows = wednesdays.does(
        lambda session: session.get(KnownHelper, (wednesdays.recipient, wednesdays.successor))
    )
    assert knows is not None
    assert "1 of 1" in fung.opens(f"/volunteer/{wednesdays.successor}/handovers/{handover}").words


def test_the_senior_is_thanked_and_the_handover_completes_by_visits_alone(
    wednesdays: Wednesdays, clock: time_machine.Traveller
) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SIGNED_OFF)
    with pytest.raises(StillGoes):
        wednesdays.does(
            lambda session: thank_senior(
                session, handover, becomes_adviser=True, by=wednesdays.desk_account.id, now=utc_now()
            )
        )
    wednesdays.desk().sends(f"/handovers/{handover}/thank")
    assert wednesdays.status(handover) is HandoverStatus.ADVISING
    assert wednesdays.told()[-1] == ("senior", "thanked")

    def go_alone(session: Session) -> None:
        request = session.get_one(CareRequest, wednesdays.request)
        successor = session.get_one(Volunteer, wednesdays.successor)
        for week in (1, 2, 3):
            day = NEXT_WEDNESDAY + timedelta(days=7 * week)
            visit = make_visit(session, request, day, status=VisitStatus.ATTENDED)
            give_seat(session, visit, successor, SeatStatus.ACCEPTED)
            if week < 3:
                sweep_handovers(session, now=utc_now())
                assert session.get_one(Handover, handover).status is HandoverStatus.ADVISING

    wednesdays.does(go_alone)
    clock.move_to(AT_NINE + timedelta(days=23))
    wednesdays.does(lambda session: sweep_handovers(session, now=utc_now()))
    assert wednesdays.status(handover) is HandoverStatus.CLOSED


def test_after_the_handover_the_night_continues_with_the_successor(wednesdays: Wednesdays) -> None:
    wednesdays.comes_to(HandoverStatus.SIGNED_OFF)

    def continues(session: Session) -> set[str]:
        problem = snapshot(session, TOMORROW).problem
        return {code for visit in problem.visits for code in visit.continues}

    successor = wednesdays.does(lambda session: session.get_one(Volunteer, wednesdays.successor).code)
    assert wednesdays.does(continues) == {successor}


def test_a_senior_who_leaves_in_the_middle_takes_nothing_with_them(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)
    goes_along(wednesdays, handover, wednesdays.visits[1])
    wednesdays.does(
        lambda session: withdraw_volunteer(
            session, wednesdays.senior, reason="Moving away", by=wednesdays.seniors_account.id, now=utc_now()
        )
    )
    assert wednesdays.status(handover) is HandoverStatus.LEADING
    assert ("carer", "carer_asked_again") in wednesdays.told()
    live = select(func.count()).select_from(ShadowVisit).where(ShadowVisit.status == ShadowStatus.ARRANGED)
    assert wednesdays.does(lambda session: session.scalar(live)) == 0


def test_a_successor_who_leaves_makes_room(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.LEADING)

    def retire(session: Session) -> None:
        session.get_one(Volunteer, wednesdays.successor).status = VolunteerStatus.RETIRED
        session.flush()
        for _twice in range(2):
            sweep_handovers(session, now=utc_now())

    wednesdays.does(retire)
    assert wednesdays.status(handover) is HandoverStatus.SENIOR_AGREED


def test_a_request_that_ends_ends_its_handover(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)

    def end(session: Session) -> None:
        session.execute(text("UPDATE care_requests SET status = 'closed', close_reason = 'met'"))
        session.expire_all()
        sweep_handovers(session, now=utc_now())

    wednesdays.does(end)
    assert wednesdays.status(handover) is HandoverStatus.STOPPED


@pytest.mark.parametrize("word", ["consent_missing", "do_not_pair", "clearance_not_confirmed"])
def test_the_database_itself_keeps_people_safe(wednesdays: Wednesdays, word: str) -> None:
    at = HandoverStatus.SUCCESSOR_AGREED if word == "consent_missing" else HandoverStatus.SHADOWING
    handover = wednesdays.comes_to(at)

    def arrange(session: Session) -> None:
        if word == "do_not_pair":
            session.add(
                DoNotPair(
                    volunteer_id=wednesdays.successor,
                    recipient_id=wednesdays.recipient,
                    entered_by_id=wednesdays.desk_account.id,
                    entered_at=utc_now(),
                )
            )
        if word == "clearance_not_confirmed":
            session.execute(text("UPDATE care_requests SET clearance = 'scrc'"))
        visit = session.get_one(Visit, wednesdays.visits[1])
        session.add(
            ShadowVisit(
                handover_id=handover,
                successor_id=wednesdays.successor,
                occurrence_id=visit.occurrence_id,
                on_date=visit.on_date,
                from_slot=visit.from_slot,
                to_slot=visit.to_slot,
                status=ShadowStatus.ARRANGED,
                made_at=utc_now(),
                end_words="",
            )
        )
        session.flush()

    with pytest.raises(IntegrityError) as refused:
        wednesdays.does(arrange)
    assert refusal_of(refused.value) == word

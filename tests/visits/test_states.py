"""A visit from offer to its end: legal moves only, each with who, when and why, which nothing can change."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.care_requests.models import CareRequest, RequestSkill
from app.catalogue.models import Skill
from app.matching.models import RuleCode
from app.matching.use_cases.upkeep import sweep_standing_visits
from app.messages.delivery import worded
from app.messages.models import OutboxMessage
from app.shared.database import Database, refusal_of
from app.training.use_cases.proofs import withdraw_proof
from app.visits.models import (
    LEGAL_VISIT_MOVES,
    EndedBecause,
    MoveBecause,
    SeatMove,
    SeatStatus,
    Visit,
    VisitMove,
    VisitStatus,
)
from app.visits.use_cases.changes import NotAgreedYet, confirm_visit
from app.visits.use_cases.seats import VisitIsOver, give_up_seat
from app.volunteers.models import Gender, Volunteer
from tests.matching.night_people import AT_NINE, AT_TEN
from tests.people import give_proof, give_seat, make_account, make_request, make_visit, make_volunteer
from tests.visits.story import Story, signed_in


def moves_of(story: Story, visit: Visit) -> list[tuple[VisitStatus | None, VisitStatus, MoveBecause | None]]:
    def read(session: Session) -> list[VisitMove]:
        return list(
            session.scalars(select(VisitMove).where(VisitMove.visit_id == visit.id).order_by(VisitMove.id))
        )

    return [(move.was, move.became, move.because) for move in story.reads(read)]


@pytest.mark.parametrize("was", list(VisitStatus))
def test_the_database_allows_the_moves_that_the_model_allows_and_no_other(
    database: Database, keys: object, was: VisitStatus
) -> None:
    def move(became: VisitStatus) -> None:
        def act(session: Session) -> None:
            visit = make_visit(session, make_request(session), status=was)
            visit.status = became

        database.in_transaction(act)

    for became in VisitStatus:
        if became is was or became in LEGAL_VISIT_MOVES[was]:
            move(became)
        else:
            with pytest.raises(IntegrityError) as caught:
                move(became)
            assert refusal_of(caught.value) == "illegal_move", f"{was} to {became}"


def test_every_move_is_kept_with_who_when_and_why(story: Story, app: Flask) -> None:
    story.says_yes()
    visit = story.visits()[0]
    desk = signed_in(app, story.coordinator)
    desk.sends(f"/seats/{story.seats()[0].id}/release", reason="in bed with a cold", who="volunteer")
    assert moves_of(story, visit) == [
        (None, VisitStatus.OFFERED, MoveBecause.ASKED),
        (VisitStatus.OFFERED, VisitStatus.ACCEPTED, MoveBecause.ENOUGH_SAID_YES),
        (VisitStatus.ACCEPTED, VisitStatus.NEEDS_COVER, MoveBecause.TOO_FEW_LEFT),
    ]
    seats = story.reads(
        lambda session: list(
            session.scalars(select(SeatMove).where(SeatMove.seat_id == 1).order_by(SeatMove.id))
        )
    )
    assert [(move.became, move.because, move.words, move.by_id, move.at) for move in seats] == [
        (SeatStatus.OFFERED, None, None, story.coordinator.id, AT_NINE),
        (SeatStatus.ACCEPTED, None, None, None, AT_TEN),
        (SeatStatus.DECLINED, EndedBecause.GAVE_UP, "in bed with a cold", story.coordinator.id, AT_TEN),
    ]
    page = desk.opens(f"/visits/{visit.id}")
    assert "CHAN Siu Ming: Cannot come after all" in page.words
    assert "in bed with a cold" in page.words
    assert "Needs cover (too few people are left)" in page.words


@pytest.mark.parametrize("table", ["visit_moves", "seat_moves"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET words = 'x'", "DELETE FROM {}"])
def test_the_history_does_not_change(database: Database, keys: object, table: str, statement: str) -> None:
    def arrange(session: Session) -> None:
        give_seat(session, make_visit(session, make_request(session)), make_volunteer(session))

    database.in_transaction(arrange)
    with pytest.raises(IntegrityError) as caught:
        database.in_transaction(lambda session: session.execute(text(statement.format(table))))
    assert refusal_of(caught.value) == "history_is_append_only"


def test_the_carer_confirms_by_one_button(story: Story, app: Flask) -> None:
    story.says_yes()
    first, _second = story.visits()
    carer = signed_in(app, story.carer_account)
    page = carer.opens(f"/my/requests/{first.request_id}")
    assert "Do the visits suit you?" in page.words
    carer.sends(
        f"/my/requests/{first.request_id}", to=f"/my/requests/{first.request_id}/visits/{first.id}/suits"
    )
    assert [visit.status for visit in story.visits()] == [VisitStatus.CONFIRMED, VisitStatus.ACCEPTED]
    assert "You said that it suits" in carer.opens(f"/my/requests/{first.request_id}").words
    assert moves_of(story, first)[-1] == (
        VisitStatus.ACCEPTED,
        VisitStatus.CONFIRMED,
        MoveBecause.CARER_SAID_YES,
    )


def test_another_person_on_a_confirmed_visit_asks_the_carer_anew(story: Story) -> None:
    story.says_yes()
    visit = story.visits()[0]
    story.reads(lambda session: confirm_visit(session, visit.id, by=story.carer_account.id, now=AT_TEN))
    story.reads(lambda session: give_up_seat(session, story.seats()[0].id, "", by=None, now=AT_TEN))
    assert [became for _was, became, _because in moves_of(story, visit)][-3:] == [
        VisitStatus.CONFIRMED,
        VisitStatus.ACCEPTED,
        VisitStatus.NEEDS_COVER,
    ]


def test_a_visit_without_an_answer_cannot_be_confirmed(story: Story) -> None:
    visit = story.visits()[0]
    with pytest.raises(NotAgreedYet):
        story.reads(lambda session: confirm_visit(session, visit.id, by=story.carer_account.id, now=AT_TEN))


def test_a_visit_that_has_begun_is_not_confirmed(story: Story) -> None:
    story.says_yes()
    visit = story.visits()[0]
    later = AT_TEN + timedelta(days=1, hours=1)
    with pytest.raises(VisitIsOver):
        story.reads(lambda session: confirm_visit(session, visit.id, by=story.carer_account.id, now=later))


def test_a_carer_calls_off_one_visit_and_keeps_the_others(story: Story, app: Flask) -> None:
    story.says_yes()
    first, _second = story.visits()
    path = f"/my/requests/{first.request_id}/visits/{first.id}/not-needed"
    signed_in(app, story.carer_account).sends(path, reason="my son is here")
    assert [visit.status for visit in story.visits()] == [VisitStatus.CANCELLED, VisitStatus.ACCEPTED]
    assert moves_of(story, first)[-1][2] is MoveBecause.CARER_CALLED_OFF
    assert story.queued()[-1] == "seat_cancelled"
    board = signed_in(app, story.coordinator).opens("/board")
    assert "The visit was called off, my son is here" in board.words
    signed_in(app, story.carer_account).opens(path, status=404)


def test_nobody_else_confirms_or_calls_off_a_carers_visit(story: Story, app: Flask) -> None:
    story.says_yes()
    visit = story.visits()[0]
    stranger = signed_in(app, story.reads(lambda session: make_account(session, "Stranger", Role.CARER)))
    stranger.opens(f"/my/requests/{visit.request_id}/visits/{visit.id}/not-needed", status=404)


def test_the_weather_stops_a_visit_and_lets_it_go_on(story: Story, app: Flask) -> None:
    story.says_yes()
    visit = story.visits()[0]
    desk = signed_in(app, story.coordinator)
    desk.sends(f"/visits/{visit.id}/suspend", reason="No. 8")
    assert story.visits()[0].status is VisitStatus.SUSPENDED
    assert story.seats()[0].status is SeatStatus.ACCEPTED
    assert story.queued()[-2:] == ["seat_suspended", "visit_suspended"]
    desk.sends(f"/visits/{visit.id}", to=f"/visits/{visit.id}/resume")
    assert story.visits()[0].status is VisitStatus.ACCEPTED
    assert story.queued()[-2:] == ["seat_resumed", "visit_agreed"]

    def texts(session: Session) -> dict[str, str]:
        rows = session.scalars(select(OutboxMessage).where(OutboxMessage.kind != "offer"))
        return {row.kind: worded(session, row).text for row in rows}

    with app.test_request_context():
        said = story.reads(texts)
    assert "因為天氣關係，你的服務暫停" in said["seat_suspended"]
    assert "因為天氣關係" in said["visit_suspended"]
    assert "如常進行" in said["seat_resumed"]


def test_the_board_has_somebody_ready_for_a_visit_that_needs_cover(story: Story, app: Flask) -> None:
    def somebody_else(session: Session) -> None:
        make_volunteer(session, "Second Best", phone="+85261230003")

    story.says_yes()
    story.reads(somebody_else)
    signed_in(app, story.volunteer_account).sends(f"/my/visits/{story.seats()[0].id}/cannot-come")
    desk = signed_in(app, story.coordinator)
    board = desk.opens("/board")
    assert "Ask them Second Best" in board.words
    assert "Ask them CHAN Siu Ming" not in board.words
    visit = story.visits()[0]
    desk.sends(
        "/board",
        to=f"/occurrences/{visit.occurrence_id}/choose",
        volunteer=str(story.reads(lambda session: second_best(session))),
        time=f"{visit.on_date}/{visit.from_slot}/{visit.to_slot}",
    )
    assert story.visits()[0].status is VisitStatus.OFFERED


def second_best(session: Session) -> int:
    return session.scalars(select(Volunteer.id).where(Volunteer.name_en == "Second Best")).one()


def test_the_night_takes_off_whom_a_rule_speaks_against_on_the_visits_own_day(
    story: Story, app: Flask
) -> None:
    def ask_for_a_man(session: Session) -> None:
        session.get_one(CareRequest, story.visits()[0].request_id).gender_needed = Gender.MALE

    story.says_yes()
    assert story.reads(lambda session: sweep_standing_visits(session, now=AT_TEN)) == 0
    story.reads(ask_for_a_man)
    assert story.reads(lambda session: sweep_standing_visits(session, now=AT_TEN)) == 2
    assert story.reads(lambda session: sweep_standing_visits(session, now=AT_TEN)) == 0
    assert {visit.status for visit in story.visits()} == {VisitStatus.NEEDS_COVER}
    assert {(seat.ended_because, seat.ended_rule) for seat in story.seats()} == {
        (EndedBecause.NO_LONGER_FITS, RuleCode.IS_OF_REQUIRED_GENDER)
    }
    desk = signed_in(app, story.coordinator)
    why = "A rule speaks against it on that day"
    assert why in desk.opens("/board").words
    assert why in desk.opens(f"/visits/{story.visits()[0].id}").words


def needs_transfers(session: Session, until: date | None) -> int:
    """The help asks for a skill that needs proof, and the volunteer has a certificate; its id."""
    if session.get(Skill, "transfers") is None:
        session.add(Skill(code="transfers", name_zh="扶抱", name_en="Transfers", needs_proof=True))
        session.flush()
    request = session.scalars(select(CareRequest)).one()
    session.add(RequestSkill(request_id=request.id, skill_code="transfers"))
    return give_proof(session, session.scalars(select(Volunteer)).one(), "transfers", until).id


def test_a_visit_after_a_certificate_has_run_out_needs_cover(story: Story) -> None:
    """The two visits are a week apart; the certificate holds to the day of the first."""
    story.says_yes()
    first, second = sorted(visit.on_date for visit in story.visits())
    story.reads(lambda session: needs_transfers(session, first))
    assert story.reads(lambda session: sweep_standing_visits(session, now=AT_TEN)) == 1
    states = {visit.on_date: visit.status for visit in story.visits()}
    assert states == {first: VisitStatus.ACCEPTED, second: VisitStatus.NEEDS_COVER}
    assert {(seat.ended_because, seat.ended_rule) for seat in story.seats() if not seat.is_live} == {
        (EndedBecause.NO_LONGER_FITS, RuleCode.HAS_REQUIRED_SKILLS)
    }


def test_a_withdrawn_certificate_leaves_its_visits_in_need_of_cover_at_once(story: Story) -> None:
    story.says_yes()
    proof = story.reads(lambda session: needs_transfers(session, None))
    assert story.reads(lambda session: sweep_standing_visits(session, now=AT_TEN)) == 0
    story.reads(
        lambda session: withdraw_proof(session, proof, reason="A copy", by=story.coordinator.id, now=AT_TEN)
    )
    assert {visit.status for visit in story.visits()} == {VisitStatus.NEEDS_COVER}


def test_a_free_time_that_changed_is_left_to_people(story: Story) -> None:
    def is_free_no_more(session: Session) -> None:
        session.scalars(select(Volunteer)).one().free_times = []

    story.says_yes()
    story.reads(is_free_no_more)
    assert story.reads(lambda session: sweep_standing_visits(session, now=AT_TEN)) == 0
    assert {visit.status for visit in story.visits()} == {VisitStatus.ACCEPTED}

"""What coordinators decide in the morning, what volunteers answer, and what no decision gets past."""

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.care_requests.models import CloseReason, Occurrence
from app.care_requests.use_cases.triage import close_request
from app.matching.ledger import ask_again
from app.matching.models import Proposal, ProposalStatus, RefusedBecause, RuleCode
from app.matching.use_cases.approvals import (
    NoReason,
    ProposalClosed,
    ProposalDecided,
    choose_instead,
    refuse_proposal,
    undo_approval,
)
from app.matching.use_cases.teams import NoLongerNeeded, NotEligible, TeamIncomplete
from app.messages.models import MessageStatus, OutboxMessage
from app.safeguarding.models import Clearance, DoNotPair
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.shared.errors import NotFound, Refusal
from app.visits.models import (
    AnsweredHow,
    BookedSlot,
    EndedBecause,
    Offer,
    SeatStatus,
    Visit,
    VisitSeat,
    VisitStatus,
)
from app.visits.use_cases.offers import (
    NoLongerFits,
    OfferChanged,
    OfferIsOver,
    TakenBackAlready,
    TooLateToUndo,
    answer_offer,
)
from app.visits.use_cases.seats import DatabaseRefused, Guard, release_seat
from app.volunteers.models import Volunteer, VolunteerStatus
from tests.matching.night_people import AT_NINE, AT_TEN, NIGHT, PATIENCE, Morning, open_proposals, run_a_night
from tests.people import give_clearance, make_minor, make_recipient, make_request, make_volunteer

pytestmark = pytest.mark.usefixtures("keys", "rooms")
THURSDAY = (date(2026, 11, 26), 20, 24)


def one_of_each(session: Session) -> None:
    make_volunteer(session, "Near Helper")
    make_request(session)


def two_helpers(session: Session) -> None:
    one_of_each(session)
    make_volunteer(session, "Other Helper", birth_year=1981)


def minor_and_adult(session: Session) -> None:
    make_minor(session)
    give_clearance(session, make_volunteer(session, "Cleared Adult"))
    make_request(session, takes_minors=True, clearance="scrc", seats_min=2, seats_max=2)


def first_home_visit(session: Session) -> None:
    make_volunteer(session, "First Newcomer")
    make_volunteer(session, "Second Newcomer")
    make_request(session, make_recipient(session, first_visited_on=None), seats_max=2)


def seats(session: Session) -> dict[str, SeatStatus]:
    rows = session.scalars(select(VisitSeat).order_by(VisitSeat.id))
    return {row.volunteer.name_en: row.status for row in rows}


def the_visit(session: Session) -> Visit:
    return session.scalars(select(Visit).order_by(Visit.id.desc()).limit(1)).one()


def messages(session: Session, status: MessageStatus = MessageStatus.QUEUED) -> list[str]:
    rows = session.scalars(
        select(OutboxMessage.kind).where(OutboxMessage.status == status).order_by(OutboxMessage.id)
    )
    return list(rows)


def test_what_the_night_proposes_is_approved_offered_and_accepted(database: Database) -> None:
    morning = Morning(database, one_of_each)
    assert (morning.summary.needed, morning.summary.covered, morning.summary.proposals) == (1, 1, 1)
    (offer_id,) = morning.approves()
    assert morning.does(lambda session: session.get_one(Offer, offer_id).leaves_at) == AT_NINE + timedelta(
        minutes=10
    )
    morning.answers(offer_id)
    assert morning.does(lambda session: the_visit(session).status) is VisitStatus.ACCEPTED
    assert morning.does(messages) == ["visit_agreed"]
    assert morning.does(lambda session: session.scalar(select(func.count()).select_from(BookedSlot))) == 4


def test_a_second_tap_on_approve_says_who_was_quicker(database: Database) -> None:
    morning = Morning(database, one_of_each)
    ids = morning.proposals()
    morning.approves(ids)
    with pytest.raises(ProposalDecided) as caught:
        morning.approves(ids)
    assert caught.value.facts == {"who": "Coordinator Lee", "what": ProposalStatus.APPROVED, "at": "09:00"}


def test_two_coordinators_at_once_approve_once(database: Database) -> None:
    morning = Morning(database, one_of_each)
    ids = morning.proposals()
    outcomes: list[object] = []
    ready = threading.Barrier(2)

    def approve() -> None:
        ready.wait()
        try:
            outcomes.append(morning.approves(ids))
        except Refusal as refusal:
            outcomes.append(type(refusal))

    threads = [threading.Thread(target=approve) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ProposalDecided in outcomes
    assert morning.does(lambda session: session.scalar(select(func.count()).select_from(Offer))) == 1


def test_two_coordinators_choosing_for_one_need_at_once_ask_one_person(database: Database) -> None:
    def nobody_tonight(session: Session) -> None:
        two_helpers(session)
        for volunteer in session.scalars(select(Volunteer)):
            volunteer.weekly_visit_limit = 0

    morning = Morning(database, nobody_tonight)

    def lift(session: Session) -> tuple[int, list[int]]:
        people = session.scalars(select(Volunteer).order_by(Volunteer.id)).all()
        for person in people:
            person.weekly_visit_limit = 2
        return session.scalars(select(Occurrence.id)).one(), [person.id for person in people]

    occurrence_id, people = morning.does(lift)
    outcomes: list[object] = []
    ready = threading.Barrier(2)

    def choose(volunteer_id: int) -> None:
        def act(session: Session) -> int:
            return len(
                choose_instead(
                    session, occurrence_id, volunteer_id, THURSDAY, replaces=None, reason="",
                    patience=PATIENCE, by=morning.by, now=AT_NINE,
                ).offers
            )  # fmt: skip

        ready.wait()
        try:
            outcomes.append(morning.does(act))
        except Refusal as refusal:
            outcomes.append(refusal.facts.get("rule"))

    threads = [threading.Thread(target=choose, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["1", "max"]


def test_a_refused_volunteer_is_not_proposed_for_that_request_again(database: Database) -> None:
    morning = Morning(database, two_helpers)
    (proposal_id,) = morning.proposals()

    def refuse(session: Session) -> int:
        return refuse_proposal(
            session, proposal_id, RefusedBecause.NOT_SUITED, by=morning.by, now=AT_NINE
        ).volunteer_id

    refused = morning.does(refuse)
    morning.does(lambda session: ask_again(session, date(2026, 11, 24), by=morning.by, now=AT_NINE))
    run_a_night(database, now=AT_NINE)
    assert morning.does(lambda session: [row.volunteer_id for row in open_proposals(session)]) != [refused]
    assert len(morning.proposals()) == 1


def test_another_reason_needs_words(database: Database) -> None:
    morning = Morning(database, one_of_each)
    (proposal_id,) = morning.proposals()
    with pytest.raises(NoReason):
        morning.does(
            lambda session: refuse_proposal(
                session, proposal_id, RefusedBecause.OTHER, by=morning.by, now=AT_NINE
            )
        )


def test_what_was_refused_cannot_be_approved(database: Database) -> None:
    morning = Morning(database, one_of_each)
    (proposal_id,) = morning.proposals()
    morning.does(
        lambda session: refuse_proposal(
            session, proposal_id, RefusedBecause.CARER_PREFERS, by=morning.by, now=AT_NINE
        )
    )
    with pytest.raises(ProposalDecided):
        morning.approves([proposal_id])


def test_a_proposal_that_a_newer_night_put_aside_cannot_be_approved(database: Database) -> None:
    morning = Morning(database, one_of_each)
    stale = morning.proposals()
    morning.does(lambda session: ask_again(session, date(2026, 11, 24), by=morning.by, now=NIGHT))
    run_a_night(database)
    with pytest.raises(ProposalClosed):
        morning.approves(stale)
    assert len(morning.proposals()) == 1


def test_a_proposal_that_is_not_there_is_not_found(database: Database) -> None:
    morning = Morning(database, one_of_each)
    with pytest.raises(NotFound):
        morning.approves([999])


def pauses(session: Session) -> None:
    for volunteer in session.scalars(select(Volunteer)):
        volunteer.status = VolunteerStatus.PAUSED


def loses_clearance(session: Session) -> None:
    for clearance in session.scalars(select(Clearance)):
        clearance.voided_at, clearance.voided_by_id = AT_NINE, clearance.entered_by_id


def is_kept_apart(session: Session) -> None:
    proposal = open_proposals(session)[0]
    session.add(
        DoNotPair(
            volunteer_id=proposal.volunteer_id,
            recipient_id=proposal.occurrence.request.recipient_id or 0,
            entered_by_id=proposal.volunteer.accepted_by_id or 0,
            entered_at=AT_NINE,
        )
    )


def is_busy_elsewhere(session: Session) -> None:
    for volunteer in session.scalars(select(Volunteer)):
        volunteer.weekly_visit_limit = 0


def cleared_one_of_each(session: Session) -> None:
    give_clearance(session, make_volunteer(session, "Cleared Helper"))
    make_request(session, clearance="scrc")


@pytest.mark.parametrize(
    ("people", "meanwhile", "rule"),
    [
        (one_of_each, pauses, RuleCode.IS_ACTIVE),
        (cleared_one_of_each, loses_clearance, RuleCode.HAS_CLEARANCE),
        (one_of_each, is_kept_apart, RuleCode.IS_NOT_EXCLUDED),
        (one_of_each, is_busy_elsewhere, RuleCode.WEEKLY_VISITS),
    ],
)
def test_what_changed_since_the_night_is_asked_again_at_approval(
    database: Database,
    people: Callable[[Session], None],
    meanwhile: Callable[[Session], None],
    rule: RuleCode,
) -> None:
    morning = Morning(database, people)
    morning.does(meanwhile)
    with pytest.raises(NotEligible) as caught:
        morning.approves()
    assert caught.value.facts["rule"] is rule


def close_the_request(session: Session) -> None:
    request = open_proposals(session)[0].occurrence.request
    close_request(
        session, request.id, CloseReason.WITHDRAWN, "", version=request.version,
        by=request.triaged_by_id or 0, now=AT_NINE,
    )  # fmt: skip


def test_a_withdrawn_request_closes_its_proposals(database: Database) -> None:
    morning = Morning(database, one_of_each)
    ids = morning.proposals()
    morning.does(close_the_request)
    with pytest.raises(ProposalClosed):
        morning.approves(ids)


def test_a_withdrawn_request_calls_its_visits_off_and_tells_who_had_said_yes(database: Database) -> None:
    morning = Morning(database, one_of_each)
    ids = morning.proposals()
    (offer_id,) = morning.approves(ids)
    morning.answers(offer_id)

    def withdraw(session: Session) -> None:
        request = session.get_one(Offer, offer_id).request
        close_request(
            session, request.id, CloseReason.WITHDRAWN, "", version=request.version,
            by=morning.by, now=AT_TEN,
        )  # fmt: skip

    morning.does(withdraw)
    assert morning.does(lambda session: the_visit(session).status) is VisitStatus.CANCELLED
    assert morning.does(seats) == {"Near Helper": SeatStatus.CANCELLED}
    assert "seat_cancelled" in morning.does(messages)
    assert morning.does(lambda session: session.scalar(select(func.count()).select_from(BookedSlot))) == 0


def test_half_a_team_is_not_approved(database: Database) -> None:
    morning = Morning(database, minor_and_adult)
    ids = morning.proposals()
    with pytest.raises(TeamIncomplete) as caught:
        morning.approves(ids[:1])
    assert caught.value.facts["rule"] is RuleCode.MIN


def test_the_adult_is_asked_before_the_minor_and_both_are_booked(database: Database) -> None:
    morning = Morning(database, minor_and_adult)
    assert len(morning.approves()) == 2
    assert list(morning.does(seats)) == ["Cleared Adult", "Minor Of Fifteen"]


def test_when_the_adult_declines_the_minor_is_taken_off_in_the_same_moment(database: Database) -> None:
    morning = Morning(database, minor_and_adult)
    adult, minor = morning.approves()
    morning.answers(minor)
    morning.answers(adult, yes=False, reason="ill")
    assert morning.does(seats) == {
        "Cleared Adult": SeatStatus.DECLINED,
        "Minor Of Fifteen": SeatStatus.CANCELLED,
    }
    assert morning.does(lambda session: the_visit(session).status) is VisitStatus.NEEDS_COVER
    assert "seat_cancelled" in morning.does(messages)


def test_a_minor_whose_adult_left_may_be_asked_again(database: Database) -> None:
    morning = Morning(database, minor_and_adult)
    adult, _minor = morning.approves()
    morning.answers(adult, yes=False)
    morning.does(lambda session: give_clearance(session, make_volunteer(session, "Second Adult")))
    morning.does(lambda session: ask_again(session, date(2026, 11, 24), by=morning.by, now=AT_TEN))
    run_a_night(database, now=AT_TEN)

    def proposed(session: Session) -> set[str]:
        return {row.volunteer.name_en for row in open_proposals(session)}

    assert morning.does(proposed) == {"Second Adult", "Minor Of Fifteen"}


def test_a_first_home_visit_stands_only_when_both_newcomers_said_yes(database: Database) -> None:
    morning = Morning(database, first_home_visit)
    first, second = morning.approves()
    morning.answers(first)
    assert morning.does(lambda session: the_visit(session).status) is VisitStatus.OFFERED
    assert morning.does(messages) == ["offer"]
    morning.answers(second)
    assert morning.does(lambda session: the_visit(session).status) is VisitStatus.ACCEPTED
    assert morning.does(messages) == ["visit_agreed"]


def test_a_lone_newcomer_does_not_go_to_a_new_home_when_the_other_declines(database: Database) -> None:
    morning = Morning(database, first_home_visit)
    first, second = morning.approves()
    morning.answers(first)
    morning.answers(second, yes=False)
    assert morning.does(lambda session: the_visit(session).status) is VisitStatus.NEEDS_COVER


def test_a_declined_visit_goes_to_the_next_best(database: Database) -> None:
    morning = Morning(database, two_helpers)
    (offer_id,) = morning.approves()
    declined = morning.answers(offer_id, yes=False).volunteer_id
    morning.does(lambda session: ask_again(session, date(2026, 11, 24), by=morning.by, now=AT_TEN))
    run_a_night(database, now=AT_TEN)
    (proposal,) = morning.does(open_proposals)
    assert proposal.volunteer_id != declined
    morning.approves([proposal.id], now=AT_TEN)
    assert morning.does(lambda session: the_visit(session).status) is VisitStatus.OFFERED


def test_a_second_answer_is_refused(database: Database) -> None:
    morning = Morning(database, one_of_each)
    (offer_id,) = morning.approves()
    morning.answers(offer_id)
    with pytest.raises(OfferIsOver):
        morning.answers(offer_id, yes=False)
    assert morning.does(seats) == {"Near Helper": SeatStatus.ACCEPTED}


def test_nobody_answers_before_the_message_has_left(database: Database) -> None:
    morning = Morning(database, one_of_each)
    (offer_id,) = morning.approves()
    with pytest.raises(OfferIsOver):
        morning.answers(offer_id, now=AT_NINE + timedelta(minutes=9))


def test_a_yes_to_a_day_that_was_taken_back_asks_to_look_again(database: Database) -> None:
    morning = Morning(database, one_of_each)
    (offer_id,) = morning.approves()
    with pytest.raises(OfferChanged):
        morning.does(
            lambda session: answer_offer(session, offer_id, [999], how=AnsweredHow.LINK, by=None, now=AT_TEN)
        )


@pytest.mark.parametrize(
    ("people", "meanwhile"), [(one_of_each, pauses), (cleared_one_of_each, loses_clearance)]
)
def test_a_yes_that_a_rule_speaks_against_by_now_is_not_taken(
    database: Database, people: Callable[[Session], None], meanwhile: Callable[[Session], None]
) -> None:
    morning = Morning(database, people)
    (offer_id,) = morning.approves()
    morning.does(meanwhile)
    with pytest.raises(NoLongerFits):
        morning.answers(offer_id)
    assert set(morning.does(seats).values()) == {SeatStatus.OFFERED}


def test_the_database_has_the_last_word_about_a_pair_kept_apart(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.matching.use_cases.approvals.check_team", lambda *_arguments: None)
    morning = Morning(database, one_of_each)
    morning.does(is_kept_apart)
    with pytest.raises(DatabaseRefused) as caught:
        morning.approves()
    assert caught.value.facts["guard"] is Guard.DO_NOT_PAIR


def test_undo_takes_everything_back_and_nobody_hears_of_it(database: Database) -> None:
    morning = Morning(database, minor_and_adult)
    ids = morning.proposals()
    offers = morning.approves(ids)
    morning.does(
        lambda session: undo_approval(session, offers[1], by=morning.by, now=AT_NINE + timedelta(minutes=9))
    )
    assert morning.proposals() == ids
    assert morning.does(messages) == []
    assert set(morning.does(seats).values()) == {SeatStatus.WITHDRAWN}
    assert morning.does(lambda session: the_visit(session).status) is VisitStatus.CANCELLED
    assert morning.does(lambda session: session.scalar(select(func.count()).select_from(BookedSlot))) == 0
    assert len(morning.approves(ids, now=AT_NINE + timedelta(minutes=9))) == 2


def test_undo_after_ten_minutes_is_too_late(database: Database) -> None:
    morning = Morning(database, one_of_each)
    (offer_id,) = morning.approves()
    with pytest.raises(TooLateToUndo):
        morning.does(
            lambda session: undo_approval(
                session, offer_id, by=morning.by, now=AT_NINE + timedelta(minutes=10)
            )
        )
    assert morning.does(messages) == ["offer"]


def test_a_second_undo_says_so(database: Database) -> None:
    morning = Morning(database, one_of_each)
    (offer_id,) = morning.approves()
    morning.does(lambda session: undo_approval(session, offer_id, by=morning.by, now=AT_NINE))
    with pytest.raises(TakenBackAlready):
        morning.does(lambda session: undo_approval(session, offer_id, by=morning.by, now=AT_NINE))


def test_either_the_answer_or_the_undo_counts_never_both(database: Database) -> None:
    morning = Morning(database, one_of_each)
    (offer_id,) = morning.approves()
    at = AT_NINE + timedelta(minutes=10)
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def undo() -> None:
        ready.wait()
        try:
            morning.does(lambda session: undo_approval(session, offer_id, by=morning.by, now=at))
            outcomes.append("undone")
        except TooLateToUndo:
            outcomes.append("too late")

    def answer() -> None:
        ready.wait()
        morning.answers(offer_id, now=at)
        outcomes.append("answered")

    threads = [threading.Thread(target=undo), threading.Thread(target=answer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["answered", "too late"]
    assert morning.does(seats) == {"Near Helper": SeatStatus.ACCEPTED}


def test_undoing_a_choice_opens_the_replaced_proposal_again(database: Database) -> None:
    morning = Morning(database, two_helpers)
    (proposal_id,) = morning.proposals()

    def choose(session: Session) -> int:
        proposal = session.get_one(Proposal, proposal_id)
        other = session.scalars(select(Volunteer).where(Volunteer.id != proposal.volunteer_id)).one()
        return (
            choose_instead(
                session, proposal.occurrence_id, other.id, THURSDAY, replaces=proposal_id, reason="",
                patience=PATIENCE, by=morning.by, now=AT_NINE,
            )
            .offers[0]
            .id
        )  # fmt: skip

    offer_id = morning.does(choose)
    assert morning.proposals() == []
    morning.does(lambda session: undo_approval(session, offer_id, by=morning.by, now=AT_NINE))
    assert morning.proposals() == [proposal_id]


def test_choosing_somebody_a_rule_speaks_against_names_the_rule(database: Database) -> None:
    morning = Morning(database, one_of_each)
    (proposal_id,) = morning.proposals()

    def choose(session: Session) -> object:
        far = make_volunteer(session, "Far Away", areas=("tsing_yi",))
        proposal = session.get_one(Proposal, proposal_id)
        return choose_instead(
            session, proposal.occurrence_id, far.id, THURSDAY, replaces=proposal_id, reason="",
            patience=PATIENCE, by=morning.by, now=AT_NINE,
        )  # fmt: skip

    with pytest.raises(NotEligible) as caught:
        morning.does(choose)
    assert caught.value.facts["rule"] is RuleCode.SERVES_THE_AREA
    assert morning.proposals() == [proposal_id]


def test_a_time_that_is_not_among_the_visits_times_is_refused(database: Database) -> None:
    morning = Morning(database, one_of_each)

    def choose(session: Session) -> object:
        (proposal,) = open_proposals(session)
        return choose_instead(
            session, proposal.occurrence_id, proposal.volunteer_id, (date(2026, 11, 27), 20, 24),
            replaces=proposal.id, reason="", patience=PATIENCE, by=morning.by, now=AT_NINE,
        )  # fmt: skip

    with pytest.raises(NoLongerNeeded):
        morning.does(choose)


def test_the_option_proposed_is_the_one_offered_when_an_earlier_one_has_gone_by(database: Database) -> None:
    def any_of(session: Session) -> None:
        make_volunteer(session, "Near Helper")
        make_request(
            session,
            rhythm="any_of",
            windows=((date(2026, 11, 24), 20, 24), (date(2026, 11, 27), 30, 34)),
        )

    morning = Morning(database, any_of)
    morning.approves()
    visit = morning.does(the_visit)
    assert (visit.on_date, visit.from_slot, visit.to_slot) == (date(2026, 11, 27), 30, 34)


def test_one_approval_covers_the_weeks_of_a_request_with_one_question(database: Database) -> None:
    def weekly(session: Session) -> None:
        make_volunteer(session, "Near Helper")
        make_request(session, windows=((2, 20, 24),))

    morning = Morning(database, weekly)
    assert len(morning.proposals()) == 2
    (offer_id,) = morning.approves()

    def say_yes_to_the_first_only(session: Session) -> None:
        offer = session.get_one(Offer, offer_id)
        answer_offer(session, offer_id, [offer.seats[0].id], how=AnsweredHow.SIGNED_IN, by=None, now=AT_TEN)

    morning.does(say_yes_to_the_first_only)
    statuses = morning.does(
        lambda session: list(session.scalars(select(Visit.status).order_by(Visit.on_date)))
    )
    assert statuses == [VisitStatus.ACCEPTED, VisitStatus.NEEDS_COVER]


def test_a_person_taken_off_is_not_asked_for_that_visit_again(database: Database) -> None:
    morning = Morning(database, one_of_each)
    (offer_id,) = morning.approves()
    morning.answers(offer_id)

    def release(session: Session) -> None:
        seat = session.get_one(Offer, offer_id).seats[0]
        release_seat(session, seat.id, EndedBecause.TAKEN_OFF, reason="is abroad", by=morning.by, now=AT_TEN)

    morning.does(release)
    assert morning.does(lambda session: the_visit(session).status) is VisitStatus.NEEDS_COVER
    assert morning.does(messages) == ["visit_agreed", "seat_cancelled", "visit_uncovered"]
    morning.does(lambda session: ask_again(session, date(2026, 11, 24), by=morning.by, now=AT_TEN))
    run_a_night(database, now=AT_TEN)
    assert morning.proposals() == []


def test_every_approval_is_on_record(database: Database) -> None:
    morning = Morning(database, one_of_each)
    morning.approves()
    actions = morning.does(
        lambda session: list(session.scalars(select(AuditRow.action).order_by(AuditRow.id)))
    )
    assert actions[-2:] == ["offer.made", "proposal.approved"]


def test_an_approval_of_many_is_all_or_nothing(database: Database) -> None:
    def two_requests(session: Session) -> None:
        two_helpers(session)
        make_request(session, windows=((date(2026, 11, 27), 20, 24),))

    morning = Morning(database, two_requests)
    ids = morning.proposals()
    assert len(ids) == 2
    morning.approves(ids[:1])
    with pytest.raises(ProposalDecided):
        morning.approves(ids)
    assert morning.proposals() == ids[1:]

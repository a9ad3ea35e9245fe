"""The coordinators' morning on the pages: approve, refuse, choose, undo; nights and their proof; the board."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.care_requests.models import KnownHelper, RequestLanguage
from app.catalogue.models import Language
from app.matching.engine import PLAN_RULES, RULE_CODES, TEAM_RULES
from app.matching.models import (
    Night,
    NightStatus,
    Proposal,
    ProposalStatus,
    RefusedBecause,
    RuleCode,
    Run,
    UnservedVisit,
)
from app.matching.words import WORDS, funnel_words
from app.shared.database import Database
from app.visits.models import Offer, Visit, VisitStatus
from app.visits.use_cases.offers import expire_offers
from app.volunteers.models import Volunteer, VolunteerStatus
from tests.matching.night_people import AT_NINE, MORNING, Morning, open_proposals
from tests.people import make_account, make_coordinator, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor

FRIDAY = ((date(2026, 11, 27), 20, 24),)


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


def two_requests(session: Session) -> None:
    """One plain, among people who know each other; one to look at; and one that nobody can meet."""
    known = make_volunteer(session, "KNOWN Helper", free=((3, 18, 42),))
    make_volunteer(session, "FRIDAY Helper", free=((4, 18, 42),))
    make_volunteer(session, "SPARE Helper", free=((4, 18, 42),), birth_year=1970)
    session.add(Language(code="chiu_chow", name_zh="潮州話", name_en="Chiu Chow"))
    recipient = make_recipient(session, called="李伯伯")
    session.add(KnownHelper(recipient_id=recipient.id, volunteer_id=known.id, since=date(2026, 1, 5)))
    make_request(session, recipient, code="R-PLAIN")
    make_request(session, make_recipient(session, called="何婆婆"), code="R-FRIDAY", windows=FRIDAY)
    alone = make_request(
        session,
        make_recipient(session, called="黃婆婆"),
        code="R-NOBODY",
        windows=((date(2026, 11, 28), 20, 24),),
        urgent_until=date(2026, 11, 30),
        urgent_reason="discharged from hospital",
    )
    session.add(RequestLanguage(request_id=alone.id, language_code="chiu_chow"))


@pytest.fixture
def morning(app: Flask, database: Database) -> Morning:
    return Morning(database, two_requests)


@pytest.fixture
def coordinator(morning: Morning) -> Account:
    return morning.does(lambda session: make_coordinator(session, "Coordinator Ho"))


@pytest.fixture
def desk(app: Flask, coordinator: Account) -> Visitor:
    return Visitor(app).has_signed_in_as(coordinator)


def ids(morning: Morning) -> dict[str, int]:
    """The open proposals by their volunteers' names."""
    return morning.does(lambda session: {row.volunteer.name_en: row.id for row in open_proposals(session)})


def statuses(morning: Morning) -> dict[str, ProposalStatus]:
    return morning.does(
        lambda session: {row.volunteer.name_en: row.status for row in session.scalars(select(Proposal))}
    )


def test_the_board_says_last_night_in_a_sentence_and_exceptions_first(
    desk: Visitor, morning: Morning
) -> None:
    page = desk.opens("/board")
    assert "The night found somebody for 2 of 3 visits, agreed ones among them; 1 wait." in page.words
    assert "Proved: no better plan exists." in page.words
    assert "1 urgent, and nobody found" in page.words
    assert "One is plain: approve it" in page.words
    assert page.words.index("First of all") < page.words.index("Proposals 2 requests")
    assert 'href="/unserved?show=urgent"' in page.html


def test_proposals_show_reasons_and_the_next_best(desk: Visitor) -> None:
    page = desk.opens("/proposals")
    assert "They know each other" in page.words
    assert "Same estate or neighbourhood" in page.words
    assert "nobody else would notice" in page.words
    assert "Nobody else could go." in page.words
    assert "李伯伯" not in desk.opens("/proposals?show=others").words
    assert "何婆婆" not in desk.opens("/proposals?show=plain").words


def test_one_request_is_approved_by_its_button(desk: Visitor, morning: Morning) -> None:
    proposal = ids(morning)["FRIDAY Helper"]
    answer = desk.sends("/proposals", only=str(proposal))
    assert answer.goes_to == "/proposals"
    page = desk.opens("/proposals")
    assert "1 request is approved. Its message leaves in 10 minutes" in page.words
    assert "One approval can still be undone" in page.words
    assert statuses(morning)["FRIDAY Helper"] is ProposalStatus.APPROVED
    assert statuses(morning)["KNOWN Helper"] is ProposalStatus.OPEN


def test_what_is_ticked_is_approved_together(desk: Visitor, morning: Morning) -> None:
    page = desk.opens("/proposals?tick=plain&show=plain")
    assert " checked" in page.html
    fields = {**page.hidden, "pick": [str(number) for number in ids(morning).values()]}
    assert desk.client.post("/proposals", data=fields).status_code == 303
    assert set(statuses(morning).values()) == {ProposalStatus.APPROVED}
    assert "2 requests are approved" in desk.opens("/proposals").words


def test_nothing_ticked_says_what_to_do(desk: Visitor, morning: Morning) -> None:
    page = desk.sends("/proposals", status=422)
    assert "Tick the requests to approve" in page.words
    assert len(ids(morning)) == 2


def test_the_same_button_sent_twice_approves_once_and_is_no_error(desk: Visitor, morning: Morning) -> None:
    fields = {**desk.opens("/proposals").hidden, "only": str(ids(morning)["FRIDAY Helper"])}
    assert [desk.client.post("/proposals", data=fields).status_code for _ in range(2)] == [303, 303]
    assert morning.does(lambda session: len(session.scalars(select(Offer)).all())) == 1


def test_the_second_of_two_coordinators_sees_who_did_what(
    app: Flask, desk: Visitor, morning: Morning
) -> None:
    other = Visitor(app).has_signed_in_as(morning.does(lambda session: make_coordinator(session, "Late One")))
    seen = other.opens("/proposals").hidden
    proposal = str(ids(morning)["FRIDAY Helper"])
    desk.sends("/proposals", only=proposal)
    answer = other.client.post("/proposals", data={**seen, "only": proposal})
    assert answer.status_code == 422
    assert "Coordinator Ho was quicker, at 09:00: Approved." in answer.text


def test_one_refusal_stands_beside_its_request_and_the_others_are_approved(
    desk: Visitor, morning: Morning
) -> None:
    chosen = ids(morning)

    def pause_one(session: Session) -> None:
        helper = session.scalars(select(Volunteer).where(Volunteer.name_en == "FRIDAY Helper")).one()
        helper.status = VolunteerStatus.PAUSED

    fields = {**desk.opens("/proposals").hidden, "pick": [str(number) for number in chosen.values()]}
    morning.does(pause_one)
    answer = desk.client.post("/proposals", data=fields)
    assert answer.status_code == 422
    assert "is not active, or a guardian’s consent is missing" in answer.text
    assert "1 request is approved" in answer.text
    assert statuses(morning) == {
        "KNOWN Helper": ProposalStatus.APPROVED,
        "FRIDAY Helper": ProposalStatus.OPEN,
    }


def test_a_button_that_no_page_offers_does_nothing(desk: Visitor, morning: Morning) -> None:
    for only in ("", "x", "0", "99999999999999999999", "1-x", "-", "2147483648"):
        desk.sends("/proposals", status=422, only=only)
    assert len(ids(morning)) == 2


def test_a_refusal_needs_a_reason_and_other_reasons_need_words(desk: Visitor, morning: Morning) -> None:
    path = f"/proposals/{ids(morning)['FRIDAY Helper']}/refuse"
    assert "because" in desk.sends(path, status=422).errors
    assert "words" in desk.sends(path, status=422, because="other").errors
    assert desk.sends(path, because="not_suited").goes_to == "/occurrences/2/choose"
    assert "This proposal is not open any more" in desk.opens(path).words
    row = morning.does(
        lambda session: session.scalars(select(Proposal).where(Proposal.refused_because.is_not(None))).one()
    )
    assert row.refused_because is RefusedBecause.NOT_SUITED


def test_never_this_pair_goes_on_to_do_not_pair_with_both_filled_in(desk: Visitor, morning: Morning) -> None:
    proposal = ids(morning)["FRIDAY Helper"]
    answer = desk.sends(f"/proposals/{proposal}/refuse", because="never_this_pair")
    page = desk.opens(answer.goes_to)
    assert "who else could go" not in page.words
    assert "何婆婆" in page.words
    assert "FRIDAY Helper" in page.words


def test_somebody_else_is_chosen_from_the_suggestions(desk: Visitor, morning: Morning) -> None:
    proposal = morning.does(
        lambda session: session.get_one(Proposal, ids_of(session)["FRIDAY Helper"]).occurrence_id
    )
    path = f"/occurrences/{proposal}/choose?instead={ids(morning)['FRIDAY Helper']}"
    page = desk.opens(path)
    assert "SPARE Helper" in page.words
    spare = morning.does(
        lambda session: session.scalars(select(Volunteer.id).where(Volunteer.name_en == "SPARE Helper")).one()
    )
    answer = desk.sends(path, volunteer=str(spare), time="2026-11-27/20/24")
    assert answer.goes_to == "/approvals"
    assert "SPARE Helper" in desk.opens("/approvals").words
    assert statuses(morning)["FRIDAY Helper"] is ProposalStatus.REPLACED


def ids_of(session: Session) -> dict[str, int]:
    return {row.volunteer.name_en: row.id for row in open_proposals(session)}


def test_somebody_found_by_name_is_told_of_with_the_rule_that_fails(desk: Visitor, morning: Morning) -> None:
    occurrence = morning.does(
        lambda session: session.get_one(Proposal, ids_of(session)["FRIDAY Helper"]).occurrence_id
    )
    page = desk.opens(f"/occurrences/{occurrence}/choose?name=known")
    assert "KNOWN Helper" in page.words
    assert "Cannot be asked is not free at that time" in page.words
    assert "Nobody of that name is here" in desk.opens(f"/occurrences/{occurrence}/choose?name=xyz").words


def test_a_choice_that_cannot_be_is_refused_in_words(desk: Visitor, morning: Morning) -> None:
    occurrence = morning.does(
        lambda session: session.get_one(Proposal, ids_of(session)["FRIDAY Helper"]).occurrence_id
    )
    for volunteer, time, words in (
        ("1", "2026-11-27/20/24", "is not free at that time"),
        ("x", "2026-11-27/20/24", "This is not one of the choices"),
        ("1", "tomorrow", "This is not one of the choices"),
        ("99999999999999999999", "2026-11-27/20/24", "This is not one of the choices"),
        ("2147483647", "2026-11-27/20/24", "This cannot be found"),
        ("2", "2026-12-27/20/24", "too near, called off, or not asked for"),
    ):
        page = desk.sends(f"/occurrences/{occurrence}/choose", status=422, volunteer=volunteer, time=time)
        assert words in page.words
    assert len(ids(morning)) == 2


def test_an_approval_is_undone_until_the_message_leaves(
    desk: Visitor, morning: Morning, nine_in_the_morning: time_machine.Traveller
) -> None:
    desk.sends("/proposals", only=str(ids(morning)["FRIDAY Helper"]))
    (offer,) = morning.does(lambda session: session.scalars(select(Offer.id)).all())
    page = desk.opens("/approvals")
    assert "Approved by Coordinator Ho. The message leaves at Tuesday 24 November 9:10 am." in page.words
    nine_in_the_morning.shift(timedelta(minutes=9))
    desk.sends("/approvals", to=f"/approvals/{offer}/undo")
    assert len(ids(morning)) == 2
    assert "Nothing can be taken back" in desk.opens("/approvals").words


def test_an_undo_that_comes_too_late_says_what_to_do(
    desk: Visitor, morning: Morning, nine_in_the_morning: time_machine.Traveller
) -> None:
    desk.sends("/proposals", only=str(ids(morning)["FRIDAY Helper"]))
    (offer,) = morning.does(lambda session: session.scalars(select(Offer.id)).all())
    fields = desk.opens("/approvals").hidden
    nine_in_the_morning.shift(timedelta(minutes=10))
    answer = desk.client.post(f"/approvals/{offer}/undo", data=fields)
    assert answer.status_code == 422
    assert "The message has left." in answer.text


def test_who_could_not_be_served_is_explained_in_figures(desk: Visitor, app: Flask) -> None:
    assert (
        "3 active volunteers → 0 free then (Saturday 28 November 10 am to 12 noon)"
        in desk.opens("/unserved").words
    )
    desk.client.set_cookie("language", "zh_Hant_HK")
    assert "現有義工3人→11月28日（星期六） 上午10時至中午12時有空的0人" in desk.opens("/unserved").words


def test_a_funnel_names_the_language_asked_for(morning: Morning, app: Flask) -> None:
    def funnel(session: Session) -> list[str]:
        row = session.scalars(select(UnservedVisit)).one()
        steps = [
            {"rule": "serves_the_area", "removed": 20, "remaining": 41},
            {"rule": "speaks_a_language", "removed": 29, "remaining": 12},
            {"rule": "is_free_then", "removed": 12, "remaining": 0},
            {"rule": "is_not_family", "removed": 0, "remaining": 0},
        ]
        languages = {each.code: each for each in session.scalars(select(Language))}
        return funnel_words(steps, 61, row.occurrence.request, "星期二上午", languages)

    with app.test_request_context(headers={"Accept-Language": "zh"}):
        assert morning.does(funnel) == [
            "現有義工61人",
            "41人服務該區",
            "會說潮州話的12人",
            "星期二上午有空的0人",
        ]


def test_a_run_shows_its_proof_and_is_checked_again(desk: Visitor, morning: Morning) -> None:
    run_id = morning.does(lambda session: session.scalars(select(Run.id)).one())
    page = desk.opens(f"/nights/runs/{run_id}")
    assert "2 of 3 have somebody" in page.words
    assert "policy/1" in page.words
    assert (
        "The plan keeps every rule, and its figures are true"
        in desk.sends(f"/nights/runs/{run_id}", status=200).words
    )


def test_another_attempt_is_asked_for_once(desk: Visitor, morning: Morning) -> None:
    desk.sends("/nights")
    night = morning.does(lambda session: session.scalars(select(Night)).one())
    assert (night.status, night.attempt) == (NightStatus.OWED, 1)
    morning.does(lambda session: setattr(session.scalars(select(Night)).one(), "status", NightStatus.RUNNING))
    assert "A night is running now." in desk.opens("/nights").words


def fail_the_night(session: Session) -> None:
    night = session.scalars(select(Night)).one()
    night.status, night.last_error = NightStatus.FAILED, "OSError: the disk is full"
    for proposal in session.scalars(select(Proposal)):
        proposal.status = ProposalStatus.CLOSED


def test_a_night_not_done_at_eight_shows_the_list_to_match_by_hand(
    app: Flask, desk: Visitor, morning: Morning, coordinator: Account
) -> None:
    morning.does(fail_the_night)
    page = desk.opens("/board")
    assert "Last night is not done" in page.words
    assert "By hand, the most pressing first" in page.words
    assert "disk" not in page.words
    hand = desk.opens("/by-hand")
    assert "3 visits of the coming week have nobody" in hand.words
    assert "KNOWN Helper" in hand.words
    both = morning.does(lambda session: make_account(session, "Both", Role.COORDINATOR, Role.ADMINISTRATOR))
    assert "the disk is full" in Visitor(app).has_signed_in_as(both).opens("/board").words


def test_before_eight_the_board_only_says_that_the_night_is_not_done_yet(
    desk: Visitor, morning: Morning, nine_in_the_morning: time_machine.Traveller, app: Flask
) -> None:
    morning.does(lambda session: setattr(session.scalars(select(Night)).one(), "status", NightStatus.RUNNING))
    nine_in_the_morning.shift(-timedelta(hours=1, minutes=1))
    early = Visitor(app).has_signed_in_as(
        morning.does(lambda session: make_coordinator(session, "Early Bird"))
    )
    page = early.opens("/board")
    assert "Last night is not done yet" in page.words
    assert "by hand, the most" not in page.words.lower()


def test_a_board_without_any_night_says_so(app: Flask, database: Database) -> None:
    someone = database.in_transaction(make_coordinator)
    page = Visitor(app).has_signed_in_as(someone).opens("/board")
    assert "No night has been done yet" in page.words


def test_the_safeguarding_lead_sees_figures_without_links_that_are_not_theirs(
    app: Flask, morning: Morning
) -> None:
    lead = morning.does(lambda session: make_account(session, "Lead", Role.SAFEGUARDING_LEAD))
    visitor = Visitor(app).has_signed_in_as(lead)
    page = visitor.opens("/board")
    assert "urgent, and nobody found" in page.words
    assert "李伯伯" not in page.words
    main = page.html.partition("<main")[2].partition("</main>")[0]
    for path in set(re.findall(r'href="(/[^"#]*)"', main)):
        assert visitor.client.get(path).status_code not in (403, 404, 500), path


def test_what_fell_through_is_on_the_board_with_a_way_to_mend_it(
    desk: Visitor,
    morning: Morning,
    nine_in_the_morning: time_machine.Traveller,
    coordinator: Account,
    app: Flask,
) -> None:
    morning.approves()
    nine_in_the_morning.move_to(AT_NINE + timedelta(hours=47))
    morning.does(lambda session: expire_offers(session, now=AT_NINE + timedelta(hours=47)))
    later = Visitor(app).has_signed_in_as(coordinator)
    page = later.opens("/board")
    assert "Did not answer in time" in page.words
    visit = morning.does(
        lambda session: session.scalars(
            select(Visit).where(Visit.status == VisitStatus.NEEDS_COVER).order_by(Visit.on_date.desc())
        ).first()
    )
    assert visit is not None
    assert f"/occurrences/{visit.occurrence_id}/choose" in page.html


def test_the_health_page_knows_the_last_night(app: Flask, morning: Morning) -> None:
    answer = app.test_client().get("/healthz")
    assert answer.get_json()["facts"]["night"]["last_done"] == MORNING.isoformat()


def test_every_rule_and_status_has_words_in_both_languages(app: Flask) -> None:
    for language in ("zh_Hant_HK", "en"):
        client_language = {"Cookie": f"language={language}"}
        with app.test_request_context(headers=client_language):
            said = {key: str(words) for key, words in WORDS.items()}
            assert {key for key in said if isinstance(key, RuleCode)} == set(RuleCode)
            assert all(said.values())


def test_the_rules_words_are_the_engines_rules() -> None:
    assert {code.value for code in RuleCode} == {"is_active", *RULE_CODES, *PLAN_RULES, *TEAM_RULES}


def test_proposals_are_narrowed_by_area_and_day_and_stay_so(desk: Visitor, morning: Morning) -> None:
    page = desk.opens("/proposals?days=1")
    assert "No proposal fits this" in page.words
    page = desk.opens("/proposals?days=3&area=shek_lei&show=others")
    assert "One request is shown." in page.words
    assert "何婆婆" in page.words
    assert "李伯伯" not in page.words
    answer = desk.sends("/proposals?days=3", only=str(ids(morning)["FRIDAY Helper"]))
    assert answer.goes_to == "/proposals?days=3"
    assert "No proposal fits this" in desk.opens("/proposals?area=nowhere&days=99").words


def test_the_request_says_who_is_proposed_and_who_was_refused_and_why(
    desk: Visitor, morning: Morning
) -> None:
    proposal = ids(morning)["FRIDAY Helper"]
    request_id = morning.does(lambda session: session.get_one(Proposal, proposal).occurrence.request_id)
    page = desk.opens(f"/requests/{request_id}")
    assert "Proposed, please decide" in page.words
    assert f"/proposals?request={request_id}" in page.html
    assert "One request is shown." in desk.opens(f"/proposals?request={request_id}").words
    desk.sends(f"/proposals/{proposal}/refuse", because="other", words="has a cold")
    said = desk.opens(f"/requests/{request_id}").words
    assert "Who was refused FRIDAY Helper" in said
    assert "has a cold Coordinator Ho, Tuesday 24 November 9 am" in said

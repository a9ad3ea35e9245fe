"""Everybody who must agree, in their order; whoever says no; and what the database itself refuses."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.handover.errors import HandoverOver, ListOpen, NotYet, SignedAlready
from app.handover.models import (
    LEGAL_MOVES,
    Handover,
    HandoverItem,
    HandoverMove,
    HandoverNote,
    HandoverStatus,
    Party,
    Signature,
    SignedFor,
    SignedHow,
)
from app.handover.use_cases.signing import carer_declines, let_successor_go, sign, stop_handover
from app.shared.audit import AuditRow
from app.shared.database import refusal_of
from app.shared.times import utc_now
from tests.handover.wednesdays import Wednesdays
from tests.matching.test_cover import press

SECRET = "Likes Cantonese opera"


def history(wednesdays: Wednesdays, handover: int) -> list[HandoverStatus]:
    return wednesdays.does(
        lambda session: list(
            session.scalars(
                select(HandoverMove.became)
                .where(HandoverMove.handover_id == handover)
                .order_by(HandoverMove.id)
            )
        )
    )


def test_from_the_wish_to_both_signatures_by_everybodys_own_pages(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SENIOR_AGREED)
    wednesdays.names(handover)
    fung, cheung = (
        wednesdays.browser(account) for account in (wednesdays.successors_account, wednesdays.seniors_account)
    )
    fungs_page = f"/volunteer/{wednesdays.successor}/handovers/{handover}"
    cheungs_page = f"/volunteer/{wednesdays.senior}/handovers/{handover}"
    press(fung, fung.opens(fungs_page), "Yes, gladly")
    lam = wednesdays.browser(wednesdays.carers_account)
    for _each in range(2):
        assert "Read and answer" in lam.opens(f"/my/requests/{wednesdays.request}").words
        press(lam, lam.opens(f"/my/requests/{wednesdays.request}/handover"), "Yes, I agree")
    assert wednesdays.status(handover) is HandoverStatus.CARER_AGREED
    assert "Before you sign" in cheung.opens(cheungs_page).words
    wednesdays.passes_the_list_on(handover)
    press(cheung, cheung.opens(cheungs_page), "I sign")
    assert wednesdays.status(handover) is HandoverStatus.CARER_AGREED
    press(fung, fung.opens(fungs_page), "I sign")
    assert wednesdays.status(handover) is HandoverStatus.SIGNED_OFF
    assert history(wednesdays, handover) == [
        HandoverStatus.PROPOSED,
        HandoverStatus.SENIOR_AGREED,
        HandoverStatus.SUCCESSOR_AGREED,
        HandoverStatus.SHADOWING,
        HandoverStatus.LEADING,
        HandoverStatus.CARER_AGREED,
        HandoverStatus.SIGNED_OFF,
    ]
    assert wednesdays.told()[-3:] == [
        ("senior", "signed_off"),
        ("successor", "signed_off"),
        ("carer", "signed_off"),
    ]


def test_the_duty_changes_hands_only_with_an_empty_list(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.LEADING)
    wednesdays.signs(handover, Party.CARER, SignedFor.CHANGE)
    with pytest.raises(ListOpen):
        wednesdays.signs(handover, Party.SENIOR, SignedFor.CHANGE)


def test_a_yes_is_taken_once_and_in_its_time(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.CARER_AGREED)
    wednesdays.signs(handover, Party.SENIOR, SignedFor.CHANGE)
    with pytest.raises(SignedAlready):
        wednesdays.signs(handover, Party.SENIOR, SignedFor.CHANGE)
    with pytest.raises(SignedAlready):
        wednesdays.signs(handover, Party.CARER, SignedFor.CHANGE)
    wednesdays.does(
        lambda session: stop_handover(
            session, handover, "For a test", by=wednesdays.desk_account.id, now=utc_now()
        )
    )
    begun = wednesdays.comes_to(HandoverStatus.SENIOR_AGREED)
    with pytest.raises(NotYet):
        wednesdays.signs(begun, Party.CARER, SignedFor.CHANGE)


def test_a_yes_counts_for_the_question_that_was_read(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SUCCESSOR_AGREED)
    path = f"/my/requests/{wednesdays.request}/handover"
    on_the_phone, at_home = (wednesdays.browser(wednesdays.carers_account) for _ in range(2))
    left_open = on_the_phone.opens(path)
    press(at_home, at_home.opens(path), "Yes, I agree")
    assert wednesdays.status(handover) is HandoverStatus.LEADING
    press(on_the_phone, left_open, "Yes, I agree")
    assert wednesdays.status(handover) is HandoverStatus.LEADING, (
        "she was asked about coming along, not about changing"
    )


def test_a_coordinator_enters_the_yes_of_who_uses_no_phone(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SUCCESSOR_AGREED)
    wednesdays.desk().sends(f"/handovers/{handover}/sign/carer", how="on_paper")

    def read(session: Session) -> tuple[SignedHow, int]:
        given = session.scalars(select(Signature).where(Signature.party == Party.CARER)).one()
        return given.how, given.given_by_id

    assert wednesdays.does(read) == (SignedHow.ON_PAPER, wednesdays.desk_account.id)
    assert wednesdays.status(handover) is HandoverStatus.LEADING


@pytest.mark.parametrize("signed_off", [False, True])
def test_the_carer_takes_the_yes_back_at_any_time(wednesdays: Wednesdays, signed_off: bool) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SIGNED_OFF if signed_off else HandoverStatus.LEADING)
    lam = wednesdays.browser(wednesdays.carers_account)
    lam.sends(f"/my/requests/{wednesdays.request}/handover/no", words="Mother is unwell")
    assert wednesdays.status(handover) is HandoverStatus.SUCCESSOR_AGREED

    def standing(session: Session) -> set[tuple[Party, SignedFor]]:
        rows = session.scalars(select(Signature).where(Signature.ended_at.is_(None)))
        return {(row.party, row.signed_for) for row in rows}

    assert wednesdays.does(standing) == {
        (Party.SENIOR, SignedFor.BEGINNING),
        (Party.SUCCESSOR, SignedFor.BEGINNING),
    }
    assert wednesdays.told()[-2:] == [("senior", "carer_took_it_back"), ("successor", "carer_took_it_back")]
    wednesdays.passes_the_list_on(handover)
    assert wednesdays.told()[-1] == ("successor", "carer_took_it_back"), "nobody asks the carer again"
    assert "The carer would rather not" in wednesdays.desk().opens(f"/handovers/{handover}").words


def test_a_carer_who_changes_their_mind_is_heard(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.LEADING)
    wednesdays.does(
        lambda session: carer_declines(session, handover, by=wednesdays.carers_account.id, now=utc_now())
    )
    wednesdays.signs(handover, Party.CARER, SignedFor.BEGINNING)
    assert wednesdays.status(handover) is HandoverStatus.LEADING


def test_a_successor_who_says_no_makes_room_for_another(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.LEADING)
    fung = wednesdays.browser(wednesdays.successors_account)
    fung.sends(f"/volunteer/{wednesdays.successor}/handovers/{handover}/no", words="A new job")

    def read(session: Session) -> tuple[HandoverStatus, int | None, list[tuple[Party, SignedFor]]]:
        row = session.get_one(Handover, handover)
        standing = session.scalars(select(Signature).where(Signature.ended_at.is_(None)))
        return row.status, row.successor_id, [(each.party, each.signed_for) for each in standing]

    assert wednesdays.does(read) == (
        HandoverStatus.SENIOR_AGREED,
        None,
        [(Party.SENIOR, SignedFor.BEGINNING)],
    )
    fung.opens(f"/volunteer/{wednesdays.successor}/handovers/{handover}", status=404)
    assert wednesdays.told()[-1] == ("senior", "successor_left")


def test_a_handover_that_is_stopped_keeps_everything(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.CARER_AGREED)
    wednesdays.desk().sends(f"/handovers/{handover}/stop", words="She stays with us")
    words = wednesdays.desk().opens(f"/handovers/{handover}").words
    assert "She stays with us" in words
    assert "Opera" in words
    with pytest.raises(HandoverOver):
        wednesdays.signs(handover, Party.SENIOR, SignedFor.CHANGE)


def test_a_successor_reads_nothing_of_the_client_before_the_carer_agrees(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SENIOR_AGREED)
    wednesdays.passes_the_list_on(handover)
    wednesdays.names(handover)
    wednesdays.signs(handover, Party.SUCCESSOR, SignedFor.BEGINNING)
    fung = wednesdays.browser(wednesdays.successors_account)
    here = f"/volunteer/{wednesdays.successor}/handovers/{handover}"
    for page in (here, f"/volunteer/{wednesdays.successor}", f"/volunteer/{wednesdays.successor}/handing-on"):
        words = fung.opens(page).words
        for private in ("陳婆婆", "Opera", "Cantonese opera", "LAM", "invented house"):
            assert private not in words, (page, private)
    fung.opens(f"{here}/notes", status=404)
    wednesdays.signs(handover, Party.CARER, SignedFor.BEGINNING)
    words = fung.opens(here).words
    assert "陳婆婆" in words
    assert "Opera" in words
    assert "invented house" not in words
    wednesdays.does(
        lambda session: carer_declines(session, handover, by=wednesdays.carers_account.id, now=utc_now())
    )
    assert "Opera" not in fung.opens(here).words


def test_only_the_senior_writes_the_list(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.LEADING)
    item = wednesdays.does(lambda session: session.scalars(select(HandoverItem.id)).first())
    path = f"handovers/{handover}/lines/{item}"
    wednesdays.browser(wednesdays.successors_account).opens(
        f"/volunteer/{wednesdays.successor}/{path}", status=404
    )
    cheung = wednesdays.browser(wednesdays.seniors_account)
    cheung.sends(f"/volunteer/{wednesdays.senior}/{path}", answer=SECRET)
    assert (
        SECRET
        in wednesdays.browser(wednesdays.successors_account)
        .opens(f"/volunteer/{wednesdays.successor}/handovers/{handover}")
        .words
    )


def test_private_words_are_sealed_and_reading_them_is_on_record(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.CARER_AGREED)
    wednesdays.desk().opens(f"/handovers/{handover}")

    def read(session: Session) -> tuple[bool, int]:
        boxes = [row.words_box for row in session.scalars(select(HandoverNote))]
        boxes += [row.answer_box for row in session.scalars(select(HandoverItem))]
        is_plain = any(b"opera" in (box or b"").lower() for box in boxes)
        reads = session.scalars(select(AuditRow).where(AuditRow.action == "handover.words_read")).all()
        return is_plain, len(reads)

    assert wednesdays.does(read) == (False, 1)


class _RolledBack(Exception):
    """Nothing of the test is to stay."""


def test_the_database_takes_the_legal_moves_and_no_others(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SIGNED_OFF)

    def goes(session: Session, way: list[HandoverStatus]) -> bool:
        savepoint = session.begin_nested()
        try:
            for status in way:
                session.execute(
                    text("UPDATE handovers SET status = :status, moved_words = 'x' WHERE id = :id"),
                    {"status": status.value, "id": handover},
                )
        except IntegrityError:
            return False
        finally:
            savepoint.rollback()
        return True

    def try_all(session: Session) -> None:
        for was in set(HandoverStatus) - {HandoverStatus.PROPOSED}:
            for becomes in HandoverStatus:
                is_legal = becomes is was or becomes in LEGAL_MOVES[was]
                assert goes(session, [*_way_to(was), becomes]) == is_legal, (was, becomes)
        raise _RolledBack

    with pytest.raises(_RolledBack):
        wednesdays.does(try_all)


def _way_to(status: HandoverStatus) -> list[HandoverStatus]:
    """From SIGNED_OFF to a state, along legal moves."""
    ways = [[HandoverStatus.SIGNED_OFF]]
    while ways[0][-1] is not status:
        way = ways.pop(0)
        ways += [[*way, step] for step in HandoverStatus if step in LEGAL_MOVES[way[-1]]]
    return ways[0][1:]


@pytest.mark.parametrize(
    ("status", "word"),
    [("shadowing", "consent_missing"), ("signed_off", "signature_missing"), ("proposed", "illegal_move")],
)
def test_the_database_refuses_what_lacks_a_signature(wednesdays: Wednesdays, status: str, word: str) -> None:
    at = HandoverStatus.CARER_AGREED if status == "signed_off" else HandoverStatus.SUCCESSOR_AGREED
    handover = wednesdays.comes_to(at)
    with pytest.raises(IntegrityError) as refused:
        wednesdays.does(
            lambda session: session.execute(
                text("UPDATE handovers SET status = :status WHERE id = :id"),
                {"status": status, "id": handover},
            )
        )
    assert refusal_of(refused.value) == word


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("UPDATE handover_moves SET words = 'x'", "history_is_append_only"),
        ("DELETE FROM handover_moves", "history_is_append_only"),
        ("DELETE FROM handover_notes", "history_is_append_only"),
        ("UPDATE handover_signatures SET party = 'carer'", "signature_is_fixed"),
        ("DELETE FROM handover_signatures", "history_is_append_only"),
    ],
)
def test_what_was_said_is_never_altered(wednesdays: Wednesdays, statement: str, word: str) -> None:
    wednesdays.comes_to(HandoverStatus.SENIOR_AGREED)
    with pytest.raises(IntegrityError) as refused:
        wednesdays.does(lambda session: session.execute(text(statement)))
    assert refusal_of(refused.value) == word


def test_a_line_that_does_not_matter_does_not_hold_anybody_up(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.LEADING)
    item = wednesdays.does(lambda session: session.scalars(select(HandoverItem.id)).first())
    desk = wednesdays.desk()
    desk.sends(f"/handovers/{handover}/lines/{item}", answer="")
    desk.sends(f"/handovers/{handover}/lines/add", words="The key")
    desk.sends(f"/handovers/{handover}/notes", words="Phoned her")
    words = desk.opens(f"/handovers/{handover}").words
    assert "The key" in words
    assert "Phoned her" in words


def test_the_successor_may_be_let_go_before_they_answer(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SENIOR_AGREED)
    wednesdays.names(handover)
    wednesdays.does(
        lambda session: let_successor_go(
            session, handover, "Away for months", by=wednesdays.desk_account.id, now=utc_now()
        )
    )
    assert wednesdays.status(handover) is HandoverStatus.SENIOR_AGREED
    assert history(wednesdays, handover)[-1] is HandoverStatus.SENIOR_AGREED
    wednesdays.names(handover)
    assert wednesdays.told().count(("successor", "successor_asked")) == 1


def test_a_handover_never_leads_past_what_was_agreed(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SUCCESSOR_AGREED)
    with pytest.raises(NotYet):
        wednesdays.does(
            lambda session: sign(
                session,
                handover,
                Party.CARER,
                SignedFor.CHANGE,
                SignedHow.PHONE_CALL,
                by=wednesdays.desk_account.id,
                now=utc_now(),
            )
        )

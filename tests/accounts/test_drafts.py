"""A form is kept page by page and found again: here, by the person's account, or by a resume code."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.accounts.models import Draft, DraftKind, Role
from app.accounts.queries import draft_of, draft_to_resume, drafts_of_coordinators, drafts_to_go_on_with
from app.accounts.use_cases.drafts import (
    KEPT_FOR,
    answers,
    answers_of,
    bring_back_draft,
    draft_to_change,
    finish_draft,
    give_resume_code,
    open_draft,
    save_page,
)
from app.accounts.use_cases.retention import forget_what_is_over
from app.accounts.use_cases.sessions import begin_session, begin_signed_in_session
from app.accounts.use_cases.throttles import take_token
from app.shared.contacts import read_phone
from app.shared.database import Database
from app.shared.submissions import earlier_answer, remember_answer
from tests.people import make_account, make_coordinator

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
CHAN = read_phone("9123 4567")
KIND = DraftKind.VOLUNTEER
pytestmark = pytest.mark.usefixtures("keys")


def begin(session: Session) -> int:
    """A browser that is known, its session's id."""
    return begin_session(session, now=NOON)[0].id


def test_every_page_is_kept_as_it_was_typed(database: Database) -> None:
    def write(session: Session) -> int:
        draft = open_draft(session, KIND, browser_session_id=begin(session), now=NOON)
        save_page(session, draft, "who", {"name": "陳大文", "year": "１９５０年"}, now=NOON)
        save_page(session, draft, "place", {"areas": ["shek_lei", "tsing_yi"]}, now=NOON)
        save_page(session, draft, "who", {"name": "陳大文", "year": "1951"}, now=NOON)
        return draft.id

    draft_id = database.in_transaction(write)
    with database.reading() as session:
        draft = session.get_one(Draft, draft_id)
        assert draft.pages_done == ["who", "place"]
        assert answers(draft) == {
            "who": {"name": "陳大文", "year": "1951"},
            "place": {"areas": ["shek_lei", "tsing_yi"]},
        }
        assert answers_of(draft, "times") == answers_of(None, "who") == {}
        box = session.execute(text("SELECT answers_box FROM drafts")).scalar_one()
        assert "陳大文".encode() not in bytes(box)


def test_a_browser_has_one_draft_of_a_kind(database: Database) -> None:
    def write(session: Session) -> tuple[int, int, int]:
        here = begin(session)
        first = open_draft(session, KIND, browser_session_id=here, now=NOON)
        again = open_draft(session, KIND, browser_session_id=here, now=NOON)
        other = open_draft(session, DraftKind.CARE_REQUEST, browser_session_id=here, now=NOON)
        return first.id, again.id, other.id

    first, again, other = database.in_transaction(write)
    assert first == again != other


def test_a_coordinator_fills_in_many_at_once_and_never_an_own_one(database: Database) -> None:
    def write(session: Session) -> None:
        coordinator = make_coordinator(session)
        first = open_draft(session, KIND, entered_by=coordinator.id, now=NOON)
        second = open_draft(session, KIND, entered_by=coordinator.id, now=NOON)
        assert first.id != second.id
        assert {draft.id for draft in drafts_of_coordinators(session, KIND, now=NOON)} == {
            first.id,
            second.id,
        }
        assert draft_of(session, KIND, browser_session_id=None, account_id=coordinator.id, now=NOON) is None

    database.in_transaction(write)


def test_a_draft_follows_the_person_who_signs_in(database: Database) -> None:
    def write(session: Session) -> None:
        here = begin(session)
        draft = open_draft(session, KIND, browser_session_id=here, now=NOON)
        chan = make_account(session, "Chan", Role.VOLUNTEER, phone=CHAN)
        begun, _ = begin_signed_in_session(session, chan, here, is_shared_computer=False, now=NOON)
        session.expire_all()
        assert draft.browser_session_id == begun.id
        elsewhere = draft_of(session, KIND, browser_session_id=None, account_id=chan.id, now=NOON)
        assert elsewhere is not None
        assert elsewhere.id == draft.id

    database.in_transaction(write)


def test_a_resume_code_needs_the_contact_it_was_given_to(database: Database) -> None:
    def write(session: Session) -> None:
        draft = open_draft(session, KIND, browser_session_id=begin(session), now=NOON)
        code = give_resume_code(session, draft, CHAN, now=NOON)
        assert code not in (draft.resume_code_hash or "")
        as_typed = code.replace("-", " ").lower()
        assert draft_to_resume(session, as_typed, CHAN, now=NOON) is draft
        assert draft_to_resume(session, code, read_phone("9876 5432"), now=NOON) is None
        assert draft_to_resume(session, "22222-22222", CHAN, now=NOON) is None
        assert draft_to_resume(session, code, CHAN, now=NOON + KEPT_FOR) is None
        newer = give_resume_code(session, draft, CHAN, now=NOON)
        assert draft_to_resume(session, code, CHAN, now=NOON) is None
        assert draft_to_resume(session, newer, CHAN, now=NOON) is draft

    database.in_transaction(write)


def test_a_draft_that_is_brought_back_takes_the_place_of_what_was_open(database: Database) -> None:
    def write(session: Session) -> None:
        saved = open_draft(session, KIND, browser_session_id=begin(session), now=NOON)
        here = begin(session)
        open_here = open_draft(session, KIND, browser_session_id=here, now=NOON)
        bring_back_draft(session, saved, here, now=NOON + timedelta(minutes=1))
        found = open_draft(session, KIND, browser_session_id=here, now=NOON)
        assert found.id == saved.id
        session.refresh(open_here)
        assert open_here.browser_session_id is None

    database.in_transaction(write)


def test_a_sent_form_leaves_nothing_behind(database: Database) -> None:
    def write(session: Session) -> None:
        here = begin(session)
        draft = open_draft(session, KIND, browser_session_id=here, now=NOON)
        save_page(session, draft, "who", {"name": "陳大文"}, now=NOON)
        code = give_resume_code(session, draft, CHAN, now=NOON)
        finish_draft(session, draft, now=NOON)
        assert answers(draft) == {}
        assert draft_to_resume(session, code, CHAN, now=NOON) is None
        assert draft_to_change(session, draft.id, now=NOON) is None
        assert not drafts_to_go_on_with(session, [draft.id], now=NOON)
        assert open_draft(session, KIND, browser_session_id=here, now=NOON).id != draft.id

    database.in_transaction(write)


def test_what_is_over_is_forgotten_and_the_rest_stays(database: Database) -> None:
    def write(session: Session) -> tuple[int, int]:
        old = open_draft(
            session, KIND, browser_session_id=begin(session), now=NOON - KEPT_FOR - timedelta(days=2)
        )
        fresh = open_draft(session, KIND, browser_session_id=begin(session), now=NOON)
        take_token(session, "old", capacity=1, per=timedelta(days=1), now=NOON - timedelta(days=2))
        take_token(session, "fresh", capacity=1, per=timedelta(days=1), now=NOON)
        remember_answer(session, "old", "/sent", now=NOON - timedelta(days=31))
        remember_answer(session, "fresh", "/sent", now=NOON)
        return old.id, fresh.id

    old, fresh = database.in_transaction(write)
    assert database.in_transaction(lambda session: forget_what_is_over(session, now=NOON)) == 3
    with database.reading() as session:
        assert session.get(Draft, old) is None
        assert session.get(Draft, fresh) is not None
        assert (earlier_answer(session, "old"), earlier_answer(session, "fresh")) == (None, "/sent")
    in_two_months = NOON + timedelta(days=60)
    assert database.in_transaction(lambda session: forget_what_is_over(session, now=in_two_months)) == 5

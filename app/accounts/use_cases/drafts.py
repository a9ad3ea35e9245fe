"""Drafts: a form kept page by page, found again on the same device, by the person's account, or by a resume code."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Draft, DraftKind
from app.accounts.queries import contact_key, draft_of, resume_code_hash
from app.shared.codes import new_resume_code
from app.shared.secrets import Email, Phone

KEPT_FOR = timedelta(days=30)

Answers = dict[str, dict[str, Any]]


def open_draft(
    session: Session,
    kind: DraftKind,
    *,
    browser_session_id: int | None = None,
    account_id: int | None = None,
    entered_by: int | None = None,
    now: datetime,
) -> Draft:
    """The unfinished draft of this browser or account, locked; a new one when there is none.

    A coordinator (`entered_by`) fills in many at once: each call makes a new one.
    """
    if entered_by is None:
        draft = draft_of(
            session, kind, browser_session_id=browser_session_id, account_id=account_id, now=now, lock=True
        )
        if draft is not None:
            return draft
    draft = Draft(
        kind=kind,
        browser_session_id=None if entered_by else browser_session_id,
        account_id=account_id,
        entered_by_id=entered_by,
        pages_done=[],
        facts={},
        created_at=now,
        saved_at=now,
        expires_at=now + KEPT_FOR,
    )
    session.add(draft)
    session.flush()
    return draft


def draft_to_change(session: Session, draft_id: int, *, now: datetime) -> Draft | None:
    """The unfinished draft `draft_id`, locked; None when it is finished, out of date or not there."""
    return session.scalars(
        select(Draft)
        .where(Draft.id == draft_id, Draft.finished_at.is_(None), Draft.expires_at > now)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def answers(draft: Draft) -> Answers:
    """Everything answered so far, as typed: {page: {field: value}}."""
    return cast(Answers, json.loads(draft.answers_text or "{}"))


def answers_of(draft: Draft | None, page: str) -> dict[str, Any]:
    """What was answered on one page; {} when it was not reached or there is no draft."""
    return answers(draft).get(page, {}) if draft is not None else {}


def save_page(session: Session, draft: Draft, page: str, given: Mapping[str, Any], *, now: datetime) -> None:
    """Keep one page's answers, in place of what was there. `given` holds what JSON can hold, as typed."""
    draft.answers_text = json.dumps({**answers(draft), page: dict(given)}, ensure_ascii=False)
    if page not in draft.pages_done:
        draft.pages_done = [*draft.pages_done, page]
    draft.saved_at = now
    draft.expires_at = now + KEPT_FOR
    session.flush()


def give_resume_code(session: Session, draft: Draft, contact: Phone | Email, *, now: datetime) -> str:
    """A new code that, together with a one-time code sent to `contact`, brings the draft back on another device.

    It takes the place of an earlier one. Only its hash is kept.
    """
    code = new_resume_code()
    draft.contact_key = contact_key(contact)
    draft.resume_code_hash = resume_code_hash(code)
    draft.expires_at = now + KEPT_FOR
    session.flush()
    return code


def hand_over_drafts(session: Session, from_browser_session_id: int, *, account_id: int, to_id: int) -> None:
    """Let the drafts of a browser follow the person who has just signed in, into the new session."""
    session.execute(
        update(Draft)
        .where(Draft.browser_session_id == from_browser_session_id, Draft.finished_at.is_(None))
        .values(browser_session_id=to_id, account_id=account_id, version=Draft.version + 1)
        .execution_options(synchronize_session=False)
    )


def bring_back_draft(session: Session, draft: Draft, browser_session_id: int, *, now: datetime) -> None:
    """Give a resumed draft to this browser; one that was open here gives way (it stays with its resume code)."""
    session.execute(
        update(Draft)
        .where(
            Draft.kind == draft.kind,
            Draft.browser_session_id == browser_session_id,
            Draft.id != draft.id,
            Draft.finished_at.is_(None),
        )
        .values(browser_session_id=None, version=Draft.version + 1)
        .execution_options(synchronize_session=False)
    )
    draft.browser_session_id = browser_session_id
    draft.saved_at = now
    draft.expires_at = now + KEPT_FOR
    session.flush()


def finish_draft(session: Session, draft: Draft, *, now: datetime) -> None:
    """The form was sent: what was typed is erased here, for it stands in the real tables now."""
    draft.answers_text = None
    draft.resume_code_hash = None
    draft.contact_key = None
    draft.facts = {}
    draft.finished_at = now
    session.flush()

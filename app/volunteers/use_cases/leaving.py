"""Somebody does not want to go on, and says so themselves. The rooms above follow in the same transaction."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import DraftKind
from app.accounts.queries import draft_of
from app.accounts.use_cases.drafts import finish_draft
from app.shared.audit import record
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import GONE, volunteer_to_change, volunteers_of_account
from app.volunteers.use_cases.standing import move

Follower = Callable[[Session, Volunteer, str, int, datetime], None]
"""Called with the session, the volunteer who left, what they said, their account's id, and when."""

_followers: list[Follower] = []


def install_followers(*followers: Follower) -> None:
    """Let these, and no others, hear of it. Called once by whoever puts the rooms together."""
    _followers[:] = followers


def withdraw_volunteer(
    session: Session, volunteer_id: int, *, reason: str, by: int, now: datetime
) -> Volunteer:
    """A volunteer or applicant stops of their own accord; no reason is asked. Kept, and may come back.

    What they were asked or had promised ends; a sign-up that nobody else of the account can mean is thrown away.
    Raises NotFound, IllegalMove.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    move(volunteer, VolunteerStatus.RETIRED, reason)
    volunteer.paused_until = None
    session.flush()
    for follower in _followers:
        follower(session, volunteer, reason, by, now)
    if all(person.status in GONE for person in volunteers_of_account(session, by)):
        draft = draft_of(
            session, DraftKind.VOLUNTEER, browser_session_id=None, account_id=by, now=now, lock=True
        )
        if draft is not None:
            finish_draft(session, draft, now=now)
    record(session, "volunteer.withdrew", volunteer, by=by, now=now, reason=reason)
    return volunteer

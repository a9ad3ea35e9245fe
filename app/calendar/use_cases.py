"""Secret addresses for calendar programmes: made, read, taken back."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.accounts.queries import token_hash
from app.calendar.models import CalendarFeed
from app.shared.audit import record
from app.shared.codes import new_token
from app.shared.errors import NotFound
from app.volunteers.models import Volunteer

NOTED_EVERY = timedelta(minutes=5)
"""How often it is noted that an address was read."""


def make_feed(session: Session, owner: Volunteer | Account, *, by: int, now: datetime) -> CalendarFeed:
    """A new address for a volunteer's visits, or for a coordinator; the one before ends. Raises NotFound."""
    model = type(owner)
    locked = session.get(model, owner.id, with_for_update=True)
    if locked is None:
        raise NotFound
    _revoke(session, owner, now)
    token = new_token()
    feed = CalendarFeed(token_hash=token_hash(token), made_at=now)
    if isinstance(owner, Volunteer):
        feed.volunteer_id = owner.id
    else:
        feed.account_id = owner.id
    feed.token = token
    session.add(feed)
    session.flush()
    record(session, "calendar.address_made", feed, by=by, now=now)
    return feed


def revoke_feed(session: Session, owner: Volunteer | Account, *, by: int, now: datetime) -> None:
    """Take the address back: nobody reads under it any more. Nothing when there is none."""
    feed = _revoke(session, owner, now)
    if feed is not None:
        record(session, "calendar.address_revoked", feed, by=by, now=now)


def note_feed_read(session: Session, feed_id: int, *, now: datetime) -> None:
    """A calendar programme has read it: so the owner sees that it works, or that somebody else reads it."""
    feed = session.get_one(CalendarFeed, feed_id)
    if feed.last_read_at is None or now - feed.last_read_at >= NOTED_EVERY:
        feed.last_read_at = now


def _revoke(session: Session, owner: Volunteer | Account, now: datetime) -> CalendarFeed | None:
    is_theirs = (
        CalendarFeed.volunteer_id == owner.id
        if isinstance(owner, Volunteer)
        else CalendarFeed.account_id == owner.id
    )
    feed = session.scalars(
        select(CalendarFeed).where(is_theirs, CalendarFeed.revoked_at.is_(None)).with_for_update()
    ).one_or_none()
    if feed is not None:
        feed.revoked_at, feed.token = now, None
        session.flush()
    return feed

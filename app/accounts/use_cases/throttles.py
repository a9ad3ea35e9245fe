"""Throttles: token buckets in the database. A full bucket lets several tries through at once, then one at a time."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.accounts.models import Throttle


def take_token(session: Session, key: str, *, capacity: int, per: timedelta, now: datetime) -> bool:
    """Take one token from the bucket `key`; False when it is empty.

    It holds `capacity` tokens, and one grows back in `per`. Commit it whatever the answer to the try is: take the
    token in a transaction of its own, for a refusal rolls back.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(Throttle).values(key=key, tokens=capacity, at=now).on_conflict_do_nothing())
    throttle = session.scalars(
        select(Throttle)
        .where(Throttle.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    grown = max(now - throttle.at, timedelta()) / per
    tokens = min(float(capacity), throttle.tokens + grown)
    is_allowed = tokens >= 1
    throttle.tokens = tokens - 1 if is_allowed else tokens
    throttle.at = max(now, throttle.at)
    session.flush()
    return is_allowed

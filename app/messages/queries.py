"""What can be asked of the outbox and the call list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.messages.models import CallBack, Channel, MessageStatus, OutboxMessage
from app.shared.health import HealthFact


def due(now: datetime) -> ColumnElement[bool]:
    """The condition under which a message is to be sent now: due, not out of date, nobody else is at it."""
    return and_(
        OutboxMessage.status == MessageStatus.QUEUED,
        OutboxMessage.not_before <= now,
        OutboxMessage.channel != Channel.PHONE_CALL,
        or_(OutboxMessage.expires_at.is_(None), OutboxMessage.expires_at > now),
        or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until <= now),
    )


def is_anything_due(session: Session, *, now: datetime) -> bool:
    """Whether a round of the sender would find something to do. Cheap: it is asked every second."""
    out_of_date = and_(
        OutboxMessage.status == MessageStatus.QUEUED,
        OutboxMessage.expires_at <= now,
        or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until <= now),
    )
    secret_out_of_date = and_(
        OutboxMessage.status == MessageStatus.DEAD,
        OutboxMessage.expires_at <= now,
        OutboxMessage.secret_box.is_not(None),
    )
    return any(
        session.scalar(select(select(OutboxMessage.id).where(condition).exists()))
        for condition in (due(now), out_of_date, secret_out_of_date)
    )


def call_backs_waiting(session: Session) -> Sequence[CallBack]:
    """Who asked to be phoned and has not been, the newest first."""
    return session.scalars(
        select(CallBack)
        .where(CallBack.done_at.is_(None))
        .order_by(CallBack.asked_at.desc(), CallBack.id.desc())
    ).all()


def calls_to_make(session: Session, *, now: datetime) -> Sequence[OutboxMessage]:
    """Messages for people who are reached by a phone call, due and not out of date, the newest first."""
    return session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.status == MessageStatus.QUEUED,
            OutboxMessage.channel == Channel.PHONE_CALL,
            OutboxMessage.not_before <= now,
            or_(OutboxMessage.expires_at.is_(None), OutboxMessage.expires_at > now),
        )
        .order_by(OutboxMessage.not_before.desc(), OutboxMessage.id.desc())
    ).all()


def dead_letters(session: Session) -> Sequence[OutboxMessage]:
    """Messages that were given up, the newest first."""
    return session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.status == MessageStatus.DEAD)
        .order_by(OutboxMessage.finished_at.desc(), OutboxMessage.id.desc())
    ).all()


@dataclass(frozen=True)
class OutboxState:
    """How the outbox is doing."""

    due: int
    """How many could leave now and have not."""
    oldest_due: datetime | None
    """Since when the oldest of them could."""
    failing: int
    """How many have failed several times and are tried again later."""
    dead: int


def outbox_state(session: Session, *, failing_from: int, now: datetime) -> OutboxState:
    """The outbox in figures; `failing_from` is the number of tries that counts as failing."""
    waiting, oldest = session.execute(
        select(func.count(), func.min(OutboxMessage.not_before)).where(due(now))
    ).one()
    queued = OutboxMessage.status == MessageStatus.QUEUED
    return OutboxState(
        due=waiting,
        oldest_due=oldest,
        failing=session.scalar(
            select(func.count()).where(
                queued, OutboxMessage.channel != Channel.PHONE_CALL, OutboxMessage.attempts >= failing_from
            )
        )
        or 0,
        dead=session.scalar(select(func.count()).where(OutboxMessage.status == MessageStatus.DEAD)) or 0,
    )


LATE = timedelta(minutes=10)
MANY_TRIES = 4


def outbox_health(session: Session, now: datetime) -> HealthFact:
    """Red when something has been due for ten minutes and has not left, or is tried for the fourth time."""
    state = outbox_state(session, failing_from=MANY_TRIES, now=now)
    is_late = state.oldest_due is not None and now - state.oldest_due > LATE
    return HealthFact(
        "outbox",
        is_red=is_late or state.failing > 0,
        values={
            "due": state.due,
            "oldest_due": state.oldest_due,
            "failing": state.failing,
            "dead": state.dead,
        },
    )

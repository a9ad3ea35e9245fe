"""Senior, successor and carer hear of each step by their own channel; who uses no phone stands on the call list."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.handover.models import Handover, Party, ShadowVisit
from app.messages.use_cases import Message, Reachable, queue_message, recipient_of, withdraw_messages


class News(StrEnum):
    """What somebody is told of a handover."""

    SENIOR_ASKED = "senior_asked"
    SUCCESSOR_ASKED = "successor_asked"
    CARER_ASKED = "carer_asked"
    """Whether the successor may come along."""
    CARER_ASKED_AGAIN = "carer_asked_again"
    """Whether the successor may come instead of the senior."""
    SUCCESSOR_FOUND = "successor_found"
    COURSE_FIRST = "course_first"
    COMES_ALONG = "comes_along"
    LEADS = "leads"
    TO_SIGN = "to_sign"
    SIGNED_OFF = "signed_off"
    THANKED = "thanked"
    CLOSED = "closed"
    CARER_TOOK_IT_BACK = "carer_took_it_back"
    SUCCESSOR_LEFT = "successor_left"
    STOPPED = "stopped"
    VISIT_ARRANGED = "visit_arranged"
    VISIT_OFF = "visit_off"


def tell(
    session: Session,
    handover: Handover,
    party: Party,
    news: News,
    *,
    shadow: ShadowVisit | None = None,
    now: datetime,
) -> None:
    """Queue one message, if there is such a person; the same news twice within one state of the handover is once."""
    person = party_of(handover, party)
    if person is None:
        return
    about = {"shadow": shadow.id} if shadow is not None else {}
    occasion = f"{handover.moved_at.timestamp():.0f}:{handover.successor_id or 0}"
    if shadow is not None:
        occasion = f"shadow:{shadow.id}"
    queue_message(
        session,
        Message(
            kind="handover",
            recipient=recipient_of(person),
            dedupe_key=f"{_prefix(handover)}{party.value}:{news.value}:{occasion}",
            ids={"handover": handover.id, "party": party.value, "news": news.value} | about,
            about=handover,
        ),
        now=now,
    )


def take_back_news(session: Session, handover: Handover, party: Party, *, now: datetime) -> None:
    """What this party was to be told and has not left does not leave: it holds no more."""
    withdraw_messages(session, dedupe_prefix=f"{_prefix(handover)}{party.value}:", now=now)


def party_of(handover: Handover, party: Party) -> Reachable | None:
    """The person whose word it is; None for no carer, or nobody named yet."""
    if party is Party.SENIOR:
        return handover.senior
    if party is Party.SUCCESSOR:
        return handover.successor
    return handover.request.carer if handover.request is not None else None


def _prefix(handover: Handover) -> str:
    return f"handover:{handover.id}:"

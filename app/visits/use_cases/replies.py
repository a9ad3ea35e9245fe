"""What people answer by text message: to the one question that is open, else a line on the call list.

Nothing is guessed: two open questions, an unclear word, a number nobody knows, a yes that a rule speaks against, all
are for a coordinator to phone about, with the words as they were sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import Carer
from app.messages.models import CallBack
from app.messages.use_cases import CallBackAsked, ask_for_call_back
from app.shared.audit import record
from app.shared.secrets import Phone, phone_key
from app.visits.models import AnsweredHow, Offer, ReplyOutcome, SeatStatus, SmsReply
from app.visits.queries import offers_waiting
from app.visits.understanding import Said, answer_in
from app.visits.use_cases.offers import answer_offer, tell_what_was_understood
from app.volunteers.models import Volunteer, VolunteerStatus

LONGEST_NOTE = 500
UNKNOWN = "SMS"


@dataclass(frozen=True)
class TextMessage:
    """A text message as the gateway delivered it. `gateway_id` is the same however often it is delivered."""

    gateway_id: str
    sender: Phone
    words: str


def reply_known(session: Session, gateway_id: str) -> SmsReply | None:
    """What became of a message that was delivered before."""
    return session.scalars(select(SmsReply).where(SmsReply.gateway_id == gateway_id)).one_or_none()


def answer_by_text(session: Session, message: TextMessage, *, now: datetime) -> SmsReply | None:
    """Take the message as the answer to the one question that is open for its sender; None when it is not plainly one.

    What was understood is told back. Raises as `answer_offer`.
    """
    offers = offers_waiting(session, [person.id for person in _volunteers(session, message.sender)], now)
    if len(offers) != 1:
        return None
    offer = offers[0]
    asked = [seat.id for seat in offer.seats if seat.status is SeatStatus.OFFERED]
    said = answer_in(message.words, days=len(asked))
    if said is None:
        return None
    is_yes = said is Said.YES
    answer_offer(session, offer.id, asked if is_yes else (), how=AnsweredHow.SMS, by=None, now=now)
    tell_what_was_understood(session, offer, now=now)
    return _keep(session, message, ReplyOutcome(said.value), offer=offer, now=now)


def call_about_text(session: Session, message: TextMessage, *, now: datetime) -> SmsReply:
    """Put the message on the call list, with its words; several from one number are one line until it is done."""
    waiting = session.scalars(
        select(CallBack)
        .join(SmsReply, SmsReply.call_back_id == CallBack.id)
        .where(SmsReply.phone_key == phone_key(message.sender), CallBack.done_at.is_(None))
        .order_by(CallBack.id.desc())
        .limit(1)
        .with_for_update(of=CallBack)
    ).one_or_none()
    if waiting is not None:
        waiting.note = f"{waiting.note or ''} / {message.words}"[:LONGEST_NOTE]
    else:
        name, language = _name_of(session, message.sender)
        waiting = ask_for_call_back(
            session,
            CallBackAsked(
                name=name,
                phone=message.sender,
                note=message.words[:LONGEST_NOTE],
                page="",
                draft_id=None,
                language=language,
            ),
            now=now,
        )
    return _keep(session, message, ReplyOutcome.TO_CALL, call_back=waiting, now=now)


def _volunteers(session: Session, phone: Phone) -> Sequence[Volunteer]:
    """Everybody of that number: a family may share one."""
    return session.scalars(
        select(Volunteer)
        .where(Volunteer.phone_key == phone_key(phone), Volunteer.status != VolunteerStatus.REMOVED)
        .order_by(Volunteer.id)
    ).all()


def _name_of(session: Session, phone: Phone) -> tuple[str, str]:
    """Who sent it, as far as that is known, and in which language to phone."""
    volunteers = _volunteers(session, phone)
    carers = session.scalars(
        select(Carer).where(Carer.phone_key == phone_key(phone)).order_by(Carer.id)
    ).all()
    people: list[Volunteer | Carer] = [*volunteers, *carers]
    names = list(dict.fromkeys(person.name_zh or person.name_en for person in people))
    return ("、".join(names)[:120] or UNKNOWN, people[0].language if people else "zh_Hant_HK")


def _keep(
    session: Session,
    message: TextMessage,
    outcome: ReplyOutcome,
    *,
    offer: Offer | None = None,
    call_back: CallBack | None = None,
    now: datetime,
) -> SmsReply:
    reply = SmsReply(
        gateway_id=message.gateway_id,
        phone_key=phone_key(message.sender),
        received_at=now,
        outcome=outcome,
        offer_id=offer.id if offer is not None else None,
        call_back_id=call_back.id if call_back is not None else None,
    )
    reply.words = message.words
    session.add(reply)
    session.flush()
    record(session, "sms_reply.taken", reply, by=None, now=now, outcome=outcome.value)
    return reply

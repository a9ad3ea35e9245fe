"""Offers: one question to one volunteer about one request, its answer, and its end without one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.queries import token_hash
from app.care_requests.models import Occurrence
from app.messages.use_cases import Message, queue_message, recipient_of, withdraw_messages
from app.shared.audit import record
from app.shared.codes import new_token
from app.shared.errors import Refusal
from app.shared.times import SLOT_MINUTES, hong_kong_date, hong_kong_moment, slot_moment
from app.visits.models import (
    AnsweredHow,
    EndedBecause,
    MoveBecause,
    Offer,
    SeatStatus,
    Visit,
    VisitSeat,
    VisitStatus,
)
from app.visits.use_cases.rules import one_look, team_rules
from app.visits.use_cases.seats import (
    change_people,
    end_seat,
    locked_visits,
    move_seat,
    move_visit,
    refused_by,
    settle_visit,
)
from app.visits.use_cases.telling import News
from app.volunteers.models import Volunteer

LEAST_TIME_TO_ANSWER = timedelta(hours=3)
LAST_ANSWER_BEFORE_VISIT = timedelta(hours=20)
FIRST_HOUR_TO_ANSWER, LAST_HOUR_TO_ANSWER = time(9), time(21)


class OfferIsOver(Refusal):
    """The offer was answered, taken back, or its time has run out."""


class OfferChanged(Refusal):
    """One of the days is not asked any more: look again before answering."""


class NoLongerFits(Refusal):
    """A yes that cannot be taken: `facts["rule"]` is the rule that speaks against it by now."""


class AnswerNotTaken(Refusal):
    """A yes that something speaks against by now; what it is concerns coordinators only."""


class TooLateToUndo(Refusal):
    """Messages of this approval have left; it is a cancellation now."""


class TakenBackAlready(Refusal):
    """Somebody else has taken this approval back."""


@dataclass(frozen=True)
class Place:
    """A time at which a volunteer is wanted: an occurrence, and when it is to take place."""

    occurrence: Occurrence
    on_date: date
    from_slot: int
    to_slot: int
    proposal_id: int | None = None


def offer_places(
    session: Session,
    volunteer: Volunteer,
    places: Sequence[Place],
    *,
    answer_hours: int,
    leaves_at: datetime,
    by: int,
    now: datetime,
) -> Offer:
    """Hold seats for `volunteer` at `places`, all of one request, and queue the one question about them.

    The message leaves at `leaves_at`; until then `withdraw_offer` takes everything back. Raises DatabaseRefused when
    a guard of the database speaks against a seat.
    """
    token = new_token()
    offer = Offer(
        volunteer_id=volunteer.id,
        request_id=places[0].occurrence.request_id,
        token_hash=token_hash(token),
        made_by_id=by,
        made_at=now,
        leaves_at=leaves_at,
        answer_by=_answer_by(places, leaves_at, answer_hours),
        decline_reason="",
    )
    offer.token = token
    session.add(offer)
    session.flush()
    try:
        for place in sorted(places, key=lambda place: place.occurrence.id):
            visit = _visit_for(session, place, by=by, now=now)
            session.add(
                VisitSeat(
                    visit_id=visit.id,
                    volunteer_id=volunteer.id,
                    offer_id=offer.id,
                    proposal_id=place.proposal_id,
                    status=SeatStatus.OFFERED,
                    made_at=now,
                    moved_by_id=by,
                )
            )
            session.flush()
    except IntegrityError as error:
        raise refused_by(error) from error
    session.refresh(offer, ["seats"])
    queue_message(
        session,
        Message(
            kind="offer",
            recipient=recipient_of(volunteer),
            dedupe_key=f"offer:{offer.id}",
            ids={"offer": offer.id},
            secret=token,
            about=offer,
            not_before=leaves_at,
            expires_at=offer.answer_by,
        ),
        now=now,
    )
    record(
        session,
        "offer.made",
        volunteer,
        by=by,
        now=now,
        occurrences=[place.occurrence.code for place in places],
    )
    return offer


def answer_offer(
    session: Session,
    offer_id: int,
    accepted_seat_ids: Iterable[int],
    *,
    how: AnsweredHow,
    decline_reason: str = "",
    by: int | None,
    now: datetime,
) -> Offer:
    """Take the answer: yes to the seats named, no to the others of the offer. The carer is told who comes.

    Raises OfferIsOver for an offer that was answered, withdrawn or has run out, OfferChanged when a seat named is not
    offered any more, NoLongerFits or DatabaseRefused when a rule speaks against a yes by now.
    """
    offer = lock_offer(session, offer_id)
    if not is_answerable(offer, now):
        raise OfferIsOver
    accepted = set(accepted_seat_ids)
    visits, waiting = _seats_waiting(session, offer)
    if not accepted <= {seat.id for seat in waiting}:
        raise OfferChanged
    offer.answered_at, offer.answered_how, offer.answered_by_id = now, how, by
    offer.decline_reason = decline_reason
    offer.token = None
    news = News(visits.values())
    with one_look(session):
        for seat in waiting:
            visit = visits[seat.visit_id]
            if seat.id in accepted:
                _accept(session, seat, visit, by=by, now=now)
            else:
                end_seat(
                    session,
                    seat,
                    SeatStatus.DECLINED,
                    EndedBecause.DECLINED,
                    reason=decline_reason,
                    by=by,
                    now=now,
                )
                session.flush()
            settle_visit(session, visit, by=by, now=now)
    withdraw_messages(session, about=offer, now=now)
    record(
        session,
        "offer.accepted" if accepted else "offer.declined",
        offer.volunteer,
        by=by,
        now=now,
        how=how.value,
        visits=len(accepted),
    )
    news.tell(session, f"offer:{offer.id}", now=now)
    return offer


def withdraw_offer(session: Session, offer: Offer, *, by: int, now: datetime) -> None:
    """Undo an approval while nobody has been told. Raises TooLateToUndo once the message has left or been answered,
    TakenBackAlready when somebody else was quicker."""
    offer = lock_offer(session, offer.id)
    if offer.withdrawn_at is not None:
        raise TakenBackAlready
    if now >= offer.leaves_at or offer.answered_at is not None:
        raise TooLateToUndo
    if not withdraw_messages(session, about=offer, now=now):
        raise TooLateToUndo
    offer.withdrawn_at = now
    offer.token = None
    visits = locked_visits(session, [seat.visit_id for seat in offer.seats])
    for seat in offer.seats:
        visit = visits[seat.visit_id]
        if seat.is_live:
            end_seat(session, seat, SeatStatus.WITHDRAWN, EndedBecause.UNDONE, by=by, now=now)
            session.flush()
        session.refresh(visit, ["seats"])
        if any(other.is_live for other in visit.seats):
            settle_visit(session, visit, by=by, now=now)
        elif visit.carer_told_at is None and not _was_ever_needed(visit):
            move_visit(visit, VisitStatus.CANCELLED, MoveBecause.APPROVAL_UNDONE, by=by, now=now)
            visit.cancelled_at = now
        else:
            move_visit(visit, VisitStatus.NEEDS_COVER, MoveBecause.APPROVAL_UNDONE, by=by, now=now)
        session.flush()
    record(session, "offer.withdrawn", offer.volunteer, by=by, now=now)


def expire_offers(session: Session, *, now: datetime) -> int:
    """End the offers whose time to answer has run out; their visits need cover. How many there were."""
    over = session.scalars(
        select(Offer.id)
        .where(Offer.answered_at.is_(None), Offer.withdrawn_at.is_(None), Offer.answer_by <= now)
        .order_by(Offer.id)
    ).all()
    for offer_id in over:
        _expire(session, offer_id, now)
    return len(over)


def tell_what_was_understood(session: Session, offer: Offer, *, now: datetime) -> None:
    """Tell a volunteer which answer we took: one given by text message, or to a coordinator on the phone."""
    queue_message(
        session,
        Message(
            kind="answer_noted",
            recipient=recipient_of(offer.volunteer),
            dedupe_key=f"answer_noted:{offer.id}",
            ids={"offer": offer.id},
            about=offer,
            may_wake=True,
        ),
        now=now,
    )


def is_answerable(offer: Offer, now: datetime) -> bool:
    """Whether a yes or no counts now."""
    return (
        offer.answered_at is None
        and offer.withdrawn_at is None
        and offer.leaves_at <= now < offer.answer_by
        and any(seat.status is SeatStatus.OFFERED for seat in offer.seats)
    )


def lock_offer(session: Session, offer_id: int) -> Offer:
    """The offer as it stands now, locked. Raises OfferIsOver when it is not there."""
    offer = session.scalars(
        select(Offer).where(Offer.id == offer_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if offer is None:
        raise OfferIsOver
    session.refresh(offer, ["seats"])
    return offer


def _seats_waiting(session: Session, offer: Offer) -> tuple[dict[int, Visit], list[VisitSeat]]:
    """The visits of an offer, locked, by their ids; and its seats that wait for an answer as they stand then."""
    visits = locked_visits(
        session, [seat.visit_id for seat in offer.seats if seat.status is SeatStatus.OFFERED]
    )
    return visits, [
        seat for seat in offer.seats if seat.visit_id in visits and seat.status is SeatStatus.OFFERED
    ]


def _accept(session: Session, seat: VisitSeat, visit: Visit, *, by: int | None, now: datetime) -> None:
    rule = team_rules().broken_rule(session, visit, seat.volunteer_id)
    if rule is not None:
        raise NoLongerFits(rule=rule)
    change_people(session, visit, by=by, now=now)
    move_seat(seat, SeatStatus.ACCEPTED, by=by, now=now)
    try:
        session.flush()
    except IntegrityError as error:
        raise refused_by(error) from error


def _expire(session: Session, offer_id: int, now: datetime) -> None:
    offer = lock_offer(session, offer_id)
    if offer.answered_at is not None or offer.withdrawn_at is not None:
        return
    visits, waiting = _seats_waiting(session, offer)
    news = News(visits.values())
    with one_look(session):
        for seat in waiting:
            end_seat(session, seat, SeatStatus.EXPIRED, EndedBecause.EXPIRED, by=None, now=now)
            session.flush()
            settle_visit(session, visits[seat.visit_id], by=None, now=now)
    offer.withdrawn_at = now
    offer.token = None
    record(session, "offer.expired", offer.volunteer, by=None, now=now)
    news.tell(session, f"offer:{offer.id}", now=now)


def _was_ever_needed(visit: Visit) -> bool:
    """Somebody declined or left it before: it goes on looking for cover."""
    return any(seat.ended_because not in (None, EndedBecause.UNDONE) for seat in visit.seats)


def _visit_for(session: Session, place: Place, *, by: int, now: datetime) -> Visit:
    """The occurrence's visit, locked; a new one when it has none that stands."""
    visit = session.scalars(
        select(Visit)
        .where(Visit.occurrence_id == place.occurrence.id, Visit.status != VisitStatus.CANCELLED)
        .with_for_update()
    ).one_or_none()
    if visit is None:
        visit = Visit(
            occurrence_id=place.occurrence.id,
            request_id=place.occurrence.request_id,
            on_date=place.on_date,
            from_slot=place.from_slot,
            to_slot=place.to_slot,
            status=VisitStatus.OFFERED,
            made_at=now,
            moved_by_id=by,
            moved_because=MoveBecause.ASKED,
        )
        session.add(visit)
    else:
        visit.on_date, visit.from_slot, visit.to_slot = place.on_date, place.from_slot, place.to_slot
        if visit.status is VisitStatus.NEEDS_COVER:
            move_visit(visit, VisitStatus.OFFERED, MoveBecause.ASKED, by=by, now=now)
    session.flush()
    return visit


def _answer_by(places: Sequence[Place], leaves_at: datetime, answer_hours: int) -> datetime:
    """Some hours after the offer leaves, but a good while before the first visit, and never at once.

    It is a time that people say: the next half hour, and between nine in the morning and nine in the evening. What
    falls into a night moves on to nine in the morning; if that is too near the visit, back to nine in the evening
    before, as long as there is time to answer by then. Only a visit that begins earlier still ends it sooner.
    """
    first = min(slot_moment(place.on_date, place.from_slot) for place in places)
    soonest, latest = leaves_at + LEAST_TIME_TO_ANSWER, first - LAST_ANSWER_BEFORE_VISIT
    wanted = _next_half_hour(max(soonest, min(leaves_at + timedelta(hours=answer_hours), latest)))
    evening, morning = _night_around(wanted)
    if wanted <= evening or morning <= wanted:
        by_day = wanted
    else:
        by_day = evening if morning > latest and evening >= soonest else morning
    return min(by_day, first)


def _next_half_hour(moment: datetime) -> datetime:
    """`moment` itself when it is a full or half hour."""
    past = timedelta(minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)
    return moment + -past % timedelta(minutes=SLOT_MINUTES)


def _night_around(moment: datetime) -> tuple[datetime, datetime]:
    """Nine in the evening and nine in the morning of the night that is nearest: noon parts two nights."""
    evening_of = hong_kong_date(moment - timedelta(hours=12))
    return (
        hong_kong_moment(evening_of, LAST_HOUR_TO_ANSWER),
        hong_kong_moment(evening_of + timedelta(days=1), FIRST_HOUR_TO_ANSWER),
    )

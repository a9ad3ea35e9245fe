"""The life of visits and seats: offered, answered, taken back, ended. What decides who goes stands in `matching`.

Every function locks what it changes in one order, visit before seats, and ends seats of minors before the adult's
beside whom they were to go; the database insists on the same (see migrations/guards.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import token_hash
from app.care_requests.models import Carer, Occurrence
from app.messages.use_cases import Message, queue_message, recipient_of, withdraw_messages
from app.shared.audit import record
from app.shared.codes import new_token
from app.shared.errors import Refusal
from app.shared.times import age_bounds, slot_moment
from app.visits.models import (
    LEGAL_SEAT_MOVES,
    LEGAL_VISIT_MOVES,
    AnsweredHow,
    Offer,
    SeatStatus,
    Visit,
    VisitSeat,
    VisitStatus,
)
from app.volunteers.models import ADULT_AGE, Volunteer

LEAST_TIME_TO_ANSWER = timedelta(hours=3)
LAST_ANSWER_BEFORE_VISIT = timedelta(hours=20)


class OfferIsOver(Refusal):
    """The offer was answered, taken back, or its time has run out."""


class TooLateToUndo(Refusal):
    """Messages of this approval have left; it is a cancellation now."""


class VisitIsOver(Refusal):
    """The visit has begun or was cancelled."""


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

    The message leaves at `leaves_at`; until then `withdraw_offer` takes everything back. Raises IntegrityError when
    the database refuses a seat (shared.database.refusal_of names the reason).
    """
    request_id = places[0].occurrence.request_id
    token = new_token()
    offer = Offer(
        volunteer_id=volunteer.id,
        request_id=request_id,
        token_hash=token_hash(token),
        made_by_id=by,
        made_at=now,
        leaves_at=leaves_at,
        answer_by=_answer_by(places, leaves_at, answer_hours),
    )
    offer.token = token
    session.add(offer)
    session.flush()
    for place in places:
        visit = _visit_for(session, place, now)
        session.add(
            VisitSeat(
                visit_id=visit.id,
                volunteer_id=volunteer.id,
                offer_id=offer.id,
                proposal_id=place.proposal_id,
                status=SeatStatus.OFFERED,
                made_at=now,
            )
        )
    session.flush()
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
        offer,
        by=by,
        now=now,
        volunteer=volunteer.code,
        occurrences=[place.occurrence.code for place in places],
    )
    return offer


def answer_offer(
    session: Session,
    offer: Offer,
    accepted_seat_ids: Iterable[int],
    *,
    how: AnsweredHow,
    decline_reason: str = "",
    by: int | None,
    now: datetime,
) -> Offer:
    """Take the answer: yes to the seats named, no to the others of the offer. The carer is told.

    Raises OfferIsOver for an offer that was answered, withdrawn or has run out.
    """
    offer = lock_offer(session, offer.id)
    if not is_answerable(offer, now):
        raise OfferIsOver
    accepted = set(accepted_seat_ids)
    offer.answered_at, offer.answered_how, offer.answered_by_id = now, how, by
    offer.decline_reason = decline_reason
    offer.token = None
    agreed: list[Visit] = []
    for seat in offer.seats:
        if seat.status is not SeatStatus.OFFERED:
            continue
        visit = _locked_visit(session, seat.visit_id)
        if seat.id in accepted:
            _move_seat(seat, SeatStatus.ACCEPTED)
        else:
            end_seat(session, seat, SeatStatus.DECLINED, reason=decline_reason, now=now)
        session.flush()
        if settle_visit(session, visit) and visit.status is VisitStatus.ACCEPTED:
            agreed.append(visit)
    record(
        session,
        "offer.answered",
        offer,
        by=by,
        now=now,
        how=how.value,
        accepted=sorted(str(seat.id) for seat in offer.seats if seat.status is SeatStatus.ACCEPTED),
    )
    if agreed:
        _tell_carer(session, agreed, f"agreed:{offer.id}", now)
    return offer


def withdraw_offer(session: Session, offer: Offer, *, by: int, now: datetime) -> None:
    """Undo an approval while nobody has been told. Raises TooLateToUndo once the message has left or been answered."""
    offer = lock_offer(session, offer.id)
    if now >= offer.leaves_at or offer.answered_at is not None or offer.withdrawn_at is not None:
        raise TooLateToUndo
    if not withdraw_messages(session, about=offer, now=now):
        raise TooLateToUndo
    offer.withdrawn_at = now
    offer.token = None
    for seat in offer.seats:
        visit = _locked_visit(session, seat.visit_id)
        end_seat(session, seat, SeatStatus.WITHDRAWN, reason="undone", now=now)
        session.flush()
        if not any(other.is_live for other in visit.seats):
            _move_visit(visit, VisitStatus.CANCELLED)
            visit.cancelled_at, visit.cancel_reason = now, "undone"
        else:
            settle_visit(session, visit)
    record(session, "offer.withdrawn", offer, by=by, now=now)


def release_seat(session: Session, seat: VisitSeat, *, reason: str, by: int | None, now: datetime) -> None:
    """Take a volunteer off a visit to come: it needs cover, the volunteer and a carer who had been told hear of it."""
    visit = _locked_visit(session, seat.visit_id)
    was_told = visit.carer_told_at is not None and visit.status is VisitStatus.ACCEPTED
    end_seat(session, seat, SeatStatus.CANCELLED, reason=reason, now=now)
    session.flush()
    settle_visit(session, visit)
    record(session, "seat.released", seat, by=by, now=now, reason=reason, visit=visit.id)
    if was_told and visit.status is VisitStatus.NEEDS_COVER:
        tell_carer_of_a_change(session, visit, f"uncovered:{seat.id}", now)


def cancel_visit(session: Session, visit: Visit, *, reason: str, by: int | None, now: datetime) -> None:
    """The visit does not take place: its seats end, everybody who had said yes or been asked is told.

    Raises VisitIsOver for one that has begun or was cancelled.
    """
    visit = _locked_visit(session, visit.id)
    if visit.status is VisitStatus.CANCELLED or now >= slot_moment(visit.on_date, visit.from_slot):
        raise VisitIsOver
    for seat in sorted(visit.seats, key=lambda seat: not _is_minor(seat.volunteer, visit.on_date)):
        if seat.is_live:
            end_seat(session, seat, SeatStatus.CANCELLED, reason=reason, now=now)
            session.flush()
    _move_visit(visit, VisitStatus.CANCELLED)
    visit.cancelled_at, visit.cancel_reason = now, reason
    record(session, "visit.cancelled", visit, by=by, now=now, reason=reason)


def expire_offers(session: Session, *, now: datetime) -> int:
    """End the offers whose time to answer has run out; their visits need cover. How many there were."""
    over = session.scalars(
        select(Offer)
        .where(Offer.answered_at.is_(None), Offer.withdrawn_at.is_(None), Offer.answer_by <= now)
        .order_by(Offer.id)
    ).all()
    count = 0
    for found in over:
        offer = lock_offer(session, found.id)
        waiting = [seat for seat in offer.seats if seat.status is SeatStatus.OFFERED]
        if not waiting or offer.answered_at is not None:
            continue
        for seat in waiting:
            visit = _locked_visit(session, seat.visit_id)
            end_seat(session, seat, SeatStatus.EXPIRED, reason="", now=now)
            session.flush()
            settle_visit(session, visit)
        offer.withdrawn_at = now
        offer.token = None
        record(session, "offer.expired", offer, by=None, now=now)
        count += 1
    return count


def end_seat(session: Session, seat: VisitSeat, status: SeatStatus, *, reason: str, now: datetime) -> None:
    """End a live seat. Minors who would be left without an adult are taken off first, and told (RELIABILITY S3)."""
    visit = seat.visit
    if not _is_minor(seat.volunteer, visit.on_date):
        others = [other for other in visit.seats if other.is_live and other.id != seat.id]
        if not any(not _is_minor(other.volunteer, visit.on_date) for other in others):
            for minor in others:
                _end(session, minor, SeatStatus.CANCELLED, "adult_left", now)
                session.flush()
    _end(session, seat, status, reason, now)


def settle_visit(session: Session, visit: Visit) -> bool:
    """Bring the visit's status in line with its seats; whether it changed.

    ACCEPTED when enough have said yes, OFFERED while enough are asked, else NEEDS_COVER.
    """
    session.refresh(visit, ["seats"])
    needed = visit.request.seats_min
    accepted = sum(seat.status is SeatStatus.ACCEPTED for seat in visit.seats)
    live = sum(seat.is_live for seat in visit.seats)
    if accepted >= needed:
        status = VisitStatus.ACCEPTED
    elif live >= needed:
        status = VisitStatus.OFFERED
    else:
        status = VisitStatus.NEEDS_COVER
    if visit.status is status:
        return False
    if status is VisitStatus.OFFERED and visit.status is VisitStatus.ACCEPTED:
        _move_visit(visit, VisitStatus.NEEDS_COVER)
        session.flush()
    _move_visit(visit, status)
    session.flush()
    return True


def is_answerable(offer: Offer, now: datetime) -> bool:
    """Whether a yes or no still counts."""
    return (
        offer.answered_at is None
        and offer.withdrawn_at is None
        and now < offer.answer_by
        and any(seat.status is SeatStatus.OFFERED for seat in offer.seats)
    )


def lock_offer(session: Session, offer_id: int) -> Offer:
    """The offer as it stands now, locked. Raises OfferIsOver when it is not there."""
    offer = session.scalars(
        select(Offer).where(Offer.id == offer_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if offer is None:
        raise OfferIsOver
    return offer


def tell_carer_of_a_change(session: Session, visit: Visit, dedupe_key: str, now: datetime) -> None:
    """Tell the carer that somebody cannot come after all and that we are looking for another helper."""
    visit.carer_told_at = None
    _queue_for_carer(session, "visit_uncovered", [visit], dedupe_key, now)


def _tell_carer(session: Session, visits: Sequence[Visit], dedupe_key: str, now: datetime) -> None:
    for visit in visits:
        visit.carer_told_at = now
    _queue_for_carer(session, "visit_agreed", visits, dedupe_key, now)


def _queue_for_carer(
    session: Session, kind: str, visits: Sequence[Visit], dedupe_key: str, now: datetime
) -> None:
    carer = session.get_one(Carer, visits[0].request.carer_id)
    queue_message(
        session,
        Message(
            kind=kind,
            recipient=recipient_of(carer),
            dedupe_key=dedupe_key,
            ids={"visits": [visit.id for visit in visits]},
            about=visits[0],
        ),
        now=now,
    )


def _visit_for(session: Session, place: Place, now: datetime) -> Visit:
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
        )
        session.add(visit)
    else:
        if (visit.on_date, visit.from_slot, visit.to_slot) != (place.on_date, place.from_slot, place.to_slot):
            visit.on_date, visit.from_slot, visit.to_slot = place.on_date, place.from_slot, place.to_slot
        if visit.status is VisitStatus.NEEDS_COVER:
            _move_visit(visit, VisitStatus.OFFERED)
    session.flush()
    return visit


def _answer_by(places: Sequence[Place], leaves_at: datetime, answer_hours: int) -> datetime:
    """Some hours after the offer leaves, but a good while before the first visit, and never at once."""
    first = min(slot_moment(place.on_date, place.from_slot) for place in places)
    latest = min(leaves_at + timedelta(hours=answer_hours), first - LAST_ANSWER_BEFORE_VISIT)
    return max(latest, min(leaves_at + LEAST_TIME_TO_ANSWER, first))


def _locked_visit(session: Session, visit_id: int) -> Visit:
    return session.scalars(
        select(Visit).where(Visit.id == visit_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def _end(session: Session, seat: VisitSeat, status: SeatStatus, reason: str, now: datetime) -> None:
    _move_seat(seat, status)
    seat.ended_at, seat.end_reason = now, reason
    if status is SeatStatus.CANCELLED:
        if seat.offer.leaves_at <= now:
            queue_message(
                session,
                Message(
                    kind="seat_cancelled",
                    recipient=recipient_of(seat.volunteer),
                    dedupe_key=f"seat_cancelled:{seat.id}",
                    ids={"seat": seat.id},
                    about=seat,
                ),
                now=now,
            )
        elif not any(other.is_live for other in seat.offer.seats):
            withdraw_messages(session, about=seat.offer, now=now)


def _move_seat(seat: VisitSeat, status: SeatStatus) -> None:
    if status not in LEGAL_SEAT_MOVES[seat.status]:
        raise OfferIsOver
    seat.status = status


def _move_visit(visit: Visit, status: VisitStatus) -> None:
    if status not in LEGAL_VISIT_MOVES[visit.status]:
        raise VisitIsOver
    visit.status = status


def _is_minor(volunteer: Volunteer, on: date) -> bool:
    return age_bounds(volunteer.birth_year, volunteer.birth_month, on)[0] < ADULT_AGE

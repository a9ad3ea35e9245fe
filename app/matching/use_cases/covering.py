"""Cover and swap among volunteers: wished for by a volunteer, checked by the same rules, decided by a coordinator.

Whoever is to go instead has been phoned and has said yes: places change hands in one transaction, so that a visit is
never without somebody because of a wish.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching.models import CoverKind, CoverWish, WishStatus
from app.matching.use_cases.approvals import Chosen, Patience, offer_chosen
from app.matching.use_cases.teams import first_day_to_decide
from app.messages.use_cases import Message, queue_message, recipient_of
from app.shared.audit import record
from app.shared.errors import InvalidInput, NotFound, Refusal
from app.visits.models import AGREED, AnsweredHow, EndedBecause, Offer, SeatStatus, VisitSeat
from app.visits.use_cases.offers import answer_offer, tell_what_was_understood
from app.visits.use_cases.seats import end_seat, locked_visits, settle_visit


class WishedAlready(Refusal):
    """Cover for this place is asked for already."""


class WishDecided(Refusal):
    """Somebody has decided this, it was taken back, or the place has changed hands."""


class TooLateToHandOver(Refusal):
    """The visit is today or over: a matter for the telephone."""


def wish_cover(
    session: Session, seat_id: int, words: str, *, with_seat_id: int | None, by: int, now: datetime
) -> CoverWish:
    """A volunteer asks whether somebody else can go, or to change places with the holder of another place.

    Raises NotFound, TooLateToHandOver, WishedAlready, and InvalidInput for a place that cannot be changed with.
    """
    seat = session.get(VisitSeat, seat_id, with_for_update=True)
    if seat is None:
        raise NotFound
    if not _may_change_hands(seat, now):
        raise TooLateToHandOver
    if open_wish(session, seat_id) is not None:
        raise WishedAlready
    other = session.get(VisitSeat, with_seat_id) if with_seat_id is not None else None
    if with_seat_id is not None and (other is None or not _may_be_swapped(seat, other, now)):
        raise InvalidInput(field="with_seat")
    wish = CoverWish(
        seat_id=seat_id,
        kind=CoverKind.COVER if other is None else CoverKind.SWAP,
        with_seat_id=with_seat_id,
        words=words,
        made_at=now,
    )
    session.add(wish)
    session.flush()
    record(
        session, f"{wish.kind.value}.wished", seat.volunteer, by=by, now=now, visit=seat.visit.occurrence.code
    )
    return wish


def withdraw_wish(session: Session, seat_id: int, *, by: int, now: datetime) -> CoverWish:
    """The volunteer goes after all. Raises WishDecided."""
    wish = open_wish(session, seat_id)
    if wish is None:
        raise WishDecided
    return _decide(session, wish, WishStatus.WITHDRAWN, by=by, now=now)


def refuse_wish(session: Session, wish_id: int, *, by: int, now: datetime) -> CoverWish:
    """Nobody was found: the place stays theirs, and they are told. Raises NotFound, WishDecided."""
    wish = _open(session, wish_id)
    _decide(session, wish, WishStatus.REFUSED, by=by, now=now)
    queue_message(
        session,
        Message(
            kind="cover_not_found",
            recipient=recipient_of(wish.seat.volunteer),
            dedupe_key=f"cover_not_found:{wish.id}",
            ids={"seats": [wish.seat_id]},
            about=wish.seat,
        ),
        now=now,
    )
    return wish


def take_over(
    session: Session, wish_id: int, volunteer_id: int, *, answer_hours: int, by: int, now: datetime
) -> Offer:
    """Somebody has said yes on the phone and goes instead; everybody concerned is told.

    Raises NotFound, WishDecided, TooLateToHandOver, and as `approve_proposals` when a rule speaks against it.
    """
    wish = _open(session, wish_id)
    (offer,) = _change_hands(session, [(wish.seat, volunteer_id)], answer_hours=answer_hours, by=by, now=now)
    _decide(session, wish, WishStatus.DONE, by=by, now=now)
    return offer


def swap_places(session: Session, wish_id: int, *, answer_hours: int, by: int, now: datetime) -> list[Offer]:
    """Both have said yes and change places; everybody concerned is told. Raises as `take_over`."""
    wish = _open(session, wish_id)
    other = wish.with_seat
    if other is None or not _may_be_swapped(wish.seat, other, now):
        raise WishDecided
    offers = _change_hands(
        session,
        [(wish.seat, other.volunteer_id), (other, wish.seat.volunteer_id)],
        answer_hours=answer_hours,
        by=by,
        now=now,
    )
    _decide(session, wish, WishStatus.DONE, by=by, now=now)
    return offers


def open_wish(session: Session, seat_id: int) -> CoverWish | None:
    """What is wished for a place and not decided, locked."""
    return session.scalars(
        select(CoverWish)
        .where(CoverWish.seat_id == seat_id, CoverWish.status == WishStatus.OPEN)
        .with_for_update(of=CoverWish)
    ).one_or_none()


def _change_hands(
    session: Session,
    places: Sequence[tuple[VisitSeat, int]],
    *,
    answer_hours: int,
    by: int,
    now: datetime,
) -> list[Offer]:
    """Each place goes to the volunteer named beside it, who has said yes on the phone."""
    visits = locked_visits(session, [seat.visit_id for seat, _volunteer in places])
    chosen = []
    for seat, volunteer_id in places:
        session.refresh(seat)
        if not _may_change_hands(seat, now):
            raise TooLateToHandOver
        visit = visits[seat.visit_id]
        end_seat(session, seat, SeatStatus.CANCELLED, EndedBecause.COVERED, by=by, now=now)
        session.flush()
        settle_visit(session, visit, by=by, now=now)
        time = (visit.on_date, visit.from_slot, visit.to_slot)
        chosen.append(Chosen(visit.occurrence, time, volunteer_id))
    offers = offer_chosen(session, chosen, Patience(0, answer_hours), by=by, now=now)
    for offer in offers:
        answer_offer(
            session,
            offer.id,
            [seat.id for seat in offer.seats],
            how=AnsweredHow.PHONE_CALL,
            by=by,
            now=now,
        )
        tell_what_was_understood(session, offer, now=now)
    return offers


def _may_change_hands(seat: VisitSeat, now: datetime) -> bool:
    visit = seat.visit
    return (
        seat.status is SeatStatus.ACCEPTED
        and visit.status in AGREED
        and visit.on_date >= first_day_to_decide(now)
    )


def _may_be_swapped(seat: VisitSeat, other: VisitSeat, now: datetime) -> bool:
    """Another volunteer's place, at another visit of the same request, at which neither of them is twice."""
    return (
        _may_change_hands(other, now)
        and other.visit_id != seat.visit_id
        and other.visit.request_id == seat.visit.request_id
        and other.volunteer_id != seat.volunteer_id
    )


def _open(session: Session, wish_id: int) -> CoverWish:
    wish = session.get(CoverWish, wish_id, with_for_update=True, populate_existing=True)
    if wish is None:
        raise NotFound
    if wish.status is not WishStatus.OPEN or wish.seat.status is not SeatStatus.ACCEPTED:
        raise WishDecided
    return wish


def _decide(session: Session, wish: CoverWish, status: WishStatus, *, by: int, now: datetime) -> CoverWish:
    wish.status, wish.decided_at, wish.decided_by_id = status, now, by
    session.flush()
    record(session, f"{wish.kind.value}.{status.value}", wish.seat.volunteer, by=by, now=now)
    return wish

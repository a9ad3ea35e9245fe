"""Who must agree says yes, by themselves or by a coordinator's pen; the carer may take it back at any time."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.handover.errors import (
    ListOpen,
    NoSuccessor,
    NotYet,
    SamePerson,
    SignedAlready,
    WordsMissing,
)
from app.handover.models import (
    PASSED_ON,
    TOGETHER,
    Handover,
    HandoverBecause,
    HandoverItem,
    HandoverStatus,
    ItemStatus,
    Party,
    Signature,
    SignedFor,
    SignedHow,
)
from app.handover.use_cases.settling import locked_live, move, settle
from app.handover.use_cases.shadows import cancel_shadows_of
from app.handover.use_cases.telling import News, take_back_news, tell
from app.shared.audit import record
from app.shared.errors import NotFound
from app.volunteers.models import Volunteer, VolunteerStatus

WHEN: dict[tuple[Party, SignedFor], frozenset[HandoverStatus]] = {
    (Party.SENIOR, SignedFor.BEGINNING): frozenset({HandoverStatus.PROPOSED}),
    (Party.SUCCESSOR, SignedFor.BEGINNING): frozenset({HandoverStatus.SENIOR_AGREED}),
    (Party.CARER, SignedFor.BEGINNING): frozenset({HandoverStatus.SUCCESSOR_AGREED, HandoverStatus.COURSE}),
    (Party.CARER, SignedFor.CHANGE): frozenset({HandoverStatus.LEADING}),
    (Party.SENIOR, SignedFor.CHANGE): frozenset({HandoverStatus.CARER_AGREED}),
    (Party.SUCCESSOR, SignedFor.CHANGE): frozenset({HandoverStatus.CARER_AGREED}),
}
"""In which states whose yes to what is taken."""

BACK_FROM = TOGETHER | {HandoverStatus.CARER_AGREED, HandoverStatus.SIGNED_OFF, HandoverStatus.ADVISING}
"""Where the carer's no leads back to before the first visit together."""


def sign(
    session: Session,
    handover_id: int,
    party: Party,
    for_what: SignedFor,
    how: SignedHow,
    *,
    by: int,
    now: datetime,
) -> Handover:
    """A party says yes; as far as that leads, the handover goes on.

    Raises NotFound, HandoverOver, NotYet, SignedAlready, NoSuccessor, and ListOpen while lines are open at the end.
    """
    handover = locked_live(session, handover_id)
    if party is Party.SUCCESSOR and handover.successor_id is None:
        raise NoSuccessor
    if in_force(session, handover.id, {party}, {for_what}):
        raise SignedAlready
    if handover.status not in WHEN[party, for_what]:
        raise NotYet
    if handover.status is HandoverStatus.CARER_AGREED:
        _refuse_open_lines(session, handover.id)
    if party is Party.CARER:
        handover.carer_declined_at = None
    give_signature(session, handover, party, for_what, how, by=by, now=now)
    settle(session, handover, by=by, now=now)
    return handover


def give_signature(
    session: Session,
    handover: Handover,
    party: Party,
    for_what: SignedFor,
    how: SignedHow,
    *,
    by: int,
    now: datetime,
) -> Signature:
    """A yes on record. Raises SignedAlready."""
    signature = Signature(
        handover_id=handover.id,
        party=party,
        signed_for=for_what,
        how=how,
        given_at=now,
        given_by_id=by,
        end_words="",
    )
    try:
        with session.begin_nested():
            session.add(signature)
    except IntegrityError:
        raise SignedAlready from None
    record(
        session,
        "handover.signed",
        handover,
        by=by,
        now=now,
        party=party.value,
        signed_for=for_what.value,
        how=how.value,
    )
    return signature


def carer_declines(
    session: Session, handover_id: int, words: str = "", *, by: int, now: datetime
) -> Handover:
    """The carer would rather not, or takes a yes back: nobody new comes along, and nobody asks again by message.

    Whatever was signed for the change is open again; a coordinator speaks with the carer.
    Raises NotFound, HandoverOver, and NotYet before there is anything to decline.
    """
    handover = locked_live(session, handover_id)
    if handover.status in (HandoverStatus.PROPOSED, HandoverStatus.SENIOR_AGREED) or not handover.request_id:
        raise NotYet
    given = in_force(session, handover.id, {Party.CARER}, set(SignedFor))
    changes = in_force(session, handover.id, {Party.SENIOR, Party.SUCCESSOR}, {SignedFor.CHANGE})
    end_signatures(session, [*given, *changes], words, by=by, now=now)
    handover.carer_declined_at = now
    cancel_shadows_of(session, handover, words, by=by, now=now)
    record(session, "handover.carer_declined", handover, by=by, now=now)
    take_back_news(session, handover, Party.CARER, now=now)
    if handover.status in BACK_FROM:
        move(
            session,
            handover,
            HandoverStatus.SUCCESSOR_AGREED,
            HandoverBecause.CARER_TOOK_IT_BACK,
            words=words,
            by=by,
            now=now,
        )
        for party in (Party.SENIOR, Party.SUCCESSOR):
            take_back_news(session, handover, party, now=now)
            tell(session, handover, party, News.CARER_TOOK_IT_BACK, now=now)
    session.flush()
    return handover


def name_successor(
    session: Session, handover_id: int, volunteer_id: int, *, course_id: int | None, by: int, now: datetime
) -> Handover:
    """A coordinator names who could follow, who is asked. Whether they may is the caller's to have checked.

    Raises NotFound, HandoverOver, NotYet when somebody is named already or the senior has not agreed, SamePerson.
    """
    handover = locked_live(session, handover_id)
    if handover.status is not HandoverStatus.SENIOR_AGREED or handover.successor_id is not None:
        raise NotYet
    volunteer = session.get(Volunteer, volunteer_id)
    if volunteer is None or volunteer.status is not VolunteerStatus.ACTIVE:
        raise NotFound
    if volunteer.id == handover.senior_id:
        raise SamePerson
    handover.successor_id, handover.course_id = volunteer_id, course_id
    session.flush()
    session.expire(handover, ["successor", "course"])
    record(session, "handover.successor_named", handover, by=by, now=now, volunteer=volunteer.code)
    settle(session, handover, by=by, now=now)
    return handover


def let_successor_go(
    session: Session,
    handover_id: int,
    words: str,
    because: HandoverBecause = HandoverBecause.SUCCESSOR_SAID_NO,
    *,
    by: int | None,
    now: datetime,
) -> Handover:
    """Whoever was to follow does not, by their own word or a coordinator's: somebody else is looked for.

    Raises NotFound, HandoverOver, NoSuccessor.
    """
    handover = locked_live(session, handover_id)
    if handover.successor_id is None:
        raise NoSuccessor
    theirs = in_force(session, handover.id, {Party.SUCCESSOR, Party.CARER}, set(SignedFor))
    changes = in_force(session, handover.id, {Party.SENIOR}, {SignedFor.CHANGE})
    end_signatures(session, [*theirs, *changes], words, by=by, now=now)
    for party in Party:
        take_back_news(session, handover, party, now=now)
    cancel_shadows_of(session, handover, words, by=by, now=now)
    was_theirs = handover.status is not HandoverStatus.SENIOR_AGREED
    record(session, "handover.successor_gone", handover, by=by, now=now, because=because.value)
    if was_theirs:
        move(session, handover, HandoverStatus.SENIOR_AGREED, because, words=words, by=by, now=now)
        tell(session, handover, Party.SENIOR, News.SUCCESSOR_LEFT, now=now)
    handover.successor_id = handover.course_id = handover.carer_declined_at = None
    session.flush()
    session.expire(handover, ["successor", "course"])
    return handover


def stop_handover(
    session: Session,
    handover_id: int,
    words: str,
    because: HandoverBecause = HandoverBecause.STAFF_STOPPED,
    *,
    by: int | None,
    now: datetime,
) -> Handover:
    """It ends here, with the reason; nothing that was written is lost. Raises NotFound, HandoverOver, WordsMissing."""
    handover = locked_live(session, handover_id)
    if not words:
        raise WordsMissing(field="words")
    was = handover.status
    cancel_shadows_of(session, handover, words, by=by, now=now)
    for party in Party:
        take_back_news(session, handover, party, now=now)
    move(session, handover, HandoverStatus.STOPPED, because, words=words, by=by, now=now)
    tell(session, handover, Party.SENIOR, News.STOPPED, now=now)
    if was not in (HandoverStatus.PROPOSED, HandoverStatus.SENIOR_AGREED):
        tell(session, handover, Party.SUCCESSOR, News.STOPPED, now=now)
    if in_force(session, handover.id, {Party.CARER}, set(SignedFor)):
        tell(session, handover, Party.CARER, News.STOPPED, now=now)
    return handover


def keep_duty(session: Session, handover_id: int, words: str, *, by: int, now: datetime) -> Handover:
    """The senior keeps the duty after all. Raises as `stop_handover`, and NotYet when it has changed hands."""
    handover = locked_live(session, handover_id)
    if handover.status in PASSED_ON:
        raise NotYet
    return stop_handover(session, handover_id, words, HandoverBecause.SENIOR_STAYS, by=by, now=now)


def in_force(
    session: Session, handover_id: int, parties: Collection[Party], for_what: Collection[SignedFor]
) -> list[Signature]:
    """The yeses of these parties to these things that stand."""
    return list(
        session.scalars(
            select(Signature).where(
                Signature.handover_id == handover_id,
                Signature.party.in_(parties),
                Signature.signed_for.in_(for_what),
                Signature.ended_at.is_(None),
            )
        )
    )


def end_signatures(
    session: Session, signatures: Collection[Signature], words: str, *, by: int | None, now: datetime
) -> None:
    """They stand no more; that they stood is kept."""
    for signature in signatures:
        signature.ended_at, signature.ended_by_id, signature.end_words = now, by, words
    session.flush()


def _refuse_open_lines(session: Session, handover_id: int) -> None:
    still_open = session.scalars(
        select(HandoverItem.id).where(
            HandoverItem.handover_id == handover_id, HandoverItem.status == ItemStatus.OPEN
        )
    ).all()
    if still_open:
        raise ListOpen(open=len(still_open))

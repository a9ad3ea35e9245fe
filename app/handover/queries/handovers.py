"""Handovers as they stand: what is signed, what has been done, and what comes next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.care_requests.models import CareRequest, RequestStatus
from app.care_requests.queries.requests import own_request
from app.catalogue.models import SupportKind
from app.handover.models import (
    OVER,
    PASSED_ON,
    TOGETHER,
    ChecklistLine,
    Handover,
    HandoverItem,
    HandoverMove,
    HandoverNote,
    HandoverStatus,
    ItemStatus,
    Party,
    ShadowStatus,
    Signature,
    SignedFor,
)
from app.handover.queries.seniors import HERE
from app.handover.queries.shadows import visits_alone, visits_together
from app.shared.database import among
from app.training.queries import skills_held
from app.volunteers.models import Volunteer
from app.volunteers.queries import GONE, own_volunteer

Signed = frozenset[tuple[Party, SignedFor]]


@dataclass(frozen=True)
class Facts:
    """What moves a handover on."""

    signed: Signed
    has_client: bool
    is_senior_here: bool
    needs_course: bool
    open_items: int
    shadows: int
    """Visits at which the successor went along, as both have said."""
    led: int
    """Visits the successor led, the senior beside them."""
    alone: int
    """Visits without trouble since the duty is the successor's."""

    def has_signed(self, party: Party, for_what: SignedFor) -> bool:
        return (party, for_what) in self.signed

    @property
    def carer_consents(self) -> bool:
        """The successor may come along, or there is nobody to ask."""
        return not self.has_client or self.has_signed(Party.CARER, SignedFor.BEGINNING)


class NextStep(StrEnum):
    """What a handover waits for, in the order in which things come."""

    SENIORS_WORD = "seniors_word"
    SUCCESSOR_TO_NAME = "successor_to_name"
    SUCCESSORS_WORD = "successors_word"
    COURSE = "course"
    CARERS_CONSENT = "carers_consent"
    SHADOW_VISITS = "shadow_visits"
    LED_VISITS = "led_visits"
    CARERS_YES = "carers_yes"
    OPEN_LINES = "open_lines"
    SIGNATURES = "signatures"
    THANKS = "thanks"
    VISITS_ALONE = "visits_alone"
    NOTHING = "nothing"


def next_step(handover: Handover, facts: Facts) -> NextStep:
    """What the handover waits for now."""
    status = handover.status
    if status in OVER:
        return NextStep.NOTHING
    if status is HandoverStatus.SENIOR_AGREED:
        return NextStep.SUCCESSORS_WORD if handover.successor_id else NextStep.SUCCESSOR_TO_NAME
    if status is HandoverStatus.LEADING:
        is_led = facts.led >= handover.led_wanted or not facts.is_senior_here
        return NextStep.CARERS_YES if is_led else NextStep.LED_VISITS
    if status is HandoverStatus.CARER_AGREED:
        return NextStep.OPEN_LINES if facts.open_items else NextStep.SIGNATURES
    return {
        HandoverStatus.PROPOSED: NextStep.SENIORS_WORD,
        HandoverStatus.SUCCESSOR_AGREED: NextStep.CARERS_CONSENT,
        HandoverStatus.COURSE: NextStep.COURSE,
        HandoverStatus.SHADOWING: NextStep.SHADOW_VISITS,
        HandoverStatus.SIGNED_OFF: NextStep.THANKS,
        HandoverStatus.ADVISING: NextStep.VISITS_ALONE,
    }[status]


def signatures_in_force(session: Session, handover_ids: Collection[int]) -> dict[int, Signed]:
    """By handover: who has said yes to what, and not taken it back."""
    found: dict[int, set[tuple[Party, SignedFor]]] = {handover_id: set() for handover_id in handover_ids}
    for signature in session.scalars(
        select(Signature).where(among(Signature.handover_id, handover_ids), Signature.ended_at.is_(None))
    ):
        found[signature.handover_id].add((signature.party, signature.signed_for))
    return {handover_id: frozenset(signed) for handover_id, signed in found.items()}


def facts_of(session: Session, handovers: Sequence[Handover], today: date) -> dict[int, Facts]:
    """By handover: what moves it on, as of a day."""
    ids = [handover.id for handover in handovers]
    signed = signatures_in_force(session, ids)
    together = visits_together(session, handovers, {ShadowStatus.DONE})
    alone = visits_alone(session, handovers)
    open_items = {
        row[0]: row[1]
        for row in session.execute(
            select(HandoverItem.handover_id, func.count())
            .where(among(HandoverItem.handover_id, ids), HandoverItem.status == ItemStatus.OPEN)
            .group_by(HandoverItem.handover_id)
        )
    }
    return {
        handover.id: Facts(
            signed=signed[handover.id],
            has_client=handover.request_id is not None,
            is_senior_here=handover.senior.status in HERE,
            needs_course=_needs_course(session, handover, today),
            open_items=open_items.get(handover.id, 0),
            shadows=together[handover.id, False],
            led=together[handover.id, True],
            alone=alone.get(handover.id, 0),
        )
        for handover in handovers
    }


def handover_shown(
    session: Session, _account: Account, handover_id: int, **_others: object
) -> Handover | None:
    """Any handover, for coordinators."""
    return session.get(Handover, handover_id)


def handovers_listed(session: Session) -> Sequence[Handover]:
    """Every handover that is under way: who has waited longest first."""
    return session.scalars(
        select(Handover)
        .where(Handover.status.not_in(OVER))
        .order_by(Handover.moved_at, Handover.id)
        .options(*WITH_PEOPLE)
    ).all()


def item_shown(session: Session, _account: Account, handover_id: int, item_id: int) -> HandoverItem | None:
    """A line of a handover's list, for coordinators."""
    item = session.get(HandoverItem, item_id)
    return item if item is not None and item.handover_id == handover_id else None


@dataclass(frozen=True)
class Side:
    """A handover, as one of the two sees it."""

    handover: Handover
    volunteer: Volunteer
    party: Party


def own_side(
    session: Session, account: Account, volunteer_id: int, handover_id: int, **_others: object
) -> Side | None:
    """A handover of a volunteer this account signs in for: their own, or one they are named to follow in."""
    volunteer = own_volunteer(session, account, volunteer_id)
    handover = session.get(Handover, handover_id)
    if volunteer is None or handover is None:
        return None
    if handover.senior_id == volunteer_id:
        return Side(handover, volunteer, Party.SENIOR)
    if handover.successor_id == volunteer_id and handover.status is not HandoverStatus.STOPPED:
        return Side(handover, volunteer, Party.SUCCESSOR)
    return None


def own_readable_side(session: Session, account: Account, volunteer_id: int, handover_id: int) -> Side | None:
    """As `own_side`, only for whoever may read what is written of the client."""
    side = own_side(session, account, volunteer_id, handover_id)
    if side is None:
        return None
    signed = signatures_in_force(session, [handover_id])[handover_id]
    return side if may_read_words(side, signed) else None


def own_item(
    session: Session, account: Account, volunteer_id: int, handover_id: int, item_id: int
) -> HandoverItem | None:
    """A line of one's own list that may be written to: by the senior, while the handover is under way."""
    side = own_readable_side(session, account, volunteer_id, handover_id)
    if side is None or side.party is not Party.SENIOR or not side.handover.is_live:
        return None
    return item_shown(session, account, handover_id, item_id)


def sides_of(session: Session, volunteer: Volunteer) -> list[Side]:
    """The handovers a volunteer takes part in that are under way, or have lately become theirs."""
    found = session.scalars(
        select(Handover)
        .where(
            or_(Handover.senior_id == volunteer.id, Handover.successor_id == volunteer.id),
            Handover.status.not_in(OVER),
        )
        .order_by(Handover.id)
        .options(*WITH_PEOPLE)
    )
    return [
        Side(each, volunteer, Party.SENIOR if each.senior_id == volunteer.id else Party.SUCCESSOR)
        for each in found
    ]


@dataclass(frozen=True)
class CarersView:
    """A carer's request and the handover of its visits."""

    request: CareRequest
    handover: Handover


def carers_handover(
    session: Session, account: Account, request_id: int, **_others: object
) -> CarersView | None:
    """The handover of a carer's own request that concerns them: somebody has said that they would follow."""
    request = own_request(session, account, request_id)
    if request is None:
        return None
    handover = handover_of_request(session, request_id)
    if handover is None or not concerns_carer(handover):
        return None
    return CarersView(request, handover)


def concerns_carer(handover: Handover) -> bool:
    """Whether the carer is asked, or has been: not before the successor has said yes."""
    return handover.status in (
        HandoverStatus.SUCCESSOR_AGREED,
        HandoverStatus.COURSE,
        HandoverStatus.CARER_AGREED,
        *TOGETHER,
        *(PASSED_ON - OVER),
    )


def handover_of_request(session: Session, request_id: int) -> Handover | None:
    """The handover of a request's visits that is under way."""
    return session.scalars(
        select(Handover)
        .where(Handover.request_id == request_id, Handover.status.not_in(OVER))
        .options(*WITH_PEOPLE)
    ).one_or_none()


def duties_passed_on(session: Session) -> dict[int, tuple[int, int]]:
    """By request whose visits have changed hands lately: who held them, and who does now."""
    rows = session.execute(
        select(Handover.request_id, Handover.senior_id, Handover.successor_id).where(
            Handover.request_id.is_not(None),
            Handover.successor_id.is_not(None),
            Handover.status.in_(PASSED_ON - OVER),
        )
    )
    return {
        request_id: (senior_id, successor_id)
        for request_id, senior_id, successor_id in rows
        if request_id is not None and successor_id is not None
    }


def history_of(session: Session, handover_id: int) -> Sequence[HandoverMove]:
    """Every move of a handover, the first first."""
    return session.scalars(
        select(HandoverMove)
        .where(HandoverMove.handover_id == handover_id)
        .order_by(HandoverMove.id)
        .options(joinedload(HandoverMove.by), joinedload(HandoverMove.successor))
    ).all()


def signatures_of(session: Session, handover_id: int) -> Sequence[Signature]:
    """Every signature ever given, also those taken back, the first first."""
    return session.scalars(
        select(Signature)
        .where(Signature.handover_id == handover_id)
        .order_by(Signature.id)
        .options(joinedload(Signature.given_by))
    ).all()


def notes_of(session: Session, handover_id: int) -> Sequence[HandoverNote]:
    """The notes of the pair and the coordinators, the latest first."""
    return session.scalars(
        select(HandoverNote)
        .where(HandoverNote.handover_id == handover_id)
        .order_by(HandoverNote.id.desc())
        .options(joinedload(HandoverNote.written_by))
    ).all()


def may_read_words(side: Side, signed: Signed) -> bool:
    """Whether this side may read what is written of the client: as long as they need it, and no longer.

    A successor only while the carer consents, a senior until the handover is complete; neither once it was stopped,
    the visits have ended, or they have left.
    """
    handover, request = side.handover, side.handover.request
    if handover.status is HandoverStatus.STOPPED or side.volunteer.status in GONE:
        return False
    if request is not None and request.status is RequestStatus.CLOSED:
        return False
    if side.party is Party.SENIOR:
        return handover.status is not HandoverStatus.CLOSED
    return request is None or (Party.CARER, SignedFor.BEGINNING) in signed


def checklist_lines(session: Session) -> Sequence[ChecklistLine]:
    """Every line, those of all kinds first, in the order of lists."""
    return session.scalars(
        select(ChecklistLine)
        .outerjoin(SupportKind, SupportKind.code == ChecklistLine.kind_code)
        .order_by(
            ChecklistLine.kind_code.is_not(None),
            SupportKind.position,
            ChecklistLine.position,
            ChecklistLine.id,
        )
        .options(joinedload(ChecklistLine.kind))
    ).all()


def line_shown(session: Session, _account: Account, line_id: int) -> ChecklistLine | None:
    """Any line of the lists, for coordinators."""
    return session.get(ChecklistLine, line_id)


WITH_PEOPLE = (
    joinedload(Handover.senior),
    joinedload(Handover.successor),
    joinedload(Handover.request).joinedload(CareRequest.kind),
    joinedload(Handover.request).joinedload(CareRequest.recipient),
    joinedload(Handover.held_duty),
)


def _needs_course(session: Session, handover: Handover, today: date) -> bool:
    """Whether the course that comes first has not been passed: what it grants is not (all) held."""
    if handover.course is None or handover.successor_id is None:
        return False
    granted = {skill.code for skill in handover.course.grants}
    held = skills_held(session, handover.successor_id, today)
    return not granted <= held.keys() if granted else False

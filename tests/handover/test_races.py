"""Two people at the same moment, on both engines: whoever comes first, what stands afterwards is agreed by all."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.handover.errors import NobodyToGoWith, NotYet, SignedAlready
from app.handover.models import (
    HandoverMove,
    HandoverStatus,
    Party,
    ShadowStatus,
    ShadowVisit,
    Signature,
    SignedFor,
    SignedHow,
)
from app.handover.use_cases.signing import carer_declines, sign
from app.matching.use_cases.going_along import go_along_to
from app.matching.use_cases.teams import NotEligible
from app.shared.errors import Refusal
from app.shared.times import utc_now
from app.volunteers.use_cases import withdraw_volunteer
from tests.handover.wednesdays import Wednesdays

Act = Callable[[Session], object]
PATIENCE_SECONDS = 120


def at_once(wednesdays: Wednesdays, *acts: Act) -> list[type[Refusal] | None]:
    """Each act in its own thread and transaction; what each was refused with."""
    barrier = Barrier(len(acts))

    def do(act: Act) -> type[Refusal] | None:
        barrier.wait(PATIENCE_SECONDS)
        try:
            wednesdays.database.in_transaction(act)
        except Refusal as refusal:
            return type(refusal)
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result(PATIENCE_SECONDS) for each in [pool.submit(do, act) for act in acts]]


def signs(wednesdays: Wednesdays, handover: int, party: Party) -> Act:
    by = (wednesdays.seniors_account if party is Party.SENIOR else wednesdays.successors_account).id
    return lambda session: sign(
        session, handover, party, SignedFor.CHANGE, SignedHow.SIGNED_IN, by=by, now=utc_now()
    )


def times_signed_off(session: Session) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(HandoverMove)
            .where(HandoverMove.became == HandoverStatus.SIGNED_OFF)
        )
        or 0
    )


def test_both_sign_at_once(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.CARER_AGREED)
    outcome = at_once(
        wednesdays,
        signs(wednesdays, handover, Party.SENIOR),
        signs(wednesdays, handover, Party.SUCCESSOR),
    )
    assert outcome == [None, None]
    assert wednesdays.status(handover) is HandoverStatus.SIGNED_OFF
    assert wednesdays.does(times_signed_off) == 1
    assert wednesdays.told().count(("carer", "signed_off")) == 1


def test_one_signs_twice_at_once(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.CARER_AGREED)
    act = signs(wednesdays, handover, Party.SENIOR)
    assert sorted(map(str, at_once(wednesdays, act, act))) == sorted(map(str, [None, SignedAlready]))


def test_the_carer_takes_the_yes_back_while_the_last_one_signs(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.CARER_AGREED)
    wednesdays.does(signs(wednesdays, handover, Party.SENIOR))
    outcome = at_once(
        wednesdays,
        signs(wednesdays, handover, Party.SUCCESSOR),
        lambda session: carer_declines(session, handover, by=wednesdays.carers_account.id, now=utc_now()),
    )
    assert outcome[1] is None
    assert outcome[0] in (None, NotYet)
    assert wednesdays.status(handover) is HandoverStatus.SUCCESSOR_AGREED
    standing = select(func.count()).where(
        Signature.signed_for == SignedFor.CHANGE, Signature.ended_at.is_(None)
    )
    assert wednesdays.does(lambda session: session.scalar(standing)) == 0


def test_the_senior_leaves_while_a_visit_together_is_arranged(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)
    outcome = at_once(
        wednesdays,
        lambda session: go_along_to(
            session, handover, wednesdays.visits[1], by=wednesdays.desk_account.id, now=utc_now()
        ),
        lambda session: withdraw_volunteer(
            session, wednesdays.senior, reason="", by=wednesdays.seniors_account.id, now=utc_now()
        ),
    )
    assert outcome[1] is None
    assert outcome[0] in (None, NotYet, NobodyToGoWith, NotEligible)
    arranged = select(func.count()).where(ShadowVisit.status == ShadowStatus.ARRANGED)
    assert wednesdays.does(lambda session: session.scalar(arranged)) == 0
    assert wednesdays.status(handover) is HandoverStatus.LEADING


def test_the_carer_says_no_while_a_visit_together_is_arranged(wednesdays: Wednesdays) -> None:
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)
    outcome = at_once(
        wednesdays,
        lambda session: go_along_to(
            session, handover, wednesdays.visits[1], by=wednesdays.desk_account.id, now=utc_now()
        ),
        lambda session: carer_declines(session, handover, by=wednesdays.carers_account.id, now=utc_now()),
    )
    assert outcome[1] is None
    assert outcome[0] in (None, NotYet)
    arranged = select(func.count()).where(ShadowVisit.status == ShadowStatus.ARRANGED)
    assert wednesdays.does(lambda session: session.scalar(arranged)) == 0

"""A small district for nights and mornings: few people, all of whom can be matched."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching.ledger import claim_night, owe_night
from app.matching.models import Proposal, ProposalStatus
from app.matching.night import NightSummary, run_night
from app.matching.use_cases.approvals import Approval, Patience, approve_proposals
from app.shared.database import Database
from app.visits.models import AnsweredHow, Offer, VisitSeat
from app.visits.use_cases.offers import answer_offer
from tests.people import make_coordinator

Made = TypeVar("Made")

MORNING = date(2026, 11, 24)
NIGHT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
"""02:00 on Tuesday, 24 November, in Hong Kong."""
AT_NINE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
"""09:00 that morning."""
AT_TEN = AT_NINE + timedelta(hours=1)
PATIENCE = Patience(undo_minutes=10, answer_hours=48)


def run_a_night(database: Database, morning: date = MORNING, now: datetime = NIGHT) -> NightSummary:
    """Claim and run one night to its end."""
    database.in_transaction(lambda session: owe_night(session, morning, due_at=now))
    claim = database.in_transaction(lambda session: claim_night(session, morning))
    return run_night(database, claim, clock=lambda: now, time_limit_seconds=60)


def open_proposals(session: Session) -> list[Proposal]:
    """Those that wait for a decision, in a fixed order."""
    return list(
        session.scalars(
            select(Proposal)
            .where(Proposal.status == ProposalStatus.OPEN)
            .order_by(Proposal.occurrence_id, Proposal.seat_number)
        )
    )


class Morning:
    """A district of `people`, after a night, with a coordinator who decides at nine."""

    def __init__(self, database: Database, people: Callable[[Session], object]) -> None:
        self.database = database
        database.in_transaction(people)
        self.by = database.in_transaction(lambda session: make_coordinator(session, "Coordinator Lee").id)
        self.summary = run_a_night(database)

    def does(self, act: Callable[[Session], Made]) -> Made:
        """What `act` comes to, committed."""
        return self.database.in_transaction(act)

    def proposals(self) -> list[int]:
        """The ids of the open ones."""
        return self.does(lambda session: [proposal.id for proposal in open_proposals(session)])

    def approves(self, ids: Sequence[int] | None = None, now: datetime = AT_NINE) -> list[int]:
        """Approve these proposals, or all; the ids of the offers."""
        chosen = self.proposals() if ids is None else ids

        def approve(session: Session) -> Approval:
            return approve_proposals(session, chosen, PATIENCE, by=self.by, now=now)

        return [offer.id for offer in self.does(approve).offers]

    def answers(
        self,
        offer_id: int,
        *,
        yes: bool = True,
        now: datetime = AT_TEN,
        how: AnsweredHow = AnsweredHow.LINK,
        reason: str = "",
    ) -> Offer:
        """The volunteer says yes or no to all of an offer."""

        def answer(session: Session) -> Offer:
            seats = session.scalars(select(VisitSeat.id).where(VisitSeat.offer_id == offer_id)).all()
            return answer_offer(
                session, offer_id, seats if yes else (), how=how, decline_reason=reason, by=None, now=now
            )

        return self.does(answer)

"""A small district for nights and mornings: few people, all of whom can be matched."""

from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching.models import Proposal, ProposalStatus
from app.matching.night import NightSummary, claim_night, owe_night, run_night
from app.matching.use_cases.approvals import Patience
from app.shared.database import Database

MORNING = date(2026, 11, 24)
NIGHT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
"""02:00 on Tuesday, 24 November, in Hong Kong."""
AT_NINE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
"""09:00 that morning."""
PATIENCE = Patience(undo_minutes=10, answer_hours=48)


def run_a_night(database: Database, morning: date = MORNING, now: datetime = NIGHT) -> NightSummary:
    """Claim and run one night to its end."""
    database.in_transaction(lambda session: owe_night(session, morning, due_at=now))
    claim = database.in_transaction(lambda session: claim_night(session, morning))
    return run_night(database, claim, clock=lambda: now, time_limit_seconds=5)


def open_proposals(session: Session) -> list[Proposal]:
    """Those that wait for a decision, in a fixed order."""
    return list(
        session.scalars(
            select(Proposal)
            .where(Proposal.status == ProposalStatus.OPEN)
            .order_by(Proposal.occurrence_id, Proposal.seat_number)
        )
    )

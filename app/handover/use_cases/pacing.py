"""How often the two go together, and after how many visits alone a handover is complete."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.handover.models import Handover
from app.handover.use_cases.settling import locked_live, settle
from app.shared.audit import record


def set_pace(
    session: Session, handover_id: int, *, shadows: int, led: int, alone: int, by: int, now: datetime
) -> Handover:
    """So many visits from now on; what is done counts. Raises NotFound, HandoverOver."""
    handover = locked_live(session, handover_id)
    handover.shadows_wanted, handover.led_wanted, handover.alone_wanted = shadows, led, alone
    record(session, "handover.paced", handover, by=by, now=now, shadows=shadows, led=led, alone=alone)
    settle(session, handover, by=by, now=now)
    return handover

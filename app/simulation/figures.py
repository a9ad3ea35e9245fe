"""What the weeks came to, in figures read from the tables."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, text
from sqlalchemy.orm import Session

from app.shared.database import UtcDateTime
from app.shared.times import hong_kong_date

TOOK_PLACE = "('attended', 'reported')"
NEEDED = f"""
    SELECT o.id, r.urgent_until, o.first_day, v.status
    FROM occurrences o JOIN care_requests r ON r.id = o.request_id
    LEFT JOIN visits v ON v.occurrence_id = o.id AND v.status <> 'cancelled'
    WHERE o.last_day >= :first AND o.last_day < :today AND (o.cancelled_at IS NULL OR v.status IN {TOOK_PLACE})
    AND r.triaged_at IS NOT NULL
"""  # noqa: S608 (a constant of this file)
FIRST_VISITS = f"""
    SELECT r.submitted_at, min(v.on_date) AS on_date FROM care_requests r JOIN visits v ON v.request_id = r.id
    WHERE v.status IN {TOOK_PLACE} AND r.submitted_at >= :began GROUP BY r.id, r.submitted_at
"""  # noqa: S608 (a constant of this file)
ANSWERS = """
    SELECT coalesce(answered_how, 'none') AS how, count(*) AS offers,
    sum(CASE WHEN EXISTS (SELECT 1 FROM seat_moves m JOIN visit_seats s ON s.id = m.seat_id
                          WHERE s.offer_id = offers.id AND m.became = 'accepted') THEN 1 ELSE 0 END) AS yes
    FROM offers WHERE answered_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM visit_seats s WHERE s.offer_id = offers.id AND s.ended_because = 'expired')
    GROUP BY coalesce(answered_how, 'none') ORDER BY 1
"""
LOST = """
    SELECT m.at, (SELECT min(n.at) FROM visit_moves n
                  WHERE n.visit_id = m.visit_id AND n.id > m.id AND n.became = 'accepted') AS again
    FROM visit_moves m JOIN visits v ON v.id = m.visit_id
    WHERE m.became = 'needs_cover' AND v.on_date < :today AND v.status NOT IN ('cancelled', 'suspended')
    AND NOT EXISTS (SELECT 1 FROM visit_moves l
                    WHERE l.visit_id = m.visit_id AND l.id < m.id AND l.became = 'needs_cover')
"""
COUNTS = {
    "visits": f"SELECT count(*) FROM visits WHERE status IN {TOOK_PLACE}",  # noqa: S608 (a constant of this file)
    "no-shows": "SELECT count(*) FROM visits WHERE status = 'no_show'",
    "called off by carers": "SELECT count(*) FROM visits WHERE moved_because = 'carer_called_off'",
    "messages": "SELECT count(*) FROM outbox_messages WHERE status = 'sent'",
    "overtaken": "SELECT count(*) FROM outbox_messages WHERE status IN ('withdrawn', 'expired')",
    "given up": "SELECT count(*) FROM outbox_messages WHERE status = 'dead'",
    "told by telephone": "SELECT count(*) FROM audit_rows WHERE action = 'message.told_by_phone'",
    "nights": "SELECT count(*) FROM nights WHERE status = 'done'",
}


@dataclass(frozen=True)
class Figures:
    """Of all the days. `repairs`: by visit that lost somebody, hours until it was agreed again (None: it never was)."""

    needed: int
    took_place: int
    urgent_needed: int
    urgent_took_place: int
    days_to_first_visit: Sequence[int]
    answers: Sequence[tuple[str, int, int]]
    """How, how many offers, how many of them yes to at least one day; "none": they ran out."""
    repairs: Sequence[float | None]
    counts: Mapping[str, int]


def figures(session: Session, first: date, began: datetime, now: datetime) -> Figures:
    """What the weeks from `first` (which began at `began`) to `now` came to."""
    today = hong_kong_date(now)
    days = {"first": first, "today": today}
    dated = text(NEEDED).columns(urgent_until=Date(), first_day=Date())
    needed = session.execute(dated, days).all()
    urgent = [row for row in needed if row.urgent_until is not None and row.first_day <= row.urgent_until]
    waited = session.execute(
        text(FIRST_VISITS).columns(submitted_at=UtcDateTime(), on_date=Date()), {"began": began}
    )
    lost = session.execute(text(LOST).columns(at=UtcDateTime(), again=UtcDateTime()), {"today": today})
    return Figures(
        needed=len(needed),
        took_place=sum(_took_place(row.status) for row in needed),
        urgent_needed=len(urgent),
        urgent_took_place=sum(_took_place(row.status) for row in urgent),
        days_to_first_visit=sorted((row.on_date - hong_kong_date(row.submitted_at)).days for row in waited),
        answers=[(row.how, row.offers, row.yes) for row in session.execute(text(ANSWERS))],
        repairs=[None if row.again is None else (row.again - row.at).total_seconds() / 3600 for row in lost],
        counts={name: int(session.scalar(text(query)) or 0) for name, query in COUNTS.items()},
    )


def median(values: Sequence[float]) -> float:
    """0 for none."""
    return statistics.median(values) if values else 0.0


def ninth_tenth(values: Sequence[float]) -> float:
    """The value below which nine tenths lie, by nearest rank; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))] if ordered else 0.0


def _took_place(status: str | None) -> bool:
    return status in ("attended", "reported")

"""What must hold after the weeks, asked of the tables by plain SQL that knows no rule of the service.

Each check returns sentences, none when all is well; one misreading of the rules cannot excuse another.
"""

import calendar
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Date, Row, bindparam, text
from sqlalchemy.orm import Session

from app.shared.database import UtcDateTime
from app.shared.times import slot_moment

NINE_IN_THE_EVENING = 42
LATE = timedelta(hours=1)
"""A message that could have left so long ago and was never tried is forgotten."""
CALLED_WITHIN = timedelta(days=3)
"""So long somebody reached by telephone only may wait on the call list: a Sunday lies in it."""

MESSAGES = """
    SELECT dedupe_key, channel, status, attempts, not_before, finished_at, last_error,
    (SELECT count(*) FROM audit_rows a WHERE a.subject_kind = 'outbox_messages' AND a.subject_id = outbox_messages.id
     AND a.action = 'message.told_by_phone') AS told FROM outbox_messages
"""
TAKEN_AWAY = """
    SELECT s.id FROM visit_seats s JOIN offers o ON o.id = s.offer_id
    WHERE s.status = 'cancelled' AND o.leaves_at < s.ended_at ORDER BY s.id
"""
SAID_SO = "SELECT ids FROM outbox_messages WHERE kind IN ('seat_cancelled', 'seat_suspended')"
NEVER_ASKED = """
    SELECT s.id FROM visit_seats s JOIN offers o ON o.id = s.offer_id
    JOIN outbox_messages m ON m.about_kind = 'offers' AND m.about_id = o.id
    WHERE m.kind = 'offer' AND (o.answered_at IS NULL OR o.answered_at >= s.ended_at)
    AND (m.status = 'withdrawn' OR m.finished_at IS NULL OR m.finished_at > s.ended_at)
"""
BOOKED_TWICE = """
    SELECT a.volunteer_id, v.on_date FROM visit_seats a JOIN visits v ON v.id = a.visit_id
    JOIN visits w ON w.on_date = v.on_date AND w.from_slot < v.to_slot AND v.from_slot < w.to_slot
    JOIN visit_seats b ON b.visit_id = w.id AND b.volunteer_id = a.volunteer_id AND b.id > a.id
    WHERE a.status IN ('offered', 'accepted') AND b.status IN ('offered', 'accepted')
    AND v.status NOT IN ('cancelled', 'no_show') AND w.status NOT IN ('cancelled', 'no_show')
"""
UNANSWERED = """
    SELECT o.id, o.answer_by FROM offers o WHERE o.answered_at IS NULL AND o.withdrawn_at IS NULL
    AND EXISTS (SELECT 1 FROM visit_seats s WHERE s.offer_id = o.id AND s.status = 'offered')
"""
LEFT_OPEN = """
    SELECT v.id, v.status, v.on_date, v.to_slot,
    (SELECT count(*) FROM visit_seats s WHERE s.visit_id = v.id AND s.status = 'offered') AS asked
    FROM visits v WHERE v.status IN ('offered', 'accepted', 'confirmed') ORDER BY v.id
"""
SENT = """
    SELECT s.id, s.visit_id, s.volunteer_id, v.on_date, v.from_slot, v.to_slot, r.recipient_id, r.is_at_home,
    r.clearance, r.takes_minors, r.spoken_on, r.triaged_by_id, c.first_visited_on, p.birth_year, p.birth_month,
    p.new_homes, p.household_id, p.senior_since, p.volunteer_since, p.accepted_at,
    p.confirmed_hours_before + (SELECT coalesce(sum(h.minutes), 0) FROM service_hours h
    WHERE h.volunteer_id = p.id AND h.on_date < v.on_date) / 60.0 AS hours
    FROM visit_seats s JOIN visits v ON v.id = s.visit_id JOIN care_requests r ON r.id = v.request_id
    LEFT JOIN care_recipients c ON c.id = r.recipient_id JOIN volunteers p ON p.id = s.volunteer_id
    WHERE s.status = 'accepted' AND v.status IN ('attended', 'reported') ORDER BY s.id
"""
CLEARED = """
    SELECT count(*) FROM clearances WHERE volunteer_id = :who AND seen_on <= :day AND valid_until >= :day
    AND (voided_at IS NULL OR voided_at > :starts) AND confirmed_by_id IS NOT NULL
    AND confirmed_by_id <> entered_by_id AND confirmed_at <= :starts
"""
CONSENTED = """
    SELECT count(*) FROM guardian_consents WHERE volunteer_id = :who AND given_on <= :day
    AND (withdrawn_at IS NULL OR withdrawn_at > :starts) AND (valid_until IS NULL OR valid_until >= :day)
"""
APART = """
    SELECT count(*) FROM do_not_pair WHERE volunteer_id = :who AND recipient_id = :whom AND entered_at < :starts
    AND (ended_at IS NULL OR ended_at > :starts)
"""
FAMILY = """
    SELECT count(*) FROM family_ties WHERE volunteer_id = :who AND recipient_id = :whom AND entered_at < :starts
"""
KNOWN = (
    "SELECT count(*) FROM known_helpers WHERE volunteer_id = :who AND recipient_id = :whom AND since < :day"
)
COUNTED = """
    SELECT h.seat_id, h.minutes, h.from_minute, h.to_minute, h.on_date FROM service_hours h
    WHERE h.seat_id IS NOT NULL AND h.takes_back_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM service_hours t WHERE t.takes_back_id = h.id)
"""
ATTENDED = """
    SELECT s.id, v.on_date, v.from_slot, v.to_slot, v.status, r.minutes AS reported,
    (SELECT max(a.id) FROM attendances a WHERE a.seat_id = s.id AND a.mark IN ('arrived', 'left')) AS there,
    (SELECT max(a.id) FROM attendances a WHERE a.seat_id = s.id AND a.mark = 'did_not_come') AS absent,
    (SELECT max(a.at) FROM attendances a WHERE a.seat_id = s.id AND a.mark = 'arrived') AS arrived_at,
    (SELECT max(a.at) FROM attendances a WHERE a.seat_id = s.id AND a.mark = 'left') AS left_at
    FROM visit_seats s JOIN visits v ON v.id = s.visit_id LEFT JOIN visit_reports r ON r.seat_id = s.id
    WHERE s.status = 'accepted' AND v.status NOT IN ('cancelled', 'suspended')
"""
LEDGER = "SELECT volunteer_id, sum(minutes) AS minutes FROM service_hours GROUP BY volunteer_id"
STANDING = """
    SELECT h.volunteer_id, sum(h.minutes) AS minutes FROM service_hours h WHERE h.takes_back_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM service_hours t WHERE t.takes_back_id = h.id) GROUP BY h.volunteer_id
"""

Received = Mapping[str, int]
Check = Callable[[Session, Received, datetime], list[str]]


def every_message_once(session: Session, received: Received, now: datetime) -> list[str]:
    """Sent and received once, told by telephone, given up where coordinators see it, or overtaken; none forgotten."""
    found, known = [], set()
    for row in _rows(session, MESSAGES, not_before=UtcDateTime(), finished_at=UtcDateTime()):
        known.add(row.dedupe_key)
        arrived = received.get(row.dedupe_key, 0)
        is_over = row.finished_at is not None
        if row.last_error.startswith("no_words"):
            found.append(f"{row.dedupe_key} could not be worded: {row.last_error}")
        if arrived and row.status != "sent":
            found.append(f"{row.dedupe_key} arrived and stands as {row.status}")
        if is_over == (row.status == "queued"):
            found.append(f"{row.dedupe_key} is {row.status} and has {'an' if is_over else 'no'} end")
        if row.status == "sent" and arrived + row.told != 1:
            found.append(f"{row.dedupe_key} arrived {arrived} times and was told {row.told} times")
        waits = now - row.not_before
        is_tried = row.attempts > 0 and row.channel != "phone_call"
        patience = CALLED_WITHIN if row.channel == "phone_call" else LATE
        if row.status == "queued" and not is_tried and waits > patience:
            found.append(f"{row.dedupe_key} waits for {waits}")
    return found + [f"{key} came from nowhere" for key in received if key not in known]


def everybody_told_who_need_not_come(session: Session, _received: Received, _now: datetime) -> list[str]:
    """Whose place was taken away after they had been asked has a message that says so."""
    told = {seat for row in _rows(session, SAID_SO, ids=JSON()) for seat in row.ids["seats"]}
    unseen = {row.id for row in _rows(session, NEVER_ASKED)}
    return [
        f"seat {row.id} was taken away and nobody said so"
        for row in _rows(session, TAKEN_AWAY)
        if row.id not in told | unseen
    ]


def nobody_in_two_places(session: Session, _received: Received, _now: datetime) -> list[str]:
    """No two places of one person at the same time."""
    return [
        f"volunteer {row.volunteer_id} is in two places on {row.on_date}"
        for row in _rows(session, BOOKED_TWICE, on_date=Date())
    ]


def an_answer_or_an_escalation(session: Session, _received: Received, now: datetime) -> list[str]:
    """No offer is open past its time; no visit that is over waits for a yes, or says nothing of how it went."""
    found = [
        f"offer {row.id} was to be answered by {row.answer_by} and still waits"
        for row in _rows(session, UNANSWERED, answer_by=UtcDateTime())
        if row.answer_by < now - LATE
    ]
    for row in _rows(session, LEFT_OPEN, on_date=Date()):
        ends = slot_moment(row.on_date, row.to_slot)
        if row.status == "offered" and (not row.asked or ends < now):
            found.append(f"visit {row.id} on {row.on_date} is offered to nobody, or over")
        elif row.status != "offered" and ends < now - timedelta(days=1):
            found.append(f"visit {row.id} was agreed for {row.on_date}, and nobody knows how it went")
    return found


def nobody_sent_into_harm(session: Session, _received: Received, _now: datetime) -> list[str]:
    """Everybody who went was fit to go there on that day (RELIABILITY S1 to S4), by what stood at its hour."""
    teams: dict[int, list[Row[Any]]] = defaultdict(list)
    days = ("on_date", "spoken_on", "first_visited_on", "senior_since", "volunteer_since")
    for row in _rows(session, SENT, accepted_at=UtcDateTime(), **dict.fromkeys(days, Date())):
        teams[row.visit_id].append(row)
    found = []
    for team in teams.values():
        for row in team:
            found += [f"seat {row.id}: {harm}" for harm in _of_one(session, row)]
        found += [f"visit {team[0].visit_id}: {harm}" for harm in _of_a_team(session, team)]
    return found


def hours_equal_attendance(session: Session, _received: Received, now: datetime) -> list[str]:
    """Hours are counted of whoever was there and of nobody else, once, as long as somebody said; the sums agree."""
    counted: dict[int, list[int]] = defaultdict(list)
    for row in _rows(session, COUNTED):
        counted[row.seat_id].append(row.minutes)
    found = []
    for row in _rows(session, ATTENDED, on_date=Date(), arrived_at=UtcDateTime(), left_at=UtcDateTime()):
        minutes = counted.pop(row.id, [])
        was_there = row.there is not None and row.there > (row.absent or 0)
        said = {30 * (row.to_slot - row.from_slot), row.reported}
        if row.arrived_at is not None and row.left_at is not None:
            begins = slot_moment(row.on_date, 0)
            arrived, left = ((at - begins) // timedelta(minutes=1) for at in (row.arrived_at, row.left_at))
            said.add(left - arrived)
        if len(minutes) > 1:
            found.append(f"seat {row.id} is counted {len(minutes)} times")
        if sum(minutes) and not was_there:
            found.append(f"seat {row.id} is counted, and nobody said that they were there")
        if sum(minutes) and sum(minutes) not in said:
            found.append(f"seat {row.id} is counted as {sum(minutes)} minutes, and nobody said so")
        is_long_over = slot_moment(row.on_date, row.to_slot) < now - CALLED_WITHIN
        if not minutes and was_there and is_long_over:
            found.append(f"seat {row.id} was there on {row.on_date}, and nobody has counted it")
    found += [
        f"seat {seat} is counted and did not take place" for seat, minutes in counted.items() if sum(minutes)
    ]
    if {*_rows(session, LEDGER)} != {*_rows(session, STANDING)}:
        found.append("the sums of the ledger are not those of what stands in it")
    return found


CHECKS: Mapping[str, Check] = {
    "Every message accounted for exactly once": every_message_once,
    "Everybody told who need not come": everybody_told_who_need_not_come,
    "Nobody in two places at once": nobody_in_two_places,
    "No visit without an answer or an escalation": an_answer_or_an_escalation,
    "Nobody sent where they must not go": nobody_sent_into_harm,
    "Hours equal attendance": hours_equal_attendance,
}
"""By what they are called in the table."""


def _of_one(session: Session, row: Row[Any]) -> list[str]:
    starts = slot_moment(row.on_date, row.from_slot)
    is_minor = _youngest_age(row) < 18
    harms = {
        "never accepted": row.accepted_at is None or row.accepted_at > starts,
        "nobody spoke with the carer": not row.spoken_on or not row.triaged_by_id,
        "kept apart": bool(_count(session, APART, row)),
        "family": bool(_count(session, FAMILY, row)),
        "no clearance": row.clearance is not None and not is_minor and not _count(session, CLEARED, row),
        "a stranger's home": row.is_at_home and not row.new_homes and not _count(session, KNOWN, row),
        "a minor where none may come": is_minor and not row.takes_minors,
        "a minor after nine": is_minor and row.to_slot > NINE_IN_THE_EVENING,
        "a minor without consent": is_minor and not _count(session, CONSENTED, row),
    }
    return [harm for harm, is_so in harms.items() if is_so]


def _of_a_team(session: Session, team: list[Row[Any]]) -> list[str]:
    one = team[0]
    adults = [row for row in team if _youngest_age(row) >= 18]
    households = {row.household_id for row in team}
    is_first = one.is_at_home and (one.first_visited_on is None or one.first_visited_on >= one.on_date)
    harms = {
        "a minor without a cleared adult": len(adults) < len(team)
        and not any(_count(session, CLEARED, row) for row in adults),
        "a first visit alone": is_first and len(team) < 2 and not any(map(_is_experienced, team)),
        "one household alone": one.is_at_home
        and len(team) > 1
        and len(households) == 1
        and None not in households,
    }
    return [harm for harm, is_so in harms.items() if is_so]


def _is_experienced(row: Row[Any]) -> bool:
    """By the rule as it stands when the service begins: a decision, three years, or 300 hours."""
    since, on = row.volunteer_since, row.on_date
    return (
        (row.senior_since is not None and row.senior_since <= on)
        or row.hours >= 300
        or (since is not None and (since.year + 3, since.month, since.day) <= (on.year, on.month, on.day))
    )


def _youngest_age(row: Row[Any]) -> int:
    month = row.birth_month or 12
    last = (month, calendar.monthrange(row.birth_year, month)[1])
    return int(row.on_date.year - row.birth_year - ((row.on_date.month, row.on_date.day) < last))


def _count(session: Session, query: str, row: Row[Any]) -> int:
    values = {
        "who": row.volunteer_id,
        "whom": row.recipient_id,
        "day": row.on_date,
        "starts": slot_moment(row.on_date, row.from_slot),
    }
    asked = {name: value for name, value in values.items() if f":{name}" in query}
    types: dict[str, Any] = {"day": Date(), "starts": UtcDateTime()}
    typed = [bindparam(name, type_=types[name]) for name in asked if name in types]
    return int(session.scalar(text(query).bindparams(*typed), asked) or 0)


def _rows(session: Session, query: str, **types: Any) -> Iterable[Row[Any]]:
    """The rows of a query, whose named columns hold values of these types."""
    return session.execute(text(query).columns(**types)).all()

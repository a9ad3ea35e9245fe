"""The first migration's triggers: what the database itself refuses, the same word on SQLite and PostgreSQL.

A refusal is an integrity error whose message is the word: `double_booking` is the key of `booked_slots`, all others
are named below. Part of migration 0001 and, like it, never changed once released: a later migration replaces them.
"""

LIVE = "('offered', 'accepted')"
NINE_IN_THE_EVENING = 42

MOVES = {
    "volunteers": {
        "applied": ("induction", "active", "retired", "removed"),
        "induction": ("active", "retired", "removed"),
        "active": ("paused", "adviser", "retired", "removed"),
        "paused": ("active", "adviser", "retired", "removed"),
        "adviser": ("active", "retired", "removed"),
        "retired": ("applied",),
        "removed": (),
    },
    "care_requests": {
        "draft": ("submitted", "open", "closed"),
        "submitted": ("open", "closed"),
        "open": ("closed",),
        "closed": ("submitted",),
    },
    "visits": {
        "offered": ("accepted", "needs_cover", "cancelled"),
        "accepted": ("needs_cover", "cancelled"),
        "needs_cover": ("offered", "accepted", "cancelled"),
        "cancelled": (),
    },
    "visit_seats": {
        "offered": ("accepted", "declined", "expired", "withdrawn", "cancelled"),
        "accepted": ("declined", "cancelled"),
        "declined": (),
        "expired": (),
        "withdrawn": (),
        "cancelled": (),
    },
}
"""Table → status → where it may go (the models' own tables of legal moves, as of this migration)."""


def _is_illegal(table: str) -> str:
    legal = " OR ".join(
        f"(OLD.status = '{status}' AND NEW.status IN ({', '.join(map(repr, targets))}))"
        for status, targets in MOVES[table].items()
        if targets
    )
    return f"OLD.status <> NEW.status AND NOT ({legal})"


def _youngest_age(volunteer: str, visit: str, year: str, month: str) -> str:
    """SQL for the youngest age a volunteer can have on the day of a visit (shared.times.age_bounds)."""
    return (
        f"({year.format(visit)} - {volunteer}.birth_year - CASE WHEN {volunteer}.birth_month IS NULL"
        f" OR {volunteer}.birth_month >= {month.format(visit)} THEN 1 ELSE 0 END)"
    )


def _refusals(year: str, month: str) -> dict[str, str]:
    """Word → SQL that is true when the live seat NEW must be refused. Order: the plainest fact first."""
    this_visit = (
        "FROM visits v JOIN care_requests r ON r.id = v.request_id"
        " JOIN volunteers w ON w.id = NEW.volunteer_id WHERE v.id = NEW.visit_id"
    )
    age = _youngest_age("w", "v", year, month)
    cleared = (
        "SELECT 1 FROM clearances c WHERE c.volunteer_id = {} AND c.kind = {} AND c.confirmed_by_id IS NOT NULL"
        " AND c.voided_at IS NULL AND c.seen_on <= v.on_date AND c.valid_until >= v.on_date"
    )
    other_age = _youngest_age("o", "v", year, month)
    adult_beside = (
        "SELECT 1 FROM visit_seats s JOIN volunteers o ON o.id = s.volunteer_id WHERE s.visit_id = v.id"
        f" AND s.id <> NEW.id AND s.status IN {LIVE} AND {other_age} >= 18"
        f" AND EXISTS ({cleared.format('o.id', repr('scrc'))})"
    )
    consent = (
        "SELECT 1 FROM guardian_consents g WHERE g.volunteer_id = w.id AND g.withdrawn_at IS NULL"
        " AND g.given_on <= v.on_date AND (g.valid_until IS NULL OR g.valid_until >= v.on_date)"
    )
    return {
        "volunteer_not_active": f"EXISTS (SELECT 1 {this_visit} AND w.status <> 'active')",
        "request_not_open": f"EXISTS (SELECT 1 {this_visit} AND r.status <> 'open')",
        "do_not_pair": f"EXISTS (SELECT 1 {this_visit} AND EXISTS (SELECT 1 FROM do_not_pair d"
        " WHERE d.volunteer_id = w.id AND d.recipient_id = r.recipient_id AND d.ended_at IS NULL))",
        "family": f"EXISTS (SELECT 1 {this_visit} AND EXISTS (SELECT 1 FROM family_ties f"
        " WHERE f.volunteer_id = w.id AND f.recipient_id = r.recipient_id))",
        "clearance_not_confirmed": f"EXISTS (SELECT 1 {this_visit} AND r.clearance IS NOT NULL AND {age} >= 18"
        f" AND NOT EXISTS ({cleared.format('w.id', 'r.clearance')}))",
        "minor_without_consent": f"EXISTS (SELECT 1 {this_visit} AND {age} < 18 AND NOT EXISTS ({consent}))",
        "minor_after_nine": f"EXISTS (SELECT 1 {this_visit} AND {age} < 18 AND v.to_slot > {NINE_IN_THE_EVENING})",
        "minor_without_adult": f"EXISTS (SELECT 1 {this_visit} AND {age} < 18"
        f" AND (NOT r.takes_minors OR NOT EXISTS ({adult_beside})))",
    }


def _minor_left_alone(year: str, month: str) -> str:
    """SQL that is true when the seat NEW, no longer live, leaves a minor at the visit without a cleared adult."""
    minor_age = _youngest_age("w", "v", year, month)
    adult_age = _youngest_age("o", "v", year, month)
    return (
        "EXISTS (SELECT 1 FROM visit_seats m JOIN volunteers w ON w.id = m.volunteer_id"
        " JOIN visits v ON v.id = m.visit_id"
        f" WHERE m.visit_id = NEW.visit_id AND m.id <> NEW.id AND m.status IN {LIVE} AND {minor_age} < 18"
        " AND NOT EXISTS (SELECT 1 FROM visit_seats s JOIN volunteers o ON o.id = s.volunteer_id"
        f" WHERE s.visit_id = m.visit_id AND s.id <> NEW.id AND s.status IN {LIVE} AND {adult_age} >= 18"
        " AND EXISTS (SELECT 1 FROM clearances c WHERE c.volunteer_id = o.id AND c.kind = 'scrc'"
        " AND c.confirmed_by_id IS NOT NULL AND c.voided_at IS NULL AND c.valid_until >= v.on_date)))"
    )


TIME_TAKEN = f"EXISTS (SELECT 1 FROM visit_seats s WHERE s.visit_id = NEW.id AND s.status IN {LIVE})"
TIME_CHANGED = "(OLD.on_date <> NEW.on_date OR OLD.from_slot <> NEW.from_slot OR OLD.to_slot <> NEW.to_slot)"
SEAT_CHANGED = "(OLD.visit_id <> NEW.visit_id OR OLD.volunteer_id <> NEW.volunteer_id)"
BOOK = (
    "INSERT INTO booked_slots (volunteer_id, on_date, slot, seat_id)"
    " SELECT NEW.volunteer_id, v.on_date, h.slot, NEW.id FROM visits v"
    " JOIN half_hours h ON h.slot >= v.from_slot AND h.slot < v.to_slot WHERE v.id = NEW.visit_id;"
)
FREE = "DELETE FROM booked_slots WHERE seat_id = NEW.id;"


def sqlite_triggers() -> list[str]:
    """CREATE TRIGGER statements for SQLite."""
    year, month = (
        "CAST(strftime('%Y', {0}.on_date) AS INTEGER)",
        "CAST(strftime('%m', {0}.on_date) AS INTEGER)",
    )

    def refuse(word: str, condition: str) -> str:
        return f"SELECT RAISE(ABORT, '{word}') WHERE {condition};"

    seat_refusals = " ".join(refuse(word, condition) for word, condition in _refusals(year, month).items())
    triggers = [
        f"CREATE TRIGGER visit_seats_checked AFTER INSERT ON visit_seats WHEN NEW.status IN {LIVE}"
        f" BEGIN {seat_refusals} {BOOK} END",
        "CREATE TRIGGER visit_seats_rechecked AFTER UPDATE OF status ON visit_seats"
        f" WHEN NEW.status = 'accepted' AND OLD.status <> 'accepted' BEGIN {seat_refusals} END",
        "CREATE TRIGGER visit_seats_freed AFTER UPDATE OF status ON visit_seats"
        f" WHEN OLD.status IN {LIVE} AND NEW.status NOT IN {LIVE}"
        f" BEGIN {refuse('minor_without_adult', _minor_left_alone(year, month))} {FREE} END",
        "CREATE TRIGGER visit_seats_fixed BEFORE UPDATE OF visit_id, volunteer_id ON visit_seats"
        f" BEGIN {refuse('seat_is_fixed', SEAT_CHANGED)} END",
        "CREATE TRIGGER visits_time_fixed BEFORE UPDATE OF on_date, from_slot, to_slot ON visits"
        f" BEGIN {refuse('visit_time_is_fixed', f'{TIME_CHANGED} AND {TIME_TAKEN}')} END",
        "CREATE TRIGGER audit_rows_kept BEFORE UPDATE ON audit_rows"
        " BEGIN SELECT RAISE(ABORT, 'audit_is_append_only'); END",
        "CREATE TRIGGER audit_rows_stay BEFORE DELETE ON audit_rows"
        " BEGIN SELECT RAISE(ABORT, 'audit_is_append_only'); END",
    ]
    triggers += [
        f"CREATE TRIGGER {table}_moves BEFORE UPDATE OF status ON {table}"
        f" BEGIN {refuse('illegal_move', _is_illegal(table))} END"
        for table in MOVES
    ]
    return triggers


def postgresql_triggers() -> list[str]:
    """Functions and triggers for PostgreSQL. The visit's row is locked first, so that two changes cannot cross."""
    year, month = "EXTRACT(YEAR FROM {0}.on_date)", "EXTRACT(MONTH FROM {0}.on_date)"

    def refuse(word: str, condition: str) -> str:
        return f"IF {condition} THEN RAISE EXCEPTION '{word}' USING ERRCODE = 'check_violation'; END IF;"

    def function(name: str, body: str) -> str:
        return (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$"
        )

    def trigger(name: str, when: str, table: str, calls: str, condition: str = "TRUE") -> str:
        return (
            f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW WHEN ({condition})"
            f" EXECUTE FUNCTION {calls}()"
        )

    lock = "PERFORM 1 FROM visits WHERE id = NEW.visit_id FOR UPDATE;"
    refusals = " ".join(refuse(word, condition) for word, condition in _refusals(year, month).items())
    statements = [
        function("visit_seats_check", f"{lock} {refusals}"),
        function("visit_seats_book", BOOK),
        function(
            "visit_seats_free",
            f"{lock} {refuse('minor_without_adult', _minor_left_alone(year, month))} {FREE}",
        ),
        function("visit_seats_fix", refuse("seat_is_fixed", SEAT_CHANGED)),
        function("visits_time_fix", refuse("visit_time_is_fixed", f"{TIME_CHANGED} AND {TIME_TAKEN}")),
        function(
            "audit_rows_keep", "RAISE EXCEPTION 'audit_is_append_only' USING ERRCODE = 'check_violation';"
        ),
        function("refuse_illegal_move", "RAISE EXCEPTION 'illegal_move' USING ERRCODE = 'check_violation';"),
        trigger(
            "visit_seats_a_checked",
            "AFTER INSERT",
            "visit_seats",
            "visit_seats_check",
            f"NEW.status IN {LIVE}",
        ),
        trigger(
            "visit_seats_b_booked", "AFTER INSERT", "visit_seats", "visit_seats_book", f"NEW.status IN {LIVE}"
        ),
        trigger(
            "visit_seats_rechecked",
            "AFTER UPDATE OF status",
            "visit_seats",
            "visit_seats_check",
            "NEW.status = 'accepted' AND OLD.status <> 'accepted'",
        ),
        trigger(
            "visit_seats_freed",
            "AFTER UPDATE OF status",
            "visit_seats",
            "visit_seats_free",
            f"OLD.status IN {LIVE} AND NEW.status NOT IN {LIVE}",
        ),
        trigger(
            "visit_seats_fixed", "BEFORE UPDATE OF visit_id, volunteer_id", "visit_seats", "visit_seats_fix"
        ),
        trigger(
            "visits_time_fixed", "BEFORE UPDATE OF on_date, from_slot, to_slot", "visits", "visits_time_fix"
        ),
        trigger("audit_rows_kept", "BEFORE UPDATE OR DELETE", "audit_rows", "audit_rows_keep"),
    ]
    statements += [
        trigger(f"{table}_moves", "BEFORE UPDATE OF status", table, "refuse_illegal_move", _is_illegal(table))
        for table in MOVES
    ]
    return statements


POSTGRESQL_FUNCTIONS = (
    "visit_seats_check",
    "visit_seats_book",
    "visit_seats_free",
    "visit_seats_fix",
    "visits_time_fix",
    "audit_rows_keep",
    "refuse_illegal_move",
)

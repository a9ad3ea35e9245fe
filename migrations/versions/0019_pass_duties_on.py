"""Pass duties on: who is senior, what they hold, and handovers with their lists, notes, signatures and history.

Refused by triggers: `illegal_move`, `consent_missing` (going along without the carer's yes), `signature_missing` (a duty
that changes hands without all who must agree), `signature_is_fixed`, `history_is_append_only`.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.checks import legal_moves

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None

DUTIES = ("visits", "role", "knowledge")
ORIGINS = ("wish", "coordinator", "emergency")
STATUSES = (
    "proposed", "senior_agreed", "successor_agreed", "course", "shadowing", "leading", "carer_agreed", "signed_off",
    "advising", "closed", "stopped",
)  # fmt: skip
REASONS = (
    "wished", "begun_by_staff", "senior_cannot", "senior_said_yes", "successor_said_yes", "successor_said_no",
    "successor_left", "course_first", "course_done", "carer_said_yes", "carer_took_it_back", "visits_done",
    "nothing_to_visit", "all_signed", "thanked", "went_well", "senior_stays", "staff_stopped", "request_ended",
)  # fmt: skip
AGAIN = ("senior_agreed", "stopped")
BACK = ("successor_agreed", *AGAIN)
MOVES: dict[str, Sequence[str]] = {
    "proposed": ("senior_agreed", "stopped"),
    "senior_agreed": ("successor_agreed", "stopped"),
    "successor_agreed": ("course", "shadowing", "carer_agreed", *AGAIN),
    "course": BACK,
    "shadowing": ("leading", *BACK),
    "leading": ("carer_agreed", *BACK),
    "carer_agreed": ("signed_off", *BACK),
    "signed_off": ("advising", *BACK),
    "advising": ("closed", *BACK),
}
ITEM_STATUSES = ("open", "passed_on", "not_needed")
PARTIES = ("senior", "successor", "carer")
SIGNED_FOR = ("beginning", "change")
SIGNED_HOW = ("signed_in", "phone_call", "on_paper")
GIVEN = ("handover_id", "party", "signed_for", "how", "given_at", "given_by_id")
LIVE = sa.text("status NOT IN ('closed', 'stopped')")
IN_FORCE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "senior_rules",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("years", sa.Integer(), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("kind_visits", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_senior_rules_one_rule")),
        sa.CheckConstraint(
            "years IS NULL OR years BETWEEN 1 AND 60", name=op.f("ck_senior_rules_years_in_reach")
        ),
        sa.CheckConstraint(
            "hours IS NULL OR hours BETWEEN 1 AND 20000", name=op.f("ck_senior_rules_hours_in_reach")
        ),
        sa.CheckConstraint(
            "kind_visits IS NULL OR kind_visits BETWEEN 1 AND 2000",
            name=op.f("ck_senior_rules_kind_visits_in_reach"),
        ),
        _refers("senior_rules", "changed_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_senior_rules")),
    )
    op.execute("INSERT INTO senior_rules (id, years, hours) VALUES (1, 3, 300)")
    op.create_table(
        "held_duties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("duty_kind", DUTIES), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind <> 'visits'", name=op.f("ck_held_duties_visits_stand_elsewhere")),
        sa.CheckConstraint("words <> ''", name=op.f("ck_held_duties_says_what")),
        _refers("held_duties", "volunteer_id", "volunteers"),
        _refers("held_duties", "entered_by_id", "accounts"),
        _refers("held_duties", "ended_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_duties")),
    )
    op.create_index(op.f("ix_held_duties_volunteer_id"), "held_duties", ["volunteer_id"], unique=False)
    op.create_table(
        "checklist_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind_code", sa.String(length=40), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("words_zh", sa.String(length=200), nullable=False),
        sa.Column("words_en", sa.String(length=200), nullable=False),
        sa.Column("is_in_use", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "words_zh <> '' AND words_en <> ''", name=op.f("ck_checklist_lines_in_both_languages")
        ),
        sa.ForeignKeyConstraint(
            ["kind_code"], ["support_kinds.code"], name=op.f("fk_checklist_lines_kind_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_lines")),
    )
    op.create_index(op.f("ix_checklist_lines_kind_code"), "checklist_lines", ["kind_code"], unique=False)
    _create_handovers()
    _create_what_belongs_to_them()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite_triggers() if is_sqlite else _postgresql_triggers():
        op.execute(statement)


def _create_handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("senior_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("duty", _enum("duty_kind", DUTIES), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("held_duty_id", sa.Integer(), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("origin", _enum("origin", ORIGINS), nullable=False),
        sa.Column("step_back_on", sa.Date(), nullable=True),
        sa.Column("shadows_wanted", sa.Integer(), nullable=False),
        sa.Column("led_wanted", sa.Integer(), nullable=False),
        sa.Column("alone_wanted", sa.Integer(), nullable=False),
        sa.Column("status", _enum("handover_status", STATUSES), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_by_id", sa.Integer(), nullable=True),
        sa.Column("moved_because", _enum("handover_because", REASONS), nullable=True),
        sa.Column("moved_words", sa.String(length=300), nullable=True),
        sa.Column("signed_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carer_declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(duty = 'visits') = (request_id IS NOT NULL)", name=op.f("ck_handovers_visits_are_of_a_request")
        ),
        sa.CheckConstraint(
            "(duty = 'visits') = (held_duty_id IS NULL)", name=op.f("ck_handovers_other_duties_are_named")
        ),
        sa.CheckConstraint(
            "successor_id IS NULL OR successor_id <> senior_id", name=op.f("ck_handovers_two_people")
        ),
        sa.CheckConstraint("shadows_wanted BETWEEN 0 AND 8", name=op.f("ck_handovers_shadows_in_reach")),
        sa.CheckConstraint("led_wanted BETWEEN 0 AND 8", name=op.f("ck_handovers_led_in_reach")),
        sa.CheckConstraint("alone_wanted BETWEEN 0 AND 12", name=op.f("ck_handovers_alone_in_reach")),
        sa.CheckConstraint(
            "status IN ('proposed', 'senior_agreed', 'stopped') OR successor_id IS NOT NULL",
            name=op.f("ck_handovers_somebody_follows"),
        ),
        sa.CheckConstraint(
            "status <> 'stopped' OR COALESCE(moved_words, '') <> ''",
            name=op.f("ck_handovers_stopped_with_a_reason"),
        ),
        _refers("handovers", "senior_id", "volunteers"),
        _refers("handovers", "successor_id", "volunteers"),
        _refers("handovers", "request_id", "care_requests"),
        _refers("handovers", "held_duty_id", "held_duties"),
        _refers("handovers", "course_id", "courses"),
        _refers("handovers", "made_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    for column in ("senior_id", "successor_id", "status"):
        op.create_index(op.f(f"ix_handovers_{column}"), "handovers", [column], unique=False)
    for column in ("request", "held_duty"):
        op.create_index(
            f"uq_handovers_live_{column}",
            "handovers",
            [f"{column}_id"],
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        )
    op.create_table(
        "handover_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("was", _enum("was", STATUSES), nullable=True),
        sa.Column("became", _enum("became", STATUSES), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("because", _enum("handover_because", REASONS), nullable=True),
        sa.Column("words", sa.String(length=300), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        _refers("handover_moves", "handover_id", "handovers"),
        _refers("handover_moves", "by_id", "accounts"),
        _refers("handover_moves", "successor_id", "volunteers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_moves")),
    )
    op.create_index(op.f("ix_handover_moves_handover_id"), "handover_moves", ["handover_id"], unique=False)


def _create_what_belongs_to_them() -> None:
    op.create_table(
        "handover_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("words_zh", sa.String(length=200), nullable=False),
        sa.Column("words_en", sa.String(length=200), nullable=False),
        sa.Column("answer_box", sa.LargeBinary(), nullable=True),
        sa.Column("status", _enum("item_status", ITEM_STATUSES), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        _refers("handover_items", "handover_id", "handovers"),
        _refers("handover_items", "changed_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_items")),
        sa.UniqueConstraint("row_key", name=op.f("uq_handover_items_row_key")),
    )
    op.create_table(
        "handover_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("words_box", sa.LargeBinary(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        _refers("handover_notes", "handover_id", "handovers"),
        _refers("handover_notes", "written_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_notes")),
        sa.UniqueConstraint("row_key", name=op.f("uq_handover_notes_row_key")),
    )
    op.create_table(
        "handover_signatures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("party", _enum("party", PARTIES), nullable=False),
        sa.Column("signed_for", _enum("signed_for", SIGNED_FOR), nullable=False),
        sa.Column("how", _enum("signed_how", SIGNED_HOW), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("end_words", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "ended_by_id IS NULL OR ended_at IS NOT NULL",
            name=op.f("ck_handover_signatures_ended_by_somebody"),
        ),
        _refers("handover_signatures", "handover_id", "handovers"),
        _refers("handover_signatures", "given_by_id", "accounts"),
        _refers("handover_signatures", "ended_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_signatures")),
    )
    for table in ("handover_items", "handover_notes", "handover_signatures"):
        op.create_index(op.f(f"ix_{table}_handover_id"), table, ["handover_id"], unique=False)
    op.create_index(
        "uq_handover_signatures_in_force",
        "handover_signatures",
        ["handover_id", "party", "signed_for"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )


def downgrade() -> None:
    for table in (
        "handover_signatures", "handover_notes", "handover_items", "handover_moves", "handovers", "checklist_lines",
        "held_duties", "senior_rules",
    ):  # fmt: skip
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        for function in ("handovers_history", "handovers_check", "handover_signatures_fix"):
            op.execute(f"DROP FUNCTION {function}()")


def _enum(name: str, values: Sequence[str]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _signed(party: str, for_what: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM handover_signatures s WHERE s.handover_id = NEW.id AND s.ended_at IS NULL"
        f" AND s.party = '{party}' AND s.signed_for = '{for_what}')"
    )


REFUSALS = {
    "consent_missing": "NEW.status IN ('shadowing', 'leading') AND NEW.request_id IS NOT NULL"
    f" AND NOT {_signed('carer', 'beginning')}",
    "signature_missing": "NEW.status = 'signed_off'"
    f" AND NOT ({_signed('senior', 'change')} AND {_signed('successor', 'change')}"
    f" AND (NEW.request_id IS NULL OR {_signed('carer', 'change')}))",
}
HISTORY = (
    "INSERT INTO handover_moves (handover_id, was, became, at, by_id, because, words, successor_id) VALUES"
    " (NEW.id, {was}, NEW.status, NEW.moved_at, NEW.moved_by_id, NEW.moved_because, NEW.moved_words, NEW.successor_id);"
)
CHANGED = " OR ".join(f"OLD.{column} <> NEW.{column}" for column in GIVEN) + " OR OLD.ended_at IS NOT NULL"
KEPT = ("handover_moves", "handover_notes")


def _sqlite_triggers() -> list[str]:
    refuse = "SELECT RAISE(ABORT, '{}') WHERE {};"
    keep = "SELECT RAISE(ABORT, 'history_is_append_only');"
    refusals = " ".join(refuse.format(word, condition) for word, condition in REFUSALS.items())
    return [
        "CREATE TRIGGER handovers_moves BEFORE UPDATE OF status ON handovers"
        f" BEGIN {refuse.format('illegal_move', f'NOT ({legal_moves(MOVES)})')} END",
        f"CREATE TRIGGER handovers_checked BEFORE UPDATE OF status ON handovers WHEN OLD.status <> NEW.status BEGIN {refusals} END",
        f"CREATE TRIGGER handovers_history_begins AFTER INSERT ON handovers BEGIN {HISTORY.format(was='NULL')} END",
        "CREATE TRIGGER handovers_history AFTER UPDATE OF status ON handovers WHEN OLD.status <> NEW.status"
        f" BEGIN {HISTORY.format(was='OLD.status')} END",
        "CREATE TRIGGER handover_signatures_fixed BEFORE UPDATE ON handover_signatures"
        f" BEGIN {refuse.format('signature_is_fixed', CHANGED)} END",
        f"CREATE TRIGGER handover_signatures_stay BEFORE DELETE ON handover_signatures BEGIN {keep} END",
        *(f"CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} BEGIN {keep} END" for table in KEPT),
        *(f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} BEGIN {keep} END" for table in KEPT),
    ]


def _postgresql_triggers() -> list[str]:
    def function(name: str, body: str) -> str:
        return (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$"
        )

    def refuse(word: str, condition: str) -> str:
        return f"IF {condition} THEN RAISE EXCEPTION '{word}' USING ERRCODE = 'check_violation'; END IF;"

    begins, moves = HISTORY.format(was="NULL"), HISTORY.format(was="OLD.status")
    return [
        function("handovers_history", f"IF TG_OP = 'INSERT' THEN {begins} ELSE {moves} END IF;"),
        function("handovers_check", " ".join(refuse(*each) for each in REFUSALS.items())),
        function("handover_signatures_fix", refuse("signature_is_fixed", CHANGED)),
        "CREATE TRIGGER handovers_moves BEFORE UPDATE OF status ON handovers FOR EACH ROW"
        f" WHEN (NOT ({legal_moves(MOVES)})) EXECUTE FUNCTION refuse_illegal_move()",
        "CREATE TRIGGER handovers_checked BEFORE UPDATE OF status ON handovers FOR EACH ROW"
        " WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION handovers_check()",
        "CREATE TRIGGER handovers_history_begins AFTER INSERT ON handovers FOR EACH ROW EXECUTE FUNCTION handovers_history()",
        "CREATE TRIGGER handovers_history AFTER UPDATE OF status ON handovers FOR EACH ROW"
        " WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION handovers_history()",
        "CREATE TRIGGER handover_signatures_fixed BEFORE UPDATE ON handover_signatures FOR EACH ROW"
        " EXECUTE FUNCTION handover_signatures_fix()",
        "CREATE TRIGGER handover_signatures_stay BEFORE DELETE ON handover_signatures FOR EACH ROW"
        " EXECUTE FUNCTION history_keep()",
        *(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION history_keep()"
            for table in KEPT
        ),
    ]

"""Lay the first tables."""

import sqlalchemy as sa
from alembic import op

from migrations.guards import POSTGRESQL_FUNCTIONS, postgresql_triggers, sqlite_triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES_LAST_FIRST = (
    "booked_slots",
    "visit_seats",
    "visits",
    "unserved_visits",
    "proposals",
    "occurrence_options",
    "request_windows",
    "request_skills",
    "request_languages",
    "request_demands",
    "offers",
    "occurrences",
    "known_helpers",
    "family_ties",
    "do_not_pair",
    "care_requests",
    "volunteer_skills",
    "volunteer_preferences",
    "volunteer_languages",
    "volunteer_inabilities",
    "volunteer_areas",
    "guardian_consents",
    "free_times",
    "drafts",
    "dates_away",
    "clearances",
    "care_recipients",
    "volunteers",
    "travel_times",
    "support_kind_skills",
    "runs",
    "roles_held",
    "outbox_messages",
    "one_time_codes",
    "import_previews",
    "carers",
    "call_backs",
    "browser_sessions",
    "audit_rows",
    "throttles",
    "support_kinds",
    "submissions",
    "skills",
    "nights",
    "languages",
    "households",
    "heartbeats",
    "half_hours",
    "demands",
    "console_deliveries",
    "areas",
    "accounts",
)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone_box", sa.LargeBinary(), nullable=True),
        sa.Column("phone_key", sa.String(length=64), nullable=True),
        sa.Column("email_box", sa.LargeBinary(), nullable=True),
        sa.Column("email_key", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_box", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "password_hash IS NULL OR totp_box IS NOT NULL",
            name=op.f("ck_accounts_a_password_needs_a_second_factor"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email_key", name=op.f("uq_accounts_email_key")),
        sa.UniqueConstraint("phone_key", name=op.f("uq_accounts_phone_key")),
        sa.UniqueConstraint("row_key", name=op.f("uq_accounts_row_key")),
    )
    op.create_table(
        "areas",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column(
            "district",
            sa.Enum(
                "tsuen_wan",
                "kwai_tsing",
                name="district",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name_zh", sa.String(length=40), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_areas")),
    )
    op.create_table(
        "console_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "sms",
                "email",
                "phone_call",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("to", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_deliveries")),
        sa.UniqueConstraint("message_id", name=op.f("uq_console_deliveries_message_id")),
    )
    with op.batch_alter_table("console_deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_console_deliveries_at"), ["at"], unique=False)

    op.create_table(
        "demands",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_demands")),
    )
    op.create_table(
        "half_hours",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_half_hours")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "households",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
    )
    op.create_table(
        "languages",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_languages")),
    )
    op.create_table(
        "nights",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("morning", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "owed",
                "running",
                "done",
                "failed",
                "superseded",
                name="night_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nights")),
        sa.UniqueConstraint("key", name=op.f("uq_nights_key")),
        sa.UniqueConstraint("morning", name=op.f("uq_nights_morning")),
    )
    with op.batch_alter_table("nights", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nights_status"), ["status"], unique=False)

    op.create_table(
        "skills",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_skills")),
    )
    op.create_table(
        "submissions",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("location", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submissions")),
    )
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submissions_at"), ["at"], unique=False)

    op.create_table(
        "support_kinds",
        sa.Column("summary_zh", sa.String(length=200), nullable=False),
        sa.Column("summary_en", sa.String(length=200), nullable=False),
        sa.Column(
            "service_area",
            sa.Enum(
                "carers",
                "older_people",
                "rehabilitation",
                "family_and_child",
                "youth",
                "all",
                name="service_area",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_at_home", sa.Boolean(), nullable=False),
        sa.Column("is_anywhere", sa.Boolean(), nullable=False),
        sa.Column("is_for_groups", sa.Boolean(), nullable=False),
        sa.Column("clearance", sa.String(length=20), nullable=True),
        sa.Column("minimum_age", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("usual_slots", sa.Integer(), nullable=False),
        sa.Column(
            "weather_class",
            sa.Enum(
                "indoor",
                "outdoor",
                "remote",
                name="weather_class",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "minimum_age BETWEEN 6 AND 99", name=op.f("ck_support_kinds_minimum_age_is_an_age")
        ),
        sa.CheckConstraint("seats >= 1 AND seats <= 3", name=op.f("ck_support_kinds_one_to_three_seats")),
        sa.CheckConstraint(
            "usual_slots BETWEEN 1 AND 48", name=op.f("ck_support_kinds_usual_length_within_a_day")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_support_kinds")),
    )
    op.create_table(
        "throttles",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
    )
    with op.batch_alter_table("throttles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_throttles_at"), ["at"], unique=False)

    op.create_table(
        "audit_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["accounts.id"], name=op.f("fk_audit_rows_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_rows")),
    )
    with op.batch_alter_table("audit_rows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_rows_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index("ix_audit_rows_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "browser_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("is_shared_computer", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_browser_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_browser_sessions_token_hash")),
    )
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_browser_sessions_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_browser_sessions_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "call_backs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone_box", sa.LargeBinary(), nullable=True),
        sa.Column("note_box", sa.LargeBinary(), nullable=True),
        sa.Column("page", sa.String(length=200), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=500), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["done_by_id"], ["accounts.id"], name=op.f("fk_call_backs_done_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_backs")),
        sa.UniqueConstraint("row_key", name=op.f("uq_call_backs_row_key")),
    )
    with op.batch_alter_table("call_backs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_backs_done_at"), ["done_at"], unique=False)

    op.create_table(
        "carers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("outside_code", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "family",
                "self",
                "worker",
                "centre",
                name="carer_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("phone_box", sa.LargeBinary(), nullable=True),
        sa.Column("phone_key", sa.String(length=64), nullable=True),
        sa.Column("phone_tail_key", sa.String(length=64), nullable=True),
        sa.Column("email_box", sa.LargeBinary(), nullable=True),
        sa.Column("email_key", sa.String(length=64), nullable=True),
        sa.Column(
            "reached_by",
            sa.Enum(
                "sms",
                "email",
                "phone_call",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "online",
                "phone_call",
                "paper",
                "import",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint("name_zh <> '' OR name_en <> ''", name=op.f("ck_carers_has_a_name")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_carers_account_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["accounts.id"], name=op.f("fk_carers_entered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carers")),
        sa.UniqueConstraint("code", name=op.f("uq_carers_code")),
        sa.UniqueConstraint("row_key", name=op.f("uq_carers_row_key")),
    )
    with op.batch_alter_table("carers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_carers_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_carers_email_key"), ["email_key"], unique=False)
        batch_op.create_index("ix_carers_name_key", ["name_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_carers_outside_code"), ["outside_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_carers_phone_key"), ["phone_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_carers_phone_tail_key"), ["phone_tail_key"], unique=False)

    op.create_table(
        "import_previews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "volunteers",
                "care-requests",
                name="import_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("rows_box", sa.LargeBinary(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["accounts.id"], name=op.f("fk_import_previews_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_previews")),
        sa.UniqueConstraint("row_key", name=op.f("uq_import_previews_row_key")),
    )
    with op.batch_alter_table("import_previews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_previews_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_previews_file_hash"), ["file_hash"], unique=False)

    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_key", sa.String(length=64), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "sign_in",
                "resume",
                "change_contact",
                name="code_purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("tries_left >= 0", name=op.f("ck_one_time_codes_tries_run_out")),
        sa.ForeignKeyConstraint(["given_by_id"], ["accounts.id"], name=op.f("fk_one_time_codes_given_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
    )
    with op.batch_alter_table("one_time_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_codes_contact_key"), ["contact_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_one_time_codes_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "sms",
                "email",
                "phone_call",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("address_box", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("secret_box", sa.LargeBinary(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("about_kind", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "sent",
                "dead",
                "withdrawn",
                "expired",
                name="message_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "status IN ('queued', 'dead') OR secret_box IS NULL",
            name=op.f("ck_outbox_messages_secrets_leave_with_the_message"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_messages_attempts_count_up")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_outbox_messages_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_messages_dedupe_key")),
        sa.UniqueConstraint("row_key", name=op.f("uq_outbox_messages_row_key")),
    )
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_messages_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_outbox_messages_due", ["status", "not_before"], unique=False)

    op.create_table(
        "roles_held",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "volunteer",
                "carer",
                "coordinator",
                "safeguarding_lead",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_roles_held_account_id")),
        sa.ForeignKeyConstraint(["given_by_id"], ["accounts.id"], name=op.f("fk_roles_held_given_by_id")),
        sa.PrimaryKeyConstraint("account_id", "role", name=op.f("pk_roles_held")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("night_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("problem_hash", sa.String(length=64), nullable=False),
        sa.Column("problem_file", sa.LargeBinary(), nullable=True),
        sa.Column("result_file", sa.LargeBinary(), nullable=True),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("volunteers", sa.Integer(), nullable=False),
        sa.Column("needed_visits", sa.Integer(), nullable=False),
        sa.Column("covered_visits", sa.Integer(), nullable=False),
        sa.Column("urgent_served", sa.Integer(), nullable=False),
        sa.Column("urgent_bound", sa.Integer(), nullable=False),
        sa.Column("urgent_needed", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.Column("is_proved_optimal", sa.Boolean(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["night_id"], ["nights.id"], name=op.f("fk_runs_night_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("night_id", "attempt", name=op.f("uq_runs_night_id_attempt")),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_runs_finished_at"), ["finished_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_runs_night_id"), ["night_id"], unique=False)

    op.create_table(
        "support_kind_skills",
        sa.Column("kind_code", sa.String(length=40), nullable=False),
        sa.Column("skill_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["kind_code"], ["support_kinds.code"], name=op.f("fk_support_kind_skills_kind_code")
        ),
        sa.ForeignKeyConstraint(
            ["skill_code"], ["skills.code"], name=op.f("fk_support_kind_skills_skill_code")
        ),
        sa.PrimaryKeyConstraint("kind_code", "skill_code", name=op.f("pk_support_kind_skills")),
    )
    op.create_table(
        "travel_times",
        sa.Column("from_code", sa.String(length=40), nullable=False),
        sa.Column("to_code", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("is_corrected", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "minutes >= 0 AND minutes <= 600", name=op.f("ck_travel_times_minutes_within_a_day")
        ),
        sa.ForeignKeyConstraint(["from_code"], ["areas.code"], name=op.f("fk_travel_times_from_code")),
        sa.ForeignKeyConstraint(["to_code"], ["areas.code"], name=op.f("fk_travel_times_to_code")),
        sa.PrimaryKeyConstraint("from_code", "to_code", name=op.f("pk_travel_times")),
    )
    op.create_table(
        "volunteers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("outside_code", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "applied",
                "induction",
                "active",
                "paused",
                "adviser",
                "retired",
                "removed",
                name="volunteer_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column(
            "gender",
            sa.Enum("f", "m", name="gender", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("birth_month", sa.Integer(), nullable=True),
        sa.Column("phone_box", sa.LargeBinary(), nullable=True),
        sa.Column("phone_key", sa.String(length=64), nullable=True),
        sa.Column("phone_tail_key", sa.String(length=64), nullable=True),
        sa.Column("email_box", sa.LargeBinary(), nullable=True),
        sa.Column(
            "reached_by",
            sa.Enum(
                "sms",
                "email",
                "phone_call",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("home_area_code", sa.String(length=40), nullable=False),
        sa.Column("serves_all_areas", sa.Boolean(), nullable=False),
        sa.Column("new_homes", sa.Boolean(), nullable=False),
        sa.Column("weekly_visit_limit", sa.Integer(), nullable=False),
        sa.Column("weekly_minutes_limit", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_hours_before", sa.Double(), nullable=False),
        sa.Column("volunteer_since", sa.Date(), nullable=True),
        sa.Column("senior_since", sa.Date(), nullable=True),
        sa.Column("senior_reason", sa.String(length=300), nullable=False),
        sa.Column("senior_by_id", sa.Integer(), nullable=True),
        sa.Column("health_box", sa.LargeBinary(), nullable=True),
        sa.Column("note_box", sa.LargeBinary(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "online",
                "phone_call",
                "paper",
                "import",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spoken_on", sa.Date(), nullable=True),
        sa.Column("spoken_by_id", sa.Integer(), nullable=True),
        sa.Column("identity_seen_on", sa.Date(), nullable=True),
        sa.Column("identity_seen_by_id", sa.Integer(), nullable=True),
        sa.Column("induction_on", sa.Date(), nullable=True),
        sa.Column("conduct_accepted_on", sa.Date(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by_id", sa.Integer(), nullable=True),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("status_reason", sa.String(length=300), nullable=False),
        sa.Column("availability_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint("name_zh <> '' OR name_en <> ''", name=op.f("ck_volunteers_has_a_name")),
        sa.CheckConstraint(
            "status NOT IN ('active', 'paused', 'adviser') OR (spoken_on IS NOT NULL AND spoken_by_id IS NOT NULL AND identity_seen_on IS NOT NULL AND identity_seen_by_id IS NOT NULL AND induction_on IS NOT NULL AND conduct_accepted_on IS NOT NULL AND accepted_at IS NOT NULL AND accepted_by_id IS NOT NULL)",
            name=op.f("ck_volunteers_accepted_by_a_coordinator"),
        ),
        sa.CheckConstraint(
            "birth_month IS NULL OR birth_month BETWEEN 1 AND 12",
            name=op.f("ck_volunteers_birth_month_is_a_month"),
        ),
        sa.CheckConstraint(
            "birth_year BETWEEN 1900 AND 2100", name=op.f("ck_volunteers_birth_year_is_a_year")
        ),
        sa.CheckConstraint(
            "weekly_minutes_limit BETWEEN 0 AND 3360",
            name=op.f("ck_volunteers_weekly_minutes_limit_in_reach"),
        ),
        sa.CheckConstraint(
            "weekly_visit_limit BETWEEN 0 AND 14", name=op.f("ck_volunteers_weekly_visit_limit_in_reach")
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"], ["accounts.id"], name=op.f("fk_volunteers_accepted_by_id")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_volunteers_account_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["accounts.id"], name=op.f("fk_volunteers_entered_by_id")),
        sa.ForeignKeyConstraint(
            ["home_area_code"], ["areas.code"], name=op.f("fk_volunteers_home_area_code")
        ),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_volunteers_household_id")),
        sa.ForeignKeyConstraint(
            ["identity_seen_by_id"], ["accounts.id"], name=op.f("fk_volunteers_identity_seen_by_id")
        ),
        sa.ForeignKeyConstraint(["senior_by_id"], ["accounts.id"], name=op.f("fk_volunteers_senior_by_id")),
        sa.ForeignKeyConstraint(["spoken_by_id"], ["accounts.id"], name=op.f("fk_volunteers_spoken_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteers")),
        sa.UniqueConstraint("code", name=op.f("uq_volunteers_code")),
        sa.UniqueConstraint("row_key", name=op.f("uq_volunteers_row_key")),
    )
    with op.batch_alter_table("volunteers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volunteers_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteers_home_area_code"), ["home_area_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteers_household_id"), ["household_id"], unique=False)
        batch_op.create_index("ix_volunteers_name_key", ["name_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteers_outside_code"), ["outside_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteers_phone_key"), ["phone_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteers_phone_tail_key"), ["phone_tail_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_volunteers_status"), ["status"], unique=False)

    op.create_table(
        "care_recipients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("carer_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=60), nullable=False),
        sa.Column("called", sa.String(length=60), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column(
            "gender",
            sa.Enum("f", "m", name="gender", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("area_code", sa.String(length=40), nullable=True),
        sa.Column("address_box", sa.LargeBinary(), nullable=True),
        sa.Column("directions_box", sa.LargeBinary(), nullable=True),
        sa.Column("health_box", sa.LargeBinary(), nullable=True),
        sa.Column("first_visited_on", sa.Date(), nullable=True),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "birth_year IS NULL OR birth_year BETWEEN 1900 AND 2100",
            name=op.f("ck_care_recipients_birth_year_is_a_year"),
        ),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_care_recipients_area_code")),
        sa.ForeignKeyConstraint(["carer_id"], ["carers.id"], name=op.f("fk_care_recipients_carer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_recipients")),
        sa.UniqueConstraint("code", name=op.f("uq_care_recipients_code")),
        sa.UniqueConstraint("row_key", name=op.f("uq_care_recipients_row_key")),
    )
    with op.batch_alter_table("care_recipients", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_care_recipients_carer_id"), ["carer_id"], unique=False)

    op.create_table(
        "clearances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("scrc", name="clearance_kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by_id", sa.Integer(), nullable=True),
        sa.Column("void_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)",
            name=op.f("ck_clearances_confirmed_by_somebody"),
        ),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> entered_by_id",
            name=op.f("ck_clearances_two_coordinators"),
        ),
        sa.CheckConstraint("valid_until >= seen_on", name=op.f("ck_clearances_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["accounts.id"], name=op.f("fk_clearances_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(["entered_by_id"], ["accounts.id"], name=op.f("fk_clearances_entered_by_id")),
        sa.ForeignKeyConstraint(["voided_by_id"], ["accounts.id"], name=op.f("fk_clearances_voided_by_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_clearances_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearances")),
    )
    with op.batch_alter_table("clearances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clearances_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "dates_away",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_dates_away_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_dates_away_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dates_away")),
    )
    with op.batch_alter_table("dates_away", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dates_away_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "volunteer",
                "care_request",
                name="draft_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("browser_session_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("answers_box", sa.LargeBinary(), nullable=True),
        sa.Column("pages_done", sa.JSON(), nullable=False),
        sa.Column("contact_key", sa.String(length=64), nullable=True),
        sa.Column("resume_code_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_drafts_account_id")),
        sa.ForeignKeyConstraint(
            ["browser_session_id"], ["browser_sessions.id"], name=op.f("fk_drafts_browser_session_id")
        ),
        sa.ForeignKeyConstraint(["entered_by_id"], ["accounts.id"], name=op.f("fk_drafts_entered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("row_key", name=op.f("uq_drafts_row_key")),
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drafts_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_drafts_contact_key"), ["contact_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_drafts_entered_by_id"), ["entered_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_drafts_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index("ix_drafts_kind_session", ["kind", "browser_session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_drafts_resume_code_hash"), ["resume_code_hash"], unique=False)

    op.create_table(
        "free_times",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_slot", sa.Integer(), nullable=False),
        sa.Column("to_slot", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_slot >= 0 AND from_slot < to_slot AND to_slot <= 48",
            name=op.f("ck_free_times_ends_after_it_begins"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_free_times_weekday_is_a_weekday")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_free_times_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_free_times")),
    )
    with op.batch_alter_table("free_times", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_free_times_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "guardian_consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("guardian_name", sa.String(length=120), nullable=False),
        sa.Column("relation", sa.String(length=60), nullable=False),
        sa.Column("phone_box", sa.LargeBinary(), nullable=True),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("seen_by_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= given_on",
            name=op.f("ck_guardian_consents_ends_after_it_begins"),
        ),
        sa.ForeignKeyConstraint(
            ["seen_by_id"], ["accounts.id"], name=op.f("fk_guardian_consents_seen_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_guardian_consents_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian_consents")),
        sa.UniqueConstraint("row_key", name=op.f("uq_guardian_consents_row_key")),
        sa.UniqueConstraint(
            "volunteer_id", "given_on", name=op.f("uq_guardian_consents_volunteer_id_given_on")
        ),
    )
    with op.batch_alter_table("guardian_consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guardian_consents_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "volunteer_areas",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_volunteer_areas_area_code")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_volunteer_areas_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "area_code", name=op.f("pk_volunteer_areas")),
    )
    op.create_table(
        "volunteer_inabilities",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("demand_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["demand_code"], ["demands.code"], name=op.f("fk_volunteer_inabilities_demand_code")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_volunteer_inabilities_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "demand_code", name=op.f("pk_volunteer_inabilities")),
    )
    op.create_table(
        "volunteer_languages",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("language_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["language_code"], ["languages.code"], name=op.f("fk_volunteer_languages_language_code")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_volunteer_languages_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "language_code", name=op.f("pk_volunteer_languages")),
    )
    op.create_table(
        "volunteer_preferences",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("kind_code", sa.String(length=40), nullable=False),
        sa.Column("is_wish", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kind_code"], ["support_kinds.code"], name=op.f("fk_volunteer_preferences_kind_code")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_volunteer_preferences_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "kind_code", name=op.f("pk_volunteer_preferences")),
    )
    op.create_table(
        "volunteer_skills",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("skill_code", sa.String(length=40), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["skill_code"], ["skills.code"], name=op.f("fk_volunteer_skills_skill_code")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_volunteer_skills_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "skill_code", name=op.f("pk_volunteer_skills")),
    )
    op.create_table(
        "care_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("outside_code", sa.String(length=40), nullable=False),
        sa.Column("carer_id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=True),
        sa.Column("kind_code", sa.String(length=40), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "open",
                "closed",
                name="request_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "rhythm",
            sa.Enum(
                "once",
                "any_of",
                "weekly",
                "weekly_any_of",
                name="rhythm",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("area_code", sa.String(length=40), nullable=True),
        sa.Column("is_at_home", sa.Boolean(), nullable=False),
        sa.Column("meeting_place_box", sa.LargeBinary(), nullable=True),
        sa.Column("clearance", sa.String(length=20), nullable=True),
        sa.Column("takes_minors", sa.Boolean(), nullable=False),
        sa.Column("seats_min", sa.Integer(), nullable=False),
        sa.Column("seats_max", sa.Integer(), nullable=False),
        sa.Column("experienced_needed", sa.Integer(), nullable=False),
        sa.Column(
            "gender_needed",
            sa.Enum("f", "m", name="gender_needed", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column(
            "gender_preferred",
            sa.Enum("f", "m", name="gender_preferred", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("age_from", sa.Integer(), nullable=True),
        sa.Column("age_to", sa.Integer(), nullable=True),
        sa.Column("prefers_age_from", sa.Integer(), nullable=True),
        sa.Column("prefers_age_to", sa.Integer(), nullable=True),
        sa.Column("original_words", sa.String(length=2000), nullable=False),
        sa.Column("note_box", sa.LargeBinary(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "online",
                "phone_call",
                "paper",
                "import",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spoken_on", sa.Date(), nullable=True),
        sa.Column(
            "spoken_how",
            sa.Enum(
                "phone_call",
                "visit",
                "at_the_centre",
                "video",
                name="spoken_how",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("triaged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("triaged_by_id", sa.Integer(), nullable=True),
        sa.Column("urgent_until", sa.Date(), nullable=True),
        sa.Column("urgent_reason", sa.String(length=300), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "close_reason",
            sa.Enum(
                "met",
                "withdrawn",
                "referred_out",
                "split",
                name="close_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("close_note", sa.String(length=300), nullable=False),
        sa.Column("split_from_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "NOT takes_minors OR clearance = 'scrc'",
            name=op.f("ck_care_requests_minors_beside_cleared_adults"),
        ),
        sa.CheckConstraint(
            "status <> 'closed' OR close_reason IS NOT NULL",
            name=op.f("ck_care_requests_closed_with_a_reason"),
        ),
        sa.CheckConstraint(
            "status <> 'open' OR (kind_code IS NOT NULL AND spoken_on IS NOT NULL AND spoken_how IS NOT NULL AND triaged_by_id IS NOT NULL AND triaged_at IS NOT NULL)",
            name=op.f("ck_care_requests_open_only_after_triage"),
        ),
        sa.CheckConstraint(
            "urgent_until IS NULL OR urgent_reason <> ''", name=op.f("ck_care_requests_urgent_with_a_reason")
        ),
        sa.CheckConstraint(
            "1 <= seats_min AND seats_min <= seats_max AND seats_max <= 3",
            name=op.f("ck_care_requests_one_to_three_seats"),
        ),
        sa.CheckConstraint(
            "NOT is_at_home OR recipient_id IS NOT NULL", name=op.f("ck_care_requests_a_home_is_somebodys")
        ),
        sa.CheckConstraint(
            "age_from IS NULL OR age_to IS NULL OR age_from <= age_to",
            name=op.f("ck_care_requests_ages_in_order"),
        ),
        sa.CheckConstraint(
            "experienced_needed BETWEEN 0 AND seats_max",
            name=op.f("ck_care_requests_experienced_fit_the_seats"),
        ),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_care_requests_area_code")),
        sa.ForeignKeyConstraint(["carer_id"], ["carers.id"], name=op.f("fk_care_requests_carer_id")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["accounts.id"], name=op.f("fk_care_requests_entered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["kind_code"], ["support_kinds.code"], name=op.f("fk_care_requests_kind_code")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["care_recipients.id"], name=op.f("fk_care_requests_recipient_id")
        ),
        sa.ForeignKeyConstraint(
            ["split_from_id"], ["care_requests.id"], name=op.f("fk_care_requests_split_from_id")
        ),
        sa.ForeignKeyConstraint(
            ["triaged_by_id"], ["accounts.id"], name=op.f("fk_care_requests_triaged_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_requests")),
        sa.UniqueConstraint("code", name=op.f("uq_care_requests_code")),
        sa.UniqueConstraint("row_key", name=op.f("uq_care_requests_row_key")),
    )
    with op.batch_alter_table("care_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_care_requests_carer_id"), ["carer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_care_requests_outside_code"), ["outside_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_care_requests_recipient_id"), ["recipient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_care_requests_status"), ["status"], unique=False)

    op.create_table(
        "do_not_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("reason_box", sa.LargeBinary(), nullable=True),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["ended_by_id"], ["accounts.id"], name=op.f("fk_do_not_pair_ended_by_id")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["accounts.id"], name=op.f("fk_do_not_pair_entered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["care_recipients.id"], name=op.f("fk_do_not_pair_recipient_id")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_do_not_pair_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_do_not_pair")),
        sa.UniqueConstraint("row_key", name=op.f("uq_do_not_pair_row_key")),
    )
    with op.batch_alter_table("do_not_pair", schema=None) as batch_op:
        batch_op.create_index("ix_do_not_pair_both", ["volunteer_id", "recipient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_do_not_pair_recipient_id"), ["recipient_id"], unique=False)

    op.create_table(
        "family_ties",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=60), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["accounts.id"], name=op.f("fk_family_ties_entered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["care_recipients.id"], name=op.f("fk_family_ties_recipient_id")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_family_ties_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "recipient_id", name=op.f("pk_family_ties")),
    )
    with op.batch_alter_table("family_ties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_family_ties_recipient_id"), ["recipient_id"], unique=False)

    op.create_table(
        "known_helpers",
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["care_recipients.id"], name=op.f("fk_known_helpers_recipient_id")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_known_helpers_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("recipient_id", "volunteer_id", name=op.f("pk_known_helpers")),
    )
    with op.batch_alter_table("known_helpers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_known_helpers_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "occurrences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["care_requests.id"], name=op.f("fk_occurrences_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
        sa.UniqueConstraint("code", name=op.f("uq_occurrences_code")),
        sa.UniqueConstraint(
            "request_id", "first_day", "position", name=op.f("uq_occurrences_request_id_first_day_position")
        ),
    )
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_occurrences_first_day"), ["first_day"], unique=False)
        batch_op.create_index(batch_op.f("ix_occurrences_last_day"), ["last_day"], unique=False)
        batch_op.create_index(batch_op.f("ix_occurrences_request_id"), ["request_id"], unique=False)

    op.create_table(
        "offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("token_box", sa.LargeBinary(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answered_how",
            sa.Enum(
                "link",
                "signed_in",
                "phone_call",
                name="answered_how",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("decline_reason", sa.String(length=300), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["answered_by_id"], ["accounts.id"], name=op.f("fk_offers_answered_by_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["accounts.id"], name=op.f("fk_offers_made_by_id")),
        sa.ForeignKeyConstraint(["request_id"], ["care_requests.id"], name=op.f("fk_offers_request_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_offers_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("row_key", name=op.f("uq_offers_row_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_offers_token_hash")),
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offers_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offers_volunteer_id"), ["volunteer_id"], unique=False)

    op.create_table(
        "request_demands",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("demand_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["demand_code"], ["demands.code"], name=op.f("fk_request_demands_demand_code")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["care_requests.id"], name=op.f("fk_request_demands_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "demand_code", name=op.f("pk_request_demands")),
    )
    op.create_table(
        "request_languages",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("language_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["language_code"], ["languages.code"], name=op.f("fk_request_languages_language_code")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["care_requests.id"], name=op.f("fk_request_languages_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "language_code", name=op.f("pk_request_languages")),
    )
    op.create_table(
        "request_skills",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("skill_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["care_requests.id"], name=op.f("fk_request_skills_request_id")
        ),
        sa.ForeignKeyConstraint(["skill_code"], ["skills.code"], name=op.f("fk_request_skills_skill_code")),
        sa.PrimaryKeyConstraint("request_id", "skill_code", name=op.f("pk_request_skills")),
    )
    op.create_table(
        "request_windows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("from_slot", sa.Integer(), nullable=False),
        sa.Column("to_slot", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(on_date IS NULL) <> (weekday IS NULL)", name=op.f("ck_request_windows_a_date_or_a_weekday")
        ),
        sa.CheckConstraint(
            "from_slot >= 0 AND from_slot < to_slot AND to_slot <= 48",
            name=op.f("ck_request_windows_ends_after_it_begins"),
        ),
        sa.CheckConstraint(
            "weekday IS NULL OR weekday BETWEEN 0 AND 6", name=op.f("ck_request_windows_weekday_is_a_weekday")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["care_requests.id"], name=op.f("fk_request_windows_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_windows")),
        sa.UniqueConstraint("request_id", "position", name=op.f("uq_request_windows_request_id_position")),
    )
    with op.batch_alter_table("request_windows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_windows_request_id"), ["request_id"], unique=False)

    op.create_table(
        "occurrence_options",
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("from_slot", sa.Integer(), nullable=False),
        sa.Column("to_slot", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_slot >= 0 AND from_slot < to_slot AND to_slot <= 48",
            name=op.f("ck_occurrence_options_ends_after_it_begins"),
        ),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.id"], name=op.f("fk_occurrence_options_occurrence_id")
        ),
        sa.PrimaryKeyConstraint("occurrence_id", "position", name=op.f("pk_occurrence_options")),
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("from_slot", sa.Integer(), nullable=False),
        sa.Column("to_slot", sa.Integer(), nullable=False),
        sa.Column("seat_number", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "approved",
                "replaced",
                "refused",
                "closed",
                name="proposal_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_plain", sa.Boolean(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "refused_because",
            sa.Enum(
                "not_suited",
                "carer_prefers",
                "volunteer_prefers",
                "time_changed",
                "never_this_pair",
                "other",
                name="refused_because",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status <> 'refused' OR refused_because IS NOT NULL",
            name=op.f("ck_proposals_refused_with_a_reason"),
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["accounts.id"], name=op.f("fk_proposals_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.id"], name=op.f("fk_proposals_occurrence_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_proposals_run_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_proposals_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint(
            "run_id",
            "occurrence_id",
            "seat_number",
            name=op.f("uq_proposals_run_id_occurrence_id_seat_number"),
        ),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposals_occurrence_id"), ["occurrence_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposals_run_id"), ["run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposals_status"), ["status"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposals_volunteer_id"), ["volunteer_id"], unique=False)
        batch_op.create_index(
            "uq_proposals_open_seat",
            ["occurrence_id", "seat_number"],
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )

    op.create_table(
        "unserved_visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("funnel", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.id"], name=op.f("fk_unserved_visits_occurrence_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_unserved_visits_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unserved_visits")),
        sa.UniqueConstraint("run_id", "occurrence_id", name=op.f("uq_unserved_visits_run_id_occurrence_id")),
    )
    with op.batch_alter_table("unserved_visits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unserved_visits_occurrence_id"), ["occurrence_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unserved_visits_run_id"), ["run_id"], unique=False)

    op.create_table(
        "visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("from_slot", sa.Integer(), nullable=False),
        sa.Column("to_slot", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "offered",
                "accepted",
                "needs_cover",
                "cancelled",
                name="visit_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("carer_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_slot >= 0 AND from_slot < to_slot AND to_slot <= 48",
            name=op.f("ck_visits_ends_after_it_begins"),
        ),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrences.id"], name=op.f("fk_visits_occurrence_id")),
        sa.ForeignKeyConstraint(["request_id"], ["care_requests.id"], name=op.f("fk_visits_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visits_occurrence_id"), ["occurrence_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visits_on_date"), ["on_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_visits_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visits_status"), ["status"], unique=False)
        batch_op.create_index(
            "uq_visits_live_occurrence",
            ["occurrence_id"],
            unique=True,
            sqlite_where=sa.text("status <> 'cancelled'"),
            postgresql_where=sa.text("status <> 'cancelled'"),
        )

    op.create_table(
        "visit_seats",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "offered",
                "accepted",
                "declined",
                "expired",
                "withdrawn",
                "cancelled",
                name="seat_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_because",
            sa.Enum(
                "declined",
                "gave_up",
                "expired",
                "undone",
                "adult_left",
                "not_active",
                "not_permitted",
                "carer_refused",
                "taken_off",
                "visit_cancelled",
                "request_ended",
                name="ended_because",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("end_reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_visit_seats_offer_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_seats_visit_id")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_visit_seats_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_seats")),
    )
    with op.batch_alter_table("visit_seats", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_seats_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_seats_visit_id"), ["visit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_seats_volunteer_id"), ["volunteer_id"], unique=False)
        batch_op.create_index(
            "uq_visit_seats_live_person",
            ["visit_id", "volunteer_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('offered', 'accepted')"),
            postgresql_where=sa.text("status IN ('offered', 'accepted')"),
        )

    op.create_table(
        "booked_slots",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["seat_id"], ["visit_seats.id"], name=op.f("fk_booked_slots_seat_id")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_booked_slots_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "on_date", "slot", name=op.f("pk_booked_slots")),
        sa.UniqueConstraint("seat_id", "slot", name=op.f("uq_booked_slots_seat_id_slot")),
    )
    with op.batch_alter_table("booked_slots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_booked_slots_seat_id"), ["seat_id"], unique=False)

    op.bulk_insert(
        sa.table("half_hours", sa.column("slot", sa.Integer)), [{"slot": slot} for slot in range(48)]
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in sqlite_triggers() if is_sqlite else postgresql_triggers():
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES_LAST_FIRST:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for function in POSTGRESQL_FUNCTIONS:
            op.execute(f"DROP FUNCTION {function}()")

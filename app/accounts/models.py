"""Accounts, their roles, sessions, one-time codes, throttles and drafts."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.shared.database import Base, HasSealed, enum_column
from app.shared.secrets import Email, Phone, PrivateNote, Sealed, Secret


class Role(StrEnum):
    """What an account may do. One account may hold several; a volunteer may be a carer too."""

    VOLUNTEER = "volunteer"
    CARER = "carer"
    COORDINATOR = "coordinator"
    SAFEGUARDING_LEAD = "safeguarding_lead"
    ADMINISTRATOR = "administrator"


STAFF = frozenset({Role.COORDINATOR, Role.SAFEGUARDING_LEAD, Role.ADMINISTRATOR})


class Account(HasSealed, Base):
    """Somebody who can sign in: by a one-time code to a phone or e-mail, or, as staff, by password and TOTP."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint(
            "password_hash IS NULL OR totp_box IS NOT NULL", name="a_password_needs_a_second_factor"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    phone_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = Sealed(Phone, "phone_box")
    phone_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    email_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    email = Sealed(Email, "email_box")
    email_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(20), default="zh_Hant_HK")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_secret = Sealed(Secret, "totp_box")
    totp_last_step: Mapped[int] = mapped_column(default=0)
    """The time step of the last TOTP code that was accepted: a code works once."""
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    roles_held: Mapped[list["RoleHeld"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", foreign_keys="RoleHeld.account_id"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)

    @property
    def roles(self) -> frozenset[Role]:
        """The roles in force."""
        return frozenset(held.role for held in self.roles_held)

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF)


class RoleHeld(Base):
    """A role of an account."""

    __tablename__ = "roles_held"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(enum_column(Role), primary_key=True)
    given_at: Mapped[datetime]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class BrowserSession(Base):
    """One browser's visit, signed in or not: the cookie holds a token, the row its hash."""

    __tablename__ = "browser_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    is_shared_computer: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    code_verified_at: Mapped[datetime | None]
    """The last one-time code or second factor given in this session."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    account: Mapped[Account | None] = relationship(lazy="joined")


class CodePurpose(StrEnum):
    """What a one-time code lets its holder do."""

    SIGN_IN = "sign_in"
    RESUME = "resume"
    CHANGE_CONTACT = "change_contact"


class OneTimeCode(Base):
    """Six digits sent to a phone or an e-mail address, kept as a keyed hash; five tries, ten minutes, one use."""

    __tablename__ = "one_time_codes"
    __table_args__ = (CheckConstraint("tries_left >= 0", name="tries_run_out"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_key: Mapped[str] = mapped_column(String(64), index=True)
    purpose: Mapped[CodePurpose] = mapped_column(enum_column(CodePurpose))
    code_hash: Mapped[str] = mapped_column(String(64))
    tries_left: Mapped[int] = mapped_column(default=5)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """The coordinator who read the code out on the phone, if one did."""


class Throttle(Base):
    """A token bucket: `tokens` were left at `at`; they grow back at the rate its user states."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    tokens: Mapped[float]
    at: Mapped[datetime] = mapped_column(index=True)


class DraftKind(StrEnum):
    """Which form a draft belongs to."""

    VOLUNTEER = "volunteer"
    CARE_REQUEST = "care_request"


class Draft(HasSealed, Base):
    """A form being filled in, kept page by page: by a browser, by an account once known, or by a coordinator."""

    __tablename__ = "drafts"
    __table_args__ = (Index("ix_drafts_kind_session", "kind", "browser_session_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DraftKind] = mapped_column(enum_column(DraftKind))
    browser_session_id: Mapped[int | None] = mapped_column(ForeignKey("browser_sessions.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    """The coordinator who fills it in for somebody."""
    answers_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    answers_text = Sealed(PrivateNote, "answers_box")
    """JSON: {page name: {field: value as typed}}."""
    pages_done: Mapped[list[str]] = mapped_column(JSON, default=list)
    contact_key: Mapped[str | None] = mapped_column(String(64), index=True)
    resume_code_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Where it came from: {"import": file name, "row": 12, "original": {...}} for rows a person must settle."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)

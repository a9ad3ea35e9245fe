"""The outbox: messages owed, sent, given up; and names left for a call back."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.shared.database import Base, HasSealed, enum_column
from app.shared.secrets import Phone, PrivateNote, Sealed, Secret, Sensitive


class Channel(StrEnum):
    """How a person is reached. PHONE_CALL makes a line on the coordinators' call list; nothing is sent."""

    SMS = "sms"
    EMAIL = "email"
    PHONE_CALL = "phone_call"


class MessageStatus(StrEnum):
    """QUEUED → SENT, or DEAD after the last try, or WITHDRAWN before it left (undo), or EXPIRED unsent."""

    QUEUED = "queued"
    SENT = "sent"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Failure(StrEnum):
    """Why a message did not leave."""

    GATEWAY_REFUSED = "gateway_refused"
    GATEWAY_SILENT = "gateway_silent"
    GATEWAY_UNCLEAR = "gateway_unclear"
    ADDRESS_REFUSED = "address_refused"
    MAIL_SERVER_REFUSED = "mail_server_refused"
    MAIL_SERVER_SILENT = "mail_server_silent"
    NO_CHANNEL = "no_channel"
    NO_WORDS = "no_words"


class OutboxMessage(HasSealed, Base):
    """One message to one person. It holds a kind and ids; the words are made when it leaves."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        Index("ix_outbox_messages_due", "status", "not_before"),
        CheckConstraint(
            "status IN ('queued', 'dead') OR secret_box IS NULL", name="secrets_leave_with_the_message"
        ),
        CheckConstraint("attempts >= 0", name="attempts_count_up"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    """Names a wording, `templates/messages/<kind>.txt`."""
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    address_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = Sealed(Sensitive, "address_box")
    language: Mapped[str] = mapped_column(String(20))
    ids: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the wording needs, as ids and codes only."""
    secret_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    secret = Sealed(Secret, "secret_box")
    """A one-time code or a link's token; erased when sent, withdrawn or expired."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    """The recipient's account, if there is one."""
    about_kind: Mapped[str] = mapped_column(String(40), default="")
    about_id: Mapped[int | None]
    status: Mapped[MessageStatus] = mapped_column(enum_column(MessageStatus), default=MessageStatus.QUEUED)
    queued_at: Mapped[datetime]
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(String(300), default="")
    """A Failure, and what the other side said: "gateway_refused: 503"."""


class ConsoleDelivery(Base):
    """What the console channel "sent": only a demonstration has rows here, shown on its outbox page."""

    __tablename__ = "console_deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    to: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300), default="")
    text: Mapped[str] = mapped_column(String(4000))
    at: Mapped[datetime] = mapped_column(index=True)


class CallBack(HasSealed, Base):
    """Somebody asked to be phoned: a line on the coordinators' call list until it is done."""

    __tablename__ = "call_backs"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    phone_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = Sealed(Phone, "phone_box")
    note_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed(PrivateNote, "note_box")
    page: Mapped[str] = mapped_column(String(200), default="")
    draft_id: Mapped[int | None]
    """The form that was being filled in, so that the coordinator can go on with it."""
    language: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    outcome: Mapped[str] = mapped_column(String(500), default="")

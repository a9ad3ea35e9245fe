"""Secret addresses under which a calendar programme reads somebody's visits."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.shared.database import Base, HasSealed
from app.shared.secrets import Sealed, Secret
from app.volunteers.models import Volunteer

IS_LIVE = text("revoked_at IS NULL")


class CalendarFeed(HasSealed, Base):
    """The address of a volunteer's own visits, or of the whole district's for a coordinator. One at a time each."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        CheckConstraint("(volunteer_id IS NULL) <> (account_id IS NULL)", name="one_owner"),
        Index(
            "uq_calendar_feeds_volunteer",
            "volunteer_id",
            unique=True,
            sqlite_where=IS_LIVE,
            postgresql_where=IS_LIVE,
        ),
        Index(
            "uq_calendar_feeds_account",
            "account_id",
            unique=True,
            sqlite_where=IS_LIVE,
            postgresql_where=IS_LIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """A coordinator's."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    token = Sealed(Secret, "token_box")
    """For showing the address to its owner again; erased when it is taken back."""
    made_at: Mapped[datetime]
    last_read_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    volunteer: Mapped[Volunteer | None] = relationship()
    account: Mapped[Account | None] = relationship()

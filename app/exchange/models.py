"""A file somebody sent, read but not yet taken over."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.shared.database import Base, HasSealed, enum_column
from app.shared.secrets import PrivateNote, Sealed


class ImportKind(StrEnum):
    VOLUNTEERS = "volunteers"
    CARE_REQUESTS = "care-requests"


class ImportPreview(HasSealed, Base):
    """A file's rows as understood, and as settled by a person, until they are taken over or thrown away."""

    __tablename__ = "import_previews"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind] = mapped_column(enum_column(ImportKind))
    file_name: Mapped[str] = mapped_column(String(200))
    file_hash: Mapped[str] = mapped_column(String(64), index=True)
    """SHA-256 of the bytes: the same file is taken over once."""
    rows_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    rows_text = Sealed(PrivateNote, "rows_box")
    """JSON; erased when the preview ends."""
    made_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    taken_over_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)

"""Warnings, what each means for which visits, and what the Observatory said last."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.catalogue.models import WeatherClass
from app.shared.database import Base, enum_column


class WarningKind(StrEnum):
    """The Observatory's warnings that rules speak of, within a family the weaker before the stronger."""

    T1 = "t1"
    T3 = "t3"
    T8 = "t8"
    T9 = "t9"
    T10 = "t10"
    AMBER = "amber"
    RED = "red"
    BLACK = "black"
    VERY_HOT = "very_hot"


class WarningFamily(StrEnum):
    """Of one family one warning is in force at a time: a new one takes the place of the one before."""

    CYCLONE = "cyclone"
    RAIN = "rain"
    HEAT = "heat"


FAMILIES: dict[WarningFamily, tuple[WarningKind, ...]] = {
    WarningFamily.CYCLONE: (
        WarningKind.T1,
        WarningKind.T3,
        WarningKind.T8,
        WarningKind.T9,
        WarningKind.T10,
    ),
    WarningFamily.RAIN: (WarningKind.AMBER, WarningKind.RED, WarningKind.BLACK),
    WarningFamily.HEAT: (WarningKind.VERY_HOT,),
}
FAMILY_OF = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}


class Effect(StrEnum):
    """What a warning means for a visit, the stronger after the weaker."""

    GOES_ON = "goes_on"
    LOOK = "look"
    """A coordinator looks at each of today's."""
    SUSPEND = "suspend"
    """Today's are to be suspended."""
    SUSPEND_TOMORROW_TOO = "suspend_tomorrow_too"


class WeatherRule(Base):
    """What a warning means for the visits of one weather class. Migration 0008 wrote the first; staff change them."""

    __tablename__ = "weather_rules"

    weather_class: Mapped[WeatherClass] = mapped_column(enum_column(WeatherClass), primary_key=True)
    warning: Mapped[WarningKind] = mapped_column(enum_column(WarningKind), primary_key=True)
    effect: Mapped[Effect] = mapped_column(enum_column(Effect))


class SaidBy(StrEnum):
    """Who says that a warning is in force."""

    OBSERVATORY = "observatory"
    STAFF = "staff"


class WarningPeriod(Base):
    """A warning in force, from when to when. One that is over is kept."""

    __tablename__ = "warning_periods"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at >= begins_at", name="ends_after_it_begins"),
        CheckConstraint("said_by <> 'staff' OR noted_by_id IS NOT NULL", name="noted_by_somebody"),
        Index(
            "uq_warning_periods_open",
            "warning",
            unique=True,
            sqlite_where=text("ends_at IS NULL"),
            postgresql_where=text("ends_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    warning: Mapped[WarningKind] = mapped_column(enum_column(WarningKind))
    said_by: Mapped[SaidBy] = mapped_column(enum_column(SaidBy))
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime | None] = mapped_column(index=True)
    noted_at: Mapped[datetime]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    noted_by: Mapped[Account | None] = relationship(foreign_keys=[noted_by_id])


class Silence(StrEnum):
    """Why the Observatory's answer could not be used."""

    NOT_REACHED = "not_reached"
    REFUSED = "refused"
    UNCLEAR = "unclear"


class ObservatoryState(Base):
    """How asking the Observatory went: one row."""

    __tablename__ = "observatory_states"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    """The last answer that was understood as a whole."""
    silence: Mapped[Silence | None] = mapped_column(enum_column(Silence))
    """None: the last answer was understood."""

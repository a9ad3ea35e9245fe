"""What the hours of a year come to: levels reached, what is missing to the next, and the list of everybody."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.recognition.models import AwardScheme, ServiceHours
from app.volunteers.models import Volunteer


class AgeGroup(StrEnum):
    """As which of the two an award lists somebody."""

    YOUTH = "youth"
    ADULT = "adult"


@dataclass(frozen=True)
class Progress:
    """How far so many minutes of a year lead within one scheme."""

    scheme: AwardScheme
    minutes: int
    reached: int | None
    """The hours of the highest level reached."""
    next: int | None
    """The hours of the next level; None when there is none above."""

    @property
    def missing(self) -> int:
        """Minutes that are missing to the next level."""
        return 0 if self.next is None else self.next * 60 - self.minutes


@dataclass(frozen=True)
class YearRow:
    """One volunteer's year: what the ledger counts of it, and the level reached in each scheme of that year."""

    volunteer: Volunteer
    minutes: int
    progress: tuple[Progress, ...]


def award_schemes(session: Session) -> Sequence[AwardScheme]:
    """Every scheme, those of today first."""
    return session.scalars(
        select(AwardScheme).order_by(
            AwardScheme.last_year.is_not(None), AwardScheme.first_year.desc(), AwardScheme.id
        )
    ).all()


def award_schemes_of(session: Session, year: int) -> Sequence[AwardScheme]:
    """The schemes that hours of a year count for."""
    return session.scalars(
        select(AwardScheme)
        .where(
            AwardScheme.first_year <= year,
            or_(AwardScheme.last_year.is_(None), AwardScheme.last_year >= year),
        )
        .order_by(AwardScheme.id)
    ).all()


def scheme_shown(session: Session, _account: Account, scheme_id: int) -> AwardScheme | None:
    """One scheme, for staff."""
    return session.get(AwardScheme, scheme_id)


def progress(scheme: AwardScheme, minutes: int) -> Progress:
    """How far `minutes` of one year lead."""
    hours = sorted(level.hours for level in scheme.levels)
    reached = [each for each in hours if each * 60 <= minutes]
    to_come = [each for each in hours if each * 60 > minutes]
    return Progress(scheme, minutes, reached[-1] if reached else None, to_come[0] if to_come else None)


def age_group(scheme: AwardScheme, birth_year: int, year: int) -> AgeGroup | None:
    """Youth or adult by the age reached within the year; None where a scheme does not tell them apart."""
    if scheme.youth_until is None:
        return None
    return AgeGroup.YOUTH if year - birth_year <= scheme.youth_until else AgeGroup.ADULT


def year_rows(session: Session, year: int) -> list[YearRow]:
    """Everybody with hours in a year, the most hours first."""
    schemes = award_schemes_of(session, year)
    total = func.sum(ServiceHours.minutes)
    rows = session.execute(
        select(Volunteer, total)
        .join(ServiceHours, ServiceHours.volunteer_id == Volunteer.id)
        .where(ServiceHours.on_date >= date(year, 1, 1), ServiceHours.on_date <= date(year, 12, 31))
        .group_by(Volunteer.id)
        .having(total > 0)
        .order_by(total.desc(), Volunteer.code)
    ).all()
    return [
        YearRow(volunteer, minutes, tuple(progress(scheme, minutes) for scheme in schemes))
        for volunteer, minutes in rows
    ]


def reached_counts(rows: Sequence[YearRow], scheme: AwardScheme) -> dict[int, int]:
    """By level (its hours), the lowest first: how many have reached it, and none above it."""
    highest = Counter(
        each.reached for row in rows for each in row.progress if each.scheme.id == scheme.id and each.reached
    )
    return {level.hours: highest[level.hours] for level in scheme.levels}

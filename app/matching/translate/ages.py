"""What a birth year and the ages a request takes amount to."""

from datetime import date, timedelta

from app.care_requests.models import CareRequest
from app.catalogue.models import SupportKind
from app.matching.engine.rows import AgeRange
from app.shared.times import age_bounds
from app.volunteers.models import ADULT_AGE


def last_day_as_minor(birth_year: int, birth_month: int | None) -> date:
    """The last day on which somebody may be under 18: of the month of birth when it is known, else of the year."""
    if birth_month is None or birth_month == 12:
        return date(birth_year + ADULT_AGE, 12, 31)
    return date(birth_year + ADULT_AGE, birth_month + 1, 1) - timedelta(days=1)


def is_minor(birth_year: int, birth_month: int | None, on: date) -> bool:
    """Whether somebody may be under 18 on `on`: the younger age counts."""
    return age_bounds(birth_year, birth_month, on)[0] < ADULT_AGE


def permitted_ages(kind: SupportKind, request: CareRequest) -> AgeRange:
    """The ages a request takes: never below the kind's minimum, and minors only where the request takes them."""
    youngest = max(kind.minimum_age, request.age_from or 0)
    if not request.takes_minors:
        youngest = max(youngest, ADULT_AGE)
    return (youngest, request.age_to)


def is_nobodys_age(ages: AgeRange) -> bool:
    """A range that ends before it begins."""
    return ages[0] is not None and ages[1] is not None and ages[0] > ages[1]


def age_range(low: int | None, high: int | None) -> AgeRange | None:
    """A preference; one that nobody can meet is none."""
    return None if (low is None and high is None) or is_nobodys_age((low, high)) else (low, high)

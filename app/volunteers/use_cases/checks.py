"""What must hold of the facts themselves, whoever brings them."""

from datetime import date

from app.shared.errors import InvalidInput
from app.shared.times import age_bounds
from app.volunteers.errors import (
    BirthYearImpossible,
    CannotBeReachedThatWay,
    NameMissing,
    TooManyDatesAway,
    TooYoung,
)
from app.volunteers.models import YOUNGEST_AGE
from app.volunteers.use_cases.facts import AwayFacts, ReachFacts, WhoFacts

OLDEST_AGE = 120
MOST_PERIODS_AWAY = 50


def check_who(who: WhoFacts, today: date) -> None:
    """Raises NameMissing, BirthYearImpossible, or TooYoung for whoever is certainly too young."""
    if not who.name_zh and not who.name_en:
        raise NameMissing(field="name_zh")
    _youngest, oldest = age_bounds(who.birth_year, who.birth_month, today)
    if not 0 <= oldest <= OLDEST_AGE:
        raise BirthYearImpossible(field="birth_year")
    if oldest < YOUNGEST_AGE:
        raise TooYoung(field="birth_year", youngest=YOUNGEST_AGE)


def check_reach(reach: ReachFacts) -> None:
    """Raises CannotBeReachedThatWay."""
    if not reach.is_complete:
        raise CannotBeReachedThatWay(field="reached_by")


def check_away(away: AwayFacts) -> None:
    """Raises InvalidInput for a period that ends before it begins, and TooManyDatesAway."""
    if any(first_day > last_day for first_day, last_day in away.periods):
        raise InvalidInput(field="away")
    if len(away.periods) > MOST_PERIODS_AWAY:
        raise TooManyDatesAway(field="away", most=MOST_PERIODS_AWAY)

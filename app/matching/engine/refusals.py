"""Impossible input, refused with the record, the field and the value that stood there."""

from app.matching.engine.rows import DAYS, SLOTS_A_DAY, AgeRange, Option

LARGEST_WHOLE = 2_147_483_647
"""No whole number of a problem may be larger: what is beyond it is a mistake, and columns hold what is not."""


class InvalidProblem(ValueError):
    """Impossible input. `place` names the record (kind and id), `key` the field, `value` what stood there."""

    def __init__(self, place: str, key: str, value: object, reason: str) -> None:
        super().__init__(f"{place}: {key} = {value!r}: {reason}")
        self.place = place
        self.key = key
        self.value = value
        self.reason = reason


def check_ids(kind: str, sorted_ids: list[str]) -> None:
    """Refuses an empty id and one given twice."""
    for index, identity in enumerate(sorted_ids):
        if not identity:
            raise InvalidProblem(kind, "id", identity, "must not be empty")
        if index and identity == sorted_ids[index - 1]:
            raise InvalidProblem(f"{kind} {identity}", "id", identity, "repeated")


def check_whole(place: str, key: str, value: int) -> None:
    """Refuses a negative number and one that is a mistake for its size."""
    if value < 0:
        raise InvalidProblem(place, key, value, "must not be negative")
    if value > LARGEST_WHOLE:
        raise InvalidProblem(place, key, value, f"must be at most {LARGEST_WHOLE}")


def check_gender(place: str, key: str, value: str | None) -> None:
    """Refuses what is neither f nor m nor null."""
    if value not in ("f", "m", None):
        raise InvalidProblem(place, key, value, "must be f, m or null")


def check_time(place: str, key: str, time: Option) -> None:
    """Refuses a time outside the horizon's days or the day's half hours."""
    day, start, end = time
    if not 0 <= day < DAYS:
        raise InvalidProblem(place, key, list(time), f"the day must lie between 0 and {DAYS - 1}")
    if not 0 <= start < end <= SLOTS_A_DAY:
        raise InvalidProblem(place, key, list(time), f"0 <= from < to <= {SLOTS_A_DAY} is needed")


def check_range(place: str, key: str, ages: AgeRange) -> None:
    """Refuses a range of ages in which nobody can be."""
    youngest, oldest = ages
    for end in ages:
        if end is not None:
            check_whole(place, key, end)
    if youngest is not None and oldest is not None and youngest > oldest:
        raise InvalidProblem(place, key, list(ages), "nobody can be of such an age")

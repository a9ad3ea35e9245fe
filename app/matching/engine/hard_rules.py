"""The hard rules for the referee, each a set of volunteers: those who keep it at one time of one visit."""

from collections.abc import Callable, Iterator

from app.matching.engine.facts import Facts, Json, People, Time


def serves_the_area(facts: Facts, visit: Json, _time: Time) -> People:
    """The visit has no area, or it is among those served."""
    return facts.everybody if visit["area"] is None else facts.who("serves", visit["area"])


def is_free_then(facts: Facts, _visit: Json, time: Time) -> People:
    """Every half hour of the time is free."""
    day, start, end = time
    people = facts.everybody
    for slot in range(start, end):
        people &= facts.free[day][slot]
    return people


def has_required_skills(facts: Facts, visit: Json, time: Time) -> People:
    """All skills asked, each valid on the day."""
    people = facts.everybody
    for skill in visit["skills"]:
        people &= facts.who_holds("skills", skill, time[0])
    return people


def has_clearance(facts: Facts, visit: Json, time: Time) -> People:
    """The clearance asked, valid on the day."""
    clearance = visit["clearance"]
    return facts.everybody if clearance is None else facts.who_holds("clearances", clearance, time[0])


def speaks_a_language(facts: Facts, visit: Json, _time: Time) -> People:
    """At least one of those asked."""
    if not visit["languages"]:
        return facts.everybody
    people = 0
    for language in visit["languages"]:
        people |= facts.who("languages", language)
    return people


def is_of_required_gender(facts: Facts, visit: Json, _time: Time) -> People:
    """The gender asked; one unstated equals neither."""
    return facts.everybody if visit["gender"] is None else facts.who("gender", visit["gender"])


def is_of_permitted_age(facts: Facts, visit: Json, _time: Time) -> People:
    """An age in the range."""
    return facts.who_is_aged(*visit["ages"])


def can_do_what_it_asks(facts: Facts, visit: Json, _time: Time) -> People:
    """No demand among what somebody cannot."""
    people = facts.everybody
    for demand in visit["demands"]:
        people ^= people & facts.who("cannot", demand)
    return people


def may_enter_this_home(facts: Facts, visit: Json, _time: Time) -> People:
    """Not at home, or ready for new homes, or known there."""
    if not visit["at_home"]:
        return facts.everybody
    return facts.who("new_homes", True) | facts.named(visit["known"])


def is_not_excluded(facts: Facts, visit: Json, _time: Time) -> People:
    """Nobody whom the visit excludes."""
    return facts.everybody ^ facts.named(visit["excluded"])


def is_not_family(facts: Facts, visit: Json, _time: Time) -> People:
    """Nobody of the family."""
    return facts.everybody ^ facts.named(visit["family"])


HARD_RULES: tuple[Callable[[Facts, Json, Time], People], ...] = (
    serves_the_area, is_free_then, has_required_skills, has_clearance, speaks_a_language, is_of_required_gender,
    is_of_permitted_age, can_do_what_it_asks, may_enter_this_home, is_not_excluded, is_not_family,
)  # fmt: skip


def passing(facts: Facts, visit: Json, time: Time) -> Iterator[People]:
    """After each hard rule in turn: who has kept it and all before it at this time."""
    people = facts.everybody
    for rule in HARD_RULES:
        people &= rule(facts, visit, time)
        yield people


def eligible(facts: Facts, visit: Json, time: Time, without: str | None = None) -> People:
    """Who keeps every hard rule at this time, one of them left out on demand."""
    people = facts.everybody
    for rule in HARD_RULES:
        if rule.__name__ != without:
            people &= rule(facts, visit, time)
    return people


def first_hard_fault(
    facts: Facts, person: int, visit: Json, time: Time, without: str | None = None
) -> str | None:
    """The first hard rule that somebody breaks there, None when none."""
    for rule in HARD_RULES:
        if rule.__name__ != without and not rule(facts, visit, time) >> person & 1:
            return rule.__name__
    return None

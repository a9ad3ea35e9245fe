"""What is known of somebody, in the reader's words: rows of a summary list, group by group."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import format_decimal, gettext

from app.catalogue.models import Skill
from app.shared.contacts import shown_phone
from app.shared.times import age_bounds
from app.volunteers.forms import Choices
from app.volunteers.forms.week import PARTS
from app.volunteers.use_cases import VolunteerFacts, usual_and_exact
from app.web.dates import day, span, weekday
from app.web.words import name_of, say

Rows = list[dict[str, Any]]

LANGUAGE_NAMES = {"zh_Hant_HK": "中文", "en": "English"}


def summary(facts: VolunteerFacts, group: str, choices: Choices) -> Rows:
    """Label and value of everything in one group."""
    return [{"label": label, "value": value} for label, value in _GROUPS[group](facts, choices)]


def group_names() -> dict[str, str]:
    """What each group of questions is called, in their order."""
    return {
        "who": gettext("Who you are"),
        "reach": gettext("How to reach you"),
        "place": gettext("Where you live and can go"),
        "abilities": gettext("What you can do"),
        "times": gettext("When you are free"),
    }


def age_words(facts: VolunteerFacts, choices: Choices) -> str:
    """The age in years; two of them while the birthday is not known."""
    youngest, oldest = age_bounds(facts.who.birth_year, facts.who.birth_month, choices.today)
    return (
        str(oldest)
        if youngest == oldest
        else gettext("%(youngest)s or %(oldest)s", youngest=youngest, oldest=oldest)
    )


def _who(facts: VolunteerFacts, choices: Choices) -> Iterable[tuple[str, Any]]:
    who = facts.who
    yield gettext("Chinese name"), who.name_zh
    yield gettext("English name"), who.name_en
    if who.birth_month:
        born = gettext("%(year)s, month %(month)s", year=who.birth_year, month=who.birth_month)
    else:
        born = str(who.birth_year)
    yield gettext("Year of birth"), born
    yield gettext("Age"), age_words(facts, choices)
    yield gettext("Gender"), say(who.gender) if who.gender else ""


def _reach(facts: VolunteerFacts, _choices: Choices) -> Iterable[tuple[str, Any]]:
    reach = facts.reach
    yield gettext("Telephone"), shown_phone(reach.phone) if reach.phone else ""
    yield gettext("E-mail"), str(reach.email or "")
    yield gettext("Likes to hear from us by"), say(reach.reached_by)
    yield gettext("Language"), LANGUAGE_NAMES.get(reach.language, reach.language)


def _place(facts: VolunteerFacts, choices: Choices) -> Iterable[tuple[str, Any]]:
    place = facts.place
    areas = {area.code: area for group in choices.areas.values() for area in group}
    yield gettext("Lives in"), name_of(areas[place.home_area]) if place.home_area in areas else ""
    if place.serves_all_areas:
        yield gettext("Can go to"), gettext("Anywhere in Tsuen Wan and Kwai Tsing")
    else:
        yield gettext("Can go to"), _names(areas, place.areas)


def _abilities(facts: VolunteerFacts, choices: Choices) -> Iterable[tuple[str, Any]]:
    abilities = facts.abilities
    kinds = {kind.code: kind for kind in choices.kinds}
    yield gettext("Languages"), _names({row.code: row for row in choices.languages}, abilities.languages)
    yield gettext("Would like to do"), _names(kinds, abilities.wishes)
    held = [row for row in choices.skills if row.code in abilities.skills]
    yield gettext("Good at"), gettext(", ").join(_skill(row, abilities.skills[row.code]) for row in held)
    yield gettext("Cannot do"), _names({row.code: row for row in choices.demands}, abilities.inabilities)
    yield gettext("Would rather not do"), _names(kinds, abilities.avoids)


def _times(facts: VolunteerFacts, _choices: Choices) -> Iterable[tuple[str, Any]]:
    times = facts.times
    usual, exact = usual_and_exact(times.free)
    lines = [str(PARTS[part]) for part in usual]
    lines += [
        gettext("%(weekday)s %(time)s", weekday=weekday(number), time=span(from_slot, to_slot))
        for number, from_slot, to_slot in exact
    ]
    yield gettext("Free"), lines or ""
    yield gettext("Visits a week, at most"), str(times.weekly_visit_limit)
    yield gettext("Hours a week, at most"), format_decimal(times.weekly_minutes_limit / 60)
    yield (
        gettext("Homes"),
        (gettext("Also people not known yet") if times.new_homes else gettext("Only people known already")),
    )


def _away(facts: VolunteerFacts, _choices: Choices) -> Iterable[tuple[str, Any]]:
    yield gettext("Away"), [_period(first, last) for first, last in facts.away.periods] or ""


def _skill(skill: Skill, valid_until: date | None) -> str:
    if valid_until is None:
        return name_of(skill)
    return gettext("%(skill)s (until %(day)s)", skill=name_of(skill), day=day(valid_until))


def _period(first: date, last: date) -> str:
    return day(first) if first == last else gettext("%(first)s to %(last)s", first=day(first), last=day(last))


def _names(rows: Mapping[str, Any], codes: Iterable[str]) -> str:
    """Names in the order of lists, on one line; "" when there are none."""
    wanted = frozenset(codes)
    return gettext(", ").join(name_of(row) for code, row in rows.items() if code in wanted)


_GROUPS = {
    "who": _who,
    "reach": _reach,
    "place": _place,
    "abilities": _abilities,
    "times": _times,
    "away": _away,
}

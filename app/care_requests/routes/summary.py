"""What is asked for, in the reader's words: rows of a summary list, group by group."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext

from app.care_requests.forms.choices import Choices
from app.care_requests.models import CareRecipient, CareRequest
from app.care_requests.use_cases.facts import DATED, RecipientFacts, RequestFacts, WindowFacts, facts_of
from app.shared.times import age_bounds
from app.volunteers.models import Gender
from app.web.dates import day, span, weekday
from app.web.words import name_of, say

Rows = list[dict[str, Any]]


def group_names() -> dict[str, str]:
    """What each page of questions is called, in their order."""
    return {
        "who": gettext("Who needs help"),
        "help": gettext("What help"),
        "when": gettext("When"),
        "where": gettext("Where"),
        "matters": gettext("What matters"),
    }


def person_rows(person: RecipientFacts | CareRecipient | None, choices: Choices) -> Rows:
    """Who is cared for."""
    if person is None:
        return _rows([(gettext("Called"), "")])
    age = ""
    if person.birth_year:
        age = gettext("about %(age)s", age=age_bounds(person.birth_year, None, choices.today)[1])
    return _rows(
        [
            (gettext("Called"), person.called),
            (gettext("Age"), age),
            (gettext("Gender"), say(person.gender) if person.gender else ""),
            (gettext("To the carer"), person.relation),
        ]
    )


def request_rows(facts: RequestFacts, choices: Choices) -> dict[str, Rows]:
    """What help, when, where and what matters, by page; what is sealed is left out."""
    return {
        "help": _rows(_help(facts, choices)),
        "when": _rows(_when(facts)),
        "where": _rows(_where(facts, choices)),
        "matters": _rows(_matters(facts, choices)),
    }


def rows_of(request: CareRequest, choices: Choices) -> dict[str, Rows]:
    """As `request_rows`, of a request on record, with the person."""
    return {"who": person_rows(request.recipient, choices), **request_rows(facts_of(request), choices)}


def decision_rows(request: CareRequest, choices: Choices) -> Rows:
    """What a coordinator decided."""
    skills = {row.skill_code for row in request.skills}
    seats = str(request.seats_min)
    if request.seats_max > request.seats_min:
        seats = gettext("%(least)s to %(most)s", least=request.seats_min, most=request.seats_max)
    return _rows(
        [
            (gettext("Helpers needed"), seats),
            (gettext("Of them experienced"), str(request.experienced_needed)),
            (gettext("Skills"), _names(choices.skills, skills) or gettext("None needed")),
            (
                gettext("Sexual Conviction Record Check"),
                gettext("Needed") if request.clearance else gettext("Not needed"),
            ),
            (
                gettext("Volunteers under 18"),
                gettext("May come, beside a cleared adult")
                if request.takes_minors
                else gettext("Do not come"),
            ),
            (gettext("Age of helpers"), _ages(request.age_from, request.age_to)),
        ]
    )


def window_words(windows: Sequence[WindowFacts]) -> list[str]:
    """The times, one a line."""
    lines = []
    for window in windows:
        time = span(window.from_slot, window.to_slot)
        if window.on_date is not None:
            lines.append(gettext("%(day)s %(time)s", day=day(window.on_date), time=time))
        elif window.weekday is not None:
            lines.append(gettext("%(weekday)s %(time)s", weekday=weekday(window.weekday), time=time))
    return lines


def _help(facts: RequestFacts, choices: Choices) -> Iterable[tuple[str, Any]]:
    kind = choices.kind(facts.kind_code)
    yield gettext("Kind of help"), name_of(kind) if kind else gettext("Something else, or I am not sure")
    yield gettext("In your own words"), facts.note.split("\n") if facts.note else ""


def _when(facts: RequestFacts) -> Iterable[tuple[str, Any]]:
    yield gettext("How often"), say(facts.rhythm)
    yield gettext("Times"), window_words(facts.windows) or ""
    if facts.rhythm not in DATED:
        yield (
            gettext("From which day is help needed?"),
            day(facts.starts_on) if facts.starts_on else gettext("As soon as possible"),
        )
        yield (
            gettext("Until which day is help needed?"),
            day(facts.ends_on) if facts.ends_on else gettext("Until further notice"),
        )


def _where(facts: RequestFacts, choices: Choices) -> Iterable[tuple[str, Any]]:
    areas = {area.code: name_of(area) for group in choices.areas.values() for area in group}
    if facts.is_at_home:
        yield gettext("Where"), gettext("At home")
    elif facts.area_code is None:
        yield gettext("Where"), gettext("By telephone")
    else:
        yield gettext("Where"), gettext("Somewhere else")
    if facts.area_code is not None:
        yield gettext("Area"), areas.get(facts.area_code, "")


def _matters(facts: RequestFacts, choices: Choices) -> Iterable[tuple[str, Any]]:
    anything = gettext("It does not matter")
    yield gettext("Languages"), _names(choices.languages, facts.languages) or anything
    yield gettext("Woman or man"), _gender(facts) or anything
    yield gettext("To know"), _names(choices.demands, facts.demands)
    if (facts.seats_min or 1) > 1:
        yield gettext("How many"), gettext("Two helpers together")
    yield gettext("Age wished for"), _ages(facts.prefers_age_from, facts.prefers_age_to)


def _gender(facts: RequestFacts) -> str:
    words = {
        (Gender.FEMALE, True): gettext("Only a woman"),
        (Gender.MALE, True): gettext("Only a man"),
        (Gender.FEMALE, False): gettext("Rather a woman"),
        (Gender.MALE, False): gettext("Rather a man"),
    }
    gender = facts.gender_needed or facts.gender_preferred
    return words[gender, facts.gender_needed is not None] if gender else ""


def _ages(youngest: int | None, oldest: int | None) -> str:
    if youngest is not None and oldest is not None:
        return gettext("%(least)s to %(most)s", least=youngest, most=oldest)
    if youngest is not None:
        return gettext("%(age)s or over", age=youngest)
    if oldest is not None:
        return gettext("%(age)s or under", age=oldest)
    return gettext("It does not matter")


def _names(rows: Iterable[Any], codes: Iterable[str]) -> list[str] | str:
    wanted = frozenset(codes)
    return [name_of(row) for row in rows if row.code in wanted] or ""


def _rows(pairs: Iterable[tuple[str, Any]]) -> Rows:
    return [{"label": label, "value": value} for label, value in pairs]

"""Filling a group's form with what stands on record."""

from typing import Any

from app.catalogue.models import District
from app.shared.contacts import shown_phone
from app.volunteers.forms.choices import Choices
from app.volunteers.forms.person import ANYWHERE, CHOSEN, NEAR
from app.volunteers.forms.week import week_shown
from app.volunteers.use_cases import VolunteerFacts


def form_data(facts: VolunteerFacts, group: str, choices: Choices) -> dict[str, Any]:
    """The values of the form of one group ("who", "reach", "place", "abilities", "times" or "away")."""
    return _SHOWN[group](facts, choices)


def _who(facts: VolunteerFacts, _choices: Choices) -> dict[str, Any]:
    who = facts.who
    return {
        "name_zh": who.name_zh,
        "name_en": who.name_en,
        "birth_year": str(who.birth_year),
        "birth_month": str(who.birth_month or ""),
        "gender": who.gender.value if who.gender else "",
    }


def _reach(facts: VolunteerFacts, _choices: Choices) -> dict[str, Any]:
    reach = facts.reach
    return {
        "phone": shown_phone(reach.phone) if reach.phone else "",
        "email": str(reach.email or ""),
        "reached_by": reach.reached_by.value,
        "language": reach.language,
    }


def _place(facts: VolunteerFacts, choices: Choices) -> dict[str, Any]:
    place = facts.place
    coverage = NEAR if place.areas == choices.near.get(place.home_area) else CHOSEN
    data: dict[str, Any] = {
        "home_area": place.home_area,
        "coverage": ANYWHERE if place.serves_all_areas else coverage,
    }
    for district in District:
        known = {area.code for area in choices.areas.get(district, ())}
        data[f"areas_{district.value}"] = sorted(place.areas & known)
    return data


def _abilities(facts: VolunteerFacts, _choices: Choices) -> dict[str, Any]:
    abilities = facts.abilities
    return {
        "languages": sorted(abilities.languages),
        "skills": sorted(abilities.skills),
        "inabilities": sorted(abilities.inabilities),
        "wishes": sorted(abilities.wishes),
        "avoids": sorted(abilities.avoids),
    }


def _times(facts: VolunteerFacts, _choices: Choices) -> dict[str, Any]:
    times = facts.times
    return {
        "week": week_shown(times.free),
        "weekly_visits": str(times.weekly_visit_limit),
        "weekly_hours": f"{times.weekly_minutes_limit / 60:g}",
        "homes": "new" if times.new_homes else "known",
    }


def _away(facts: VolunteerFacts, _choices: Choices) -> dict[str, Any]:
    return {"away": [{"first_day": first, "last_day": last} for first, last in facts.away.periods]}


_SHOWN = {
    "who": _who,
    "reach": _reach,
    "place": _place,
    "abilities": _abilities,
    "times": _times,
    "away": _away,
}

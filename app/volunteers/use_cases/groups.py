"""Writing each group of facts into a volunteer's row: the only place that does, for new and changed people alike."""

from datetime import datetime

from app.shared.secrets import phone_key, phone_tail_key
from app.volunteers.models import (
    DatesAway,
    FreeTime,
    Volunteer,
    VolunteerArea,
    VolunteerInability,
    VolunteerLanguage,
    VolunteerPreference,
    VolunteerSkill,
)
from app.volunteers.queries import name_key
from app.volunteers.use_cases.facts import (
    AbilityFacts,
    AwayFacts,
    PlaceFacts,
    ReachFacts,
    TimeFacts,
    WhoFacts,
    free_slots,
)


def set_who(volunteer: Volunteer, who: WhoFacts) -> None:
    volunteer.name_zh, volunteer.name_en = who.name_zh, who.name_en
    volunteer.name_key = name_key(who.name_zh, who.name_en)
    volunteer.birth_year, volunteer.birth_month = who.birth_year, who.birth_month
    volunteer.gender = who.gender


def set_reach(volunteer: Volunteer, reach: ReachFacts) -> None:
    volunteer.phone = reach.phone
    volunteer.phone_key = phone_key(reach.phone) if reach.phone else None
    volunteer.phone_tail_key = phone_tail_key(reach.phone) if reach.phone else None
    volunteer.email = reach.email
    volunteer.reached_by = reach.reached_by
    volunteer.language = reach.language


def set_place(volunteer: Volunteer, place: PlaceFacts) -> None:
    volunteer.home_area_code = place.home_area
    volunteer.serves_all_areas = place.serves_all_areas
    wanted = frozenset() if place.serves_all_areas else place.areas
    kept = [row for row in volunteer.areas if row.area_code in wanted]
    known = {row.area_code for row in kept}
    volunteer.areas = kept + [VolunteerArea(area_code=code) for code in sorted(wanted - known)]


def set_abilities(volunteer: Volunteer, abilities: AbilityFacts) -> None:
    """A skill that stays keeps its last valid day unless a new one is given."""
    speaks = {row.language_code: row for row in volunteer.languages}
    volunteer.languages = [
        speaks.get(code) or VolunteerLanguage(language_code=code) for code in sorted(abilities.languages)
    ]
    held = {row.skill_code: row for row in volunteer.skills}
    skills = []
    for code, valid_until in sorted(abilities.skills.items()):
        skill = held.get(code) or VolunteerSkill(skill_code=code, valid_until=None)
        skill.valid_until = valid_until or skill.valid_until
        skills.append(skill)
    volunteer.skills = skills
    cannot = {row.demand_code: row for row in volunteer.inabilities}
    volunteer.inabilities = [
        cannot.get(code) or VolunteerInability(demand_code=code) for code in sorted(abilities.inabilities)
    ]
    preferred = {row.kind_code: row for row in volunteer.preferences}
    preferences = []
    for code in sorted(abilities.wishes | abilities.avoids):
        preference = preferred.get(code) or VolunteerPreference(kind_code=code)
        preference.is_wish = code in abilities.wishes
        preferences.append(preference)
    volunteer.preferences = preferences


def set_times(volunteer: Volunteer, times: TimeFacts, now: datetime) -> None:
    volunteer.free_times = [
        FreeTime(weekday=weekday, from_slot=from_slot, to_slot=to_slot)
        for weekday, from_slot, to_slot in free_slots((), times.free)
    ]
    volunteer.weekly_visit_limit = times.weekly_visit_limit
    volunteer.weekly_minutes_limit = times.weekly_minutes_limit
    volunteer.new_homes = times.new_homes
    volunteer.availability_confirmed_at = now


def set_away(volunteer: Volunteer, away: AwayFacts) -> None:
    volunteer.dates_away = [
        DatesAway(first_day=first_day, last_day=last_day) for first_day, last_day in sorted(set(away.periods))
    ]

"""The way back: what stands on record, as facts. For pages, exports, and changes that begin from what is there."""

from app.volunteers.models import Volunteer
from app.volunteers.use_cases.facts import (
    AbilityFacts,
    AwayFacts,
    PlaceFacts,
    ReachFacts,
    TimeFacts,
    VolunteerFacts,
    WhoFacts,
)


def facts_of(volunteer: Volunteer) -> VolunteerFacts:
    """Everything but the notes."""
    return VolunteerFacts(
        who=WhoFacts(
            birth_year=volunteer.birth_year,
            name_zh=volunteer.name_zh,
            name_en=volunteer.name_en,
            birth_month=volunteer.birth_month,
            gender=volunteer.gender,
        ),
        reach=ReachFacts(
            reached_by=volunteer.reached_by,
            phone=volunteer.phone,
            email=volunteer.email,
            language=volunteer.language,
        ),
        place=PlaceFacts(
            home_area=volunteer.home_area_code,
            areas=frozenset(row.area_code for row in volunteer.areas),
            serves_all_areas=volunteer.serves_all_areas,
        ),
        abilities=AbilityFacts(
            languages=frozenset(row.language_code for row in volunteer.languages),
            skills={row.skill_code: row.valid_until for row in volunteer.skills},
            inabilities=frozenset(row.demand_code for row in volunteer.inabilities),
            wishes=frozenset(row.kind_code for row in volunteer.preferences if row.is_wish),
            avoids=frozenset(row.kind_code for row in volunteer.preferences if not row.is_wish),
        ),
        times=TimeFacts(
            free=tuple((row.weekday, row.from_slot, row.to_slot) for row in volunteer.free_times),
            weekly_visit_limit=volunteer.weekly_visit_limit,
            weekly_minutes_limit=volunteer.weekly_minutes_limit,
            new_homes=volunteer.new_homes,
        ),
        away=AwayFacts(tuple((row.first_day, row.last_day) for row in volunteer.dates_away)),
        code=volunteer.code,
        outside_code=volunteer.outside_code,
        confirmed_hours_before=volunteer.confirmed_hours_before,
        volunteer_since=volunteer.volunteer_since,
        consent_at=volunteer.consent_at,
        account_id=volunteer.account_id,
    )

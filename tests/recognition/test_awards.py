"""What hours add up to: levels as data, progress in plain words, the list of a year."""

from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.recognition.errors import LevelsImpossible, YearsTurnedRound
from app.recognition.models import AwardLevel, AwardScheme
from app.recognition.queries.awards import (
    AgeGroup,
    age_group,
    award_schemes_of,
    progress,
    reached_counts,
    year_rows,
)
from app.recognition.use_cases.awards import AwardFacts, add_award, change_award
from app.recognition.use_cases.entering import correct_hours, enter_paper_hours
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.shared.errors import ChangedMeanwhile, NotFound
from tests.people import NOW, make_account, make_coordinator, make_volunteer
from tests.recognition.conftest import AFTERNOON
from tests.visits.story import Story, signed_in

FACTS = AwardFacts("新獎項", "New award", 2026, None, 25, (30, 10))


def scheme(*hours: int, youth_until: int | None = 30) -> AwardScheme:
    return AwardScheme(
        name_zh="獎",
        name_en="Award",
        youth_until=youth_until,
        levels=[AwardLevel(hours=each) for each in hours],
    )


@pytest.mark.parametrize(
    ("minutes", "reached", "following", "missing"),
    [
        (0, None, 50, 3000),
        (2999, None, 50, 1),
        (3000, 50, 100, 3000),
        (38 * 60, None, 50, 720),
        (6000, 100, None, 0),
        (9999, 100, None, 0),
    ],
)
def test_progress_tells_what_is_reached_and_what_is_missing(
    minutes: int, reached: int | None, following: int | None, missing: int
) -> None:
    found = progress(scheme(50, 100), minutes)
    assert (found.reached, found.next, found.missing) == (reached, following, missing)


@pytest.mark.parametrize(
    ("born", "group"), [(1996, AgeGroup.YOUTH), (1995, AgeGroup.ADULT), (2010, AgeGroup.YOUTH)]
)
def test_youth_is_up_to_the_age_reached_within_the_year(born: int, group: AgeGroup) -> None:
    assert age_group(scheme(50), born, 2026) is group
    assert age_group(scheme(50, youth_until=None), born, 2026) is None


def test_a_year_has_the_awards_of_its_time(database: Database) -> None:
    def names(year: int) -> list[str]:
        found = database.in_transaction(lambda session: award_schemes_of(session, year))
        return [f"{each.name_en} {[level.hours for level in each.levels]}" for each in found]

    assert names(2026) == ["Hong Kong Volunteer Award (individual) [50, 100, 300, 500]"]
    assert names(2020) == ["Volunteer Movement certificates [50, 100, 200]"]


@pytest.mark.usefixtures("keys")
def test_the_list_of_a_year_counts_that_year_and_nobody_without_hours(database: Database) -> None:
    people = {
        "Reaches Hundred": [(2026, 6000)],
        "Reaches Nothing": [(2026, 90), (2025, 36_000)],
        "Took Everything Back": [(2026, 600)],
    }

    def fill(session: Session) -> None:
        by = make_coordinator(session).id
        for name, entries in people.items():
            volunteer = make_volunteer(session, name).id
            for year, minutes in entries:
                row = enter_paper_hours(
                    session, volunteer, date(year, 1, 2), minutes, "sheets", "found", by=by, now=NOW
                )
        correct_hours(session, row.id, None, "not hers", most_a_day=600, by=by, now=NOW)

    database.in_transaction(fill)
    rows = database.in_transaction(lambda session: year_rows(session, 2026))
    assert [(row.volunteer.name_en, row.minutes) for row in rows] == [
        ("Reaches Hundred", 6000),
        ("Reaches Nothing", 90),
    ]
    (award,) = database.in_transaction(lambda session: award_schemes_of(session, 2026))
    assert reached_counts(rows, award) == {50: 0, 100: 1, 300: 0, 500: 0}


def test_staff_add_and_change_awards(database: Database) -> None:
    by = database.in_transaction(make_coordinator).id
    made = database.in_transaction(lambda session: add_award(session, FACTS, by=by, now=NOW))
    assert [level.hours for level in made.levels] == [10, 30]

    def change(
        levels: tuple[int, ...], version: int, scheme_id: int = made.id, last: int | None = None
    ) -> AwardScheme:
        facts = AwardFacts("新獎項", "New award", 2026, last, None, levels)
        return database.in_transaction(
            lambda session: change_award(session, scheme_id, facts, version=version, by=by, now=NOW)
        )

    seen = made.version
    changed = change((30, 60), seen)
    assert [level.hours for level in changed.levels] == [30, 60]
    with pytest.raises(ChangedMeanwhile):
        change((1,), seen)
    with pytest.raises(NotFound):
        change((1,), 1, scheme_id=99)
    for levels in ((), (0,), (9000,), tuple(range(1, 14))):
        with pytest.raises(LevelsImpossible):
            change(levels, changed.version)
    with pytest.raises(YearsTurnedRound):
        change((5,), changed.version, last=2025)


def with_paper_hours(story: Story, hours: float) -> None:
    volunteer = story.seats()[0].volunteer_id
    story.reads(
        lambda session: enter_paper_hours(
            session,
            volunteer,
            AFTERNOON.date(),
            round(hours * 60),
            "sheets",
            by=story.coordinator.id,
            now=AFTERNOON,
        )
    )


def test_the_volunteers_home_says_in_plain_words_what_is_missing(story: Story, app: Flask) -> None:
    with_paper_hours(story, 88)
    me = signed_in(app, story.volunteer_account)
    home = me.opens(f"/volunteer/{story.seats()[0].volunteer_id}")
    assert "You have reached the 50 hours of the Hong Kong Volunteer Award (individual)." in home.words
    assert "12 hours more, and you reach the 100 hours" in home.words
    me.client.set_cookie("language", "zh_Hant_HK")
    chinese = me.opens(f"/volunteer/{story.seats()[0].volunteer_id}")
    assert "再服務12小時，便可達到香港義工獎（個人）的100小時級別" in chinese.words


def test_the_list_of_a_year_is_shown_printed_and_saved(story: Story, app: Flask) -> None:
    with_paper_hours(story, 62.5)
    desk = signed_in(app, story.coordinator)
    page = desk.opens("/hours/year")
    assert "Hours and awards of 2026" in page.words
    assert "CHAN Siu Ming" in page.words
    assert "62.5 50 hours Adult group" in page.words
    assert "Nobody has hours in this year." in desk.opens("/hours/year?year=2020").words
    assert "Hours and awards of 2026" in desk.opens("/hours/year?year=9999").words
    paper = desk.opens("/hours/year/print")
    assert "Checked and signed by" in paper.words
    assert "62.5" in paper.words


@pytest.mark.parametrize("kind", [".xlsx", ".csv"])
def test_the_list_of_a_year_leaves_as_a_file_and_is_on_record(story: Story, app: Flask, kind: str) -> None:
    with_paper_hours(story, 62.5)
    desk = signed_in(app, story.coordinator)
    answer = desk.sends("/hours/year/file?year=2026", kind=kind, status=200).response
    assert answer.headers["Content-Disposition"] == f'attachment; filename="hours-2026{kind}"'
    if kind == ".xlsx":
        rows = list(openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0].values)
        assert rows[1][1:] == ("陳小明", "CHAN Siu Ming", 62.5, 50, "Adult group")
    else:
        assert "陳小明,CHAN Siu Ming,62.5,50,Adult group" in answer.text
    noted = story.reads(
        lambda session: session.scalars(select(AuditRow).where(AuditRow.action == "hours.exported")).one()
    )
    assert noted.facts == {"year": 2026, "rows": 1}


def test_a_scheme_is_edited_on_its_page(story: Story, app: Flask) -> None:
    office = signed_in(
        app, story.reads(lambda session: make_account(session, "Administrator Lee", Role.ADMINISTRATOR))
    )
    assert "from 2022" in office.opens("/awards").words
    fields: dict[str, Any] = {
        "name_zh": "獎",
        "name_en": "Award",
        "first_year": "2026",
        "last_year": "",
        "youth_until": "",
    }
    refused = office.sends("/awards/add", status=422, levels="fifty", **fields)
    assert refused.errors == {
        "levels": "Type one to twelve levels as whole hours, such as 50, 100, 300, 500."
    }
    office.sends("/awards/add", levels="20、４０", **fields)
    assert "20, 40" in office.opens("/awards").words
    made = story.reads(
        lambda session: session.scalars(select(AwardScheme.id).order_by(AwardScheme.id.desc())).first()
    )
    assert 'value="20, 40"' in office.opens(f"/awards/{made}").html
    late = office.sends(f"/awards/{made}", status=422, levels="20", **(fields | {"last_year": "2025"}))
    assert late.errors == {"last_year": "The last year must not be before the first."}
    office.sends(f"/awards/{made}", levels="20", **fields)
    stale = office.sends(f"/awards/{made}", status=422, levels="30", **(fields | {"version": "1"}))
    assert "Somebody else changed this in the meantime." in stale.words

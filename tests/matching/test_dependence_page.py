"""The page that says which visits hang on one senior volunteer."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.handover.models import DutyKind
from app.handover.use_cases.seniors import note_held_duty
from app.matching import engine
from app.matching.engine import Problem
from app.matching.models import Run
from app.matching.queries.dependence import depended_on
from app.matching.queries.runs import files_of, latest_run
from app.matching.queries.who_could import Narrowed, weekly_rows
from app.shared.database import Database
from app.volunteers.models import Volunteer
from tests.matching.night_people import AT_NINE, MORNING, Morning
from tests.people import make_account, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


def one_who_alone_is_free(session: Session) -> None:
    """Friday's visit is for one of two, Saturday's for one alone; she has been here for twenty years."""
    senior = make_volunteer(session, "SENIOR Helper", name_zh="陳美玲", code="V-SENIOR", free=((5, 18, 42),))
    senior.volunteer_since = date(2006, 1, 1)
    make_volunteer(session, "NEWER Helper", name_zh="李國強", code="V-NEWER", free=((4, 18, 42),))
    for called, day in (("黃婆婆", 28), ("何伯伯", 27)):
        make_request(
            session, make_recipient(session, called=called), windows=((date(2026, 11, day), 20, 24),)
        )


def page_of(app: Flask, morning: Morning) -> str:
    account = morning.does(lambda session: make_account(session, "Somebody", Role.COORDINATOR))
    return Visitor(app).has_signed_in_as(account).opens("/seniors/if-somebody-stops").words


def test_a_visit_that_only_a_senior_can_make_is_told(app: Flask, database: Database) -> None:
    words = page_of(app, Morning(database, one_who_alone_is_free))
    assert "SENIOR Helper V-SENIOR What they hold SENIOR Helper 1 1 0 1 —" in words
    assert "V-NEWER" not in words


def test_without_seniors_the_page_says_so(app: Flask, database: Database) -> None:
    words = page_of(app, Morning(database, lambda session: make_volunteer(session, "NEW Helper")))
    assert "No senior volunteer goes to a visit in the latest plan." in words


def coordinators_browser(app: Flask, morning: Morning) -> Visitor:
    account = morning.does(lambda session: make_account(session, "Somebody", Role.COORDINATOR))
    return Visitor(app).has_signed_in_as(account)


def test_who_is_older_or_plans_to_step_back_stands_first(app: Flask, database: Database) -> None:
    def two_seniors(session: Session) -> None:
        for code, day, born in (("V-MORE", 4, 1990), ("V-OLD", 5, 1945)):
            senior = make_volunteer(
                session, f"SENIOR {code}", code=code, free=((day, 18, 42),), birth_year=born
            )
            senior.volunteer_since = date(2006, 1, 1)
        for called, day in (("黃婆婆", 27), ("何伯伯", 27), ("陳婆婆", 28)):
            slots = (30, 34) if called == "何伯伯" else (20, 24)
            make_request(
                session, make_recipient(session, called=called), windows=((date(2026, 11, day), *slots),)
            )

    morning = Morning(database, two_seniors)
    browser = coordinators_browser(app, morning)
    words = browser.opens("/seniors/if-somebody-stops").words
    assert words.index("SENIOR V-MORE") < words.index("SENIOR V-OLD")
    words = browser.opens("/seniors/if-somebody-stops?age=75").words
    assert words.index("SENIOR V-OLD V-OLD What they hold SENIOR V-OLD Of this age") < words.index(
        "SENIOR V-MORE"
    )
    assert "Visits that would be lost, by area" in words
    row = morning.does(lambda session: depended_on(session, latest(session), MORNING)[0])
    assert (row.senior.volunteer.code, sum(row.areas.values()), row.falls) == ("V-MORE", 2, 2)


def a_weekly_request_for_one(session: Session) -> None:
    """Wednesday's befriending is for one alone, Thursday's for two, and nobody is free on Friday."""
    make_volunteer(session, "ONLY One", code="V-ONLY", free=((2, 18, 26), (3, 18, 26)))
    make_volunteer(session, "SECOND Helper", code="V-SECOND", free=((3, 18, 26),))
    for code, weekday in (("R-ONE", 2), ("R-TWO", 3), ("R-NONE", 4)):
        make_request(session, make_recipient(session), code=code, windows=((weekday, 20, 24),))


def test_each_weekly_request_says_how_many_could_and_without_whom_nobody_could(
    app: Flask, database: Database
) -> None:
    morning = Morning(database, a_weekly_request_for_one)
    words = coordinators_browser(app, morning).opens("/seniors/who-could").words
    nobody, one, few = (words.index(code) for code in ("R-NONE", "R-ONE", "R-TWO"))
    assert nobody < one < few
    assert "R-NONE Weekday mornings 1 0 Nobody could —" in words
    assert "R-ONE Weekday mornings 1 1 Depends on one person ONLY One" in words
    assert "R-TWO Weekday mornings 1 2 One or two to spare —" in words


def test_the_list_is_narrowed_by_number_kind_area_and_time(app: Flask, database: Database) -> None:
    morning = Morning(database, a_weekly_request_for_one)
    browser = coordinators_browser(app, morning)
    assert "R-TWO" not in browser.opens("/seniors/who-could?reach=one").words
    assert "R-ONE" in browser.opens("/seniors/who-could?reach=one&kind=befriending&area=shek_lei").words
    for query in ("kind=escort", "area=tsing_yi", "part=weekend_evening"):
        assert "Nothing fits this." in browser.opens(f"/seniors/who-could?{query}").words


def test_the_weekly_list_agrees_with_solving_again_without_each_person(
    app: Flask, database: Database
) -> None:
    morning = Morning(database, a_weekly_request_for_one)

    def shown(session: Session) -> tuple[Problem, dict[str, tuple[str, ...]]]:
        files = files_of(session, latest(session).id)
        assert files is not None
        rows = weekly_rows(session, files[0], Narrowed())
        return files[0], {
            row.request.code: tuple(each.code for each in row.cannot_spare) for row in rows if row.people
        }

    problem, told = morning.does(shown)
    for request, cannot_spare in told.items():
        for person in ("V-ONLY", "V-SECOND"):
            again = engine.solve(
                Problem(
                    starts_on=problem.starts_on,
                    areas=problem.areas,
                    districts=problem.districts,
                    travel_minutes=problem.travel_minutes,
                    volunteers=[row for row in problem.volunteers if row.id != person],
                    visits=[visit for visit in problem.visits if visit.request == request],
                )
            )
            assert bool(again.unserved) == (person in cannot_spare)


def test_kinds_areas_and_times_say_how_many_could_and_how_often_they_are_asked(
    app: Flask, database: Database
) -> None:
    morning = Morning(database, a_weekly_request_for_one)
    browser = coordinators_browser(app, morning)
    words = browser.opens("/seniors/who-could?show=cells").words
    assert "Weekday mornings 3 2 One or two to spare" in words
    assert "Weekend mornings 0 0 Nobody could" in words


def test_a_role_in_the_same_words_is_held_by_both(app: Flask, database: Database) -> None:
    morning = Morning(database, a_weekly_request_for_one)

    def note(session: Session) -> None:
        people = session.scalars(select(Volunteer.id).order_by(Volunteer.id)).all()
        for volunteer_id, words in zip(people, ("Leads the team", "leads the TEAM"), strict=True):
            note_held_duty(session, volunteer_id, DutyKind.ROLE, words, by=morning.by, now=AT_NINE)
        note_held_duty(session, people[0], DutyKind.KNOWLEDGE, "Knows the lifts", by=morning.by, now=AT_NINE)

    morning.does(note)
    browser = coordinators_browser(app, morning)
    words = browser.opens("/seniors/who-could?show=duties").words
    assert "Knows the lifts Something they know ONLY One Depends on one person" in words
    assert "Leads the team A role ONLY One SECOND Helper One or two to spare" in words
    assert "Leads the team" not in browser.opens("/seniors/who-could?show=duties&reach=one").words


def test_before_the_first_night_nothing_can_be_counted(app: Flask, database: Database) -> None:
    browser = Visitor(app).has_signed_in_as(
        database.in_transaction(lambda session: make_account(session, "Somebody", Role.COORDINATOR))
    )
    assert "No night has run yet." in browser.opens("/seniors/who-could").words


def latest(session: Session) -> Run:
    run = latest_run(session)
    assert run is not None
    return run

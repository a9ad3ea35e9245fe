"""The page of a night: what went in, what came out, where the time went, and what changed since the night before."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching.engine import POLICY, TERMS
from app.matching.ledger import ask_again
from app.matching.models import Proposal, Run
from app.matching.queries.runs import changes_between, latest_run
from app.matching.words import INPUTS, METHODS, STAGES, amounts_of
from app.matching.words import TERMS as TERM_WORDS
from app.shared.database import Database
from app.volunteers.models import FreeTime, Volunteer, VolunteerStatus
from tests.matching.night_people import AT_NINE, AT_TEN, MORNING, Morning, run_a_night
from tests.people import make_coordinator, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor

FRIDAY, SATURDAY, SUNDAY = (date(2026, 11, day) for day in (27, 28, 29))


@pytest.fixture(autouse=True)
def ten_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_TEN, tick=False) as traveller:
        yield traveller


def three_days(session: Session) -> None:
    """One helper and one request a day."""
    for weekday, day, name in ((4, FRIDAY, "FRIDAY"), (5, SATURDAY, "SATURDAY"), (6, SUNDAY, "SUNDAY")):
        make_volunteer(session, f"{name} Helper", code=f"V-{name}", free=((weekday, 18, 42),))
        make_request(
            session, make_recipient(session, called=f"{name}婆婆"), code=f"R-{name}", windows=((day, 20, 24),)
        )


@pytest.fixture
def morning(app: Flask, database: Database) -> Morning:
    return Morning(database, three_days)


@pytest.fixture
def desk(app: Flask, morning: Morning) -> Visitor:
    return Visitor(app).has_signed_in_as(
        morning.does(lambda session: make_coordinator(session, "Coordinator Ho"))
    )


def a_second_night(morning: Morning) -> None:
    """Saturday's helper is away and somebody else free; Sunday's is approved before it."""

    def changes(session: Session) -> list[int]:
        people = {row.code: row for row in session.scalars(select(Volunteer))}
        people["V-SATURDAY"].status = VolunteerStatus.PAUSED
        people["V-FRIDAY"].free_times.append(FreeTime(weekday=5, from_slot=18, to_slot=42))
        sunday = select(Proposal.id).where(Proposal.on_date == SUNDAY)
        return list(session.scalars(sunday))

    morning.approves(morning.does(changes))
    morning.does(lambda session: ask_again(session, MORNING, by=morning.by, now=AT_NINE))
    run_a_night(morning.database, now=AT_NINE)


def test_a_run_keeps_what_went_in_how_long_it_took_and_what_it_is_worth(morning: Morning) -> None:
    run = morning.does(lambda session: session.scalars(select(Run)).one())
    assert run.facts["inputs"] == {
        "volunteers": 3, "requests": 3, "visits": 3, "urgent": 0, "pinned": 0, "previous": 0, "areas": 1,
    }  # fmt: skip
    stages = {stage["stage"]: stage["seconds"] for stage in run.facts["stages"]}
    assert set(stages) <= set(STAGES)
    assert {"plan", "snapshot", "value", "verify", "write"} <= set(stages)
    assert all(seconds >= 0 for seconds in stages.values())
    assert sum(run.facts["terms"].values()) == run.value
    assert run.facts["method"] in METHODS


def test_the_page_shows_inputs_stages_levels_and_the_policy_in_words(desk: Visitor, morning: Morning) -> None:
    run = morning.does(lambda session: session.scalars(select(Run)).one())
    page = desk.opens(f"/nights/runs/{run.id}")
    for words in (
        "First: urgent visits 0 of 0 have somebody; 0 are possible at most",
        f"Then: value and bound {run.value} of at most {run.bound} points",
        "Proved: no better plan exists.",
        "There is none to compare with",
        "Volunteers 3 Requests 3 Visits needed 3 of them urgent 0",
        "Places already promised 0 Pairs of the night before 0",
        run.problem_hash,
        "Where the time went, in seconds",
        "Checked by a program of its own",
        "10000, and 40 for each day of waiting, up to 90 days",
        "They know each other 300",
        "up to 100",
    ):
        assert words in page.words, words


def test_pairs_that_are_new_kept_and_gone_are_listed(desk: Visitor, morning: Morning) -> None:
    a_second_night(morning)
    run = morning.does(lambda session: latest_run(session))
    assert run is not None
    counts = morning.does(
        lambda session: [
            len(ids)
            for changes in [changes_between(session, run, latest_run(session, before=run))]
            for ids in (changes.new, changes.kept, changes.gone)
        ]
    )
    assert counts == [1, 1, 1]
    path = f"/nights/runs/{run.id}/changes"
    assert path in desk.opens(f"/nights/runs/{run.id}").html
    new, kept, gone = (desk.opens(f"{path}?show={kind}").words for kind in ("new", "kept", "gone"))
    assert "SATURDAY婆婆 FRIDAY Helper" in new
    assert "FRIDAY婆婆 FRIDAY Helper" in kept
    assert "SATURDAY婆婆 SATURDAY Helper" in gone
    assert "SUNDAY" not in new + kept + gone
    assert "SATURDAY婆婆 FRIDAY Helper" in desk.opens(f"{path}?show=nonsense&page=99").words


def test_what_is_over_is_not_gone(desk: Visitor, morning: Morning) -> None:
    later = MORNING + timedelta(days=4)
    run_a_night(morning.database, later, AT_NINE + timedelta(days=4))
    run = morning.does(lambda session: latest_run(session))
    assert run is not None
    gone = morning.does(lambda session: changes_between(session, run, latest_run(session, before=run)).gone)
    on = morning.does(lambda session: [session.get_one(Proposal, id).on_date for id in gone])
    assert all(day >= run.starts_on for day in on)


def test_every_term_of_the_policy_has_words_and_an_amount(app: Flask) -> None:
    with app.test_request_context():
        assert list(TERM_WORDS) == list(TERMS) == list(amounts_of(POLICY))
        assert all(
            str(words) for words in (*TERM_WORDS.values(), *INPUTS.values(), *amounts_of(POLICY).values())
        )

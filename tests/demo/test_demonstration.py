"""The demonstration is made whole or not at all, is the same for the same seed, and its pages exist only there."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

import config as settings
from app import cli
from app.care_requests.models import CareRequest, RequestStatus
from app.demo.building import Sizes, build_demonstration, open_demonstration, remove_demonstration
from app.demo.district import fill
from app.factory import create_app, open_database
from app.matching.models import Proposal
from app.matching.night import NightSummary
from app.messages.models import Channel, ConsoleDelivery
from app.recognition.models import ServiceHours
from app.shared.database import Database
from app.shared.migrations import migrate
from app.shared.times import utc_now
from app.volunteers.models import Volunteer, VolunteerStatus
from config import DEMONSTRATION_FILE
from tests.visitor import Visitor

SMALL = Sizes(volunteers=40, requests=8)


def nothing(*_facts: object) -> None:
    """No progress wanted."""


def build(folder: Path) -> NightSummary:
    return build_demonstration(
        folder, SMALL, port=8000, open_database=open_database, progress=nothing, night_progress=nothing
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demonstration that stands."""
    folder = tmp_path_factory.mktemp("demonstration")
    build(folder)
    return folder


def test_it_stands_with_people_needs_and_a_night_that_is_done(folder: Path) -> None:
    demonstration = open_demonstration(folder)
    assert demonstration is not None
    roles = {login.role.value for login in demonstration.staff}
    assert roles | {login.role.value for login in demonstration.people} == {
        "volunteer",
        "carer",
        "coordinator",
        "safeguarding_lead",
        "administrator",
    }
    database = open_database(demonstration.config)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Volunteer)) == SMALL.volunteers
        assert session.scalar(select(func.count()).select_from(CareRequest)) == SMALL.requests
        assert session.scalar(select(func.sum(ServiceHours.minutes)))
        assert session.scalar(select(func.count()).select_from(Proposal))
    database.dispose()


def test_one_that_was_killed_half_way_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("app.demo.building.run_first_night", killed)
        with pytest.raises(KeyboardInterrupt):
            build(tmp_path)
    assert open_demonstration(tmp_path) is None
    build(tmp_path)
    assert open_demonstration(tmp_path) is not None


def test_reset_takes_away_nothing_but_the_demonstration(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("somebody's notes")
    (tmp_path / DEMONSTRATION_FILE).write_text("{}")
    remove_demonstration(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_a_second_start_keeps_the_data(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_second_time(*_arguments: object, **_options: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(cli, "build_demonstration", no_second_time)
    assert cli.main(["demo", "--folder", str(folder), "--no-serve"]) == 0
    assert "built again" not in capsys.readouterr().out


def test_the_same_seed_makes_the_same_people(database: Database, keys: object) -> None:
    now = utc_now()
    fill(database, volunteers=20, requests=5, seed=7, now=now, progress=nothing)
    with database.reading() as session:
        first = session.execute(select(Volunteer.code, Volunteer.name_zh).order_by(Volunteer.code)).all()
    other = Database("sqlite://")
    migrate(other)
    fill(other, volunteers=20, requests=5, seed=7, now=now, progress=nothing)
    with other.reading() as session:
        again = session.execute(select(Volunteer.code, Volunteer.name_zh).order_by(Volunteer.code)).all()
    assert first == again
    other.dispose()


def test_some_wait_for_people_to_decide(database: Database, keys: object) -> None:
    fill(database, volunteers=60, requests=30, seed=1, now=utc_now(), progress=nothing)
    with database.reading() as session:
        applied = select(func.count()).where(Volunteer.status == VolunteerStatus.APPLIED)
        submitted = select(func.count()).where(CareRequest.status == RequestStatus.SUBMITTED)
        assert session.scalar(applied)
        assert session.scalar(submitted)


def test_the_outbox_shows_what_was_sent_and_the_accounts(folder: Path) -> None:
    app = create_app(settings.demonstration(folder))
    database: Database = app.extensions["database"]
    database.in_transaction(
        lambda session: session.add(
            ConsoleDelivery(
                message_id="m1",
                channel=Channel.SMS,
                to="+85261230000",
                subject="",
                text="Your code is 123456",
                at=utc_now(),
            )
        )
    )
    page = app.test_client().get("/demonstration/outbox", base_url="http://127.0.0.1")
    assert page.status_code == 200
    assert "Your code is 123456" in page.text
    assert "coordinator@example.org" in page.text
    database.dispose()


def test_an_installation_has_no_outbox_page(visitor: Visitor) -> None:
    visitor.opens("/demonstration/outbox", status=404)


def test_one_made_anew_sums_its_night_up_on_one_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / DEMONSTRATION_FILE).write_text("{}")
    sizes = ["--volunteers", "20", "--requests", "3"]
    assert cli.main(["demo", "--folder", str(tmp_path), "--no-serve", "--reset", *sizes]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("proved optimal" in line or "最優" in line for line in lines)
    assert len(lines) < 40
    made = json.loads((tmp_path / DEMONSTRATION_FILE).read_text())
    assert len(made["staff"]) == 4

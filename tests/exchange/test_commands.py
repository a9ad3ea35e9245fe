"""The same from the command line."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Account
from app.exchange.commands import add_commands
from app.exchange.models import ImportKind, ImportPreview
from app.exchange.reading import Row, Table
from app.exchange.use_cases.previews import KEPT, forget_old_previews, make_preview
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.volunteers.models import Volunteer
from tests.exchange.conftest import REQUESTS, VOLUNTEERS
from tests.people import NOW

Run = Callable[..., int]


@pytest.fixture
def run(app: Flask) -> Run:
    """Carry out a command line; its exit code."""

    def run_command(*words: object, language: str = "en") -> int:
        parser = ArgumentParser()
        commands = parser.add_subparsers(required=True)
        add_commands(commands, open_app=lambda: app, language=lambda: language)
        options = parser.parse_args([str(word) for word in words])
        return int(options.act(options))

    return run_command


def how_many(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Volunteer)) or 0


def test_a_trial_says_what_would_come_of_it_and_writes_nothing(
    run: Run, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", "volunteers", VOLUNTEERS, "--dry-run") == 1
    said = capsys.readouterr().out
    assert "Clear: 56" in said
    assert "Cannot be taken in: 4" in said
    assert "Row 10 V0007 Chinese name: There is no name." in said
    assert "nothing was written" in said
    assert how_many(database) == 0


def test_refused_rows_keep_the_whole_file_out_until_they_are_left_out(
    run: Run, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", "volunteers", VOLUNTEERS) == 1
    assert "--skip 10,31,37,43" in capsys.readouterr().err
    assert how_many(database) == 0
    assert run("import", "volunteers", VOLUNTEERS, "--skip", "10,31,37,43") == 0
    assert "56 rows were taken in." in capsys.readouterr().out
    assert how_many(database) == 56
    assert run("import", "volunteers", VOLUNTEERS, "--skip", "10,31,37,43") == 1
    assert "No row is left to take in." in capsys.readouterr().err


def test_the_terminal_is_spoken_to_in_its_language(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("import", "care-requests", REQUESTS, "--dry-run", language="zh_Hant_HK") == 0
    said = capsys.readouterr().out
    assert "有待釐清: 27" in said
    assert "第17行 蔡生／楊伯伯" in said
    assert "陪診、功課輔導" in said


def test_files_that_are_not_there_or_not_tables_are_one_line(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", "volunteers", tmp_path / "missing.csv") == 1
    assert "missing.csv: No such file" in capsys.readouterr().err
    (tmp_path / "words.csv").write_text("你好")
    assert run("import", "volunteers", tmp_path / "words.csv") == 1
    assert "No row with headings was found." in capsys.readouterr().err
    assert run("export", "volunteers", tmp_path / "table.pdf") == 1
    assert "must end in .csv or .xlsx" in capsys.readouterr().err


def test_an_export_names_who_asked_for_it_and_is_for_its_owner_only(
    run: Run, database: Database, coordinator: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("import", "care-requests", REQUESTS)
    file = tmp_path / "requests.xlsx"
    assert run("export", "care-requests", file, "--by", "chan@example.org") == 0
    assert "40 rows are in" in capsys.readouterr().out
    assert file.stat().st_mode & 0o777 == 0o600
    with database.reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "export.made")).one()
        assert (row.actor_id, row.facts["is_complete"]) == (coordinator.id, True)
    assert run("export", "care-requests", file, "--by", "nobody@example.org") == 1
    assert "nobody@example.org" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [("import", "volunteers"), ("import", "people", "a.csv"), ("export", "secrets", "a.csv")]
)
def test_commands_that_cannot_be_meant_are_refused(run: Run, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        run(*words)


def test_row_numbers_are_numbers(run: Run) -> None:
    with pytest.raises(SystemExit):
        run("import", "volunteers", VOLUNTEERS, "--skip", "ten")


def test_rows_nobody_decided_about_are_erased_in_time(database: Database, coordinator: Account) -> None:
    table = Table((Row(2, {"name": "陳大文"}),), {"name": "姓名"})
    database.in_transaction(
        lambda session: (
            make_preview(
                session, ImportKind.VOLUNTEERS, table, file_name="a.csv", data=b"", by=coordinator.id, now=NOW
            ).id
        )
    )
    assert database.in_transaction(lambda session: forget_old_previews(session, now=NOW)) == 0
    assert database.in_transaction(lambda session: forget_old_previews(session, now=NOW + KEPT)) == 1
    with database.reading() as session:
        preview = session.scalars(select(ImportPreview)).one()
        assert preview.rows_text is None
        assert preview.discarded_at == NOW + KEPT

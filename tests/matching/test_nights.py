"""The ledger of nights, and a night that is killed anywhere: the same proposals, once."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.care_requests.models import KnownHelper, Occurrence
from app.matching import engine, ledger, night
from app.matching.ledger import (
    MOST_FAILURES,
    Claim,
    NightLost,
    NightNotClaimed,
    ask_again,
    claim_night,
    is_owed,
    owe_nights,
)
from app.matching.models import Night, NightStatus, Proposal, ProposalStatus, Run, UnservedVisit
from app.matching.night import NightSummary, dry_run, run_night
from app.matching.queries.runs import changes_between, files_of, latest_run, night_health
from app.matching.use_cases.approvals import approve_proposals
from app.shared.database import Database
from app.volunteers.models import VolunteerStatus
from config import NIGHT_AT
from tests.databases import Databases
from tests.matching.night_people import (
    AT_NINE,
    MORNING,
    NIGHT,
    PATIENCE,
    open_proposals,
    run_a_night,
)
from tests.people import make_coordinator, make_recipient, make_request, make_volunteer

pytestmark = pytest.mark.usefixtures("keys", "rooms")


class Killed(BaseException):
    """The process is gone, as by kill -9: nothing is caught, nothing written."""


def a_small_district(session: Session) -> None:
    """Three helpers, three needs that differ, and one that nobody can meet."""
    make_volunteer(session, "Known Helper", code="V-KNOWN", free=((2, 18, 42), (3, 18, 42)))
    make_volunteer(session, "Friday Helper", code="V-FRIDAY", free=((4, 18, 42),))
    make_volunteer(session, "Far Helper", code="V-FAR", areas=("tsing_yi",))
    recipient = make_recipient(session, area_code="shek_lei")
    make_request(session, recipient, code="R-WEEKLY", windows=((3, 20, 24),))
    make_request(session, code="R-FRIDAY", windows=((date(2026, 11, 27), 20, 24),))
    make_request(session, code="R-NOBODY", windows=((date(2026, 11, 29), 2, 6),))


def claimed(database: Database, morning: date = MORNING) -> Claim:
    database.in_transaction(lambda session: owe_nights(session, night_at=NIGHT_AT, now=NIGHT))
    return database.in_transaction(lambda session: claim_night(session, morning))


def run(database: Database, claim: Claim) -> NightSummary:
    return run_night(database, claim, clock=lambda: NIGHT, time_limit_seconds=60)


def written(database: Database) -> list[tuple[Any, ...]]:
    """Every proposal and unserved visit, by codes."""
    with database.reading() as session:
        proposals = [
            (
                row.occurrence.code,
                row.volunteer.code,
                row.seat_number,
                row.on_date,
                row.from_slot,
                row.status.value,
                row.is_plain,
                row.explanation["fit"],
            )
            for row in session.scalars(select(Proposal))
        ]
        unserved = [(row.occurrence.code, len(row.funnel)) for row in session.scalars(select(UnservedVisit))]
    return sorted(proposals) + sorted(unserved)


def the_night(database: Database) -> Night:
    with database.reading() as session:
        return session.scalars(select(Night).order_by(Night.morning.desc()).limit(1)).one()


def let_the_lease_run_out(session: Session) -> None:
    session.execute(update(Night).values(lease_until=NIGHT - timedelta(days=365)))


def killed_after(database: Database, commits: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Run a claimed night and kill it when it begins one more transaction; whether it came so far."""
    begin, counted = database.in_transaction, 0
    claim = claimed(database)

    def counting(function: Callable[[Session], Any]) -> Any:
        nonlocal counted
        if counted == commits:
            raise Killed
        counted += 1
        return begin(function)

    with monkeypatch.context() as patched:
        patched.setattr(database, "in_transaction", counting)
        try:
            run(database, claim)
        except Killed:
            return True
    return False


def test_a_night_killed_at_any_commit_and_started_again_gives_the_same_proposals_once(
    databases: Databases, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "CHUNK_ROWS", 1)
    with databases.fresh(database_kind) as database:
        database.in_transaction(a_small_district)
        run(database, claimed(database))
        expected = written(database)
    assert len(expected) == 4
    commits, was_killed = 0, True
    while was_killed:
        with databases.fresh(database_kind) as database:
            database.in_transaction(a_small_district)
            was_killed = killed_after(database, commits, monkeypatch)
            if was_killed:
                database.in_transaction(let_the_lease_run_out)
                run(database, claimed(database))
            assert written(database) == expected, f"killed after {commits} commits"
            with database.reading() as session:
                assert session.scalar(select(func.count()).select_from(Run)) == 1
                assert session.scalars(select(Night.status)).all() == [NightStatus.DONE]
        commits += 1
    assert commits > 10


def test_only_one_of_two_claims_a_night(database: Database) -> None:
    claimed(database)
    with pytest.raises(NightNotClaimed):
        database.in_transaction(lambda session: claim_night(session, MORNING))


def test_a_claim_whose_lease_ran_out_is_taken_over_and_the_first_writes_nothing_more(
    database: Database,
) -> None:
    database.in_transaction(a_small_district)
    first = claimed(database)
    database.in_transaction(let_the_lease_run_out)
    second = database.in_transaction(lambda session: claim_night(session, MORNING))
    assert second.epoch == first.epoch + 1
    with pytest.raises(NightLost):
        run(database, first)
    assert written(database) == []
    assert run(database, second).proposals == 3


def test_a_night_that_is_done_is_not_run_again(database: Database) -> None:
    run_a_night(database)
    with pytest.raises(NightNotClaimed):
        database.in_transaction(lambda session: claim_night(session, MORNING))


def test_the_night_begins_at_two_in_hong_kong(database: Database) -> None:
    def owed(minutes: int) -> date:
        now = NIGHT + timedelta(minutes=minutes)
        return database.in_transaction(
            lambda session: owe_nights(session, night_at=NIGHT_AT, now=now)
        ).morning

    assert owed(-1) == MORNING - timedelta(days=1)
    assert owed(0) == MORNING


def test_only_the_newest_missed_night_is_computed(database: Database) -> None:
    for days in (0, 1, 3):
        now = NIGHT + timedelta(days=days)
        database.in_transaction(partial(owe_nights, night_at=NIGHT_AT, now=now))
    with database.reading() as session:
        statuses = session.scalars(select(Night.status).order_by(Night.morning)).all()
    assert statuses == [NightStatus.SUPERSEDED, NightStatus.SUPERSEDED, NightStatus.OWED]


def test_a_failure_stands_in_the_ledger_and_is_tried_again_later_and_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_arguments: object, **_options: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(engine, "solve", breaks)
    for failures in range(1, MOST_FAILURES + 1):
        with pytest.raises(OSError, match="disk"):
            run(database, claimed(database))
        failed = the_night(database)
        assert (failed.status, failed.failures) == (NightStatus.FAILED, failures)
        assert "OSError: the disk is full" in failed.last_error

        def owed_after(minutes: int) -> bool:
            now = NIGHT + timedelta(minutes=minutes)
            return database.in_transaction(
                lambda session: is_owed(session, session.scalars(select(Night)).one(), now=now)
            )

        assert not owed_after(5 * failures - 1)
        assert owed_after(5 * failures) is (failures < MOST_FAILURES)


def test_a_plan_that_does_not_prove_itself_is_not_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Report:
        ok = False
        faults = ("a volunteer is in two places",)

    database.in_transaction(a_small_district)
    monkeypatch.setattr(engine, "verify", lambda *_files: Report())
    with pytest.raises(RuntimeError, match="two places"):
        run(database, claimed(database))
    assert written(database) == []


def test_an_interrupted_night_is_owed_again_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupts(*_arguments: object, **_options: object) -> None:
        raise SystemExit

    database.in_transaction(a_small_district)
    with monkeypatch.context() as patched:
        patched.setattr(engine, "solve", interrupts)
        with pytest.raises(SystemExit):
            run(database, claimed(database))
    assert the_night(database).status is NightStatus.OWED
    assert run(database, claimed(database)).proposals == 3


def test_a_lease_is_kept_though_the_database_was_locked_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claimed(database)
    database.in_transaction(let_the_lease_run_out)
    tries: list[int] = []
    is_renewed = threading.Event()
    own = ledger.own

    def locked_at_first(session: Session, claim: Claim) -> Night:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("UPDATE nights", None, Exception("no such luck"))
        row = own(session, claim)
        is_renewed.set()
        return row

    monkeypatch.setattr(ledger, "RENEWAL", timedelta(milliseconds=5))
    monkeypatch.setattr(ledger, "own", locked_at_first)
    with ledger.keeping(database, claim):
        assert is_renewed.wait(10)
    with pytest.raises(NightNotClaimed):
        database.in_transaction(lambda session: claim_night(session, MORNING))


def test_a_killed_night_is_anybodys_within_a_minute_and_a_living_one_has_five_tries(
    database: Database,
) -> None:
    claimed(database)
    with database.reading() as session:
        lease = the_night(database).lease_until
        assert lease is not None
        assert lease - ledger.database_now(session) <= timedelta(minutes=1)
    assert ledger.LEASE >= 5 * ledger.RENEWAL


def test_another_attempt_replaces_open_proposals_and_keeps_approvals(database: Database) -> None:
    database.in_transaction(a_small_district)
    run_a_night(database)
    by = database.in_transaction(make_coordinator).id

    def approve_the_friday(session: Session) -> None:
        friday = [row.id for row in open_proposals(session) if row.volunteer.code == "V-FRIDAY"]
        approve_proposals(session, friday, PATIENCE, by=by, now=AT_NINE)

    database.in_transaction(approve_the_friday)
    database.in_transaction(lambda session: ask_again(session, MORNING, by=by, now=AT_NINE))
    summary = run_a_night(database, now=AT_NINE)
    assert (summary.covered, summary.proposals) == (3, 2)
    with database.reading() as session:
        runs = session.scalars(select(Run).order_by(Run.attempt)).all()
        assert [each.attempt for each in runs] == [0, 1]
        assert {row.run_id for row in open_proposals(session)} == {runs[1].id}
        assert (
            session.scalar(
                select(func.count()).select_from(Proposal).where(Proposal.status == ProposalStatus.APPROVED)
            )
            == 1
        )
        changes = changes_between(session, runs[1], runs[0])
        assert (len(changes.kept), len(changes.new), len(changes.gone)) == (2, 0, 0)


def test_nobody_asks_for_another_attempt_while_one_runs(database: Database) -> None:
    claimed(database)
    with pytest.raises(NightNotClaimed):
        database.in_transaction(lambda session: ask_again(session, MORNING, by=None, now=NIGHT))


def test_what_was_approved_while_the_night_computed_is_passed_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.in_transaction(a_small_district)
    run_a_night(database)
    by = database.in_transaction(make_coordinator).id
    database.in_transaction(lambda session: ask_again(session, MORNING, by=by, now=AT_NINE))
    solve = engine.solve

    def approve_meanwhile(*arguments: Any, **options: Any) -> Any:
        database.in_transaction(
            lambda session: approve_proposals(
                session, [row.id for row in open_proposals(session)], PATIENCE, by=by, now=AT_NINE
            )
        )
        return solve(*arguments, **options)

    monkeypatch.setattr(engine, "solve", approve_meanwhile)
    run_a_night(database, now=AT_NINE)
    with database.reading() as session:
        assert open_proposals(session) == []


def test_a_run_keeps_its_problem_and_result_and_can_be_checked(database: Database) -> None:
    database.in_transaction(a_small_district)
    run_a_night(database)
    with database.reading() as session:
        done = latest_run(session)
        assert done is not None
        files = files_of(session, done.id)
        assert files is not None
        problem, result = files
        assert done.problem_hash == problem.hash
        assert engine.verify(problem, result).ok
        assert done.policy == "policy/1"
        assert (done.needed_visits, done.covered_visits) == (4, 3)


def test_a_dry_run_writes_nothing(database: Database) -> None:
    database.in_transaction(a_small_district)
    run_a_night(database)
    before = written(database)
    summary = dry_run(database, MORNING, time_limit_seconds=60)
    assert (summary.needed, summary.covered, summary.proposals) == (4, 3, 3)
    assert written(database) == before


def test_a_proposal_is_plain_only_for_helpers_known_to_the_person(database: Database) -> None:
    def know_each_other(session: Session) -> None:
        helper = make_volunteer(session, "Known Helper")
        recipient = make_recipient(session)
        session.add(KnownHelper(recipient_id=recipient.id, volunteer_id=helper.id, since=date(2026, 1, 5)))
        make_request(session, recipient)
        make_request(session, windows=((date(2026, 11, 28), 20, 24),))

    database.in_transaction(know_each_other)
    run_a_night(database)
    with database.reading() as session:
        plain = {row.on_date: row.is_plain for row in open_proposals(session)}
    assert plain == {date(2026, 11, 26): True, date(2026, 11, 28): False}


def test_the_night_ends_pauses_and_lets_the_inactive_leave_their_visits(database: Database) -> None:
    def paused_until_yesterday(session: Session) -> None:
        make_volunteer(
            session, "Back Today", status=VolunteerStatus.PAUSED, paused_until=MORNING - timedelta(days=1)
        )
        make_request(session)

    database.in_transaction(paused_until_yesterday)
    assert run_a_night(database).proposals == 1


def test_planning_stands_before_the_problem_is_taken(database: Database) -> None:
    database.in_transaction(a_small_district)
    run_a_night(database)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Occurrence)) == 4


def test_the_night_is_healthy_once_done_and_red_when_it_failed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.reading() as session:
        assert not night_health(session, NIGHT).is_red
    run_a_night(database)
    with database.reading() as session:
        assert not night_health(session, AT_NINE).is_red
        assert night_health(session, AT_NINE + timedelta(days=2)).is_red

    def breaks(*_arguments: object, **_options: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(engine, "solve", breaks)
    database.in_transaction(lambda session: ask_again(session, MORNING, by=None, now=AT_NINE))
    with pytest.raises(OSError, match="disk"):
        run_a_night(database)
    with database.reading() as session:
        assert night_health(session, AT_NINE).is_red

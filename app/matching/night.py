"""The night: computed outside any transaction, written in chunks that each prove ownership.

A run that was killed is resumed by the next claim (see `ledger`), from the stored problem or the stored result, and
writes the same proposals once.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, Occurrence, RequestStatus
from app.care_requests.queries.occurrences import open_request_ids
from app.care_requests.use_cases.planning import plan_occurrences
from app.handover.queries.shadows import shadows_wanted
from app.handover.use_cases.shadows import Along, propose_shadows
from app.matching import engine
from app.matching.engine import Problem, Result
from app.matching.ledger import Claim, NightLost, give_back, keeping, note_failure, own
from app.matching.models import Night, NightStatus, Proposal, ProposalStatus, Run, UnservedVisit
from app.matching.queries.runs import packed, reasons_for, unpacked
from app.matching.queries.shortages import groups_told, near_misses_told, shortage_told
from app.matching.translate import HORIZON_DAYS, horizon_start, snapshot
from app.matching.use_cases.upkeep import prepare_for_the_night
from app.shared.audit import record
from app.shared.database import Database
from app.visits.models import LIVE_SEATS, Visit, VisitSeat
from app.volunteers.models import ADULT_AGE, Volunteer

CHUNK_ROWS = 100
RUNNERS_UP_KEPT = 3

Progress = Callable[[str, int, int, int, int], None]
"""Stage, how much of it is done, of how much, value and bound so far."""


@dataclass(frozen=True)
class NightSummary:
    """What a night came to. Times in seconds; `covered` and `waiting` count needed visits."""

    morning: date
    volunteers: int
    needed: int
    covered: int
    waiting: int
    urgent_needed: int
    urgent_served: int
    urgent_bound: int
    value: int
    bound: int
    gap: float
    is_proved_optimal: bool
    seconds: float
    proposals: int


def run_night(
    database: Database,
    claim: Claim,
    *,
    clock: Callable[[], datetime],
    time_limit_seconds: float,
    progress: Progress | None = None,
) -> NightSummary:
    """Run a claimed night to its end, or resume it where a killed one stopped.

    Raises NightLost when the claim was lost. Any other failure is written into the ledger and raised again; a run
    that is interrupted (SystemExit, KeyboardInterrupt) is owed again at once.
    """
    try:
        with keeping(database, claim):
            return _run(database, claim, clock, time_limit_seconds, progress or _silent)
    except NightLost:
        raise
    except (SystemExit, KeyboardInterrupt):
        database.in_transaction(lambda session: give_back(session, claim))
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        database.in_transaction(lambda session: note_failure(session, claim, reason, now=clock()))
        raise


def dry_run(
    database: Database, morning: date, *, time_limit_seconds: float, progress: Progress | None = None
) -> NightSummary:
    """What the night would come to, with the needs that are planned already; writes nothing."""
    with database.snapshot() as session:
        taken = snapshot(session, horizon_start(morning))
    result = engine.solve(taken.problem, time_limit_seconds=time_limit_seconds, progress=progress)
    proposals = [row for row in _rows_of(taken.problem, result) if isinstance(row, _ProposalRow)]
    return _summary(morning, taken.problem, result, len(proposals))


def _run(
    database: Database,
    claim: Claim,
    clock: Callable[[], datetime],
    time_limit_seconds: float,
    progress: Progress,
) -> NightSummary:
    watch = _Stopwatch(progress)
    run_id = _begin(database, claim, clock, watch)
    problem = _problem(database, claim, run_id, watch)
    result = _result(database, claim, run_id, problem, time_limit_seconds, watch)
    rows = _rows_of(problem, result)
    with database.reading() as session:
        cursor = session.get_one(Run, run_id).cursor
        ids = _ids(session, problem)
    standing, groups = engine.Standing(problem, result), groups_told(result)
    for start in range(cursor, len(rows), CHUNK_ROWS):
        tables = _tables(standing, groups, ids, rows[start : start + CHUNK_ROWS])
        end = start + len(tables)
        database.in_transaction(partial(_write, claim=claim, run_id=run_id, ids=ids, rows=tables, cursor=end))
        watch("write", end, len(rows), result.value, result.bound)
    proposals = sum(isinstance(row, _ProposalRow) for row in rows)
    summary = _summary(claim.morning, problem, result, proposals)
    stages = watch.stages()
    along = _shadow_rows(problem, result)
    database.in_transaction(
        lambda session: _finish(session, claim, run_id, summary, stages, ids=ids, along=along, now=clock())
    )
    return summary


class _Stopwatch:
    """Passes progress on and keeps how long each stage took: a stage reports when it, or a part of it, is done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._since = time.monotonic()
        self._seconds: dict[str, float] = {}
        self._counts: dict[str, tuple[int, int]] = {}

    def __call__(self, stage: str, done: int, total: int, value: int, bound: int) -> None:
        now = time.monotonic()
        self._seconds[stage] = self._seconds.get(stage, 0.0) + now - self._since
        self._counts[stage] = (done, total)
        self._since = now
        self._progress(stage, done, total, value, bound)

    def stages(self) -> list[dict[str, Any]]:
        """In the order in which they began: name, how much of it was done, of how much, and seconds."""
        return [
            {"stage": stage, "done": done, "total": total, "seconds": round(self._seconds[stage], 2)}
            for stage, (done, total) in self._counts.items()
        ]


def _begin(database: Database, claim: Claim, clock: Callable[[], datetime], progress: Progress) -> int:
    """The run of this attempt, new or to be resumed. Before a new one: what no longer holds goes, needs are planned.

    Both may be done again after a kill; they change nothing the second time.
    """
    run = database.in_transaction(lambda session: _run_of(session, own(session, claim)))
    if run is not None:
        return run
    starts_on = horizon_start(claim.morning)
    database.in_transaction(lambda session: _prepare(session, claim, now=clock()))
    with database.reading() as session:
        requests = open_request_ids(session)
    for start in range(0, len(requests), CHUNK_ROWS):
        chunk = requests[start : start + CHUNK_ROWS]
        database.in_transaction(partial(_plan, claim=claim, starts_on=starts_on, chunk=chunk, now=clock()))
        progress("plan", start + len(chunk), len(requests), 0, 0)
    return database.in_transaction(lambda session: _new_run(session, claim, starts_on, now=clock()))


def _run_of(session: Session, night: Night) -> int | None:
    return session.scalar(select(Run.id).where(Run.night_id == night.id, Run.attempt == night.attempt))


def _prepare(session: Session, claim: Claim, *, now: datetime) -> None:
    own(session, claim)
    prepare_for_the_night(session, now=now)


def _plan(session: Session, *, claim: Claim, starts_on: date, chunk: Sequence[int], now: datetime) -> None:
    own(session, claim)
    plan_occurrences(session, starts_on, HORIZON_DAYS, now=now, request_ids=chunk)


def _new_run(session: Session, claim: Claim, starts_on: date, *, now: datetime) -> int:
    night = own(session, claim)
    run = Run(
        night_id=night.id,
        attempt=night.attempt,
        started_at=now,
        starts_on=starts_on,
        policy=engine.POLICY.version,
    )
    session.add(run)
    session.flush()
    return run.id


def _problem(database: Database, claim: Claim, run_id: int, progress: Progress) -> Problem:
    """The run's problem: the stored one, or a snapshot of now, stored before anything is computed from it."""
    with database.snapshot() as session:
        run = session.get_one(Run, run_id)
        if run.problem_file is not None:
            return Problem.from_json(unpacked(run.problem_file))
        taken = snapshot(session, run.starts_on)
    problem = taken.problem
    progress("snapshot", len(problem.visits), len(problem.visits), 0, 0)
    file = packed(problem.to_json())

    def store(session: Session) -> None:
        own(session, claim)
        run = session.get_one(Run, run_id)
        run.problem_file = file
        run.problem_hash = problem.hash
        run.facts = {"left_out": list(taken.left_out), "inputs": _inputs(problem)}

    database.in_transaction(store)
    return problem


def _inputs(problem: Problem) -> dict[str, int]:
    """How much went in, by what it is."""
    return {
        "volunteers": len(problem.volunteers),
        "requests": len({visit.request for visit in problem.visits}),
        "visits": len(problem.visits),
        "urgent": sum(visit.urgent for visit in problem.visits),
        "pinned": len(problem.pinned),
        "previous": len(problem.previous),
        "areas": len(problem.areas),
    }


def _result(
    database: Database,
    claim: Claim,
    run_id: int,
    problem: Problem,
    time_limit_seconds: float,
    progress: Progress,
) -> Result:
    """The run's result: the stored one, or the engine's, verified independently and stored."""
    with database.reading() as session:
        stored = session.get_one(Run, run_id).result_file
    if stored is not None:
        return Result.from_json(unpacked(stored))
    result = engine.solve(problem, time_limit_seconds=time_limit_seconds, progress=progress)
    report = engine.verify(problem, result)
    if not report.ok:
        raise RuntimeError(f"the plan does not prove itself: {'; '.join(report.faults[:3])}")
    progress("verify", 1, 1, result.value, result.bound)
    file = packed(result.to_json())
    terms = engine.value_terms(problem, result.pairings, result.shadow_pairings)

    def store(session: Session) -> None:
        own(session, claim)
        run = session.get_one(Run, run_id)
        run.result_file = file
        run.facts = {
            **run.facts,
            "dropped_pins": [list(pin) for pin in result.dropped_pins],
            "terms": dict(terms),
            "method": result.certificate.get("method"),
            "notes": list(report.notes),
            "shortage": shortage_told(result),
        }

    database.in_transaction(store)
    return result


@dataclass(frozen=True)
class _Ids:
    """Codes of the problem → ids of the tables; who was pinned to an occurrence when the problem was taken."""

    occurrences: dict[str, int]
    volunteers: dict[str, int]
    pinned: dict[int, frozenset[int]]


@dataclass(frozen=True)
class _ProposalRow:
    """A pairing that is not pinned, to be written as a proposal for one seat."""

    visit: str
    volunteer: str
    option: int
    seat_number: int


@dataclass(frozen=True)
class _UnservedRow:
    """A needed visit that nobody can take tonight, to be written with its funnel."""

    visit: str
    unserved: engine.Unserved


_Row = _ProposalRow | _UnservedRow


@dataclass(frozen=True)
class _ShadowRow:
    """A successor who would go along to a visit, at one of its times, with one of those who hold its seats."""

    visit: str
    successor: str
    on_date: date
    from_slot: int
    to_slot: int
    seniors: frozenset[str]


def _shadow_rows(problem: Problem, result: Result) -> list[_ShadowRow]:
    """The result's shadow pairings, each at the visit's own time."""
    times: dict[str, int] = {visit: option for visit, _volunteer, option in result.pairings}
    held: dict[str, set[str]] = {}
    for visit, volunteer, _option in result.pairings:
        held.setdefault(visit, set()).add(volunteer)
    rows = []
    for visit, successor in result.shadow_pairings:
        day, from_slot, to_slot = problem.visit(visit).options[times[visit]]
        on_date = problem.starts_on + timedelta(days=day)
        rows.append(_ShadowRow(visit, successor, on_date, from_slot, to_slot, frozenset(held[visit])))
    return rows


def _propose_shadows(
    session: Session, run_id: int, ids: _Ids, rows: Sequence[_ShadowRow], *, now: datetime
) -> None:
    """Each is of the handover in which this successor follows one of those who go there, as it stands by now."""
    handovers = {(each.senior_id, each.successor_id): each.handover_id for each in shadows_wanted(session)}
    found = []
    for row in rows:
        successor_id = ids.volunteers[row.successor]
        for senior in sorted(row.seniors):
            handover_id = handovers.get((ids.volunteers[senior], successor_id))
            if handover_id is not None:
                found.append(
                    Along(
                        handover_id,
                        successor_id,
                        ids.occurrences[row.visit],
                        row.on_date,
                        row.from_slot,
                        row.to_slot,
                    )
                )
                break
    propose_shadows(session, found, run_id=run_id, now=now)


def _tables(
    standing: engine.Standing, groups: Mapping[str, dict[str, Any]], ids: _Ids, rows: Sequence[_Row]
) -> list[dict[str, Any]]:
    """The rows as they are written, each with what the engine says of it."""
    problem = standing.problem
    visits = dict.fromkeys(row.visit for row in rows)
    said = {
        each["visit"]: each
        for each in engine.explain_seats(problem, standing, visits, runners_up=RUNNERS_UP_KEPT)
    }
    return [
        _proposal(problem, ids, row, said[row.visit])
        if isinstance(row, _ProposalRow)
        else _unserved(standing, groups.get(row.visit), ids, row, said[row.visit])
        for row in rows
    ]


def _proposal(problem: Problem, ids: _Ids, row: _ProposalRow, said: dict[str, Any]) -> dict[str, Any]:
    chosen = next(each for each in said["chosen"] if each["volunteer"] == row.volunteer)
    day, from_slot, to_slot = problem.visit(row.visit).options[row.option]
    return {
        "table": Proposal,
        "occurrence_id": ids.occurrences[row.visit],
        "volunteer_id": ids.volunteers[row.volunteer],
        "on_date": problem.starts_on + timedelta(days=day),
        "from_slot": from_slot,
        "to_slot": to_slot,
        "seat_number": row.seat_number,
        "is_plain": is_plain(problem, row.visit, [each["volunteer"] for each in said["chosen"]]),
        "explanation": {
            **{key: chosen[key] for key in ("fit", "amount", "rules", "terms")},
            "reasons": reasons_for(problem, row.visit, row.volunteer),
            "visit_terms": said["visit_terms"],
            "eligible": said["eligible"],
            "runners_up": [
                {**runner_up, "reasons": reasons_for(problem, row.visit, runner_up["volunteer"])}
                for runner_up in said["runners_up"]
            ],
        },
    }


def _unserved(
    standing: engine.Standing,
    group: dict[str, Any] | None,
    ids: _Ids,
    row: _UnservedRow,
    said: dict[str, Any],
) -> dict[str, Any]:
    problem = standing.problem
    visit, unserved = problem.visit(row.visit), row.unserved
    team = [problem.volunteer(each["volunteer"]) for each in said["chosen"]]
    return {
        "table": UnservedVisit,
        "occurrence_id": ids.occurrences[row.visit],
        "funnel": [
            {"rule": rule, "removed": removed, "remaining": remaining}
            for (rule, removed), (_rule, remaining) in zip(unserved.funnel, unserved.remaining, strict=True)
        ],
        "facts": {
            "volunteers": len(problem.volunteers),
            "eligible": unserved.eligible,
            "runners_up": said["runners_up"],
            "repairs": list(unserved.repairs),
            "near_misses": near_misses_told(standing, visit),
            "group": group,
            "team_faults": list(engine.broken_team_rules(visit, team)),
            "urgent": visit.urgent,
        },
    }


def is_plain(problem: Problem, visit_id: str, team: Sequence[str]) -> bool:
    """Whether a proposal may be approved together with others (DOMAIN §2).

    Every helper is known to the person, nobody is a minor, no clearance is needed, and it is not urgent.
    """
    visit = problem.visit(visit_id)
    if visit.urgent or visit.clearance is not None:
        return False
    people = [problem.volunteer(volunteer) for volunteer in team]
    return all(person.id in visit.known and person.age >= ADULT_AGE for person in people)


def _rows_of(problem: Problem, result: Result) -> list[_Row]:
    """What the result asks to be written, in a fixed order: pinned pairings are there already."""
    pinned = {(visit, volunteer) for visit, volunteer, _option in problem.pinned}
    dropped = {(visit, volunteer) for visit, volunteer, _rule in result.dropped_pins}
    kept = pinned - dropped
    seats: dict[str, int] = {}
    for visit, _volunteer in kept:
        seats[visit] = seats.get(visit, 0) + 1
    unserved = {each.visit: each for each in result.unserved}
    rows: list[_Row] = []
    for visit, volunteer, option in result.pairings:
        if (visit, volunteer) in kept or visit in unserved:
            continue
        seats[visit] = seats.get(visit, 0) + 1
        rows.append(_ProposalRow(visit, volunteer, option, seats[visit]))
    return rows + [_UnservedRow(visit, each) for visit, each in sorted(unserved.items())]


def _ids(session: Session, problem: Problem) -> _Ids:
    """Codes of the problem → ids of the tables."""
    first, last = problem.starts_on, problem.starts_on + timedelta(days=HORIZON_DAYS)
    occurrences = session.execute(
        select(Occurrence.code, Occurrence.id).where(
            Occurrence.last_day >= first, Occurrence.first_day <= last
        )
    )
    volunteers = session.execute(select(Volunteer.code, Volunteer.id))
    ids = _Ids({row.code: row.id for row in occurrences}, {row.code: row.id for row in volunteers}, {})
    pinned: dict[int, set[int]] = {}
    for visit, volunteer, _option in problem.pinned:
        pinned.setdefault(ids.occurrences[visit], set()).add(ids.volunteers[volunteer])
    ids.pinned.update({occurrence: frozenset(people) for occurrence, people in pinned.items()})
    return ids


def _write(
    session: Session, *, claim: Claim, run_id: int, ids: _Ids, rows: Sequence[dict[str, Any]], cursor: int
) -> None:
    """Write a chunk. What an older run proposed for the same needs and nobody decided is closed with it.

    Needs that people have met or called off since the problem was taken are passed over.
    """
    own(session, claim)
    run = session.get_one(Run, run_id)
    occurrence_ids = {row["occurrence_id"] for row in rows}
    session.execute(
        update(Proposal)
        .where(
            Proposal.occurrence_id.in_(occurrence_ids),
            Proposal.run_id != run_id,
            Proposal.status == ProposalStatus.OPEN,
        )
        .values(status=ProposalStatus.CLOSED)
    )
    stands = _needs_as_taken(session, occurrence_ids, ids)
    for row in rows:
        if row["occurrence_id"] in stands:
            table, values = row["table"], {key: value for key, value in row.items() if key != "table"}
            session.add(table(run_id=run_id, **values))
    run.cursor = cursor


def _needs_as_taken(session: Session, occurrence_ids: Collection[int], ids: _Ids) -> set[int]:
    """Those of the occurrences that are still needed, with the same people on them as in the problem."""
    needed = set(
        session.scalars(
            select(Occurrence.id)
            .join(CareRequest, CareRequest.id == Occurrence.request_id)
            .where(
                Occurrence.id.in_(occurrence_ids),
                Occurrence.cancelled_at.is_(None),
                CareRequest.status == RequestStatus.OPEN,
            )
        )
    )
    held: dict[int, set[int]] = {}
    for occurrence_id, volunteer_id in session.execute(
        select(Visit.occurrence_id, VisitSeat.volunteer_id)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(Visit.occurrence_id.in_(occurrence_ids), VisitSeat.status.in_(LIVE_SEATS))
    ):
        held.setdefault(occurrence_id, set()).add(volunteer_id)
    return {
        occurrence_id
        for occurrence_id in needed
        if held.get(occurrence_id, set()) == ids.pinned.get(occurrence_id, frozenset())
    }


def _finish(
    session: Session,
    claim: Claim,
    run_id: int,
    summary: NightSummary,
    stages: Sequence[dict[str, Any]],
    *,
    ids: _Ids,
    along: Sequence[_ShadowRow],
    now: datetime,
) -> None:
    night = own(session, claim)
    _propose_shadows(session, run_id, ids, along, now=now)
    session.execute(
        update(Proposal)
        .where(Proposal.run_id != run_id, Proposal.status == ProposalStatus.OPEN)
        .values(status=ProposalStatus.CLOSED)
    )
    run = session.get_one(Run, run_id)
    run.finished_at = now
    run.facts = {**run.facts, "stages": list(stages)}
    run.volunteers, run.needed_visits, run.covered_visits = (
        summary.volunteers,
        summary.needed,
        summary.covered,
    )
    run.urgent_needed, run.urgent_served = summary.urgent_needed, summary.urgent_served
    run.urgent_bound, run.value, run.bound = summary.urgent_bound, summary.value, summary.bound
    run.gap, run.is_proved_optimal, run.seconds = summary.gap, summary.is_proved_optimal, summary.seconds
    night.status = NightStatus.DONE
    night.finished_at = now
    night.lease_until = None
    night.last_error = ""
    record(session, "night.done", night, by=None, now=now, run=run_id, proposals=summary.proposals)


def _summary(morning: date, problem: Problem, result: Result, proposals: int) -> NightSummary:
    waiting = len(result.unserved)
    return NightSummary(
        morning=morning,
        volunteers=len(problem.volunteers),
        needed=len(problem.visits),
        covered=len(problem.visits) - waiting,
        waiting=waiting,
        urgent_needed=sum(visit.urgent for visit in problem.visits),
        urgent_served=result.urgent_served,
        urgent_bound=result.urgent_bound,
        value=result.value,
        bound=result.bound,
        gap=result.gap,
        is_proved_optimal=result.proved_optimal,
        seconds=result.seconds,
        proposals=proposals,
    )


def _silent(_stage: str, _done: int, _total: int, _value: int, _bound: int) -> None:
    """No progress wanted."""

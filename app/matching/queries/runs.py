"""What can be asked of nights and their runs: the ledger, the files, what changed since, whether all is well."""

import gzip
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, defer, joinedload

from app.accounts.models import Account
from app.care_requests.models import CareRequest, Occurrence
from app.care_requests.queries.requests import Page
from app.matching.engine import Problem, Result
from app.matching.models import Night, NightStatus, Proposal, ProposalStatus, RuleCode, Run
from app.shared.health import HealthFact
from app.shared.times import hong_kong_date
from app.visits.models import LIVE_SEATS, Visit, VisitSeat
from app.volunteers.models import ADULT_AGE, Volunteer

CHANGES_A_PAGE = 50


def reasons_for(problem: Problem, visit_id: str, volunteer_id: str) -> dict[str, Any]:
    """What speaks for a pair, and what to look at, as data for chips (fit for JSON).

    Keys: known, continues, same_area, travel_minutes (null: nowhere in particular), languages (those asked and
    spoken), wishes_it, avoids_it, is_minor, is_experienced, is_new_here (a first visit to this home).
    """
    visit, volunteer = problem.visit(visit_id), problem.volunteer(volunteer_id)
    minutes = None
    if visit.area is not None:
        minutes = problem.travel_minutes[problem.area_index[volunteer.home]][problem.area_index[visit.area]]
    return {
        "known": volunteer_id in visit.known,
        "continues": volunteer_id in visit.continues,
        "same_area": visit.area is not None and visit.area == volunteer.home,
        "travel_minutes": minutes,
        "languages": [language for language in visit.languages if language in volunteer.languages],
        "wishes_it": visit.kind in volunteer.wishes,
        "avoids_it": visit.kind in volunteer.avoids,
        "is_minor": volunteer.age < ADULT_AGE,
        "is_experienced": volunteer.experienced,
        "is_new_here": visit.at_home and visit.first_visit,
    }


def night_of(session: Session, morning: date) -> Night | None:
    """The ledger's row of one night."""
    return session.scalars(select(Night).where(Night.morning == morning)).one_or_none()


def nights(session: Session, most: int = 30) -> Sequence[Night]:
    """The ledger, the newest night first."""
    return session.scalars(select(Night).order_by(Night.morning.desc()).limit(most)).all()


def runs_of(session: Session, night_ids: Collection[int]) -> Mapping[int, Sequence[Run]]:
    """By night: its runs, the latest first, without their files."""
    found: dict[int, list[Run]] = defaultdict(list)
    for run in session.scalars(_light().where(Run.night_id.in_(night_ids)).order_by(Run.id.desc())):
        found[run.night_id].append(run)
    return found


def latest_run(session: Session, *, before: Run | None = None) -> Run | None:
    """The latest run that was finished (before another one), without its files."""
    query = _light().where(Run.finished_at.is_not(None)).order_by(Run.id.desc()).limit(1)
    if before is not None:
        query = query.where(Run.id < before.id)
    return session.scalars(query).one_or_none()


def run_shown(session: Session, _account: Account, run_id: int) -> Run | None:
    """A run, for coordinators."""
    return session.scalars(_light().where(Run.id == run_id)).one_or_none()


def files_of(session: Session, run_id: int) -> tuple[Problem, Result] | None:
    """What went into a run and what came out, None while either is missing."""
    row = session.execute(select(Run.problem_file, Run.result_file).where(Run.id == run_id)).one_or_none()
    if row is None or row.problem_file is None or row.result_file is None:
        return None
    return (Problem.from_json(unpacked(row.problem_file)), Result.from_json(unpacked(row.result_file)))


def packed(document: Mapping[str, Any]) -> bytes:
    """A document as gzipped JSON, the same bytes for the same document."""
    return gzip.compress(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)


def unpacked(box: bytes) -> dict[str, Any]:
    """What `packed` packed."""
    document: dict[str, Any] = json.loads(gzip.decompress(box))
    return document


class Change(StrEnum):
    """What became of a pair from one night to the next."""

    NEW = "new"
    KEPT = "kept"
    GONE = "gone"


@dataclass(frozen=True)
class Changes:
    """A run's proposals against those of the run before, as ids of proposals: of this run the new and the kept, of the
    run before those that are gone."""

    new: Sequence[int]
    kept: Sequence[int]
    gone: Sequence[int]

    def of(self, change: Change) -> Sequence[int]:
        """The proposals of one kind of change."""
        return {Change.NEW: self.new, Change.KEPT: self.kept, Change.GONE: self.gone}[change]


def changes_between(session: Session, run: Run, before: Run | None) -> Changes:
    """What changed from one run's proposals to another's. A pair that was approved, or whose day has come, is not gone:
    it stands, or is over."""
    pairs = _pairs(session, run.id)
    earlier = _pairs(session, before.id) if before is not None else {}
    stood = {
        pair: proposal
        for pair, proposal in earlier.items()
        if proposal.status is not ProposalStatus.APPROVED and proposal.on_date >= run.starts_on
    }
    return Changes(
        new=[proposal.id for pair, proposal in pairs.items() if pair not in earlier],
        kept=[proposal.id for pair, proposal in pairs.items() if pair in earlier],
        gone=[proposal.id for pair, proposal in stood.items() if pair not in pairs],
    )


def proposals_listed(
    session: Session, proposal_ids: Sequence[int], number: int, length: int = CHANGES_A_PAGE
) -> Page[Proposal]:
    """Page `number` of these proposals, in time order, with what a list shows."""
    pages = max(1, -(-len(proposal_ids) // length))
    number = min(max(number, 1), pages)
    rows = session.scalars(
        select(Proposal)
        .where(Proposal.id.in_(proposal_ids))
        .order_by(Proposal.on_date, Proposal.from_slot, Proposal.id)
        .limit(length)
        .offset((number - 1) * length)
        .options(
            defer(Proposal.explanation),
            joinedload(Proposal.volunteer),
            joinedload(Proposal.occurrence).joinedload(Occurrence.request).joinedload(CareRequest.kind),
            joinedload(Proposal.occurrence).joinedload(Occurrence.request).joinedload(CareRequest.recipient),
        )
    ).all()
    return Page(rows, number, pages, len(proposal_ids))


@dataclass(frozen=True)
class DroppedPin:
    """Somebody on a visit to come whom a rule speaks against by now."""

    seat: VisitSeat
    rule: RuleCode


def dropped_pins(session: Session, run: Run) -> list[DroppedPin]:
    """Those the run found, who are still on their visits."""
    found = []
    for occurrence_code, volunteer_code, rule in run.facts.get("dropped_pins", ()):
        seat = session.scalars(
            select(VisitSeat)
            .join(VisitSeat.visit)
            .join(Visit.occurrence)
            .join(VisitSeat.volunteer)
            .where(
                Occurrence.code == occurrence_code,
                Volunteer.code == volunteer_code,
                VisitSeat.status.in_(LIVE_SEATS),
            )
            .options(joinedload(VisitSeat.volunteer), joinedload(VisitSeat.visit))
            .limit(1)
        ).one_or_none()
        if seat is not None:
            found.append(DroppedPin(seat, RuleCode(rule)))
    return found


def night_health(session: Session, now: datetime) -> HealthFact:
    """Red when no night has been finished for the morning of today or yesterday, or the latest one failed for good."""
    done = session.scalar(select(func.max(Night.morning)).where(Night.status == NightStatus.DONE))
    latest = session.scalars(select(Night).order_by(Night.morning.desc()).limit(1)).one_or_none()
    days = None if done is None else (hong_kong_date(now) - done).days
    has_failed = latest is not None and latest.status is NightStatus.FAILED
    return HealthFact(
        "night",
        is_red=latest is not None and (has_failed or days is None or days > 1),
        values={
            "last_done": None if done is None else done.isoformat(),
            "latest": None if latest is None else latest.status.value,
        },
    )


def _light() -> Select[Run]:
    """Runs without the files, which are large."""
    return select(Run).options(defer(Run.problem_file), defer(Run.result_file), joinedload(Run.night))


class _Pair(NamedTuple):
    id: int
    status: ProposalStatus
    on_date: date


def _pairs(session: Session, run_id: int) -> dict[tuple[int, int], _Pair]:
    """(occurrence, volunteer) → the run's proposal of them."""
    rows = session.execute(
        select(
            Proposal.occurrence_id, Proposal.volunteer_id, Proposal.id, Proposal.status, Proposal.on_date
        ).where(Proposal.run_id == run_id)
    )
    return {(row.occurrence_id, row.volunteer_id): _Pair(row.id, row.status, row.on_date) for row in rows}

"""What coordinators have seen, and that a proof does not count any more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue.models import Skill
from app.shared.audit import record
from app.shared.database import among
from app.shared.errors import InvalidInput, NotFound
from app.shared.times import hong_kong_date, last_valid_day
from app.training.errors import (
    OwnProof,
    ProofDateImpossible,
    ProofKnown,
    ProofNotCounting,
    ProofReasonMissing,
    ProofRunOut,
)
from app.training.models.proofs import ProofKind, QualificationProof
from app.volunteers.models import Volunteer

Sweeper = Callable[[Session, int, datetime], object]
"""Called with the session, the volunteer's id and when: visits they may not do any more need cover."""

_sweepers: list[Sweeper] = []


def install_sweepers(*sweepers: Sweeper) -> None:
    """Let these, and no others, look at the visits of who loses a qualification. Called once by whoever puts the
    rooms together."""
    _sweepers[:] = sweepers


def sweep_visits(session: Session, volunteer_id: int, now: datetime) -> None:
    """Somebody holds less than before: visits they may not do any more need cover."""
    for sweep in _sweepers:
        sweep(session, volunteer_id, now)


@dataclass(frozen=True)
class ProofFacts:
    """A certificate or an assessment, as a coordinator saw it. Never an identity card's number."""

    skill: str
    kind: ProofKind
    issued_on: date
    seen_on: date
    valid_until: date | None = None
    """Left out: as long as the catalogue says of such a certificate."""
    issued_by: str = ""
    number: str = ""


def enter_proof(
    session: Session, volunteer_id: int, facts: ProofFacts, *, by: int, now: datetime
) -> QualificationProof:
    """Put on record what proves a qualification. It counts from the day it was issued on.

    Raises NotFound, OwnProof, InvalidInput for a skill that needs none, ProofDateImpossible, ProofRunOut, ProofKnown.
    """
    return enter_proofs(session, {volunteer_id: [facts]}, by=by, now=now)[0]


def enter_proofs(
    session: Session, seen: Mapping[int, Sequence[ProofFacts]], *, by: int, now: datetime
) -> list[QualificationProof]:
    """As `enter_proof` for many volunteers, by id, with few queries."""
    people = session.scalars(
        select(Volunteer).where(among(Volunteer.id, seen)).order_by(Volunteer.id).with_for_update()
    ).all()
    if len(people) < len(seen):
        raise NotFound
    skills = {skill.code: skill for skill in session.scalars(select(Skill).where(Skill.needs_proof))}
    known = {
        (row.volunteer_id, row.skill_code, row.kind, row.issued_on)
        for row in session.scalars(
            select(QualificationProof).where(
                among(QualificationProof.volunteer_id, seen), QualificationProof.withdrawn_at.is_(None)
            )
        )
    }
    today = hong_kong_date(now)
    made = []
    for person in people:
        if person.account_id == by:
            raise OwnProof
        for facts in seen[person.id]:
            if facts.skill not in skills:
                raise InvalidInput(field="skill")
            key = (person.id, facts.skill, facts.kind, facts.issued_on)
            if key in known:
                raise ProofKnown(field="issued_on")
            known.add(key)
            made.append(_proof(person, facts, skills[facts.skill].proof_months, today, by, now))
    session.add_all(made)
    session.flush()
    for proof in made:
        record(
            session, "proof.entered", proof.volunteer, by=by, now=now, proof=proof.id, skill=proof.skill_code
        )
    return made


def withdraw_proof(
    session: Session, proof_id: int, *, reason: str, by: int, now: datetime
) -> QualificationProof:
    """It never counted, as far as anybody asks from now on; kept, with the reason. Visits that hung on it need cover.

    Raises NotFound, ProofNotCounting, ProofReasonMissing.
    """
    proof = session.scalars(
        select(QualificationProof)
        .where(QualificationProof.id == proof_id)
        .with_for_update(of=QualificationProof)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if proof is None:
        raise NotFound
    if proof.withdrawn_at is not None:
        raise ProofNotCounting
    if not reason:
        raise ProofReasonMissing(field="reason")
    proof.withdrawn_at, proof.withdrawn_by_id, proof.withdraw_reason = now, by, reason
    session.flush()
    record(
        session,
        "proof.withdrawn",
        proof.volunteer,
        by=by,
        now=now,
        proof=proof.id,
        skill=proof.skill_code,
        reason=reason,
    )
    sweep_visits(session, proof.volunteer_id, now)
    return proof


def restore_proofs(session: Session, proofs: Sequence[QualificationProof]) -> None:
    """Proofs come back from an export of this very service, as they were."""
    session.add_all(proofs)
    session.flush()


def _proof(
    person: Volunteer, facts: ProofFacts, months: int | None, today: date, by: int, now: datetime
) -> QualificationProof:
    if facts.seen_on > today:
        raise ProofDateImpossible(field="seen_on")
    if facts.issued_on > facts.seen_on:
        raise ProofDateImpossible(field="issued_on")
    valid_until = facts.valid_until
    if valid_until is None and months is not None:
        valid_until = last_valid_day(facts.issued_on, months)
    if valid_until is not None and valid_until < facts.issued_on:
        raise ProofDateImpossible(field="valid_until")
    if valid_until is not None and valid_until < today:
        raise ProofRunOut(field="valid_until")
    return QualificationProof(
        volunteer=person,
        skill_code=facts.skill,
        kind=facts.kind,
        issued_by=facts.issued_by,
        number=facts.number,
        issued_on=facts.issued_on,
        valid_until=valid_until,
        seen_by_id=by,
        seen_on=facts.seen_on,
        entered_at=now,
        withdraw_reason="",
    )

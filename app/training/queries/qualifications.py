"""What volunteers hold on a day, computed from what proves it. Nothing else in the service says so."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Select, select, type_coerce
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.catalogue.models import Skill
from app.shared.times import last_valid_day
from app.training.models import Course, CourseGrant, CourseProlonging
from app.training.models.proofs import ProofKind, QualificationProof
from app.training.models.runs import CourseRun, Enrolment
from app.training.queries.holding import Period, Renewal, Source, all_periods, held_on
from app.volunteers.models import Volunteer, VolunteerSkill

SOURCES = {
    ProofKind.CERTIFICATE: Source.CERTIFICATE,
    ProofKind.ASSESSMENT: Source.ASSESSMENT,
    ProofKind.EARLIER: Source.EARLIER,
}
BEFORE_ANY_PROOF = date.min
"""From when somebody's own word counts."""
STATEMENTS_KEPT = 8
"""Whoever asks again and again with one condition and other values has its statements made once."""

Values = Mapping[str, Any]
Link = type[CourseGrant] | type[CourseProlonging]
NONE: Values = MappingProxyType({})


def qualifications_held(
    session: Session, on: date, whose: ColumnElement[bool], values: Values = NONE
) -> dict[int, dict[str, Period]]:
    """Volunteer id → code → the longest period in force on `on`, of the volunteers that fulfil `whose`, a condition
    whose parameters are given as `values`.

    A skill that needs proof is held by a course, an assessment, a renewal or a certificate that was seen; any other
    by a volunteer's own word too. The one function that says what somebody holds: few queries for any number of people.
    """
    return {
        volunteer_id: held
        for volunteer_id, periods in qualification_periods(session, whose, values).items()
        if (held := held_on(periods, on))
    }


def qualification_periods(
    session: Session, whose: ColumnElement[bool], values: Values = NONE
) -> dict[int, list[Period]]:
    """Volunteer id → every period of theirs, past and present, of the volunteers that fulfil `whose`."""
    renewals = _renewals(session, whose, values)
    return {
        volunteer_id: all_periods(periods, renewals.get(volunteer_id, ()))
        for volunteer_id, periods in _evidence(session, whose, values).items()
    }


def skills_held_by(
    session: Session, on: date, whose: ColumnElement[bool], values: Values = NONE
) -> dict[int, dict[str, date | None]]:
    """As `qualifications_held`, in short: volunteer id → code → last valid day, None for no end."""
    return {
        volunteer_id: {code: held[code].last_day for code in sorted(held)}
        for volunteer_id, held in qualifications_held(session, on, whose, values).items()
    }


def proofs_of(session: Session, volunteer_id: int) -> Sequence[QualificationProof]:
    """Every proof on record of a volunteer, withdrawn ones too, the latest first."""
    return session.scalars(
        select(QualificationProof)
        .where(QualificationProof.volunteer_id == volunteer_id)
        .order_by(QualificationProof.issued_on.desc(), QualificationProof.id.desc())
        .options(joinedload(QualificationProof.seen_by))
    ).all()


def only_said(session: Session, volunteer_id: int) -> Sequence[Skill]:
    """What a volunteer says they can, that needs proof and of which nothing was ever seen."""
    proved = select(QualificationProof.skill_code).where(
        QualificationProof.volunteer_id == volunteer_id, QualificationProof.withdrawn_at.is_(None)
    )
    return session.scalars(
        select(Skill)
        .join(VolunteerSkill, VolunteerSkill.skill_code == Skill.code)
        .where(VolunteerSkill.volunteer_id == volunteer_id, Skill.needs_proof, Skill.code.not_in(proved))
        .order_by(Skill.position)
    ).all()


def proof_shown(session: Session, _account: Account, proof_id: int) -> QualificationProof | None:
    """A proof that counts, for coordinators."""
    proof = session.get(QualificationProof, proof_id)
    return proof if proof is not None and proof.withdrawn_at is None else None


def skills_to_prove(session: Session) -> Sequence[Skill]:
    """The skills of which a volunteer's own word is not enough."""
    return session.scalars(select(Skill).where(Skill.needs_proof).order_by(Skill.position, Skill.code)).all()


def _evidence(session: Session, whose: ColumnElement[bool], values: Values) -> dict[int, list[Period]]:
    """Volunteer id → what was said where that is enough, what was seen, and what courses have granted."""
    found: dict[int, list[Period]] = defaultdict(list)
    for volunteer_id, code, last_day in session.execute(_own_words(whose), values):
        found[volunteer_id].append(Period(code, BEFORE_ANY_PROOF, last_day, Source.OWN_WORD))
    for proof in session.execute(_proofs(whose), values):
        found[proof.volunteer_id].append(
            Period(proof.skill_code, proof.issued_on, proof.valid_until, SOURCES[proof.kind], proof.id)
        )
    for row in _completions(session, whose, values, CourseGrant):
        last_day = None if row.months is None else last_valid_day(row.on, row.months)
        found[row.volunteer_id].append(
            Period(row.skill_code, row.on, last_day, Source.COURSE, row.enrolment_id)
        )
    return found


@lru_cache(maxsize=STATEMENTS_KEPT)
def _own_words(whose: ColumnElement[bool]) -> Select[int, str, date | None]:
    return (
        select(VolunteerSkill.volunteer_id, VolunteerSkill.skill_code, VolunteerSkill.valid_until)
        .join(Volunteer, Volunteer.id == VolunteerSkill.volunteer_id)
        .join(Skill, Skill.code == VolunteerSkill.skill_code)
        .where(whose, Skill.needs_proof.is_(False))
    )


@lru_cache(maxsize=STATEMENTS_KEPT)
def _proofs(whose: ColumnElement[bool]) -> Select[int, str, date, date | None, ProofKind, int]:
    return (
        select(
            QualificationProof.volunteer_id,
            QualificationProof.skill_code,
            QualificationProof.issued_on,
            QualificationProof.valid_until,
            QualificationProof.kind,
            QualificationProof.id,
        )
        .join(Volunteer, Volunteer.id == QualificationProof.volunteer_id)
        .where(whose, QualificationProof.withdrawn_at.is_(None))
        .order_by(QualificationProof.id)
    )


def _renewals(session: Session, whose: ColumnElement[bool], values: Values) -> dict[int, list[Renewal]]:
    """Volunteer id → the courses they completed that prolong something."""
    found: dict[int, list[Renewal]] = defaultdict(list)
    for row in _completions(session, whose, values, CourseProlonging):
        found[row.volunteer_id].append(
            Renewal(row.skill_code, row.on, row.months, row.window_months, row.enrolment_id)
        )
    return found


class _Completion(NamedTuple):
    """A course that somebody completed, and one of the skills it is about."""

    volunteer_id: int
    skill_code: str
    on: date
    months: int | None
    window_months: int | None
    enrolment_id: int


def _completions(
    session: Session, whose: ColumnElement[bool], values: Values, link: Link
) -> list[_Completion]:
    """By the courses' grants, or by what they prolong."""
    return [_Completion(*row) for row in session.execute(_completed(whose, link), values)]


@lru_cache(maxsize=STATEMENTS_KEPT)
def _completed(whose: ColumnElement[bool], link: Link) -> Select[int, str, date, int | None, int | None, int]:
    return (
        select(
            Volunteer.id,
            link.skill_code,
            type_coerce(Enrolment.completed_on, Date),
            Course.valid_months,
            Course.renewal_months,
            Enrolment.id,
        )
        .join(CourseRun, CourseRun.id == Enrolment.run_id)
        .join(Course, Course.id == CourseRun.course_id)
        .join(link, link.course_id == Course.id)
        .join(Volunteer, Volunteer.id == Enrolment.volunteer_id)
        .where(whose, Enrolment.completed_on.is_not(None))
        .order_by(Enrolment.id, link.skill_code)
    )

"""What somebody holds on a day: computed from what proves it, for matching, courses and pages alike."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.catalogue.models import Skill
from app.catalogue.use_cases import load_catalogue
from app.shared.database import Database
from app.shared.errors import InvalidInput, NotFound
from app.training.errors import (
    OwnProof,
    ProofDateImpossible,
    ProofKnown,
    ProofNotCounting,
    ProofReasonMissing,
    ProofRunOut,
)
from app.training.models.proofs import ProofKind, QualificationProof
from app.training.queries import skills_held
from app.training.queries.holding import Period, Renewal, Source, all_periods, held_on
from app.training.queries.qualifications import only_said, proofs_of, qualifications_held
from app.training.use_cases import CourseFacts, add_course, add_faculty
from app.training.use_cases.proofs import ProofFacts, enter_proof, withdraw_proof
from app.volunteers.models import Volunteer, VolunteerSkill
from tests.people import NOW, complete_course, give_proof, make_account, make_coordinator, make_volunteer

TODAY = date(2026, 11, 23)
FIRST_AID = ProofFacts(
    "first_aid",
    ProofKind.CERTIFICATE,
    issued_on=date(2026, 10, 1),
    seen_on=TODAY,
    valid_until=date(2029, 9, 30),
    issued_by="St John",
    number="FA-1024",
)
Made = TypeVar("Made")


def period(first: str, last: str | None, skill: str = "a", source: Source = Source.COURSE) -> Period:
    return Period(skill, date.fromisoformat(first), date.fromisoformat(last) if last else None, source)


def renewal(on: str, months: int | None = 24, window: int | None = 3) -> Renewal:
    return Renewal("a", date.fromisoformat(on), months, window)


@pytest.mark.parametrize(
    ("taken", "ends"),
    [
        (renewal("2026-10-01"), "2028-12-31"),
        (renewal("2026-09-30"), "2026-12-31"),
        (renewal("2026-12-31"), "2028-12-31"),
        (renewal("2027-01-01"), "2026-12-31"),
        (renewal("2026-06-15", window=None), "2028-06-14"),
        (renewal("2026-10-01", months=None), None),
        (renewal("2026-12-01", months=1, window=1), "2027-01-31"),
    ],
    ids=[
        "on the first day of the window",
        "a day too early",
        "on the last day",
        "a day too late",
        "without a window the time begins on the day itself",
        "for good",
        "a month more",
    ],
)
def test_a_renewal_counts_in_its_window_and_loses_nobody_a_day(taken: Renewal, ends: str | None) -> None:
    periods = all_periods([period("2025-01-01", "2026-12-31")], [taken])
    last_days = [each.last_day for each in periods]
    assert (None in last_days) if ends is None else max(filter(None, last_days)) == date.fromisoformat(ends)


def test_renewals_follow_one_another_whatever_order_they_come_in() -> None:
    twice = [renewal("2028-11-01"), renewal("2026-11-01")]
    periods = all_periods([period("2025-01-01", "2026-12-31")], twice)
    assert max(each.last_day or date.max for each in periods) == date(2030, 12, 31)
    assert held_on(periods, date(2026, 10, 31))["a"].source is Source.COURSE
    assert held_on(periods, date(2029, 1, 1))["a"].source is Source.RENEWAL


def test_the_longest_of_several_proofs_counts_and_what_is_over_or_to_come_does_not() -> None:
    periods = [
        period("2025-01-01", "2025-12-31"),
        period("2026-01-01", "2026-06-30"),
        period("2026-02-01", None),
    ]
    assert held_on(periods, date(2024, 12, 31)) == {}
    assert held_on(periods, date(2025, 6, 1))["a"].last_day == date(2025, 12, 31)
    assert held_on(periods, date(2026, 1, 15))["a"].last_day == date(2026, 6, 30)
    assert held_on(periods, date(2026, 3, 1))["a"].last_day is None


DAYS = st.integers(0, 2000).map(lambda number: date(2024, 1, 1) + timedelta(days=number))


@given(
    st.lists(st.tuples(DAYS, st.integers(0, 900)), max_size=4),
    st.lists(st.tuples(DAYS, st.integers(1, 36), st.none() | st.integers(1, 12)), max_size=4),
    DAYS,
)
def test_a_renewal_never_takes_anything_away(
    spans: list[tuple[date, int]], taken: list[tuple[date, int, int | None]], on: date
) -> None:
    periods = [Period("a", first, first + timedelta(days=length), Source.COURSE) for first, length in spans]
    renewals = [Renewal("a", day, months, window) for day, months, window in taken]
    before, after = held_on(periods, on), held_on(all_periods(periods, renewals), on)
    assert before.keys() <= after.keys()
    if before:
        assert (after["a"].last_day or date.max) >= (before["a"].last_day or date.max)
    if after and not before:
        assert any(renewal.on <= on for renewal in renewals)


class Office:
    """The catalogue, a volunteer, and the coordinator who looks at certificates."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.reads(load_catalogue)
        self.by = self.reads(make_coordinator).id
        self.volunteer = self.reads(make_volunteer).id

    def reads(self, function: Callable[[Session], Made]) -> Made:
        return self.database.in_transaction(function)

    def sees(self, **changes: object) -> QualificationProof:
        seen = replace(FIRST_AID, **changes)  # type: ignore[arg-type]  # of whatever field is named
        return self.reads(lambda session: enter_proof(session, self.volunteer, seen, by=self.by, now=NOW))

    def withdraws(self, proof: QualificationProof, reason: str = "A copy of somebody else’s") -> None:
        self.reads(lambda session: withdraw_proof(session, proof.id, reason=reason, by=self.by, now=NOW))

    def held(self, on: date = TODAY) -> dict[str, date | None]:
        return self.reads(lambda session: skills_held(session, self.volunteer, on))

    def says(self, *codes: str) -> None:
        def say(session: Session) -> None:
            session.add_all(VolunteerSkill(volunteer_id=self.volunteer, skill_code=code) for code in codes)

        self.reads(say)

    def completes(self, on: date, number: int = 1, **course: object) -> None:
        """A course, held and passed on a day."""

        def complete(session: Session) -> None:
            faculty = add_faculty(session, "學院", "Faculty", by=self.by, now=NOW)
            facts = CourseFacts(faculty.id, "課程", f"Course {number}", 120, "yue", **course)  # type: ignore[arg-type]
            course_held = add_course(session, facts, by=self.by, now=NOW)
            complete_course(session, course_held, session.get_one(Volunteer, self.volunteer), on)

        self.reads(complete)


@pytest.fixture
def office(database: Database, keys: object) -> Office:
    return Office(database)


def test_ones_own_word_is_enough_only_where_no_proof_is_needed(office: Office) -> None:
    office.says("cooking", "transfers")
    assert office.held() == {"cooking": None}
    said = office.reads(lambda session: [skill.code for skill in only_said(session, office.volunteer)])
    assert said == ["transfers"]
    office.sees(skill="transfers", valid_until=None)
    assert office.held() == {"cooking": None, "transfers": None}
    assert not office.reads(lambda session: only_said(session, office.volunteer))


def test_a_certificate_counts_from_its_issue_to_its_last_day(office: Office) -> None:
    proof = office.sees()
    assert office.held(date(2026, 9, 30)) == {}
    assert office.held(date(2026, 10, 1)) == {"first_aid": date(2029, 9, 30)}
    assert office.held(date(2029, 9, 30)) == {"first_aid": date(2029, 9, 30)}
    assert office.held(date(2029, 10, 1)) == {}
    assert (proof.seen_by_id, proof.seen_on, proof.number) == (office.by, TODAY, "FA-1024")


def test_a_certificate_without_an_end_holds_as_long_as_the_catalogue_says(office: Office) -> None:
    def three_years(session: Session) -> None:
        session.get_one(Skill, "first_aid").proof_months = 36

    office.reads(three_years)
    assert office.sees(valid_until=None).valid_until == date(2029, 9, 30)
    assert office.sees(skill="transfers", valid_until=None).valid_until is None


@pytest.mark.parametrize(
    ("refusal", "changes"),
    [
        (InvalidInput, {"skill": "cooking"}),
        (InvalidInput, {"skill": "flying"}),
        (ProofDateImpossible, {"seen_on": TODAY + timedelta(days=1)}),
        (ProofDateImpossible, {"issued_on": TODAY + timedelta(days=1)}),
        (ProofDateImpossible, {"valid_until": date(2026, 9, 30)}),
        (ProofRunOut, {"issued_on": date(2023, 1, 1), "valid_until": TODAY - timedelta(days=1)}),
    ],
    ids=["needs no proof", "no skill", "seen tomorrow", "issued after it was seen", "ends first", "run out"],
)
def test_what_cannot_be_a_proof_is_refused(
    office: Office, refusal: type[Exception], changes: dict[str, object]
) -> None:
    with pytest.raises(refusal):
        office.sees(**changes)
    assert office.held() == {}


def test_one_certificate_is_entered_once(office: Office) -> None:
    proof = office.sees()
    with pytest.raises(ProofKnown):
        office.sees(number="FA-1025")
    with pytest.raises(IntegrityError):
        office.reads(
            lambda session: give_proof(
                session,
                session.get_one(Volunteer, office.volunteer),
                "first_aid",
                issued_on=FIRST_AID.issued_on,
                seen_on=TODAY,
            )
        )
    office.withdraws(proof)
    assert office.sees().id != proof.id


def test_a_proof_is_withdrawn_once_with_a_reason_and_kept(office: Office) -> None:
    proof = office.sees()
    with pytest.raises(ProofReasonMissing):
        office.withdraws(proof, "")
    office.withdraws(proof)
    assert office.held() == {}
    kept = office.reads(lambda session: proofs_of(session, office.volunteer))
    assert [(row.withdraw_reason, row.withdrawn_by_id) for row in kept] == [
        ("A copy of somebody else’s", office.by)
    ]
    with pytest.raises(ProofNotCounting):
        office.withdraws(proof)
    with pytest.raises(NotFound):
        office.reads(lambda session: withdraw_proof(session, 999, reason="x", by=office.by, now=NOW))


def test_nobody_looks_at_their_own_certificate(office: Office) -> None:
    def mine(session: Session) -> None:
        account = make_account(session, "Both")
        session.get_one(Volunteer, office.volunteer).account_id = account.id
        enter_proof(session, office.volunteer, FIRST_AID, by=account.id, now=NOW)

    with pytest.raises(OwnProof):
        office.reads(mine)


def test_a_completed_course_grants_for_its_months(office: Office) -> None:
    office.completes(date(2026, 11, 1), grants=("transfers", "listening"), valid_months=24)
    assert office.held(date(2026, 10, 31)) == {}
    last = date(2028, 10, 31)
    assert office.held() == {"listening": last, "transfers": last}
    assert office.held(last + timedelta(days=1)) == {}


def test_a_course_prolongs_what_is_held_and_revives_nothing(office: Office) -> None:
    office.completes(date(2024, 12, 1), grants=("transfers",), valid_months=24)
    office.completes(
        date(2026, 11, 20), 2, prolongs=("transfers", "first_aid"), valid_months=12, renewal_months=3
    )
    assert office.held() == {"transfers": date(2027, 11, 30)}
    held = office.reads(
        lambda session: qualifications_held(session, TODAY, Volunteer.id == office.volunteer)[
            office.volunteer
        ]
    )
    assert held["transfers"].source is Source.RENEWAL


def test_a_withdrawn_certificate_takes_its_renewals_along(office: Office) -> None:
    proof = office.sees(issued_on=date(2026, 1, 1), valid_until=date(2026, 12, 31))
    office.completes(date(2026, 11, 20), prolongs=("first_aid",), valid_months=12, renewal_months=3)
    assert office.held() == {"first_aid": date(2027, 12, 31)}
    office.withdraws(proof)
    assert office.held() == {}


def test_each_persons_evidence_is_their_own(office: Office) -> None:
    office.sees()
    other = office.reads(make_volunteer).id
    held = office.reads(
        lambda session: qualifications_held(session, TODAY, Volunteer.id.in_((office.volunteer, other)))
    )
    assert set(held) == {office.volunteer}
    assert office.reads(lambda session: len(session.scalars(select(QualificationProof)).all())) == 1

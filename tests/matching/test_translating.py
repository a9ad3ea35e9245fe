"""Tables to problem: what the engine is told of people and needs, field by field."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.care_requests.models import (
    KnownHelper,
    OccurrenceOption,
    RequestDemand,
    RequestLanguage,
    RequestSkill,
)
from app.care_requests.use_cases.planning import plan_occurrences
from app.catalogue.models import Area, Demand, District, Language, Skill, TravelTime
from app.handover.use_cases.seniors import change_senior_rule
from app.matching import engine
from app.matching.models import Night, Proposal, ProposalStatus, Run
from app.matching.translate import Snapshot, horizon_start, snapshot
from app.matching.translate.ages import last_day_as_minor
from app.matching.translate.reading import Part
from app.safeguarding.models import DoNotPair, FamilyTie
from app.shared.database import Database
from app.visits.models import EndedBecause, SeatStatus, VisitStatus
from app.volunteers.models import (
    DatesAway,
    Gender,
    Household,
    Volunteer,
    VolunteerInability,
    VolunteerLanguage,
    VolunteerPreference,
    VolunteerSkill,
    VolunteerStatus,
)
from tests.people import (
    NOW,
    give_clearance,
    give_seat,
    make_area,
    make_coordinator,
    make_kind,
    make_minor,
    make_occurrence,
    make_recipient,
    make_request,
    make_visit,
    make_volunteer,
)

pytestmark = pytest.mark.usefixtures("keys", "rooms")
WEDNESDAY = date(2026, 11, 25)
"""The first day of the horizon; Monday of that week is 23 November, and the horizon ends on Tuesday, 8 December."""
MONDAY = date(2026, 11, 23)
THURSDAY = date(2026, 11, 26)
WHOLE_WEEK = ((2, 18, 42),)


def taken(session: Session, **options: Any) -> Snapshot:
    session.flush()
    return snapshot(session, WEDNESDAY, **options)


def the_volunteer(session: Session, volunteer: Volunteer) -> engine.Volunteer:
    return taken(session).problem.volunteer(volunteer.code)


def the_visit(session: Session, **request: Any) -> engine.Visit:
    """The one needed visit of a request on Thursday."""
    make_occurrence(session, make_request(session, **request))
    (visit,) = taken(session).problem.visits
    return visit


def a_code(session: Session, table: Any, code: str) -> str:
    if session.get(table, code) is None:
        session.add(table(code=code, name_zh=code, name_en=code))
        session.flush()
    return code


def test_the_horizon_begins_on_the_day_after_the_morning() -> None:
    assert horizon_start(date(2026, 11, 24)) == WEDNESDAY


def test_a_volunteer_is_told_of_in_full(database: Database) -> None:
    def told(session: Session) -> engine.Volunteer:
        make_area(session, "tsing_yi")
        make_kind(session, "escort")
        household = Household(name="Wong")
        session.add(household)
        session.flush()
        person = make_volunteer(
            session,
            code="V-FULL",
            areas=("shek_lei", "tsing_yi"),
            free=((2, 18, 24), (2, 30, 36)),
            birth_year=1956,
            birth_month=3,
            gender=Gender.MALE,
            new_homes=False,
            weekly_visit_limit=3,
            weekly_minutes_limit=480,
            household_id=household.id,
            senior_since=date(2020, 1, 1),
        )
        make_volunteer(session, code="V-WIFE", household_id=household.id)
        for table, kind in (
            (VolunteerLanguage, Language),
            (VolunteerSkill, Skill),
            (VolunteerInability, Demand),
        ):
            for code in ("b", "a"):
                a_code(session, kind, code)
                key = {Language: "language_code", Skill: "skill_code", Demand: "demand_code"}[kind]
                session.add(table(volunteer_id=person.id, **{key: code}))
        session.flush()
        session.get_one(VolunteerSkill, (person.id, "a")).valid_until = date(2026, 12, 1)
        make_kind(session, "befriending")
        session.add_all(
            (
                VolunteerPreference(volunteer_id=person.id, kind_code="befriending", is_wish=True),
                VolunteerPreference(volunteer_id=person.id, kind_code="escort", is_wish=False),
            )
        )
        give_clearance(session, person, valid_until=date(2027, 1, 1))
        return the_volunteer(session, person)

    assert database.in_transaction(told) == engine.Volunteer(
        id="V-FULL",
        home="shek_lei",
        serves=("shek_lei", "tsing_yi"),
        age=70,
        gender="m",
        languages=("a", "b"),
        skills={"a": date(2026, 12, 1), "b": None},
        clearances={"scrc": date(2027, 1, 1)},
        experienced=True,
        new_homes=False,
        cannot=("a", "b"),
        free=((0, 18, 24), (0, 30, 36), (7, 18, 24), (7, 30, 36)),
        weekly_visits=3,
        weekly_minutes=480,
        used={},
        recent_visits=0,
        household="V-FULL",
        wishes=("befriending",),
        avoids=("escort",),
    )


def test_who_serves_all_areas_serves_every_one_of_them(database: Database) -> None:
    def serves(session: Session) -> tuple[str, ...]:
        make_area(session, "tsing_yi")
        return the_volunteer(session, make_volunteer(session, serves_all_areas=True)).serves

    assert database.in_transaction(serves) == ("shek_lei", "tsing_yi")


@pytest.mark.parametrize(
    "status", [status for status in VolunteerStatus if status is not VolunteerStatus.ACTIVE]
)
def test_only_active_volunteers_are_matched(database: Database, status: VolunteerStatus) -> None:
    def people(session: Session) -> int:
        make_volunteer(session, status=status)
        return len(taken(session).problem.volunteers)

    assert database.in_transaction(people) == 0


def test_days_away_are_not_free(database: Database) -> None:
    def free(session: Session) -> tuple[engine.Option, ...]:
        person = make_volunteer(session, free=WHOLE_WEEK)
        session.add(
            DatesAway(volunteer_id=person.id, first_day=WEDNESDAY, last_day=WEDNESDAY + timedelta(days=3))
        )
        return the_volunteer(session, person).free

    assert database.in_transaction(free) == ((7, 18, 42),)


@pytest.mark.parametrize(
    ("clearance", "held"),
    [
        ({}, {"scrc": date(2029, 10, 23)}),
        ({"confirmed": False}, {}),
        ({"voided_at": NOW}, {}),
        ({"valid_until": WEDNESDAY - timedelta(days=1)}, {}),
        ({"valid_until": WEDNESDAY}, {"scrc": WEDNESDAY}),
        ({"seen_on": WEDNESDAY + timedelta(days=1), "valid_until": date(2027, 1, 1)}, {}),
    ],
    ids=["confirmed", "unconfirmed", "voided", "lapsed", "last_day", "not_seen_yet"],
)
def test_only_clearances_that_hold_are_told(
    database: Database, clearance: dict[str, Any], held: dict[str, date]
) -> None:
    def clearances(session: Session) -> Any:
        person = make_volunteer(session)
        give_clearance(session, person, **clearance)
        return dict(the_volunteer(session, person).clearances)

    assert database.in_transaction(clearances) == held


def test_the_clearance_that_lasts_longest_counts(database: Database) -> None:
    def clearances(session: Session) -> Any:
        person = make_volunteer(session)
        give_clearance(session, person, valid_until=date(2028, 1, 1))
        give_clearance(session, person, valid_until=date(2027, 1, 1))
        return dict(the_volunteer(session, person).clearances)

    assert database.in_transaction(clearances) == {"scrc": date(2028, 1, 1)}


def test_a_minor_needs_a_consent_that_lasts_and_none_of_their_own_clearance(database: Database) -> None:
    def minors(session: Session) -> dict[str, engine.Volunteer]:
        make_minor(session, code="V-CONSENT", free=((2, 18, 46),))
        make_minor(session, code="V-NONE", consent=False)
        make_minor(session, code="V-ENDS").consents[0].valid_until = WEDNESDAY + timedelta(days=12)
        make_minor(session, code="V-LATER").consents[0].given_on = WEDNESDAY + timedelta(days=1)
        make_minor(session, code="V-TAKEN").consents[0].withdrawn_at = NOW
        return {row.id: row for row in taken(session).problem.volunteers}

    found = database.in_transaction(minors)
    assert found.keys() == {"V-CONSENT"}
    minor = found["V-CONSENT"]
    assert minor.age == 15
    assert minor.free == ((0, 18, 42), (7, 18, 42)), "never after nine in the evening"
    assert minor.clearances == {"scrc": date(2029, 1, 31)}


@pytest.mark.parametrize(
    ("birth", "last_day"),
    [
        ((2008, None), date(2026, 12, 31)),
        ((2008, 12), date(2026, 12, 31)),
        ((2008, 11), date(2026, 11, 30)),
        ((2008, 2), date(2026, 2, 28)),
    ],
)
def test_until_when_somebody_counts_as_a_minor(birth: tuple[int, int | None], last_day: date) -> None:
    assert last_day_as_minor(*birth) == last_day


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, False),
        ({"senior_since": WEDNESDAY}, True),
        ({"senior_since": THURSDAY}, False),
        ({"volunteer_since": date(2023, 11, 25)}, True),
        ({"volunteer_since": date(2023, 11, 26)}, False),
        ({"confirmed_hours_before": 299.5}, False),
        ({"confirmed_hours_before": 300.0}, True),
    ],
)
def test_who_is_experienced(database: Database, facts: dict[str, Any], expected: bool) -> None:
    def told(session: Session) -> bool:
        return the_volunteer(session, make_volunteer(session, **facts)).experienced

    assert database.in_transaction(told) is expected


def test_who_is_experienced_is_what_the_coordinators_rule_says(database: Database) -> None:
    def told(session: Session) -> list[bool]:
        volunteer = make_volunteer(session, volunteer_since=date(2020, 1, 1))
        by = make_coordinator(session, "Makes the Rule").id
        rules: list[dict[str, int]] = [{}, {"years": 6}, {"years": 7}, {"years": 20, "kind_visits": 1}]
        said = []
        for rule in rules:
            change_senior_rule(
                session,
                years=rule.get("years"),
                hours=None,
                kind_visits=rule.get("kind_visits"),
                by=by,
                now=NOW,
            )
            said.append(the_volunteer(session, volunteer).experienced)
        return said

    assert database.in_transaction(told) == [False, True, False, False]


def test_seats_before_and_after_the_horizon_use_up_the_weeks_they_lie_in(database: Database) -> None:
    def told(session: Session) -> tuple[Any, int]:
        person = make_volunteer(session)
        for day, status in (
            (date(2026, 11, 22), SeatStatus.ACCEPTED),
            (date(2026, 11, 23), SeatStatus.ACCEPTED),
            (date(2026, 11, 24), SeatStatus.OFFERED),
            (date(2026, 11, 25), SeatStatus.ACCEPTED),
            (date(2026, 12, 9), SeatStatus.OFFERED),
            (date(2026, 12, 14), SeatStatus.OFFERED),
        ):
            give_seat(session, make_visit(session, make_request(session), day), person, status)
        row = the_volunteer(session, person)
        return dict(row.used), row.recent_visits

    used, recent = database.in_transaction(told)
    assert used == {date(2026, 11, 23): (2, 240), date(2026, 12, 7): (1, 120)}
    assert recent == 3


def test_ended_seats_use_up_nothing(database: Database) -> None:
    def told(session: Session) -> tuple[Any, int, tuple[Any, ...]]:
        person = make_volunteer(session)
        seat = give_seat(session, make_visit(session, make_request(session), date(2026, 11, 24)), person)
        seat.status, seat.ended_because = SeatStatus.DECLINED, EndedBecause.DECLINED
        problem = taken(session).problem
        row = problem.volunteer(person.code)
        return dict(row.used), row.recent_visits, problem.pinned

    assert database.in_transaction(told) == ({}, 0, ())


def test_a_visit_is_told_of_in_full(database: Database) -> None:
    def told(session: Session) -> engine.Visit:
        recipient = make_recipient(session, code="P-ONE")
        request = make_request(
            session,
            recipient,
            code="R-ONE",
            seats_min=1,
            seats_max=2,
            experienced_needed=1,
            clearance="scrc",
            gender_needed=Gender.FEMALE,
            gender_preferred=Gender.MALE,
            age_from=20,
            age_to=70,
            prefers_age_from=30,
            urgent_until=THURSDAY,
            urgent_reason="alone",
        )
        for table, kind, key in (
            (RequestSkill, Skill, "skill_code"),
            (RequestLanguage, Language, "language_code"),
            (RequestDemand, Demand, "demand_code"),
        ):
            for code in ("b", "a"):
                session.add(table(request_id=request.id, **{key: a_code(session, kind, code)}))
        known = make_volunteer(session, code="V-KNOWN")
        family = make_volunteer(session, code="V-FAMILY")
        apart = make_volunteer(session, code="V-APART")
        by = make_coordinator(session).id
        session.add_all(
            (
                KnownHelper(recipient_id=recipient.id, volunteer_id=known.id, since=date(2026, 1, 5)),
                FamilyTie(
                    recipient_id=recipient.id, volunteer_id=family.id, entered_by_id=by, entered_at=NOW
                ),
                DoNotPair(recipient_id=recipient.id, volunteer_id=apart.id, entered_by_id=by, entered_at=NOW),
                DoNotPair(
                    recipient_id=recipient.id,
                    volunteer_id=known.id,
                    entered_by_id=by,
                    entered_at=NOW,
                    ended_at=NOW,
                ),
            )
        )
        make_occurrence(session, request)
        (visit,) = taken(session).problem.visits
        return visit

    assert database.in_transaction(told) == engine.Visit(
        id="R-ONE/20261126-0",
        request="R-ONE",
        recipient="P-ONE",
        kind="befriending",
        at_home=True,
        first_visit=False,
        area="shek_lei",
        options=((1, 20, 24),),
        seats=(1, 2),
        experienced=1,
        skills=("a", "b"),
        clearance="scrc",
        languages=("a", "b"),
        gender="f",
        ages=(20, 70),
        demands=("a", "b"),
        prefers_ages=(30, None),
        prefers_gender="m",
        urgent=True,
        waiting_days=9,
        sequence=None,
        continues=(),
        excluded=("V-APART",),
        family=("V-FAMILY",),
        known=("V-KNOWN",),
    )


def test_a_first_visit_is_one_to_a_home_nobody_was_in(database: Database) -> None:
    assert database.in_transaction(
        lambda session: (
            the_visit(session, recipient=make_recipient(session, first_visited_on=None)).first_visit
        )
    )


def test_help_by_telephone_has_no_area(database: Database) -> None:
    def area(session: Session) -> str | None:
        make_kind(session, "phone_call", is_at_home=False, is_anywhere=True)
        return the_visit(session, kind="phone_call", is_at_home=False, area_code=None).area

    assert database.in_transaction(area) is None


@pytest.mark.parametrize(
    ("request_", "ages"),
    [
        ({}, (18, None)),
        ({"takes_minors": True, "clearance": "scrc"}, (12, None)),
        ({"age_from": 10}, (18, None)),
        ({"age_from": 30, "age_to": 50}, (30, 50)),
    ],
)
def test_minors_go_only_where_they_are_taken(
    database: Database, request_: dict[str, Any], ages: tuple[int | None, int | None]
) -> None:
    assert database.in_transaction(lambda session: the_visit(session, **request_).ages) == ages


def test_who_may_be_older_than_the_limit_is_kept_out(database: Database) -> None:
    def told(session: Session) -> tuple[int, tuple[str, ...]]:
        person = make_volunteer(session, code="V-NEAR", birth_year=1976, birth_month=None)
        make_volunteer(session, code="V-UNDER", birth_year=1977, birth_month=None)
        visit = the_visit(session, age_to=49)
        return the_volunteer(session, person).age, visit.excluded

    assert database.in_transaction(told) == (49, ("V-NEAR",))


def test_requests_that_contradict_themselves_are_left_out_and_named(database: Database) -> None:
    def told(session: Session) -> tuple[tuple[str, ...], int]:
        make_occurrence(session, make_request(session, code="R-AGES", age_to=15))
        make_occurrence(session, make_request(session, code="R-NOWHERE", area_code=None))
        make_occurrence(session, make_request(session, code="R-FINE", prefers_age_from=60, prefers_age_to=30))
        found = taken(session)
        assert found.problem.visits[0].prefers_ages is None
        return found.left_out, len(found.problem.visits)

    assert database.in_transaction(told) == (("R-AGES/20261126-0", "R-NOWHERE/20261126-0"), 1)


def test_waiting_counts_from_the_last_served_visit_or_the_submission(database: Database) -> None:
    def told(session: Session) -> dict[str, int]:
        asked = NOW - timedelta(days=60)
        for code in ("R-NEW", "R-SERVED"):
            request = make_request(session, code=code, submitted_at=asked, windows=((3, 20, 24),))
            make_occurrence(session, request, THURSDAY)
            if code == "R-SERVED":
                visit = make_visit(session, request, date(2026, 11, 19), status=VisitStatus.ACCEPTED)
                give_seat(session, visit, make_volunteer(session, code="V-WENT"), SeatStatus.ACCEPTED)
        return {visit.request: visit.waiting_days for visit in taken(session).problem.visits}

    assert database.in_transaction(told) == {"R-NEW": 62, "R-SERVED": 6}


def test_the_earliest_visit_of_a_request_knows_who_served_it_last(database: Database) -> None:
    def told(session: Session) -> list[tuple[int | None, tuple[str, ...]]]:
        request = make_request(session, code="R-WEEKLY", windows=((3, 20, 24),))
        for day, code in ((date(2026, 11, 12), "V-EARLIER"), (date(2026, 11, 19), "V-LAST")):
            visit = make_visit(session, request, day, status=VisitStatus.ACCEPTED)
            give_seat(session, visit, make_volunteer(session, code=code), SeatStatus.ACCEPTED)
        plan_occurrences(session, WEDNESDAY, now=NOW)
        return [(visit.sequence, visit.continues) for visit in taken(session).problem.visits]

    (first, second) = database.in_transaction(told)
    assert first[1] == ("V-LAST",)
    assert second[1] == ()
    assert first[0] is not None
    assert second[0] is not None
    assert first[0] < second[0]


def test_live_seats_are_pinned_at_the_time_of_their_visit(database: Database) -> None:
    def told(session: Session) -> tuple[Any, Any, Any]:
        person = make_volunteer(session, code="V-PINNED", free=())
        visit = make_visit(session, make_request(session, code="R-PINNED"), from_slot=30, to_slot=32)
        give_seat(session, visit, person)
        problem = taken(session).problem
        return problem.pinned, problem.visits[0].options, problem.volunteers[0].free

    pinned, options, free = database.in_transaction(told)
    assert pinned == (("R-PINNED/20261126-0", "V-PINNED", 0),)
    assert options == free == ((1, 30, 32),)


@pytest.mark.parametrize("because", list(EndedBecause))
def test_who_said_no_is_not_asked_for_the_same_visit_again(database: Database, because: EndedBecause) -> None:
    def told(session: Session) -> tuple[str, ...]:
        seat = give_seat(
            session, make_visit(session, make_request(session)), make_volunteer(session, code="V-ASKED")
        )
        seat.status, seat.ended_because = SeatStatus.CANCELLED, because
        return taken(session).problem.visits[0].excluded

    final = {
        EndedBecause.DECLINED,
        EndedBecause.GAVE_UP,
        EndedBecause.EXPIRED,
        EndedBecause.CARER_REFUSED,
        EndedBecause.TAKEN_OFF,
        EndedBecause.COVERED,
    }
    assert database.in_transaction(told) == (("V-ASKED",) if because in final else ())


def test_the_latest_nights_proposals_are_told_but_for_those_refused(database: Database) -> None:
    def told(session: Session) -> Any:
        occurrence = make_occurrence(session, make_request(session, code="R-ONE"))
        night = Night(key="match:x", morning=date(2026, 11, 23), due_at=NOW)
        session.add(night)
        session.flush()
        for attempt, finished_at in ((0, NOW), (1, NOW), (2, None)):
            run = Run(
                night_id=night.id, attempt=attempt, started_at=NOW, finished_at=finished_at,
                starts_on=WEDNESDAY, policy="policy/1",
            )  # fmt: skip
            session.add(run)
            session.flush()
            for seat, status in enumerate((ProposalStatus.CLOSED, ProposalStatus.REPLACED)):
                session.add(
                    Proposal(
                        run_id=run.id, occurrence_id=occurrence.id, seat_number=seat, status=status,
                        volunteer_id=make_volunteer(session, code=f"V-{attempt}{seat}").id,
                        on_date=THURSDAY, from_slot=20, to_slot=24, is_plain=False, explanation={},
                    )
                )  # fmt: skip
        return taken(session).problem.previous

    assert database.in_transaction(told) == (("R-ONE/20261126-0", "V-10"),)


def test_areas_and_travel_are_told_by_code(database: Database) -> None:
    def told(session: Session) -> tuple[Any, Any, Any]:
        make_area(session, "shek_lei")
        session.add(
            Area(
                code="ma_wan",
                district=District.TSUEN_WAN,
                name_zh="馬灣",
                name_en="Ma Wan",
                latitude=22.35,
                longitude=114.06,
            )
        )
        session.flush()
        session.add_all(
            (
                TravelTime(from_code="ma_wan", to_code="shek_lei", minutes=50),
                TravelTime(from_code="shek_lei", to_code="ma_wan", minutes=55),
            )
        )
        problem = taken(session).problem
        return problem.areas, problem.districts, problem.travel_minutes

    assert database.in_transaction(told) == (("ma_wan", "shek_lei"), (0, 1), ((0, 50), (55, 0)))


def test_what_is_not_open_called_off_or_outside_the_horizon_is_not_needed(database: Database) -> None:
    def told(session: Session) -> list[str]:
        make_occurrence(session, make_request(session, code="R-OPEN"))
        make_occurrence(session, make_request(session, code="R-CALLED-OFF")).cancelled_at = NOW
        make_occurrence(
            session, make_request(session, code="R-SUBMITTED", status="submitted", spoken_on=None)
        )
        make_occurrence(session, make_request(session, code="R-EARLY"), WEDNESDAY - timedelta(days=1))
        make_occurrence(session, make_request(session, code="R-FIRST"), WEDNESDAY)
        make_occurrence(session, make_request(session, code="R-LAST"), WEDNESDAY + timedelta(days=13))
        make_occurrence(session, make_request(session, code="R-LATE"), WEDNESDAY + timedelta(days=14))
        return [visit.request for visit in taken(session).problem.visits]

    assert database.in_transaction(told) == ["R-FIRST", "R-LAST", "R-OPEN"]


def test_a_need_met_at_one_of_its_times_is_not_needed_at_another(database: Database) -> None:
    """Monday or Thursday: somebody was there on Monday, before the horizon begins."""

    def told(session: Session) -> list[str]:
        helper = make_volunteer(session, "Monday Helper")
        for code, is_met in (("R-MET", True), ("R-WAITS", False)):
            visit = make_visit(session, make_request(session, code=code), MONDAY)
            visit.occurrence.last_day = THURSDAY
            visit.occurrence.options.append(
                OccurrenceOption(position=1, on_date=THURSDAY, from_slot=20, to_slot=24)
            )
            if is_met:
                give_seat(session, visit, helper, SeatStatus.ACCEPTED)
        problem = taken(session).problem
        assert problem.pinned == ()
        return [visit.request for visit in problem.visits]

    assert database.in_transaction(told) == ["R-WAITS"]


def test_a_part_holds_the_same_rows_as_the_whole(database: Database) -> None:
    def told(session: Session) -> tuple[Any, Any]:
        helper = make_volunteer(session, code="V-HELPER")
        other = make_volunteer(session, code="V-OTHER")
        give_seat(session, make_visit(session, make_request(session, code="R-HELD")), helper)
        wanted = make_occurrence(
            session, make_request(session, code="R-WANTED"), THURSDAY + timedelta(days=1)
        )
        make_occurrence(session, make_request(session, code="R-ELSEWHERE"))
        whole = taken(session).problem
        part = taken(session, part=Part(frozenset({helper.id}), frozenset({wanted.id}))).problem
        assert [row.id for row in part.volunteers] == ["V-HELPER"]
        assert [row.request for row in part.visits] == ["R-HELD", "R-WANTED"]
        assert part.pinned == whole.pinned
        assert other.code in whole.volunteer_index
        return (
            [*part.volunteers, *part.visits],
            [whole.volunteer("V-HELPER"), *(whole.visit(row.id) for row in part.visits)],
        )

    part, whole = database.in_transaction(told)
    assert part == whole


def test_the_number_of_questions_does_not_grow_with_the_district(database: Database) -> None:
    def questions(session: Session) -> int:
        asked: list[str] = []

        def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
            asked.append(statement)

        session.flush()
        session.expire_all()
        event.listen(database.engine, "before_cursor_execute", count)
        try:
            taken(session)
        finally:
            event.remove(database.engine, "before_cursor_execute", count)
        return len(asked)

    def few(session: Session) -> int:
        make_volunteer(session)
        make_occurrence(session, make_request(session))
        return questions(session)

    def many(session: Session) -> int:
        for _ in range(10):
            make_volunteer(session)
            make_occurrence(session, make_request(session))
        return questions(session)

    assert database.in_transaction(many) == database.in_transaction(few) <= 40


def test_the_same_people_make_the_same_problem(database: Database) -> None:
    def district(session: Session) -> None:
        make_volunteer(session, code="V-ONE")
        make_occurrence(session, make_request(session, make_recipient(session, code="P-ONE"), code="R-ONE"))

    database.in_transaction(district)
    hashes = {database.in_transaction(lambda session: taken(session).problem.hash) for _ in range(2)}
    assert len(hashes) == 1

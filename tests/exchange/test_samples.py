"""The two invented files of the programme's kind: each row was looked at by a person, and this is what they mean."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.care_requests.models import Rhythm
from app.care_requests.use_cases.facts import RequestFacts, WindowFacts
from app.catalogue.queries import support_kinds, vocabulary
from app.catalogue.understanding.answers import Question, Remark
from app.catalogue.use_cases import load_catalogue
from app.exchange.reading import read_table
from app.exchange.use_cases import care_requests, volunteers
from app.exchange.use_cases.plans import Finding, Outcome, Plan, PlannedRow, RowFact, Settlement, Weight
from app.messages.models import Channel
from app.shared.database import Database
from app.shared.secrets import Keyring, install_keyring
from app.shared.times import AFTERNOON, MORNING
from app.volunteers.models import Gender
from app.volunteers.use_cases import VolunteerFacts
from tests.databases import Databases
from tests.exchange.conftest import REQUESTS, VOLUNTEERS

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def catalogue(databases: Databases) -> Iterator[Database]:
    install_keyring(Keyring(sealing={1: bytes(32)}, lookup=bytes(32)))
    with databases.fresh("sqlite") as database:
        database.in_transaction(load_catalogue)
        yield database


@pytest.fixture(scope="module")
def people(catalogue: Database) -> Plan[VolunteerFacts]:
    table = read_table(VOLUNTEERS.read_bytes(), volunteers.COLUMNS)
    known = volunteers.KnownVolunteers({}, {})
    with catalogue.reading() as session:
        words = vocabulary(session)
    return volunteers.plan_volunteers(table, {}, vocabulary=words, known=known, today=TODAY)


class Requests:
    """The file of requests, planned again with whatever a person settles."""

    def __init__(self, database: Database) -> None:
        self.table = read_table(REQUESTS.read_bytes(), care_requests.COLUMNS)
        with database.reading() as session:
            self.vocabulary = vocabulary(session)
            self.kinds = {kind.code: kind for kind in support_kinds(session)}

    def planned(self, **settled: dict[str, str]) -> Plan[RequestFacts]:
        """The whole file; or only the rows that are settled."""
        numbers = {row.cells["outside_code"]: row.number for row in self.table.rows}
        settlements = {numbers[code]: Settlement(cells=cells) for code, cells in settled.items()}
        rows = tuple(row for row in self.table.rows if not settled or row.number in settlements)
        return care_requests.plan_care_requests(
            replace(self.table, rows=rows),
            settlements,
            vocabulary=self.vocabulary,
            kinds=self.kinds,
            known=care_requests.KnownRequests({}, {}),
            today=TODAY,
        )


@pytest.fixture(scope="module")
def requests(catalogue: Database) -> Requests:
    return Requests(catalogue)


def row_of(plan: Plan[Any], code: str) -> PlannedRow[Any]:
    return next(row for row in plan.rows if row.code == code)


def person(plan: Plan[VolunteerFacts], code: str) -> VolunteerFacts:
    facts = row_of(plan, code).facts
    assert isinstance(facts, VolunteerFacts)
    return facts


def request(plan: Plan[RequestFacts], code: str) -> RequestFacts:
    facts = row_of(plan, code).facts
    assert isinstance(facts, RequestFacts)
    return facts


def found(plan: Plan[VolunteerFacts] | Plan[RequestFacts], *weights: Weight) -> Counter[object]:
    return Counter(finding.fact for row in plan.rows for finding in row.of_weight(*weights))


def asked(plan: Plan[RequestFacts], code: str) -> list[tuple[object, str]]:
    return [(finding.fact, finding.column) for finding in row_of(plan, code).of_weight(Weight.QUESTION)]


def test_of_sixty_volunteers_fifty_six_are_clear_and_four_have_no_name(people: Plan[VolunteerFacts]) -> None:
    assert len(people.rows) == 60
    assert people.counts == {
        Outcome.CLEAR: 56,
        Outcome.TO_SETTLE: 0,
        Outcome.REFUSED: 4,
        Outcome.ALREADY_HERE: 0,
        Outcome.SKIPPED: 0,
    }
    assert [row.code for row in people.having(Outcome.REFUSED)] == ["V0007", "V0028", "V0034", "V0040"]
    assert found(people, Weight.ERROR) == {RowFact.NO_NAME: 4}
    assert found(people, Weight.QUESTION) == {}
    assert found(people, Weight.WARNING) == {RowFact.JOINED_TOO_YOUNG: 4}
    assert found(people, Weight.NOTE) == {
        Remark.DAY_NOT_GIVEN: 16,
        Remark.APPROXIMATE: 14,
        Remark.DAY_THEN_MONTH: 14,
        RowFact.CANNOT: 14,
        RowFact.HEALTH_MENTIONED: 14,
        RowFact.LANDLINE: 13,
        RowFact.TELEPHONE_ONLY: 11,
        RowFact.COMES_WITH_SOMEBODY: 11,
        RowFact.MINOR: 8,
        RowFact.CLEARANCE_CLAIMED: 7,
    }


def test_a_volunteer_is_read_cell_by_cell(people: Plan[VolunteerFacts]) -> None:
    first = person(people, "V0001")
    assert (first.who.name_zh, first.who.gender, first.who.birth_year) == ("蘇少芬", Gender.FEMALE, 1957)
    assert (first.reach.phone, first.reach.reached_by) == ("+85291045750", Channel.SMS)
    assert first.place.home_area == "shek_lei"
    assert "ma_wan" in first.place.areas
    assert len(first.place.areas) == 19, "the whole of Tsuen Wan"
    assert first.abilities.languages == {"teochew"}
    assert set(first.abilities.skills) == {"photography"}
    assert first.abilities.wishes == {"telephone"}, "只可電話服務"
    assert first.times.new_homes is False
    assert first.confirmed_hours_before == 60
    assert first.volunteer_since == date(2024, 11, 2)

    second = person(people, "V0002")
    assert second.abilities.inabilities == {"stairs"}
    assert second.health_note == "有膝痛，不能行樓梯"
    assert second.note is None, "words about health stay out of the note that every coordinator reads"
    assert second.confirmed_hours_before == 80
    assert second.times.free == ((5, 18, 43), (6, 18, 43))

    fourth = person(people, "V0004")
    assert (fourth.who.birth_year, fourth.who.birth_month, fourth.who.name_en) == (1996, 10, "Wong, Mei Ling")
    assert fourth.note == "備註：需與丈夫同行"
    assert fourth.times.free == ((5, *AFTERNOON), (6, *AFTERNOON))

    fifth = person(people, "V0005")
    assert fifth.abilities.languages == {"cmn", "en"}
    assert set(fifth.abilities.skills) == {"transfers", "digital", "photography"}
    assert fifth.abilities.wishes == {"digital_help", "meal_delivery"}
    assert fifth.note == "備註：性罪行查核至2027年6月", "a remark for a coordinator, never a clearance"

    ninth = person(people, "V0009")
    assert (ninth.reach.phone, ninth.reach.reached_by) == ("+85226719003", Channel.PHONE_CALL)
    assert ninth.place.areas == {"cheung_shan", "ma_wan"}

    assert person(people, "V0006").abilities.languages == {"yue", "teochew", "en", "hksl"}, (
        "手語 is a language"
    )
    assert person(people, "V0010").place.serves_all_areas
    assert person(people, "V0011").confirmed_hours_before == 1250
    assert person(people, "V0031").who.name_en == "LEE K.K."
    mornings = [(day, *MORNING) for day in range(5)]
    assert person(people, "V0003").times.free == (*mornings, (5, *AFTERNOON))
    assert person(people, "V0012").times.free == ((4, *MORNING), (4, *AFTERNOON))
    assert person(people, "V0025").times.free == tuple((day, 36, 43) for day in range(5))


def test_nobody_comes_in_with_a_clearance_or_a_consent(people: Plan[VolunteerFacts]) -> None:
    assert all(row.facts is None or row.facts.consent_at is None for row in people.rows)
    claimed = [
        row.code for row in people.rows for note in row.findings if note.fact is RowFact.CLEARANCE_CLAIMED
    ]
    assert claimed == ["V0005", "V0023", "V0030", "V0040", "V0054", "V0057", "V0060"]


def test_of_forty_requests_thirteen_are_clear_and_the_others_have_something_to_settle(
    requests: Requests,
) -> None:
    plan = requests.planned()
    assert plan.counts == {
        Outcome.CLEAR: 13,
        Outcome.TO_SETTLE: 27,
        Outcome.REFUSED: 0,
        Outcome.ALREADY_HERE: 0,
        Outcome.SKIPPED: 0,
    }
    assert [row.code for row in plan.having(Outcome.CLEAR)] == [
        "C0005", "C0007", "C0009", "C0011", "C0015", "C0017", "C0020", "C0022", "C0023", "C0024", "C0028", "C0030",
        "C0039",
    ]  # fmt: skip
    assert found(plan, Weight.QUESTION) == {
        Question.LENGTH_MISSING: 11,
        RowFact.WEEKLY_OR_ONCE: 10,
        Question.AS_SOON_AS_POSSIBLE: 5,
        RowFact.WHICH_DATE: 2,
        Question.SEVERAL_KINDS: 2,
    }
    assert found(plan, Weight.WARNING) == {
        RowFact.TITLE_AND_AGE_DIFFER: 18,
        RowFact.KIND_AND_AGE_DIFFER: 14,
        RowFact.RELATION_AND_AGE_DIFFER: 10,
    }


def test_what_is_plainly_contradictory_is_a_warning(requests: Requests) -> None:
    plan = requests.planned()
    warned = {finding.fact for finding in row_of(plan, "C0002").of_weight(Weight.WARNING)}
    assert RowFact.TITLE_AND_AGE_DIFFER in warned, "梁婆婆 is not 16"
    digital_for_a_child = row_of(plan, "C0017")
    assert digital_for_a_child.outcome is Outcome.CLEAR
    assert RowFact.KIND_AND_AGE_DIFFER in {
        note.fact for note in digital_for_a_child.of_weight(Weight.WARNING)
    }


def test_a_request_is_read_cell_by_cell(requests: Requests) -> None:
    plan = requests.planned()
    once = request(plan, "C0009")
    assert once.kind_code == "shopping"
    assert (once.rhythm, once.windows) == (Rhythm.ONCE, (WindowFacts(29, 33, on_date=date(2026, 12, 2)),))
    assert (once.seats_min, once.gender_needed, once.languages) == (2, Gender.FEMALE, ("cmn",))
    assert once.demands == ("wheelchair",)
    assert (once.area_code, once.is_at_home) == ("kwai_shing_west", False)
    weekly = request(plan, "C0030")
    assert (weekly.rhythm, weekly.windows) == (Rhythm.WEEKLY, (WindowFacts(28, 32, weekday=1),))
    assert weekly.area_code is None, "by telephone"
    assert not isinstance(weekly.carer, int)
    assert (weekly.carer.name_zh, weekly.carer.phone) == ("曾女士", "+85255410409")
    two_days = request(plan, "C0039")
    assert two_days.windows == (WindowFacts(22, 24, weekday=0), WindowFacts(22, 24, weekday=3))
    assert not isinstance(once.recipient, int)
    assert once.recipient is not None
    assert (once.recipient.called, once.recipient.relation, once.recipient.birth_year) == (
        "梁婆婆",
        "父母",
        1943,
    )
    urgent = row_of(plan, "C0011")
    assert RowFact.URGENT_CLAIMED in {finding.fact for finding in urgent.findings}


def test_what_is_not_clear_keeps_its_own_words(requests: Requests) -> None:
    plan = requests.planned()
    assert asked(plan, "C0014") == [(Question.SEVERAL_KINDS, "kind")]
    assert request(plan, "C0014").original_words == "所需服務：陪診、功課輔導"
    assert request(plan, "C0014").kind_code is None
    assert request(plan, "C0032").original_words == "服務日期／時間：越快越好"
    assert request(plan, "C0032").windows == ()
    assert asked(plan, "C0001") == [(Question.LENGTH_MISSING, "times"), (RowFact.WEEKLY_OR_ONCE, "weekly")]
    assert request(plan, "C0001").original_words == "服務日期／時間：逢星期六上午十時\n每星期：否"


def test_a_date_with_every_week_is_asked_about_and_settled_either_way(requests: Requests) -> None:
    assert asked(requests.planned(), "C0002") == [(RowFact.WEEKLY_OR_ONCE, "weekly")]
    weekly = request(requests.planned(C0002={"weekly": "是"}), "C0002")
    assert (weekly.rhythm, weekly.starts_on) == (Rhythm.WEEKLY, date(2026, 11, 27))
    assert weekly.windows == (WindowFacts(18, 23, weekday=4),)
    once = request(requests.planned(C0002={"weekly": "否"}), "C0002")
    assert (once.rhythm, once.windows) == (Rhythm.ONCE, (WindowFacts(18, 23, on_date=date(2026, 11, 27)),))


def test_a_weekday_wanted_once_is_settled_by_a_date(requests: Requests) -> None:
    finding = question(requests.planned(), "C0004")
    assert (finding.fact, finding.choices[0]) == (RowFact.WHICH_DATE, "2026-11-26 15:00-17:00")
    settled = request(requests.planned(C0004={"times": finding.choices[0]}), "C0004")
    assert settled.windows == (WindowFacts(30, 34, on_date=date(2026, 11, 26)),)


def test_a_part_of_a_day_becomes_times_to_choose_from_once_the_length_is_known(requests: Requests) -> None:
    finding = question(requests.planned(), "C0010")
    assert finding.fact is Question.LENGTH_MISSING
    assert finding.choices[0] == "mon, wed morning 180 minutes any of", "an escort usually takes three hours"
    settled = request(requests.planned(C0010={"times": finding.choices[0]}), "C0010")
    assert settled.rhythm is Rhythm.WEEKLY_ANY_OF
    assert settled.windows == tuple(
        WindowFacts(start, start + 6, weekday=day) for day in (0, 2) for start in (18, 20)
    )
    written = request(requests.planned(C0038={"times": "平日下午2時至4時均可", "weekly": "是"}), "C0038")
    assert written.windows == tuple(WindowFacts(28, 32, weekday=day) for day in range(5))


def test_every_choice_offered_settles_its_question(requests: Requests) -> None:
    plan = requests.planned()
    for row in plan.having(Outcome.TO_SETTLE):
        for finding in row.of_weight(Weight.QUESTION):
            for choice in finding.choices:
                again = row_of(requests.planned(**{row.code: {finding.column: choice}}), row.code)
                left = [(other.fact, other.column) for other in again.of_weight(Weight.QUESTION)]
                assert (finding.fact, finding.column) not in left, (row.code, finding.fact, choice)


def question(plan: Plan[RequestFacts], code: str) -> Finding:
    return row_of(plan, code).of_weight(Weight.QUESTION)[0]

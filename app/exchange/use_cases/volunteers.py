"""A register of volunteers, row by row: what each says, as facts of an applicant. Nobody becomes active by a file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.catalogue.understanding.answers import Question
from app.catalogue.understanding.dates import Birth, read_birth, read_date
from app.catalogue.understanding.plain import read_gender, read_hours
from app.catalogue.understanding.vocabulary import Abilities, Areas, Vocabulary
from app.catalogue.understanding.when import read_availability
from app.exchange.reading import Column, Row, Table
from app.exchange.use_cases.plans import (
    Outcome,
    Plan,
    PlannedRow,
    RowFact,
    RowReader,
    Settlement,
    Settlements,
    Weight,
)
from app.exchange.use_cases.reaching import read_reach
from app.shared.secrets import HealthNote, PrivateNote, phone_key
from app.shared.times import age_bounds
from app.shared.words import folded, legible
from app.volunteers.models import ADULT_AGE, YOUNGEST_AGE, Gender
from app.volunteers.use_cases import AbilityFacts, PlaceFacts, ReachFacts, TimeFacts, VolunteerFacts, WhoFacts

COLUMNS = (
    Column("outside_code", ("編號", "義工編號", "會員編號", "Code", "No.", "Volunteer no.", "ID")),
    Column("name_zh", ("中文姓名", "姓名（中文）", "Chinese name", "Name (Chinese)")),
    Column("name_en", ("英文姓名", "姓名（英文）", "English name", "Name (English)")),
    Column("name", ("姓名", "義工姓名", "Name", "Full name")),
    Column("gender", ("性別", "Gender", "Sex")),
    Column(
        "birth",
        ("出生年份", "出生年月", "出生日期", "Year of birth", "Birth year", "Date of birth"),
        is_needed=True,
    ),
    Column(
        "phone", ("聯絡電話", "電話", "手提電話", "手機", "Phone", "Telephone", "Mobile", "Contact number")
    ),
    Column("email", ("電郵", "電郵地址", "電子郵件", "Email", "E-mail", "Email address")),
    Column("reached_by", ("聯絡方法", "聯絡方式", "Reached by", "Contact by")),
    Column("home_area", ("居住地區", "住址地區", "居住屋邨", "Home area", "Lives in"), is_needed=True),
    Column("areas", ("可服務地區", "服務地區", "Areas served", "Areas", "Service areas")),
    Column("languages", ("語言", "可用語言", "Languages", "Language")),
    Column("abilities", ("技能／專長", "技能", "專長", "Skills", "Strengths")),
    Column("wishes", ("服務意願", "想做的服務", "Wishes", "Preferred services")),
    Column("inabilities", ("不能做的事", "未能應付", "Cannot do", "Cannot")),
    Column("times", ("可服務時間", "服務時間", "空閒時間", "Availability", "Free times", "Available")),
    Column("remarks", ("備註", "附註", "Remarks", "Notes")),
    Column("joined", ("加入日期", "登記日期", "Joined", "Date joined", "Member since")),
    Column("hours", ("累積服務時數", "服務時數", "Hours", "Service hours")),
)

LONGEST_NAME_ZH = 60
LONGEST_NAME_EN = 120
LONGEST_CODE = 40

# Remarks are folded before they are searched, so Simplified characters find both.
_STAIRS = re.compile("楼梯|stairs")
_CANNOT = re.compile("不能|不可|不宜|唔|无法|难|cannot|can't|unable|no ")
_HEALTH = re.compile("痛|病|手术|膝|腰|心脏|血压高|中风|视力|听力|怀孕|pain|knee|heart|illness")
_CLEARANCE = re.compile("性罪行|犯罪纪录|查核|scrc")
_TELEPHONE_ONLY = re.compile("只可.*电话|只做电话|telephone only|phone only")
_WITH_SOMEBODY = re.compile("同行|一同|一齐|together with")


@dataclass(frozen=True)
class KnownVolunteers:
    """Who is on record: our code by the register's own number, and by (telephone's key, folded name)."""

    by_outside_code: Mapping[str, str]
    by_phone_and_name: Mapping[tuple[str, str], str]


def plan_volunteers(
    table: Table,
    settlements: Settlements,
    *,
    vocabulary: Vocabulary,
    known: KnownVolunteers,
    today: date,
) -> Plan[VolunteerFacts]:
    """What becomes of every row. Pure: `known` says who is here already."""
    rows = []
    codes: set[str] = set()
    people: set[tuple[str, str]] = set()
    for row in table.rows:
        settlement = settlements.get(row.number, Settlement())
        planned = _Reader(row, settlement, vocabulary, today).planned(table.headings, known, codes, people)
        rows.append(planned)
    return Plan(tuple(rows))


class _Reader(RowReader):
    def __init__(self, row: Row, settlement: Settlement, vocabulary: Vocabulary, today: date) -> None:
        super().__init__(row, settlement, COLUMNS)
        self.vocabulary = vocabulary
        self.today = today

    def planned(
        self,
        headings: Mapping[str, str],
        known: KnownVolunteers,
        codes: set[str],
        people: set[tuple[str, str]],
    ) -> PlannedRow[VolunteerFacts]:
        code = self.line("outside_code", LONGEST_CODE)
        name_zh, name_en = self._names()
        who = self._who(name_zh, name_en)
        phone, email, channel = read_reach(self)
        if not phone and not email:
            self.error("phone", Question.MISSING)
        reach = ReachFacts(reached_by=channel, phone=phone, email=email)
        place = self._place()
        abilities = self._abilities()
        free = (
            self.read("times", lambda text: read_availability(text, self.today)) if self.text("times") else ()
        )
        if not self.text("times"):
            self.note("times", RowFact.TIMES_MISSING)
        joined = self._joined(who)
        hours = self.read("hours", read_hours) or 0.0
        remarks = self._remarks()
        known_as = self._known_as(known, code, phone, (name_zh, name_en))
        self._look_for_twins(code, phone, name_zh or name_en, codes, people)
        outcome = Outcome.ALREADY_HERE if known_as and not self.settlement.is_skipped else self.outcome
        facts = None
        if who is not None and place is not None and outcome in (Outcome.CLEAR, Outcome.TO_SETTLE):
            facts = VolunteerFacts(
                who=who,
                reach=reach,
                place=place,
                abilities=AbilityFacts(
                    languages=frozenset(abilities["languages"]),
                    skills=dict.fromkeys(abilities["skills"]),
                    inabilities=frozenset(abilities["inabilities"]) | remarks.inabilities,
                    wishes=frozenset(abilities["wishes"]) | remarks.wishes,
                ),
                times=TimeFacts(free=free or (), new_homes=remarks.new_homes),
                health_note=remarks.health,
                note=self._note(headings),
                outside_code=code,
                confirmed_hours_before=hours,
                volunteer_since=joined,
            )
        label = name_zh or name_en or code
        return PlannedRow(
            self.number, label, code, self.cells, tuple(self.findings), outcome, facts, known_as
        )

    def _names(self) -> tuple[str, str]:
        """Both names. One column for names holds a Chinese one unless it is all in Latin letters."""
        name_zh = self.line("name_zh", LONGEST_NAME_ZH)
        name_en = self.line("name_en", LONGEST_NAME_EN)
        if self.text("name").isascii():
            name_en = name_en or self.line("name", LONGEST_NAME_EN)
        else:
            name_zh = name_zh or self.line("name", LONGEST_NAME_ZH)
        if not name_zh and not name_en:
            self.error("name_zh", RowFact.NO_NAME)
        return name_zh, name_en

    def _who(self, name_zh: str, name_en: str) -> WhoFacts | None:
        gender = self.read("gender", read_gender)
        birth: Birth | None = self.read(
            "birth", lambda text: read_birth(text, self.today), weight=Weight.ERROR
        )
        if birth is None:
            return None
        youngest, oldest = age_bounds(birth.year, birth.month, self.today)
        if oldest < YOUNGEST_AGE:
            self.error("birth", RowFact.TOO_YOUNG, youngest=YOUNGEST_AGE)
            return None
        if youngest < ADULT_AGE:
            self.note("birth", RowFact.MINOR)
        return WhoFacts(
            birth_year=birth.year,
            birth_month=birth.month,
            name_zh=name_zh,
            name_en=name_en,
            gender=Gender(gender) if gender else None,
        )

    def _place(self) -> PlaceFacts | None:
        home = self.read("home_area", self.vocabulary.read_area, weight=Weight.ERROR)
        areas: Areas | None = self.read("areas", self.vocabulary.read_areas)
        if home is None:
            return None
        if areas == Areas():
            self.note("areas", RowFact.AREAS_FROM_HOME)
            areas = Areas((home,))
        areas = areas or Areas()
        return PlaceFacts(home_area=home, areas=frozenset(areas.codes), serves_all_areas=areas.everywhere)

    def _abilities(self) -> dict[str, tuple[str, ...]]:
        languages = self.read("languages", self.vocabulary.read_languages) or ()
        strengths: Abilities = self.read("abilities", self.vocabulary.read_abilities) or Abilities()
        wishes = self.read("wishes", self.vocabulary.read_kinds) or ()
        inabilities = self.read("inabilities", self.vocabulary.read_demands) or ()
        return {
            "languages": (*languages, *strengths.languages),
            "skills": strengths.skills,
            "wishes": (*strengths.wishes, *wishes),
            "inabilities": inabilities,
        }

    def _joined(self, who: WhoFacts | None) -> date | None:
        joined = self.read("joined", lambda text: read_date(text, self.today))
        if joined is not None and joined > self.today:
            self.question("joined", Question.NOT_A_DATE)
            return None
        if joined is not None and who is not None:
            _youngest, oldest = age_bounds(who.birth_year, who.birth_month, joined)
            if oldest < YOUNGEST_AGE:
                self.warning("joined", RowFact.JOINED_TOO_YOUNG, age=max(oldest, 0))
        return joined

    def _remarks(self) -> "_Remarks":
        """What the remarks propose, for a coordinator to check before the person is accepted."""
        text = self.text("remarks")
        words = legible(text)
        inabilities: set[str] = set()
        health: HealthNote | None = None
        if _STAIRS.search(words) and _CANNOT.search(words):
            inabilities.add("stairs")
            self.note("remarks", RowFact.CANNOT, demands=["stairs"])
        if _HEALTH.search(words) or inabilities:
            health = HealthNote(text)
            self.note("remarks", RowFact.HEALTH_MENTIONED)
        if _CLEARANCE.search(words):
            self.note("remarks", RowFact.CLEARANCE_CLAIMED)
        if _WITH_SOMEBODY.search(words):
            self.note("remarks", RowFact.COMES_WITH_SOMEBODY)
        is_telephone_only = bool(_TELEPHONE_ONLY.search(words))
        if is_telephone_only:
            self.note("remarks", RowFact.TELEPHONE_ONLY)
        if text:
            self.understood("remarks", text)
        return _Remarks(
            frozenset(inabilities),
            health,
            frozenset({"telephone"} if is_telephone_only else ()),
            new_homes=not is_telephone_only,
        )

    def _note(self, headings: Mapping[str, str]) -> PrivateNote | None:
        """The remarks as written, but for words about health, and what is still to be settled."""
        is_health = any(finding.fact is RowFact.HEALTH_MENTIONED for finding in self.findings)
        remarks = "" if is_health else self.cells["remarks"].text
        lines = [f"{headings.get('remarks', '')}：{remarks}"] if remarks else []
        unclear = self.words_to_settle(headings)
        return PrivateNote("\n".join([*lines, unclear]).strip()) if lines or unclear else None

    def _known_as(self, known: KnownVolunteers, code: str, phone: str | None, names: tuple[str, str]) -> str:
        found = known.by_outside_code.get(code, "") if code else ""
        if not found and phone:
            keys = [(phone_key(phone), folded(name)) for name in names if name]
            found = next((known.by_phone_and_name[key] for key in keys if key in known.by_phone_and_name), "")
        if found:
            self.note("", RowFact.ALREADY_HERE, code=found)
        return found

    def _look_for_twins(
        self, code: str, phone: str | None, name: str, codes: set[str], people: set[tuple[str, str]]
    ) -> None:
        if self.settlement.is_skipped:
            return
        if code and code in codes:
            self.error("outside_code", RowFact.CODE_TWICE, code=code)
        person = (str(phone or ""), folded(name))
        if phone and person in people:
            self.error("phone", RowFact.PERSON_TWICE)
        codes.add(code)
        people.add(person)


@dataclass(frozen=True)
class _Remarks:
    inabilities: frozenset[str]
    health: HealthNote | None
    wishes: frozenset[str]
    new_homes: bool

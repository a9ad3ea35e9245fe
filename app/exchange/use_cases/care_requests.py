"""A register of requests, row by row: what each asks for. What is not clear goes in as a draft with its own words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.care_requests.models import CarerKind, Rhythm
from app.care_requests.use_cases.facts import CarerFacts, RecipientFacts, RequestFacts
from app.care_requests.use_cases.submitting import MOST_SEATS
from app.catalogue.models import ServiceArea, SupportKind
from app.catalogue.understanding.answers import Question
from app.catalogue.understanding.plain import read_age, read_count, read_gender, read_yes_no
from app.catalogue.understanding.vocabulary import Vocabulary
from app.catalogue.understanding.when import Times, read_times
from app.exchange.reading import Column, Row, Table
from app.exchange.use_cases.asked_times import AskedTimes, asked_times
from app.exchange.use_cases.plans import (
    Outcome,
    Plan,
    PlannedRow,
    RowFact,
    RowReader,
    Settlement,
    Settlements,
)
from app.exchange.use_cases.reaching import read_reach
from app.messages.models import Channel
from app.shared.secrets import Email, Phone, PrivateNote, phone_key
from app.shared.words import folded, legible
from app.volunteers.models import Gender

COLUMNS = (
    Column("outside_code", ("個案編號", "編號", "Case no.", "Case number", "Code")),
    Column(
        "carer",
        (
            "申請人(照顧者)",
            "申請人",
            "照顧者",
            "照顧者姓名",
            "申請人姓名",
            "Carer",
            "Applicant",
            "Carer's name",
        ),
        is_needed=True,
    ),
    Column("phone", ("電話", "聯絡電話", "手提電話", "Phone", "Telephone", "Contact number")),
    Column("email", ("電郵", "電郵地址", "Email", "E-mail")),
    Column("reached_by", ("聯絡方法", "聯絡方式", "Reached by", "Contact by")),
    Column("organisation", ("機構", "轉介機構", "Organisation", "Referring organisation")),
    Column("relation", ("與受照顧者關係", "關係", "Relation", "Relationship")),
    Column("called", ("受照顧者稱呼", "受照顧者", "受照顧者姓名", "Care recipient", "Recipient")),
    Column("age", ("受照顧者年齡", "年齡", "Age", "Recipient's age")),
    Column("area", ("地區／屋邨", "地區", "屋邨", "居住地區", "Area", "District", "Estate")),
    Column(
        "kind", ("所需服務", "服務", "服務類別", "Service", "Kind of help", "Help needed"), is_needed=True
    ),
    Column(
        "times", ("服務日期／時間", "日期時間", "服務時間", "日期／時間", "When", "Date and time", "Time")
    ),
    Column("weekly", ("每星期", "每週", "定期", "Weekly", "Every week")),
    Column("seats", ("所需義工人數", "義工人數", "人數", "Volunteers needed", "Number of volunteers")),
    Column("languages", ("語言要求", "語言", "Language", "Languages")),
    Column("gender", ("性別要求", "義工性別", "Gender", "Gender needed")),
    Column("remarks", ("備註", "附註", "Remarks", "Notes")),
)

LONGEST_NAME = 60
LONGEST_CODE = 40
LONGEST_ORGANISATION = 120
USUAL_SLOTS = 4
"""The length offered while the kind of help is not known."""

_RELATIONS = {
    carer: recipient
    for recipient, carers in {
        "父母": "儿子 女儿 子女 son daughter",
        "家翁／家姑": "媳妇",
        "外父／外母": "女婿",
        "配偶": "配偶 spouse",
        "妻子": "丈夫 先生 husband",
        "丈夫": "妻子 太太 wife",
        "子女": "母亲 父亲 父母 家长 mother father",
        "祖父母": "孙 孙儿 孙女 外孙",
        "兄弟姊妹": "兄弟 姊妹 brother sister",
        "朋友": "朋友 friend",
        "鄰居": "邻居 neighbour",
    }.items()
    for carer in carers.split()
}
"""Who the person cared for is to a carer who is their …"""
_OF_PARENTS = frozenset({"父母", "家翁／家姑", "外父／外母", "祖父母"})
_MARRIED = frozenset({"配偶", "妻子", "丈夫"})
_SELF = frozenset({"本人", "自己", "self"})
_WORKER = re.compile("社工|职员|worker|staff")

# Titles and remarks are folded before they are searched, so Simplified characters find both.
_OLD_TITLE = re.compile("婆婆|伯伯|公公|伯母|老伯|婆|伯$")
_CHILD_TITLE = re.compile("小朋友|同学|弟弟|妹妹|baby")
_GROWN_TITLE = re.compile("女士|先生|太太|小姐")
_DEMANDS = (
    ("stairs", re.compile("没有升降机|没有电梯|无升降机|无电梯|无lift|no lift|楼梯|唐楼")),
    ("pets", re.compile("有狗|有猫|养狗|养猫|宠物|dog|cat(?![a-z])|pet")),
    ("wheelchair", re.compile("轮椅|wheelchair")),
    ("smoke", re.compile("吸烟|食烟|smok")),
    ("lifting", re.compile("需扶抱|要扶抱|搬运|提重物|lifting")),
)
_URGENT = re.compile("紧急|急需|urgent")
_ALONE = re.compile("独居|lives alone|living alone")
YOUNGEST_OLD_TITLE = 50
OLDEST_CHILD = 17
OLDEST_PUPIL = 24
YOUNGEST_PARENT_OF_CARER = 30


@dataclass(frozen=True)
class KnownRequests:
    """What is on record: our code by the register's own number, and by (telephone's key, folded person, kind)."""

    by_outside_code: Mapping[str, str]
    by_carer_and_need: Mapping[tuple[str, str, str], str]


def plan_care_requests(
    table: Table,
    settlements: Settlements,
    *,
    vocabulary: Vocabulary,
    kinds: Mapping[str, SupportKind],
    known: KnownRequests,
    today: date,
) -> Plan[RequestFacts]:
    """What becomes of every row. Pure: `known` says what is here already, `kinds` what each kind asks for."""
    codes: set[str] = set()
    rows = []
    for row in table.rows:
        reader = _Reader(row, settlements.get(row.number, Settlement()), vocabulary, kinds, today)
        rows.append(reader.planned(table.headings, known, codes))
    return Plan(tuple(rows))


class _Reader(RowReader):
    def __init__(
        self,
        row: Row,
        settlement: Settlement,
        vocabulary: Vocabulary,
        kinds: Mapping[str, SupportKind],
        today: date,
    ) -> None:
        super().__init__(row, settlement, COLUMNS)
        self.vocabulary = vocabulary
        self.kinds = kinds
        self.today = today

    def planned(
        self, headings: Mapping[str, str], known: KnownRequests, codes: set[str]
    ) -> PlannedRow[RequestFacts]:
        code = self.line("outside_code", LONGEST_CODE)
        phone, email, channel = read_reach(self)
        if not phone and not email and not self._asks_about("phone"):
            self.question("phone", Question.MISSING)
        kind = self._kind()
        called = self.line("called", LONGEST_NAME)
        area = self._area(kind)
        age = self.read("age", read_age)
        relation = self._relation()
        times = self._times(kind)
        seats = self._seats()
        gender = self.read("gender", read_gender)
        languages = self.read("languages", self.vocabulary.read_languages) or ()
        demands = self._remarks()
        self._look_for_contradictions(kind, called, age, relation)
        if kind is not None and kind.is_at_home and not called:
            self.question("called", Question.MISSING)
        carer = self._carer(phone, email, channel)
        known_as = self._known_as(known, code, phone, called, kind)
        if code and code in codes and not self.settlement.is_skipped:
            self.error("outside_code", RowFact.CODE_TWICE, code=code)
        codes.add(code)
        outcome = Outcome.ALREADY_HERE if known_as and not self.settlement.is_skipped else self.outcome
        facts = None
        if carer is not None and outcome in (Outcome.CLEAR, Outcome.TO_SETTLE):
            recipient = RecipientFacts(
                called=called,
                relation=relation,
                birth_year=None if age is None else self.today.year - age,
                area_code=area,
            )
            facts = RequestFacts(
                carer=carer,
                recipient=recipient if called else None,
                kind_code=kind.code if kind else None,
                rhythm=times.rhythm if times else Rhythm.ONCE,
                windows=times.windows if times else (),
                starts_on=times.starts_on if times else None,
                is_at_home=bool(called) and (kind is None or kind.is_at_home),
                area_code=None if kind is not None and kind.is_anywhere else area,
                languages=tuple(languages),
                demands=demands,
                seats_min=seats,
                gender_needed=Gender(gender) if gender else None,
                note=PrivateNote(self.cells["remarks"].text) if self.cells["remarks"].text else None,
                original_words=self.words_to_settle(headings)[:2000] if outcome is Outcome.TO_SETTLE else "",
                outside_code=code,
            )
        label = "／".join(filter(None, (self.text("carer"), called))) or code
        return PlannedRow(
            self.number, label, code, self.cells, tuple(self.findings), outcome, facts, known_as
        )

    def _kind(self) -> SupportKind | None:
        code = self.read("kind", self.vocabulary.read_kind)
        return None if code is None else self.kinds.get(code)

    def _area(self, kind: SupportKind | None) -> str | None:
        if kind is not None and kind.is_anywhere and not self.text("area"):
            return None
        area = self.read("area", self.vocabulary.read_area)
        if area is not None and kind is not None and kind.is_anywhere:
            self.note("area", RowFact.AREA_PLAYS_NO_PART)
        return area

    def _carer(self, phone: Phone | None, email: Email | None, channel: Channel) -> CarerFacts | None:
        name = self.line("carer", LONGEST_NAME)
        if not name:
            self.error("carer", RowFact.NO_NAME)
            return None
        organisation = self.line("organisation", LONGEST_ORGANISATION)
        relation = legible(self.text("relation"))
        kind = CarerKind.FAMILY
        if organisation or _WORKER.search(relation):
            kind = CarerKind.WORKER
        elif relation in _SELF:
            kind = CarerKind.SELF
        return CarerFacts(
            kind=kind,
            name_zh="" if name.isascii() else name,
            name_en=name if name.isascii() else "",
            phone=phone,
            email=email,
            reached_by=channel,
            organisation=organisation,
            has_consented=False,
        )

    def _relation(self) -> str:
        """Who the person cared for is to the carer: the register says who the carer is to them."""
        text = self.line("relation", LONGEST_NAME)
        turned = _RELATIONS.get(folded(text))
        if turned is None:
            return text
        self.understood("relation", turned)
        self.note("relation", RowFact.RELATION_TURNED, carer=text, recipient=turned)
        return turned

    def _times(self, kind: SupportKind | None) -> AskedTimes | None:
        weekly = self.read("weekly", read_yes_no)
        times: Times | None = self.read("times", lambda text: read_times(text, self.today))
        if times is None:
            return None
        asked = asked_times(
            times,
            weekly=weekly,
            is_weekly_settled=self.is_settled("weekly"),
            usual_slots=kind.usual_slots if kind else USUAL_SLOTS,
            today=self.today,
        )
        if not isinstance(asked, AskedTimes):
            for doubt in asked:
                self.question(doubt.column, doubt.question, doubt.choices)
            return None
        if asked.starts_on is not None:
            self.note("times", RowFact.WEEKLY_FROM, day=asked.starts_on)
        if asked.some_starts_only:
            self.note("times", RowFact.SOME_STARTS)
        self.understood("times", asked)
        return asked

    def _seats(self) -> int | None:
        seats = self.read("seats", read_count)
        if seats is not None and seats > MOST_SEATS:
            self.question("seats", RowFact.TOO_MANY_PEOPLE, ("3",), most=MOST_SEATS)
            return None
        return seats

    def _remarks(self) -> tuple[str, ...]:
        words = legible(self.text("remarks"))
        demands = tuple(code for code, pattern in _DEMANDS if pattern.search(words))
        if demands:
            self.note("remarks", RowFact.DEMAND_READ, demands=list(demands))
        if _URGENT.search(words):
            self.note("remarks", RowFact.URGENT_CLAIMED)
        if _ALONE.search(words):
            self.note("remarks", RowFact.LIVES_ALONE)
        if words:
            self.understood("remarks", self.text("remarks"))
        return demands

    def _look_for_contradictions(
        self, kind: SupportKind | None, called: str, age: int | None, relation: str
    ) -> None:
        if age is None:
            return
        self.note("age", RowFact.BIRTH_YEAR_FROM_AGE, year=self.today.year - age)
        title = legible(called)
        is_child = age <= OLDEST_CHILD
        is_title_wrong = (
            (_OLD_TITLE.search(title) and age < YOUNGEST_OLD_TITLE)
            or (_CHILD_TITLE.search(title) and not is_child)
            or (_GROWN_TITLE.search(title) and is_child)
        )
        if is_title_wrong:
            self.warning("age", RowFact.TITLE_AND_AGE_DIFFER, called=called, age=age)
        if (relation in _OF_PARENTS and age < YOUNGEST_PARENT_OF_CARER) or (
            relation in _MARRIED and is_child
        ):
            self.warning("relation", RowFact.RELATION_AND_AGE_DIFFER, age=age)
        if kind is not None and self._is_of_another_age(kind, age):
            self.warning("kind", RowFact.KIND_AND_AGE_DIFFER, age=age)

    @staticmethod
    def _is_of_another_age(kind: SupportKind, age: int) -> bool:
        if kind.service_area is ServiceArea.OLDER_PEOPLE:
            return age <= OLDEST_CHILD
        is_for_the_young = kind.service_area in (ServiceArea.FAMILY_AND_CHILD, ServiceArea.YOUTH)
        return is_for_the_young and age > OLDEST_PUPIL

    def _asks_about(self, column: str) -> bool:
        return any(finding.column == column for finding in self.findings)

    def _known_as(
        self, known: KnownRequests, code: str, phone: str | None, called: str, kind: SupportKind | None
    ) -> str:
        found = known.by_outside_code.get(code, "") if code else ""
        if not found and not code and phone and kind:
            found = known.by_carer_and_need.get((phone_key(phone), folded(called), kind.code), "")
        if found:
            self.note("", RowFact.ALREADY_HERE, code=found)
        return found

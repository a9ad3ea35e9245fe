"""A corpus of cells as people write them, and what must hold for any text at all."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.understanding.answers import Question, Remark, Unclear, Understood
from app.catalogue.understanding.clock import WHOLE_DAY, Hours
from app.catalogue.understanding.dates import Birth, read_birth, read_date
from app.catalogue.understanding.plain import (
    read_age,
    read_count,
    read_gender,
    read_hours,
    read_yes_no,
    whole_number,
)
from app.catalogue.understanding.vocabulary import Abilities, Areas, Vocabulary, make_vocabulary
from app.catalogue.understanding.when import (
    EVERY_DAY,
    WORKING_DAYS,
    Times,
    When,
    read_availability,
    read_times,
    times_written,
)
from app.shared.times import AFTERNOON, EVENING, MORNING, slot_at

TODAY = date(2026, 11, 23)
"""A Monday."""


@dataclass
class Named:
    code: str
    name_zh: str
    name_en: str
    district: str = "tsuen_wan"


VOCABULARY = make_vocabulary(
    areas=[
        Named("shek_lei", "石籬", "Shek Lei", "kwai_tsing"),
        Named("kwai_fong", "葵芳", "Kwai Fong", "kwai_tsing"),
        Named("tsing_yi", "青衣", "Tsing Yi", "kwai_tsing"),
        Named("tsing_yi_estate", "青衣邨", "Tsing Yi Estate", "kwai_tsing"),
        Named("cheung_hong", "長康", "Cheung Hong", "kwai_tsing"),
        Named("tsuen_wan", "荃灣", "Tsuen Wan"),
        Named("tsuen_wan_centre", "荃灣中心", "Tsuen Wan Centre"),
    ],
    languages=[
        Named("yue", "廣東話", "Cantonese"),
        Named("cmn", "普通話", "Putonghua"),
        Named("en", "英語", "English"),
        Named("ur", "烏爾都語", "Urdu"),
        Named("hksl", "香港手語", "Sign"),
    ],
    skills=[Named("digital", "手機及電腦", "Phones"), Named("transfers", "扶抱及轉移", "Transfers")],
    kinds=[
        Named("escort", "陪診", "Escort"),
        Named("accompany", "護送外出", "Accompanying"),
        Named("digital_help", "數碼支援", "Digital help"),
        Named("telephone", "電話慰問", "Telephone befriending"),
        Named("respite", "在家暫託", "Respite at home"),
    ],
    demands=[Named("stairs", "行樓梯", "Climbing stairs")],
)


def value_of(answer: Understood[Any] | Unclear) -> Any:
    assert isinstance(answer, Understood), answer
    return answer.value


def question_of(answer: Understood[Any] | Unclear) -> Question:
    assert isinstance(answer, Unclear), answer
    return answer.question


@pytest.mark.parametrize(
    ("text", "gender"),
    [
        ("男", "m"), ("女", "f"), ("M", "m"), ("F", "f"), ("先生", "m"), ("女士", "f"), ("女義工", "f"), ("Ｆ", "f"),
        ("不限", None), ("", None),
    ],
)  # fmt: skip
def test_gender(text: str, gender: str | None) -> None:
    assert value_of(read_gender(text)) == gender


@pytest.mark.parametrize(
    ("text", "count"),
    [("2", 2), ("兩位", 2), ("一", 1), ("２", 2), ("3人", 3), ("十二個", 12), ("", None), ("1.0", 1)],
)
def test_how_many_people(text: str, count: int | None) -> None:
    assert value_of(read_count(text)) == count


@pytest.mark.parametrize("text", ["很多", "0", "一兩位", "1.5", "位"])
def test_no_number_of_people_is_asked_about(text: str) -> None:
    assert question_of(read_count(text)) == Question.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("text", "age", "remarks"),
    [
        ("72", 72, ()),
        ("76歲", 76, ()),
        ("約80歲", 80, (Remark.APPROXIMATE,)),
        ("八十", 80, ()),
        ("", None, ()),
    ],
)
def test_age(text: str, age: int | None, remarks: tuple[Remark, ...]) -> None:
    assert read_age(text) == Understood(age, remarks)


@pytest.mark.parametrize(
    ("text", "hours", "remarks"),
    [
        ("６０", 60.0, ()), ("約80", 80.0, (Remark.APPROXIMATE,)), ("1,250", 1250.0, ()), ("", 0.0, ()),
        ("12.5小時", 12.5, ()), ("320", 320.0, ()),
    ],
)  # fmt: skip
def test_hours_of_service(text: str, hours: float, remarks: tuple[Remark, ...]) -> None:
    assert read_hours(text) == Understood(hours, remarks)


@pytest.mark.parametrize("text", ["1,25", "很多", "-5", "1e9", "999999999"])
def test_no_hours_are_asked_about(text: str) -> None:
    assert question_of(read_hours(text)) == Question.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("text", "is_yes"), [("是", True), ("Y", True), ("否", False), ("n", False), ("", None)]
)
def test_yes_and_no(text: str, is_yes: bool | None) -> None:
    assert value_of(read_yes_no(text)) == is_yes
    assert question_of(read_yes_no("也許")) == Question.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("text", "birth"),
    [
        ("1950年", Birth(1950)), ("１９５０", Birth(1950)), ("1996年10月", Birth(1996, 10)),
        ("2011/04", Birth(2011, 4)),
        ("1950", Birth(1950)), ("1950.0", Birth(1950)), ("1950-03-12", Birth(1950, 3)), ("04/2011", Birth(2011, 4)),
        ("1950年生", Birth(1950)), ("Mar 1950", Birth(1950, 3)), ("12/3/1950", Birth(1950, 3)),
    ],
)  # fmt: skip
def test_birth(text: str, birth: Birth) -> None:
    assert value_of(read_birth(text, TODAY)) == birth


def test_the_day_of_birth_is_left_out_and_said_so() -> None:
    answer = read_birth("1950-03-12", TODAY)
    assert isinstance(answer, Understood)
    assert Remark.DAY_OF_BIRTH_LEFT_OUT in answer.remarks


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("", Question.MISSING), ("1850", Question.IMPOSSIBLE_YEAR), ("2027", Question.IMPOSSIBLE_YEAR),
        ("50年", Question.NOT_UNDERSTOOD), ("76", Question.NOT_UNDERSTOOD), ("2026年12月", Question.IMPOSSIBLE_YEAR),
        ("二戰前", Question.NOT_UNDERSTOOD), ("1950年13月", Question.NOT_UNDERSTOOD),
    ],
)  # fmt: skip
def test_no_birth_is_asked_about(text: str, question: Question) -> None:
    assert question_of(read_birth(text, TODAY)) == question


@pytest.mark.parametrize(
    ("text", "day", "remarks"),
    [
        ("2009/3/1", date(2009, 3, 1), ()),
        ("2024-11-02", date(2024, 11, 2), ()),
        ("12-06-2021", date(2021, 6, 12), (Remark.DAY_THEN_MONTH,)),
        ("27/11/2026", date(2026, 11, 27), ()),
        ("11/27/2026", date(2026, 11, 27), ()),
        ("06-06-2021", date(2021, 6, 6), ()),
        ("2018年5月", date(2018, 5, 1), (Remark.DAY_NOT_GIVEN,)),
        ("2026年11月25日", date(2026, 11, 25), ()),
        ("２０２６年１１月２５日", date(2026, 11, 25), ()),
        ("12月2日", date(2026, 12, 2), (Remark.YEAR_INFERRED,)),
        ("1月2日", date(2027, 1, 2), (Remark.YEAR_INFERRED,)),
        ("11月23日", date(2026, 11, 23), (Remark.YEAR_INFERRED,)),
        ("2月29日", date(2028, 2, 29), (Remark.YEAR_INFERRED,)),
        ("25 Nov 2026", date(2026, 11, 25), ()),
        ("November 25, 2026", date(2026, 11, 25), ()),
    ],
)
def test_dates(text: str, day: date, remarks: tuple[Remark, ...]) -> None:
    assert read_date(text, TODAY) == Understood(day, remarks)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2月30日", "31/31/2026", "昨天", "99/99", "2026-11-25 10:00", "2021"]
)
def test_impossible_dates_are_asked_about(text: str) -> None:
    assert question_of(read_date(text, TODAY)) == Question.NOT_A_DATE


def mornings(*days: int) -> tuple[tuple[int, int, int], ...]:
    return tuple((day, *MORNING) for day in days)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("平日上午; 星期六下午", (*mornings(0, 1, 2, 3, 4), (5, *AFTERNOON))),
        ("平日上午，星期六下午", (*mornings(0, 1, 2, 3, 4), (5, *AFTERNOON))),
        ("逢星期二 9:30-12:30", ((1, 19, 25),)),
        ("Sat & Sun PM", ((5, *AFTERNOON), (6, *AFTERNOON))),
        ("晚上(一至五)", tuple((day, *EVENING) for day in WORKING_DAYS)),
        ("晚上（一至五）", tuple((day, *EVENING) for day in WORKING_DAYS)),
        ("週末全日", ((5, *WHOLE_DAY), (6, *WHOLE_DAY))),
        ("不限", tuple((day, *WHOLE_DAY) for day in EVERY_DAY)),
        ("星期一、三上午", mornings(0, 2)),
        ("星期五上午及下午", ((4, *MORNING), (4, *AFTERNOON))),
        ("平日下午", tuple((day, *AFTERNOON) for day in WORKING_DAYS)),
        ("星期四 2pm-5pm", ((3, 28, 34),)),
        ("星期四下午2時至5時", ((3, 28, 34),)),
        ("逢一三五晚上", tuple((day, *EVENING) for day in (0, 2, 4))),
        ("Mon-Fri mornings", mornings(0, 1, 2, 3, 4)),
        ("星期一至五 上午", mornings(0, 1, 2, 3, 4)),
        ("週一到週三早上", mornings(0, 1, 2)),
        ("礼拜二下昼", ((1, *AFTERNOON),)),
        ("星期六 10:00-12:00、14:00-16:00", ((5, 20, 24), (5, 28, 32))),
        ("上午 星期一; 下午 星期二", ((0, *MORNING), (1, *AFTERNOON))),
        ("星期日 10:00-12:00; 星期日 11:00-13:00", ((6, 20, 26),)),
    ],
)
def test_weekly_availability(text: str, pieces: tuple[tuple[int, int, int], ...]) -> None:
    assert value_of(read_availability(text, TODAY)) == pieces


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("", Question.MISSING),
        ("上午", Question.DAY_MISSING),
        ("星期六", Question.TIME_MISSING),
        ("星期六上午十時", Question.LENGTH_MISSING),
        ("星期三 2:00-4:00", Question.AM_OR_PM),
        ("星期三 9:00-5:00", Question.AM_OR_PM),
        ("星期三 10:00-9:00", Question.ENDS_BEFORE_IT_BEGINS),
        ("星期三 9:15-10:45", Question.NOT_HALF_HOURS),
        ("平日晚上7時後", Question.NOT_UNDERSTOOD),
        ("下星期三下午", Question.NOT_UNDERSTOOD),
        ("間中", Question.NOT_UNDERSTOOD),
        ("27/11/2026 上午", Question.DAY_MISSING),
        ("星期五至一上午", Question.NOT_UNDERSTOOD),
    ],
)
def test_unclear_availability_is_asked_about(text: str, question: Question) -> None:
    assert question_of(read_availability(text, TODAY)) == question


@pytest.mark.parametrize(
    ("text", "times"),
    [
        (
            "27/11/2026 9:00am-11:30am",
            Times((When(dates=(date(2026, 11, 27),), hours=(Hours(18, 23),)),)),
        ),
        (
            "2026年11月25日 上午10時至12時",
            Times((When(dates=(date(2026, 11, 25),), hours=(Hours(20, 24),)),)),
        ),
        ("星期四 3-5pm", Times((When(weekdays=(3,), hours=(Hours(30, 34),)),))),
        ("逢星期二 14:00-16:00", Times((When(weekdays=(1,), hours=(Hours(28, 32),)),), says_weekly=True)),
        (
            "12月2日 下午2時半，約2小時",
            Times((When(dates=(date(2026, 12, 2),), hours=(Hours(29, 33),)),)),
        ),
        (
            "星期一或星期三上午",
            Times((When(weekdays=(0, 2), hours=(Hours(*MORNING, is_part=True),)),), is_any_of=True),
        ),
        (
            "平日下午均可",
            Times(
                (When(weekdays=WORKING_DAYS, hours=(Hours(*AFTERNOON, is_part=True),)),),
                is_any_of=True,
                names_a_group=True,
            ),
        ),
        ("逢一、四 11:00–12:00", Times((When(weekdays=(0, 3), hours=(Hours(22, 24),)),), says_weekly=True)),
        (
            "逢星期六上午十時",
            Times((When(weekdays=(5,), hours=(Hours(20, None),)),), says_weekly=True),
        ),
        (
            "逢星期六上午十時，兩個半小時",
            Times((When(weekdays=(5,), hours=(Hours(20, 25),)),), says_weekly=True),
        ),
        (
            "2026-11-25 (三) 10:00-12:00",
            Times((When(dates=(date(2026, 11, 25),), hours=(Hours(20, 24),)),)),
        ),
        (
            "星期三下午2時至4時 或 星期五上午10時至12時",
            Times(
                (
                    When(weekdays=(2,), hours=(Hours(28, 32),)),
                    When(weekdays=(4,), hours=(Hours(20, 24),)),
                ),
                is_any_of=True,
            ),
        ),
        (
            "Every Wednesday 10am-12noon",
            Times((When(weekdays=(2,), hours=(Hours(20, 24),)),), says_weekly=True),
        ),
        (
            "星期五上午，2小時",
            Times((When(weekdays=(4,), hours=(Hours(*MORNING, is_part=True),), length_slots=4),)),
        ),
    ],
)
def test_times_of_a_request(text: str, times: Times) -> None:
    assert value_of(read_times(text, TODAY)) == times


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("越快越好", Question.AS_SOON_AS_POSSIBLE),
        ("盡快", Question.AS_SOON_AS_POSSIBLE),
        ("2026-11-25 (四) 10:00-12:00", Question.DATE_AND_WEEKDAY_DIFFER),
        ("2026年2月30日 10:00-11:00", Question.NOT_A_DATE),
        ("12/11 2-4pm", Question.WHICH_YEAR),
        ("2026-11-25 - 2026-11-27 10:00-12:00", Question.NOT_UNDERSTOOD),
        ("明天上午", Question.NOT_UNDERSTOOD),
        ("星期三三時半", Question.AM_OR_PM),
        ("星期六 11pm-1am", Question.ENDS_BEFORE_IT_BEGINS),
        ("星期三 10:00-12:00，約3小時", Question.NOT_UNDERSTOOD),
    ],
)
def test_unclear_times_are_asked_about(text: str, question: Question) -> None:
    assert question_of(read_times(text, TODAY)) == question


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("星期一 上午9時至下午1時", (18, 26)), ("星期一 下午12時半至2時", (25, 28)), ("星期一 10-1pm", (20, 26)),
        ("星期一 10am-12pm", (20, 24)), ("星期一 晚上7點至9點半", (38, 43)), ("星期一 中午12時至2時", (24, 28)),
        ("星期一 07:30-09:00", (15, 18)), ("星期一 上午十時三十分至十二時", (21, 24)), ("星期一 22:00-24:00", (44, 48)),
    ],
)  # fmt: skip
def test_hours_in_many_ways(text: str, hours: tuple[int, int]) -> None:
    when = value_of(read_times(text, TODAY)).whens[0]
    assert [(found.from_slot, found.to_slot) for found in when.hours] == [hours]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("石籬邨", "shek_lei"), ("石篱", "shek_lei"), ("青衣(長康)", "cheung_hong"), ("青衣（長康邨）", "cheung_hong"),
        ("青衣邨", "tsing_yi_estate"), ("青衣", "tsing_yi"), ("Kwai Fong Estate", "kwai_fong"),
        ("ＫＷＡＩ　ＦＯＮＧ", "kwai_fong"),
        ("荃灣中心", "tsuen_wan_centre"), ("荃灣", "tsuen_wan"),
    ],
)  # fmt: skip
def test_one_area(text: str, code: str) -> None:
    assert value_of(VOCABULARY.read_area(text)) == code


def test_an_area_that_may_be_several_is_asked_about() -> None:
    assert question_of(VOCABULARY.read_area("葵涌")) == Question.SEVERAL_AREAS
    assert question_of(VOCABULARY.read_area("沙田")) == Question.UNKNOWN_NAME
    assert question_of(VOCABULARY.read_area("沙田(長康)")) == Question.UNKNOWN_NAME


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("荃灣區", Areas(("tsuen_wan", "tsuen_wan_centre"))),
        ("荃灣中心、石籬", Areas(("tsuen_wan_centre", "shek_lei"))),
        ("不限", Areas(everywhere=True)), ("Kwai Fong and Tsuen Wan", Areas(("kwai_fong", "tsuen_wan"))),
        ("石籬 荃灣", Areas(("shek_lei", "tsuen_wan"))), ("", Areas()),
    ],
)  # fmt: skip
def test_several_areas(text: str, areas: Areas) -> None:
    assert value_of(VOCABULARY.read_areas(text)) == areas


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("粵/國語/英文", ("yue", "cmn", "en")), ("國語,英文,普通話", ("cmn", "en")), ("烏爾都語 粵語", ("ur", "yue")),
        ("不限", ()), ("廣東話及英語", ("yue", "en")), ("乌尔都语", ("ur",)),
    ],
)  # fmt: skip
def test_languages(text: str, codes: tuple[str, ...]) -> None:
    assert value_of(VOCABULARY.read_languages(text)) == codes


def test_strengths_are_skills_wishes_or_languages() -> None:
    read = value_of(VOCABULARY.read_abilities("扶抱；數碼支援；手語"))
    assert read == Abilities(("transfers", "digital"), ("digital_help",), ("hksl",))
    unknown = VOCABULARY.read_abilities("扶抱、唱戲")
    assert isinstance(unknown, Unclear)
    assert unknown.original == "唱戲"


def test_two_kinds_in_one_cell_are_asked_about_with_both_as_choices() -> None:
    answer = VOCABULARY.read_kind("陪診、電話慰問")
    assert isinstance(answer, Unclear)
    assert (answer.question, answer.choices) == (Question.SEVERAL_KINDS, ("escort", "telephone"))
    assert value_of(VOCABULARY.read_kind("陪伴散步")) == "accompany"
    assert value_of(VOCABULARY.read_kind("短暫替假看顧")) == "respite"
    assert all(value_of(VOCABULARY.read_kind(code)) == code for code in answer.choices)


ALPHABET = (
    "星期一二三四五六日逢每平週末上下午晚十時半至、或,;()-/:：0123456789２ apmonsat年月區石籬邨約小不限\0"
)
WRITTEN = st.text(ALPHABET, max_size=25) | st.text(max_size=25)


@given(WRITTEN)
def test_any_text_is_understood_or_asked_about_never_an_error(text: str) -> None:
    readers = (
        read_gender, read_yes_no, read_count, read_age, read_hours, VOCABULARY.read_area, VOCABULARY.read_areas,
        VOCABULARY.read_languages, VOCABULARY.read_abilities, VOCABULARY.read_kind, VOCABULARY.read_demands,
        lambda cell: read_birth(cell, TODAY), lambda cell: read_date(cell, TODAY),
        lambda cell: read_availability(cell, TODAY), lambda cell: read_times(cell, TODAY),
    )  # fmt: skip
    for read in readers:
        assert isinstance(read(text), Understood | Unclear)


@given(WRITTEN)
def test_every_choice_offered_is_understood(text: str) -> None:
    answer = read_times(text, TODAY)
    if isinstance(answer, Unclear):
        for choice in answer.choices:
            assert isinstance(read_times(choice, TODAY), Understood), (text, choice)
    else:
        again = value_of(read_times(times_written(answer.value), TODAY))
        assert _essence(again) == _essence(answer.value)
    free = read_availability(text, TODAY)
    if isinstance(free, Understood):
        assert all(0 <= day <= 6 and 0 <= start < end <= 48 for day, start, end in free.value)


def _essence(times: Times) -> tuple[Any, ...]:
    return times.whens, times.says_weekly, times.is_any_of


@given(
    st.sets(st.integers(0, 6), min_size=1, max_size=7),
    st.integers(0, 47).flatmap(lambda start: st.tuples(st.just(start), st.integers(start + 1, 48))),
    st.booleans(),
    st.booleans(),
)
def test_times_written_are_read_as_they_were(
    days: set[int], hours: tuple[int, int], weekly: bool, any_of: bool
) -> None:
    times = Times((When(weekdays=tuple(sorted(days)), hours=(Hours(*hours),)),), weekly, any_of)
    assert value_of(read_times(times_written(times), TODAY)) == times


@given(st.dates(date(1901, 1, 1), date(2099, 12, 31)))
def test_a_date_is_read_the_same_in_every_way_it_is_written(day: date) -> None:
    ways = (
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.day}/{day.month}/{day.year}",
        day.strftime("%d %b %Y"),
    )
    assert {value_of(read_date(way, TODAY)) for way in ways} == {day}
    left_out = value_of(read_date(f"{day.month}月{day.day}日", TODAY))
    assert TODAY <= left_out <= TODAY + timedelta(days=366 * 4)


def test_numbers_are_read_in_digits_and_in_chinese() -> None:
    chinese = {"一": 1, "十": 10, "十二": 12, "二十": 20, "廿四": 24, "两": 2, "九十九": 99}
    assert {word: whole_number(word) for word in chinese} == chinese
    assert slot_at("24:00") == 48


def test_the_vocabulary_names_only_what_the_catalogue_has() -> None:
    assert isinstance(VOCABULARY, Vocabulary)
    assert question_of(VOCABULARY.read_kind("送飯")) == Question.UNKNOWN_NAME, "not among these kinds"

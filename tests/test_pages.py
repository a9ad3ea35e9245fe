"""Every page of the service, opened by everybody who may, in both languages."""

import pytest
from flask import Flask

from tests.access_matrix import MATRIX
from tests.page_checks import faults_of
from tests.test_access import address, arguments, browser_of, methods_of
from tests.world import PERSONAS, STRANGER, World, make_world

NOT_PAGES = frozenset(
    {
        "calendar.feed",
        "calendar.one_visit",
        "static",
        "health.healthz",
        "web.set_language",
        "web.set_text_size",
        "recognition.letter",
        "recognition.my_letter",
        "training.certificate",
        "training.my_certificate",
    }
)
NAMES = frozenset(
    """LAM Mei|CHAN Siu Ming|Another Carer|Minor Of Fifteen|Somebody to phone|Guardian|Wong|people.csv
    volunteer account|carer account|coordinator account|safeguarding_lead account|administrator account|stranger account
    Coordinator Chan|Who Accepted|Who Entered|Who Confirmed|Who Triaged|Who Approved|mother
    Flat 1, invented house|Bahasa Indonesia|Tiếng Việt|Tagalog|English|Ready Volunteer
    Chan Tai Man|中文|陳大文|陳小明|何小青|林美|陳婆婆|李伯伯|越快越好|繁體中文|陳女士|何大山
    石籬社區會堂|石籬中心|葉姑娘
    街站|How to lift safely|學習安全扶抱|石籬邨|請找年紀大一點的義工|出生年份|居住地區|姓名|電話
    廣東話|普通話|潮州話|客家話|香港手語|性罪行定罪紀錄查核|關愛隊""".replace("\n    ", "|").split("|")
)
"""Names, addresses and words of the people's own, which stay as they were given."""


@pytest.fixture
def world(app: Flask) -> World:
    return app.extensions["database"].in_transaction(make_world)  # type: ignore[no-any-return]  # of make_world


@pytest.mark.parametrize("language", ["zh_Hant_HK", "en"])
def test_every_page_holds_what_every_page_must(app: Flask, world: World, language: str) -> None:
    faults = []
    for persona in PERSONAS:
        visitor = browser_of(app, world, persona)
        visitor.client.set_cookie("language", language)
        for endpoint, access in sorted(MATRIX.items()):
            if endpoint in NOT_PAGES or persona not in access.who or persona == STRANGER:
                continue
            if "GET" not in methods_of(app, endpoint):
                continue
            answer = visitor.client.get(address(app, endpoint, arguments(access, world)))
            if answer.status_code in (302, 303):
                continue
            if answer.status_code != 200:
                faults.append(f"{persona} {endpoint}: {answer.status_code}")
                continue
            faults += [f"{endpoint}: {fault}" for fault in faults_of(answer.text, language, NAMES)]
    assert not faults, "\n".join(sorted(set(faults)))


PLANTED_FAULTS = {
    "lang is": '<html lang="en"><title>t</title><h1>題</h1>',
    "h1": '<html lang="zh-Hant-HK"><title>t</title><h1>題</h1><h1>題</h1>',
    "no title": '<html lang="zh-Hant-HK"><h1>題</h1>',
    "stands 2 times": '<html lang="zh-Hant-HK"><title>t</title><h1 id="a">題</h1><p id="a">',
    "no label": '<html lang="zh-Hant-HK"><title>t</title><h1>題</h1><input id="a" type="text">',
    "refers to no id": '<html lang="zh-Hant-HK"><title>t</title><h1 aria-describedby="b">題</h1>',
    "form tokens": '<html lang="zh-Hant-HK"><title>t</title><h1>題</h1><form method="post"></form>',
    "inline style": '<html lang="zh-Hant-HK"><title>t</title><h1 style="color:red">題</h1>',
    "not rendered": '<html lang="zh-Hant-HK"><title>t</title><h1>%(name)s</h1>',
    "untranslated": '<html lang="zh-Hant-HK"><title>t</title><h1>題</h1><p>Not in Chinese</p>',
}


@pytest.mark.parametrize(("fault", "html"), PLANTED_FAULTS.items())
def test_the_checks_notice_a_planted_fault(fault: str, html: str) -> None:
    assert any(fault in found for found in faults_of(html, "zh_Hant_HK"))


def test_the_checks_notice_chinese_on_an_english_page() -> None:
    html = '<html lang="en"><title>t</title><h1>Heading</h1><p>未翻譯</p>'
    assert faults_of(html, "en") == ["untranslated: '未翻譯'"]


def test_text_marked_as_another_language_is_no_fault() -> None:
    html = '<html lang="en"><title>t</title><h1>Heading</h1><p lang="zh-Hant-HK">繁體</p>'
    assert faults_of(html, "en") == []

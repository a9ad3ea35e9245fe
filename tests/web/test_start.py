"""The first pages, in both languages, and errors as pages."""

import pytest
from flask import Flask
from sqlalchemy.orm.exc import StaleDataError

from app.messages import routes as message_routes
from app.web.access import public
from tests.visitor import Visitor


def test_a_stranger_is_met_in_chinese_with_three_ways_in(visitor: Visitor) -> None:
    visitor.client.delete_cookie("language")
    page = visitor.opens("/")
    assert '<html lang="zh-Hant-HK"' in page.html
    for words in ("我想幫忙", "我需要幫忙", "登入", "收集個人資料聲明", "182 183"):
        assert words in page.words
    assert page.html.count('class="way"') == 3


def test_english_is_one_tap_away_and_remembered(visitor: Visitor) -> None:
    visitor.client.delete_cookie("language")
    answer = visitor.opens("/language/en?next=/personal-information", status=303)
    assert answer.goes_to == "/personal-information"
    assert "We never ask for your identity card number" in visitor.opens("/personal-information").words


@pytest.mark.parametrize("language", ("zh_Hant_HK", "en"))
def test_the_statement_says_that_no_machine_decides_alone(visitor: Visitor, language: str) -> None:
    visitor.client.set_cookie("language", language)
    words = visitor.opens("/personal-information").words
    assert ("No decision against you is taken by a machine alone." in words) is (language == "en")
    assert ("我們不會單憑電腦作出對你不利的決定" in words) is (language != "en")


@pytest.mark.parametrize(
    ("path", "status"),
    (("/no/such/page", 404), ("/accounts/99999999999999999999", 404), ("/sign-out", 405)),
)
def test_errors_are_pages_with_a_way_on(visitor: Visitor, path: str, status: int) -> None:
    page = visitor.opens(path, status=status)
    assert page.html.count("<h1>") == 1
    assert 'href="/home"' in page.html
    assert "Please call me" in page.words


def test_a_body_over_the_limit_is_refused_in_words(visitor: Visitor) -> None:
    answer = visitor.client.post("/sign-in", data={"contact": "x" * (1024 * 1024 + 1)})
    assert answer.status_code == 413
    assert "That is too much to send at once" in answer.text


def test_a_form_without_its_token_is_asked_for_again(visitor: Visitor) -> None:
    answer = visitor.client.post("/sign-in", data={"contact": "9123 4567"})
    assert answer.status_code == 400
    assert "Please send the form again" in answer.text


def overtaken(*_arguments: object, **_facts: object) -> None:
    raise StaleDataError


def test_who_was_overtaken_by_somebody_else_is_told_and_keeps_the_form(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_routes, "ask_for_call_back", overtaken)
    page = visitor.sends("/call-me-back", status=422, name="陳大文", phone="9123 4567")
    assert "Somebody else changed this in the meantime" in page.words
    assert 'value="陳大文"' in page.html


def test_who_was_overtaken_on_a_page_without_a_form_is_told(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.view_functions, "web.home", public(overtaken))  # type: ignore[arg-type]  # never returns
    assert "Somebody else changed this in the meantime" in visitor.opens("/", status=409).words

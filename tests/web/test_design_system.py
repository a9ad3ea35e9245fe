"""The parts that pages are built of: labels, hints and errors belong together, and nothing needs a script."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
)
from wtforms.validators import InputRequired, Optional, ValidationError

from app.web.forms import Form as OurForm
from app.web.forms import SelectChoice

APP = Path(__file__).parents[2] / "app"
IMPORTS = '{% import "macros/forms.html" as forms %}{% import "macros/content.html" as content %}'
VOID = {"input", "meta", "link", "br", "hr", "img", "path", "rect", "circle"}


class Elements(HTMLParser):
    """All elements of a piece of HTML with their attributes; refuses what is opened and not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """The attributes of every `tag` that has the wanted values."""
        return [
            attributes
            for name, attributes in self.found
            if name == tag and all(attributes.get(key) == value for key, value in wanted.items())
        ]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _tag, attributes in self.found if "id" in attributes]


class TimeForm(Form):
    weekday = HiddenField()
    starts = SelectField(
        "From", choices=[SelectChoice("", "—"), SelectChoice("09:00"), SelectChoice("10:00")]
    )
    ends = SelectField("To", choices=[SelectChoice("", "—"), SelectChoice("09:00"), SelectChoice("10:00")])

    def validate_ends(self, field: SelectField) -> None:
        if field.data and field.data <= self.starts.data:
            raise ValidationError("The end must be after the start")


class WeekForm(Form):
    usual = SelectMultipleField("Usually free", choices=[SelectChoice("weekday_morning", "Weekday mornings")])
    exact = FieldList(FormField(TimeForm))
    add_time = SubmitField()


class SignUp(Form):
    form_key = HiddenField(default="key-1")
    name = StringField("Name", [InputRequired("Write your name")], description="As on letters")
    email = StringField("E-mail", [Optional()])
    area = RadioField(
        "Area",
        [InputRequired("Choose an area")],
        choices=[SelectChoice("tw", "Tsuen Wan"), SelectChoice("kc", "Kwai Chung")],
    )
    skills = SelectMultipleField(
        "Skills", choices=[SelectChoice("escort", "Escort"), SelectChoice("visit", "Visit")]
    )
    consent = BooleanField("I agree", [InputRequired("Tick the box if you agree")])
    week = FormField(WeekForm)


@pytest.fixture(scope="module")
def gallery() -> Flask:
    app = Flask("gallery", template_folder=str(APP / "templates"), static_folder=str(APP / "static"))
    app.config.update(SECRET_KEY="for this test", WTF_CSRF_ENABLED=False)
    app.jinja_env.undefined = StrictUndefined
    CSRFProtect(app)
    Babel(app, default_locale="en")
    app.add_url_rule("/language/<language>", "web.set_language")
    app.add_url_rule("/size/<size>", "web.set_text_size")
    app.add_url_rule("/outbox", "demo.outbox")
    app.add_url_rule("/list", "list")
    return app


@pytest.fixture(autouse=True)
def request_of_a_reader(gallery: Flask) -> Iterator[None]:
    with gallery.test_request_context("/sign-up?step=1"):
        yield


def shown(template: str, **context: Any) -> tuple[str, Elements]:
    html = render_template_string(IMPORTS + template, **context)
    return html, Elements(html)


def page_of(layout: str, **context: Any) -> tuple[str, Elements]:
    everywhere: dict[str, Any] = {
        "html_language": "en",
        "text_size": "large",
        "menu": [],
        "is_demonstration": False,
        "call_me_back_url": "/call",
        "title": "Who you are",
    }
    body = "{% block content %}<h1>{{ title }}</h1>{% endblock %}"
    blocks = {
        "step": "{% block fields %}{{ forms.field(form.name) }}{% endblock %}",
        "desk": "",
        "base": body,
    }
    source = f'{{% extends "layouts/{layout}.html" %}}{IMPORTS}{blocks[layout]}'
    html = render_template_string(source, **{**everywhere, **context})
    return html, Elements(html)


def week(*times: tuple[str, str, str]) -> dict[str, Any]:
    return {"week": {"exact": [{"weekday": d, "starts": s, "ends": e} for d, s, e in times]}}


def test_a_field_is_described_by_its_hint_and_its_error() -> None:
    form = SignUp(MultiDict())
    form.validate()
    html, page = shown("{{ forms.field(form.name, autocomplete='name') }}", form=form)
    (box,) = page.all("input")
    assert box["aria-describedby"] == "name-hint name-error"
    assert set(box["aria-describedby"].split()) <= set(page.ids)
    assert (box["aria-invalid"], box["autocomplete"]) == ("true", "name")
    assert page.all("label", **{"for": "name"})
    assert "As on letters" in html
    assert "Write your name" in html


def test_a_sound_field_says_nothing_about_errors() -> None:
    _html, page = shown("{{ forms.field(form.email) }}", form=SignUp(MultiDict()))
    (box,) = page.all("input")
    assert not {"aria-invalid", "aria-describedby", "autocomplete", "inputmode"} & set(box)


def test_only_what_may_stay_empty_is_called_optional() -> None:
    form = SignUp(MultiDict())
    assert "(optional)" in shown("{{ forms.field(form.email) }}", form=form)[0]
    assert "(optional)" not in shown("{{ forms.field(form.name) }}", form=form)[0]
    assert "(optional)" not in shown("{{ forms.field(form.email, optional=False) }}", form=form)[0]


def test_every_line_of_the_error_summary_leads_to_a_control() -> None:
    form = SignUp(
        MultiDict({"week-exact-0-weekday": "1", "week-exact-0-starts": "10:00", "week-exact-0-ends": "09:00"})
    )
    form.validate()
    form.form_errors.append("Somebody else took this place")
    html, page = shown(
        "{{ forms.error_summary(form) }}{{ forms.field(form.name) }}{{ forms.toggle_cards(form.area) }}"
        "{{ forms.checkbox(form.consent) }}{{ forms.week_grid(form.week) }}",
        form=form,
    )
    targets = [link["href"].removeprefix("#") for link in page.all("a")]
    assert targets == ["name", "area", "consent", "week-exact-0-ends"]
    assert set(targets) <= set(page.ids)
    assert "<li>Somebody else took this place</li>" in html


class Meeting(Form):
    repeated_errors = OurForm.repeated_errors
    place = StringField("Where?", [InputRequired("Fill this in.")])
    purpose = StringField("Purpose", [InputRequired("Fill this in.")])
    name = StringField("Name", [InputRequired("Write your name.")])
    day = DateField("Day", [InputRequired("Fill in the date.")])


def test_the_error_summary_names_dates_and_fields_of_which_it_says_the_same() -> None:
    form = Meeting(MultiDict({"name": ""}))
    form.validate()
    html, _page = shown("{{ forms.error_summary(form) }}", form=form)
    assert re.findall(r"<a [^>]+>([^<]+)</a>", html) == [
        "Where? Fill this in.",
        "Purpose: Fill this in.",
        "Write your name.",
        "Day: Fill in the date.",
    ]


def test_no_summary_without_errors() -> None:
    assert shown("{{ forms.error_summary(form) }}", form=SignUp(MultiDict()))[0] == ""


def test_cards_take_one_answer_or_several() -> None:
    form = SignUp(MultiDict([("area", "kc"), ("skills", "escort"), ("skills", "visit")]))
    _html, page = shown("{{ forms.toggle_cards(form.area) }}{{ forms.toggle_cards(form.skills) }}", form=form)
    assert [(box["value"], "checked" in box) for box in page.all("input", type="radio")] == [
        ("tw", False),
        ("kc", True),
    ]
    assert ["checked" in box for box in page.all("input", type="checkbox")] == [True, True]
    assert [label["for"] for label in page.all("label")] == [box["id"] for box in page.all("input")]


def test_cards_with_nothing_chosen_are_still_boxes_to_tick() -> None:
    form = SignUp()
    _html, page = shown("{{ forms.toggle_cards(form.skills) }}", form=form)
    assert len(page.all("input", type="checkbox")) == 2


def test_the_week_grid_offers_another_time_of_each_day_without_script() -> None:
    form = SignUp(data=week(("1", "09:00", "10:00"), ("1", "", ""), ("2", "", "")))
    _html, page = shown("{{ forms.week_grid(form.week) }}", form=form)
    buttons = page.all("button", name="week-add_time")
    assert [button["value"] for button in buttons] == ["1", "2", "3", "4", "5", "6", "7"]
    assert all("formnovalidate" in button for button in buttons)
    assert [field["value"] for field in page.all("input", type="hidden")] == ["1", "1", "2"]
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize(
    ("times", "is_open"),
    [([("1", "", "")], False), ([("1", "09:00", "10:00")], True)],
    ids=["unused", "used"],
)
def test_exact_times_are_open_once_somebody_gave_one(
    times: list[tuple[str, str, str]], is_open: bool
) -> None:
    _html, page = shown("{{ forms.week_grid(form.week) }}", form=SignUp(data=week(*times)))
    assert ("open" in page.all("details")[0]) is is_open


def test_a_form_carries_its_token_and_its_key() -> None:
    _html, page = shown(
        "{% call forms.form_tag(form) %}x{% endcall %}", form=SignUp(MultiDict({"form_key": "key-1"}))
    )
    assert [field["name"] for field in page.all("input", type="hidden")] == ["csrf_token", "form_key"]
    assert page.ids == []
    assert "novalidate" in page.all("form")[0]


def test_a_step_has_one_heading_one_form_and_the_way_back() -> None:
    html, page = page_of(
        "step", form=SignUp(), step={"current": 2, "total": 6, "names": ["a", "Who"]}, back_url="/before"
    )
    assert len(page.all("h1")) == 1
    assert len(page.all("form", method="post")) == 1
    assert page.all("a", href="/before")
    assert "Step 2 of 6" in html
    assert page.all("html", lang="en")[0]["data-text-size"] == "large"


def test_the_title_says_that_something_is_wrong() -> None:
    form = SignUp(MultiDict())
    form.validate()
    assert "<title>Error: Who you are —" in page_of("step", form=form)[0]
    assert "<title>Who you are —" in page_of("step", form=SignUp())[0]


@pytest.mark.parametrize("layout", ["base", "desk"])
def test_every_page_offers_a_call_and_a_way_past_the_menu(layout: str) -> None:
    _html, page = page_of(layout)
    assert page.all("a", href="/call")
    assert page.all("a", href="#main")
    assert page.all("main", id="main")
    assert page.all("a", href="tel:182183")
    assert len(page.all("h1")) == 1


def test_who_prefers_to_ring_finds_the_number() -> None:
    assert page_of("base", service_phone="2400 0000")[1].all("a", href="tel:24000000")
    assert not page_of("base", service_phone="")[1].all("a", href="tel:")


def test_language_and_text_size_come_back_to_the_same_page() -> None:
    _html, page = page_of("base")
    links = [link for link in page.all("a") if "next=" in link.get("href", "")]
    assert len(links) == 5
    assert all(link["href"].endswith("next=/sign-up?step%3D1") for link in links)


def test_the_demonstration_says_so_only_where_it_is_one() -> None:
    assert page_of("base", is_demonstration=True)[1].all("a", href="/outbox")
    assert not page_of("base")[1].all("a", href="/outbox")


def test_a_table_names_its_cells_for_narrow_screens() -> None:
    html, page = shown(
        "{% call(row, key) content.table('People', columns, rows) %}<b>{{ row[key] }}</b>{% endcall %}",
        columns=[{"key": "name", "label": "Name"}, {"key": "hours", "label": "Hours", "numeric": True}],
        rows=[{"name": "<Chan>", "hours": 3}],
    )
    assert page.all("th", scope="row")
    assert page.all("td", **{"data-label": "Hours"})
    assert "<b>&lt;Chan&gt;</b>" in html


def test_an_empty_table_says_so() -> None:
    html, page = shown("{{ content.table('People', [], [], empty='Nobody waits.') }}")
    assert "Nobody waits." in html
    assert not page.all("table")


@pytest.mark.parametrize("tone", ["neutral", "info", "good", "warning", "bad"])
def test_a_status_has_words_and_a_shape_beside_its_colour(tone: str) -> None:
    html, page = shown("{{ content.status('Paused', tone) }}", tone=tone)
    assert "Paused" in html
    assert page.all("svg", **{"aria-hidden": "true"})


def test_a_chart_opens_the_list_behind_every_number() -> None:
    _html, page = shown(
        "{{ content.bar_chart('Why', rows) }}",
        rows=[{"label": "Too far", "value": 3, "href": "/list?why=far"}, {"label": "Nobody", "value": 12}],
    )
    assert [bar["width"] for bar in page.all("rect") if bar["class"].startswith("bar ")] == [
        "25.0%",
        "100.0%",
    ]
    assert len(page.all("a", href="/list?why=far")) == 2
    assert page.all("table")


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, [2, 9, 2]), (5, [4, 1, 4, 6, 9, 6]), (9, [8, 1, 8])],
    ids=["first", "middle", "last"],
)
def test_the_pager_keeps_the_filters(number: int, expected: list[int]) -> None:
    _html, page = shown("{{ content.pager(number, 9, 'list', {'q': 'chan'}) }}", number=number)
    links = [link["href"] for link in page.all("a")]
    assert links == [f"/list?q=chan&page={at}" for at in expected]


def test_what_people_typed_is_never_markup() -> None:
    evil = "<script>alert(1)</script>"
    html, _page = shown(
        "{{ content.summary_list([{'label': evil, 'value': [evil, evil]}]) }}"
        "{{ content.chips([evil, (evil, 'good')]) }}"
        "{{ content.timeline([{'when': evil, 'what': evil, 'who': evil, 'note': evil}]) }}"
        "{{ content.facts([('place', evil, evil)]) }}{{ content.person(evil, evil) }}"
        "{{ content.progress(1, 2, evil, evil) }}{{ forms.pick('p', evil, evil) }}",
        evil=evil,
    )
    assert "<script" not in html


def test_templates_keep_to_the_content_security_policy() -> None:
    inline = re.compile(
        r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<script(?![^>]*\bsrc=)|javascript:", re.IGNORECASE
    )
    pages = sorted((APP / "templates").rglob("*.html"))
    assert len(pages) >= 7
    assert [page.name for page in pages if inline.search(page.read_text())] == []


def test_styles_and_scripts_ask_no_other_host() -> None:
    files = [*(APP / "static").rglob("*.css"), *(APP / "static").rglob("*.js")]
    assert len(files) >= 9
    assert [
        file.name for file in files if re.search(r"https?://|//cdn|@import|url\(", file.read_text())
    ] == []

"""Odd things sent to every form: a clear refusal, never an error of ours; and a form key counts for one sending."""

import io
import itertools
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.accounts.models import Role
from app.messages.models import CallBack
from app.shared.database import Database
from app.shared.submissions import Submission
from tests.access_matrix import MATRIX
from tests.test_access import address, arguments, browser_of, methods_of
from tests.visitor import Visitor
from tests.world import NOBODY, World, make_world

NAMES = re.compile(r'<(?:input|textarea|select|button)[^>]* name="([^"]+)"')
ENDS_THE_SESSION = frozenset({"accounts.sign_out", "accounts.forget_device"})
ODD = (
    "\0",
    "a\0b",
    "\u202eabc",
    "9" * 5000,
    str(2**63),
    f"-{2**63}",
    "０１２",
    "²",
    "2026-02-31",
    "0000-01-01",
    "9999-12-31",
    "10000-01-01",
    "25:99",
    "nan",
    "1e999",
    "%(x)s{{7*7}}",
    "\u200b",
    "\U0001f600" * 300,
    "2026-11-26/20/24",
)
ASKING = (
    "page",
    "status",
    "name",
    "words",
    "instead",
    "show",
    "next",
    "volunteer",
    "recipient",
    "area",
    "draft",
)


@pytest.fixture
def world(app: Flask) -> World:
    return app.extensions["database"].in_transaction(make_world)  # type: ignore[no-any-return]  # of make_world


@pytest.fixture
def without_form_tokens(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = False
    yield
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.mark.usefixtures("without_form_tokens")
@pytest.mark.parametrize(
    "persona", [NOBODY, Role.VOLUNTEER, Role.CARER, Role.COORDINATOR, Role.ADMINISTRATOR]
)
def test_whatever_is_sent_to_a_route_the_fault_is_not_ours(app: Flask, world: World, persona: str) -> None:
    visitor = browser_of(app, world, persona)
    faults = []
    turns = itertools.count(1)
    for endpoint, access in sorted(MATRIX.items()):
        is_new = persona in access.who and (persona in (NOBODY, Role.CARER) or NOBODY not in access.who)
        if not is_new or endpoint in ENDS_THE_SESSION | {"static", "health.healthz"}:
            continue
        path = address(app, endpoint, arguments(access, world))
        methods = methods_of(app, endpoint)
        names: set[str] = {"form_key", "next"}
        if "GET" in methods:
            names.update(NAMES.findall(visitor.client.get(path).data.decode(errors="replace")))
        for turn in itertools.islice(turns, 1):
            odd, other = ODD[turn % len(ODD)], ODD[turn * 7 % len(ODD)]
            if "GET" in methods:
                asked = visitor.client.get(path, query_string=dict.fromkeys(ASKING, odd))
                faults += [f"GET {endpoint} {odd!r:.40}"] if asked.status_code >= 500 else []
            if "POST" in methods:
                for data in (dict.fromkeys(names, odd), {name: [other, odd] for name in names}):
                    sent = visitor.client.post(path, data=data)
                    faults += (
                        [f"POST {endpoint} {odd!r:.40} {other!r:.40}"] if sent.status_code >= 500 else []
                    )
        if "POST" in methods:
            files = {name: (io.BytesIO(b"a"), "a\0.csv") for name in names}
            for sent in (
                visitor.client.post(path, data=files, content_type="multipart/form-data"),
                visitor.client.post(path, json=[dict.fromkeys(names, 1)]),
                visitor.client.post(path, json={name: [1, None] for name in names}),
                visitor.client.post(path, data=b"--x\r\nfoo", content_type="multipart/form-data; boundary=x"),
            ):
                faults += [f"POST {endpoint} {sent.request.content_type}"] if sent.status_code >= 500 else []
                sent.request.close()
    assert faults == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(codec="utf-8"), max_size=300),
    field=st.sampled_from(["name", "phone", "note", "page"]),
)
def test_any_text_at_all_can_be_typed_by_who_wants_to_be_called(app: Flask, text: str, field: str) -> None:
    visitor = Visitor(app)
    fields = {"name": "Lam", "phone": "6123 4567", "note": "", field: text}
    answer = visitor.client.post("/call-me-back", data={**visitor.opens("/call-me-back").hidden, **fields})
    assert answer.status_code in (303, 422, 429)


def test_a_host_that_is_not_ours_is_refused_in_the_readers_language(app: Flask) -> None:
    for path in ("/", "/nothing-here", "/volunteers"):
        answer = Visitor(app, language="zh_Hant_HK").client.get(path, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.content_type) == (400, "text/plain; charset=utf-8")
        assert answer.text.startswith("我們看不懂")
        assert "evil.example" not in answer.text


def test_a_body_over_the_limit_is_refused_in_the_readers_language(app: Flask) -> None:
    answer = Visitor(app, language="zh_Hant_HK").client.post("/sign-in", data={"contact": "x" * 1_100_000})
    assert answer.status_code == 413
    assert 'lang="zh-Hant-HK"' in answer.text


def test_a_lost_database_is_told_in_the_readers_language(app: Flask, database: Database) -> None:
    visitor = Visitor(app, language="zh_Hant_HK")
    visitor.client.set_cookie("session", "a-session-that-must-be-looked-up")
    app.extensions["database"] = Database("sqlite:////proc/nowhere.sqlite")
    answer = visitor.client.get("/")
    assert answer.status_code == 500
    assert "你已儲存" in answer.text or "出了" in answer.text


def calls_asked(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(CallBack)) or 0


def test_the_same_form_acts_once_and_a_corrected_one_again(visitor: Visitor, database: Database) -> None:
    page = visitor.opens("/call-me-back")
    fields = {**page.hidden, "name": "Lam", "phone": "6123 4567"}
    for _tap in range(2):
        assert visitor.client.post("/call-me-back", data=fields).status_code == 303
    assert calls_asked(database) == 1
    assert visitor.client.post("/call-me-back", data={**fields, "phone": "6123 4568"}).status_code == 303
    assert calls_asked(database) == 2


def test_nobody_is_answered_by_the_form_key_of_another(
    visitor: Visitor, another: Visitor, database: Database
) -> None:
    fields = {"name": "Lam", "phone": "6123 4567", "form_key": "the-very-same-key"}
    for browser in (visitor, another):
        hidden = browser.opens("/call-me-back").hidden
        assert browser.client.post("/call-me-back", data={**hidden, **fields}).status_code == 303
    assert calls_asked(database) == 2
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 2

"""Nothing is open unless it says so: every route, for every kind of person, against `tests/access_matrix.py`."""

from collections.abc import Iterator

import pytest
from flask import Flask, url_for
from werkzeug.test import TestResponse

from app.shared.database import LARGEST_ID
from app.web.access import policy, public, refuse_undeclared_views
from tests.access_matrix import MATRIX, Access
from tests.visitor import Visitor
from tests.world import NOBODY, PERSONAS, STRANGER, World, make_world

FORBIDDEN = 403
ABSENT = 404


@pytest.fixture
def world(app: Flask) -> World:
    return app.extensions["database"].in_transaction(make_world)  # type: ignore[no-any-return]  # of make_world


@pytest.fixture
def without_form_tokens(app: Flask) -> Iterator[None]:
    """What is asked here is who may act, not whether the form carried its token."""
    app.config["WTF_CSRF_ENABLED"] = False
    yield
    app.config["WTF_CSRF_ENABLED"] = True


def browser_of(app: Flask, world: World, persona: str) -> Visitor:
    visitor = Visitor(app)
    return visitor if persona == NOBODY else visitor.has_signed_in_as(world.accounts[persona])


def arguments(access: Access, world: World, *, absent: int | None = None) -> dict[str, object]:
    """A route's arguments: rows of the world, plain values, or ids of rows that are not there."""
    found: dict[str, object] = {}
    for name, value in access.ids.items():
        if isinstance(value, str) and value.startswith("="):
            found[name] = value.removeprefix("=")
        else:
            found[name] = world.ids[str(value)] if absent is None else absent
    return found


def has_rows(access: Access) -> bool:
    return any(not str(value).startswith("=") for value in access.ids.values())


def methods_of(app: Flask, endpoint: str) -> list[str]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]
    return sorted({method for rule in rules for method in rule.methods or ()} & {"GET", "POST"})


def address(app: Flask, endpoint: str, values: dict[str, object]) -> str:
    with app.test_request_context():
        return url_for(endpoint, **values)  # type: ignore[arg-type]  # values of any converter


def is_sent_to_sign_in(answer: TestResponse) -> bool:
    return answer.status_code in (302, 303) and answer.headers["Location"].startswith("/sign-in")


def test_the_matrix_names_every_route_and_no_other(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert routes - MATRIX.keys() == set(), "add a line for each to tests/access_matrix.py"
    assert MATRIX.keys() - routes == set(), "these are gone: take their lines out"


@pytest.mark.usefixtures("without_form_tokens")
def test_who_may_not_is_turned_away(app: Flask, world: World) -> None:
    faults = []
    for persona in PERSONAS:
        visitor = browser_of(app, world, persona)
        roles = {"volunteer", "carer"} if persona == STRANGER else {persona}
        for endpoint, access in MATRIX.items():
            if access.who & roles and not (access.own and persona == STRANGER):
                continue
            path = address(app, endpoint, arguments(access, world))
            for method in methods_of(app, endpoint):
                answer = visitor.client.open(path, method=method, buffered=True)
                if persona == NOBODY:
                    is_right = is_sent_to_sign_in(answer)
                else:
                    is_right = answer.status_code == (ABSENT if access.who & roles else FORBIDDEN)
                if not is_right:
                    faults.append(f"{persona} {method} {endpoint}: {answer.status_code}")
    assert faults == []


@pytest.mark.usefixtures("without_form_tokens")
def test_who_may_is_let_in_and_what_is_absent_is_not_found(app: Flask, world: World) -> None:
    faults = []
    for persona in PERSONAS:
        visitor = browser_of(app, world, persona)
        for endpoint, access in MATRIX.items():
            if persona not in access.who or persona == STRANGER:
                continue
            methods = methods_of(app, endpoint)
            if "GET" in methods:
                answer = visitor.client.get(address(app, endpoint, arguments(access, world)), buffered=True)
                if answer.status_code in (FORBIDDEN, ABSENT) or answer.status_code >= 500:
                    faults.append(f"{persona} {endpoint}: {answer.status_code}")
            if has_rows(access):
                path = address(app, endpoint, arguments(access, world, absent=LARGEST_ID))
                too_large = path.replace(str(LARGEST_ID), str(2**63))
                for method in methods:
                    for target in (path, too_large):
                        answer = visitor.client.open(target, method=method, buffered=True)
                        if answer.status_code != ABSENT:
                            faults.append(f"{persona} {method} {target}: {answer.status_code}, not 404")
    assert faults == []


def test_a_view_without_a_policy_keeps_the_application_from_starting() -> None:
    app = Flask(__name__)
    app.add_url_rule("/open-by-accident", "open_by_accident", lambda: "")
    with pytest.raises(RuntimeError, match="open_by_accident"):
        refuse_undeclared_views(app)


def test_a_view_that_slips_in_later_is_refused(app: Flask) -> None:
    later = Flask(__name__)
    later.add_url_rule("/", "declared", public(lambda: "yes"))
    refuse_undeclared_views(later)
    later.view_functions["declared"] = lambda: "slipped in"
    assert later.test_client().get("/").status_code == FORBIDDEN


def test_a_policy_names_roles() -> None:
    with pytest.raises(ValueError, match="name the roles"):
        policy()

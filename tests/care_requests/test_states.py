"""What a carer is told, and what coordinators find."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.care_requests.models import CareRequest, CloseReason, Occurrence, RequestStatus, Rhythm
from app.care_requests.queries.requests import (
    Order,
    RequestFilter,
    Standing,
    carers_page,
    request_counts,
    request_state,
    requests_page,
)
from app.care_requests.queries.visits import HelperShown, VisitShown
from app.care_requests.use_cases.submitting import submit_request
from app.shared.database import Database
from app.shared.secrets import Phone
from app.volunteers.models import Source
from tests.care_requests.conftest import DAUGHTER, MOTHER, PretendVisits, asked
from tests.people import NOW, make_occurrence, make_request

TUESDAY = date(2026, 11, 24)
TODAY = date(2026, 11, 23)


def begun(database: Database, *windows: tuple[date | int, int, int], **changes: Any) -> CareRequest:
    return database.in_transaction(
        lambda session: make_request(session, windows=windows or ((1, 20, 24),), **changes)
    )


def needed(database: Database, request: CareRequest, day: date) -> Occurrence:
    return database.in_transaction(
        lambda session: make_occurrence(session, session.get_one(CareRequest, request.id), day)
    )


def agreed(occurrence: Occurrence) -> VisitShown:
    return VisitShown(occurrence.id, occurrence.first_day, 20, 24, (HelperShown(1, "陳女士", "Ms Chan"),))


def standing(database: Database, request: CareRequest) -> Standing:
    with database.reading() as session:
        return request_state(session, session.get_one(CareRequest, request.id), NOW).standing


@pytest.mark.parametrize(
    ("changes", "told"),
    (
        ({"status": RequestStatus.SUBMITTED}, Standing.RECEIVED),
        ({"status": RequestStatus.DRAFT}, Standing.RECEIVED),
        ({}, Standing.LOOKING),
        ({"submitted_at": NOW - timedelta(days=30)}, Standing.WAITING),
        ({"ends_on": date(2026, 11, 20)}, Standing.OVER),
        ({"status": RequestStatus.CLOSED, "close_reason": CloseReason.MET}, Standing.ENDED),
    ),
)
def test_a_carer_is_told_where_a_request_stands(
    database: Database, coordinator: Account, changes: dict[str, Any], told: Standing
) -> None:
    assert standing(database, begun(database, **changes)) is told


def test_days_that_have_gone_by_are_over(database: Database, coordinator: Account) -> None:
    request = begun(
        database, (date(2026, 11, 20), 20, 24), (date(2026, 11, 21), 20, 24), rhythm=Rhythm.ANY_OF
    )
    assert standing(database, request) is Standing.OVER


def test_one_agreed_visit_of_two_is_partly_arranged(
    database: Database, coordinator: Account, pretend: PretendVisits
) -> None:
    request = begun(database)
    first, second = (needed(database, request, TUESDAY + timedelta(days=days)) for days in (0, 7))
    pretend.shown = {request.id: (agreed(first),)}
    assert standing(database, request) is Standing.PARTLY
    pretend.shown = {request.id: (agreed(first), agreed(second))}
    assert standing(database, request) is Standing.ARRANGED


def found(database: Database, wanted: RequestFilter) -> list[str]:
    with database.reading() as session:
        page = requests_page(session, wanted, 1, today=TODAY)
        return [row.recipient.called if row.recipient else "" for row in page.rows]


def test_a_list_of_requests_is_narrowed_and_sorted(database: Database, coordinator: Account) -> None:
    def fill(session: Session) -> None:
        by_telephone = {"kind_code": "telephone", "is_at_home": False, "area_code": None}
        several: tuple[tuple[str, int, dict[str, Any]], ...] = (
            ("早", 3, {}),
            ("遲", 0, {**by_telephone, "outside_code": "A17"}),
            ("急", 1, {"area_code": "kwai_fong", "original_words": "盡快"}),
        )
        for called, days, changes in several:
            facts = asked(
                recipient=replace(MOTHER, called=called),
                carer=replace(DAUGHTER, name_zh=f"{called}家人", phone=Phone(f"+8529123000{days}")),
                **changes,
            )
            request = submit_request(
                session, facts, source=Source.PAPER, by=None, now=NOW - timedelta(days=days)
            )
            if called == "急":
                request.urgent_until, request.urgent_reason = TODAY, "入院"

    database.in_transaction(fill)
    assert found(database, RequestFilter()) == ["急", "早", "遲"]
    assert found(database, RequestFilter(order=Order.NEWEST)) == ["急", "遲", "早"]
    assert found(database, RequestFilter(is_urgent=True)) == ["急"]
    assert found(database, RequestFilter(status=RequestStatus.DRAFT)) == ["急"]
    assert found(database, RequestFilter(area="kwai_fong")) == ["急"]
    assert found(database, RequestFilter(kind="telephone")) == ["遲"]
    assert found(database, RequestFilter(words="A17")) == ["遲"]
    assert found(database, RequestFilter(words="早家")) == ["早"]
    assert found(database, RequestFilter(words="100%_")) == []
    assert found(database, RequestFilter(status=RequestStatus.CLOSED)) == []
    with database.reading() as session:
        assert request_counts(session, today=TODAY) == {"draft": 1, "submitted": 2, "open": 0, "urgent": 1}


def test_a_carer_is_found_by_name_tail_of_the_telephone_or_code(
    database: Database, coordinator: Account
) -> None:
    request = database.in_transaction(
        lambda session: submit_request(session, asked(), source=Source.PAPER, by=None, now=NOW)
    )
    with database.reading() as session:
        for words in ("小敏", "陈小敏", "4567", "９１２３ ４５６７", request.carer.code.lower()):
            assert [row.id for row in carers_page(session, words, 1).rows] == [request.carer_id], words
        assert carers_page(session, "黃", 1).total == 0
        assert carers_page(session, "", 99).number == 1

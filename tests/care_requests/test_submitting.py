"""Requests come in by one way; what is impossible is refused with its field."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.care_requests.models import Carer, CareRecipient, CareRequest, RequestStatus, Rhythm
from app.care_requests.use_cases import facts
from app.care_requests.use_cases.facts import (
    RecipientFacts,
    RequestFacts,
    WindowFacts,
    check_windows,
)
from app.care_requests.use_cases.submitting import submit_request, submit_requests
from app.messages.models import Channel
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.shared.errors import InvalidInput, NotFound, Refusal
from app.shared.secrets import Address, Phone, PrivateNote
from app.volunteers.models import Source
from tests.care_requests.conftest import DAUGHTER, MOTHER, THURSDAY, asked, weekly
from tests.people import NOW

TODAY = NOW.date()


def sent(database: Database, request: RequestFacts, source: Source = Source.PAPER) -> CareRequest:
    return database.in_transaction(
        lambda session: submit_request(session, request, source=source, by=None, now=NOW)
    )


def test_a_request_is_on_record_with_all_it_says(database: Database, coordinator: Account) -> None:
    kept = sent(
        database, asked(languages=("yue", "cmn"), demands=("stairs",), note=PrivateNote("陪媽媽傾偈"))
    )
    with database.reading() as session:
        request = session.get_one(CareRequest, kept.id)
        assert request.status is RequestStatus.SUBMITTED
        assert request.code.startswith("R-")
        assert (request.carer.name_zh, request.carer.code[:2]) == ("陳小敏", "C-")
        assert request.recipient is not None
        assert (request.recipient.called, request.recipient.code[:2]) == ("陳婆婆", "P-")
        assert request.recipient.address == "石偉樓1203室"
        assert request.note == "陪媽媽傾偈"
        assert {row.language_code for row in request.languages} == {"yue", "cmn"}
        assert [row.demand_code for row in request.demands] == ["stairs"]
        assert [(row.on_date, row.from_slot, row.to_slot) for row in request.windows] == [(THURSDAY, 20, 24)]
        assert session.scalars(select(AuditRow.action)).all() == ["care_request.submitted"]


def test_address_and_health_are_sealed_in_the_database(database: Database, coordinator: Account) -> None:
    sent(database, asked())
    with database.reading() as session:
        boxes = session.execute(text("SELECT address_box, health_box FROM care_recipients")).one()
    for box in boxes:
        assert "石偉樓".encode() not in bytes(box)
        assert "聽覺".encode() not in bytes(box)


def test_what_the_kind_asks_of_helpers_is_asked_by_the_request(
    database: Database, coordinator: Account
) -> None:
    escort = sent(database, asked(kind_code="escort", is_at_home=False))
    respite = sent(database, asked(kind_code="respite"))
    assert [row.skill_code for row in escort.skills] == ["transfers"]
    assert (respite.clearance, respite.seats_min, respite.seats_max) == ("scrc", 2, 2)


def test_minors_come_only_beside_cleared_adults(database: Database, coordinator: Account) -> None:
    assert sent(database, asked(takes_minors=True)).clearance == "scrc"
    with pytest.raises(facts.KindNotForMinors):
        sent(database, asked(kind_code="respite", takes_minors=True))


def test_unclear_words_make_a_draft_that_may_lack_what_others_need(
    database: Database, coordinator: Account
) -> None:
    unclear = asked(
        original_words="越快越好",
        kind_code=None,
        windows=(),
        area_code=None,
        carer=replace(DAUGHTER, phone=None),
        recipient=RecipientFacts(called="陳婆婆"),
    )
    draft = sent(database, unclear, Source.IMPORT)
    assert (draft.status, draft.original_words) == (RequestStatus.DRAFT, "越快越好")


@pytest.mark.parametrize(
    ("change", "refusal", "field"),
    (
        ({"windows": ()}, facts.NoWindow, "windows"),
        ({"kind_code": None}, facts.NoKindOfHelp, "kind"),
        ({"area_code": None}, facts.NoArea, "area"),
        ({"kind_code": "escort", "is_at_home": False, "area_code": None}, facts.NoArea, "area"),
        ({"recipient": None}, facts.NobodyAtHome, "called"),
        ({"recipient": replace(MOTHER, called="")}, facts.NoName, "called"),
        ({"carer": replace(DAUGHTER, name_zh="")}, facts.NoName, "name_zh"),
        ({"carer": replace(DAUGHTER, phone=None)}, facts.NoContact, "phone"),
        ({"carer": replace(DAUGHTER, reached_by=Channel.EMAIL)}, facts.NoContact, "email"),
        ({"kind_code": "skydiving"}, InvalidInput, "kind"),
        ({"area_code": "atlantis"}, InvalidInput, "area"),
        ({"languages": ("klingon",)}, InvalidInput, "languages"),
        ({"demands": ("x" * 300,)}, InvalidInput, "demands"),
        ({"seats_min": 4}, InvalidInput, "seats"),
        ({"seats_min": 2, "seats_max": 1}, InvalidInput, "seats"),
        ({"experienced_needed": 3, "seats_min": 2}, InvalidInput, "seats"),
        ({"prefers_age_from": 60, "prefers_age_to": 30}, facts.AgesOutOfOrder, "prefers_age_from"),
        ({**weekly((1, 20, 24)), "ends_on": TODAY - timedelta(days=1)}, facts.EndInThePast, "ends_on"),
        (
            {**weekly((1, 20, 24)), "starts_on": date(2026, 12, 24), "ends_on": date(2026, 12, 1)},
            facts.EndsBeforeItStarts,
            "ends_on",
        ),
        ({**weekly((1, 20, 24)), "starts_on": date(2030, 1, 1)}, facts.DateTooFarAhead, "starts_on"),
    ),
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    database: Database, coordinator: Account, change: dict[str, object], refusal: type[Refusal], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        sent(database, asked(**change))
    assert refused.value.facts["field"] == field
    with database.reading() as session:
        assert session.scalars(select(Carer)).all() == []


def test_by_telephone_needs_no_area(database: Database, coordinator: Account) -> None:
    request = sent(database, asked(kind_code="telephone", is_at_home=False, area_code=None))
    assert request.is_by_telephone


def test_a_carer_entered_twice_is_one_carer(database: Database, coordinator: Account) -> None:
    first = sent(database, asked(carer=replace(DAUGHTER, name_zh="陳小敏")))
    again = sent(
        database,
        asked(carer=replace(DAUGHTER, name_zh="陈小敏"), recipient=replace(MOTHER, address=Address("新居"))),
    )
    namesake = sent(database, asked(carer=replace(DAUGHTER, phone=Phone("+85298765432"))))
    assert (again.carer_id, again.recipient_id) == (first.carer_id, first.recipient_id)
    assert namesake.carer_id != first.carer_id
    with database.reading() as session:
        assert session.get_one(CareRecipient, first.recipient_id).address == "新居"


def test_what_an_anonymous_sender_writes_changes_nobody_on_record(
    database: Database, coordinator: Account
) -> None:
    known = sent(database, asked())
    stranger = sent(database, asked(recipient=replace(MOTHER, address=Address("別處"))), Source.ONLINE)
    assert stranger.carer_id != known.carer_id
    with database.reading() as session:
        assert session.get_one(CareRecipient, known.recipient_id).address == "石偉樓1203室"


def test_a_carer_cannot_ask_for_somebody_elses_mother(database: Database, coordinator: Account) -> None:
    known = sent(database, asked())
    other = sent(database, asked(carer=replace(DAUGHTER, name_zh="黃先生")))
    assert known.recipient_id is not None
    for recipient in (known.recipient_id, replace(MOTHER, known_id=known.recipient_id)):
        with pytest.raises(NotFound):
            sent(database, asked(carer=other.carer_id, recipient=recipient))
    with pytest.raises(NotFound):
        sent(database, asked(carer=2**31 - 1))


def test_codes_of_an_export_are_kept(database: Database, coordinator: Account) -> None:
    request = sent(
        database,
        asked(
            code="R-KEPT22",
            carer=replace(DAUGHTER, code="C-KEPT22"),
            recipient=replace(MOTHER, code="P-KEPT22"),
        ),
        Source.IMPORT,
    )
    assert request.recipient is not None
    assert (request.code, request.carer.code, request.recipient.code) == ("R-KEPT22", "C-KEPT22", "P-KEPT22")


def test_many_requests_take_few_queries(database: Database, coordinator: Account) -> None:
    many = [asked(carer=replace(DAUGHTER, name_zh=f"照顧者{number}")) for number in range(150)]
    statements: list[object] = []

    def act(session: Session) -> int:
        event.listen(
            session.connection(), "before_execute", lambda _c, statement, *_: statements.append(statement)
        )
        return len(submit_requests(session, many, source=Source.IMPORT, by=None, now=NOW))

    assert database.in_transaction(act) == 150
    assert len(statements) < 40


SLOTS = st.integers(min_value=-3, max_value=51)
DAYS = st.one_of(st.none(), st.dates(min_value=date(2025, 1, 1), max_value=date(2030, 1, 1)))
WINDOWS = st.builds(
    WindowFacts,
    SLOTS,
    SLOTS,
    on_date=DAYS,
    weekday=st.one_of(st.none(), st.integers(min_value=-1, max_value=8)),
)


@given(rhythm=st.sampled_from(Rhythm), windows=st.lists(WINDOWS, max_size=16).map(tuple))
def test_whatever_times_are_taken_can_take_place(rhythm: Rhythm, windows: tuple[WindowFacts, ...]) -> None:
    try:
        check_windows(rhythm, windows, today=TODAY)
    except Refusal:
        return
    assert 1 <= len(windows) <= facts.MOST_WINDOWS
    assert len(set(windows)) == len(windows)
    assert rhythm is not Rhythm.ONCE or len(windows) == 1
    for window in windows:
        assert 0 <= window.from_slot < window.to_slot <= 48
        assert (window.on_date is not None) == (rhythm in facts.DATED)
        assert (window.weekday is not None) == (rhythm not in facts.DATED)
        if window.on_date is not None:
            assert TODAY <= window.on_date <= TODAY + timedelta(days=facts.LONGEST_AHEAD_DAYS)


@pytest.mark.parametrize(
    ("rhythm", "windows", "refusal"),
    (
        (Rhythm.ONCE, [WindowFacts(24, 20, on_date=THURSDAY)], facts.WindowEndsBeforeItBegins),
        (Rhythm.ONCE, [WindowFacts(20, 20, on_date=THURSDAY)], facts.WindowEndsBeforeItBegins),
        (Rhythm.ONCE, [WindowFacts(20, 24, on_date=date(2026, 11, 22))], facts.WindowInThePast),
        (Rhythm.ONCE, [WindowFacts(20, 24, on_date=date(2027, 11, 25))], facts.WindowTooFarAhead),
        (
            Rhythm.ONCE,
            [WindowFacts(20, 24, on_date=THURSDAY), WindowFacts(30, 34, on_date=THURSDAY)],
            facts.OneWindowOnly,
        ),
        (
            Rhythm.WEEKLY,
            [WindowFacts(20, 24, weekday=1), WindowFacts(23, 28, weekday=1)],
            facts.WindowsOverlap,
        ),
        (Rhythm.ANY_OF, [WindowFacts(20, 24, on_date=THURSDAY)] * 2, facts.WindowsOverlap),
        (Rhythm.WEEKLY, [WindowFacts(slot, slot + 1, weekday=1) for slot in range(15)], facts.TooManyWindows),
        (Rhythm.WEEKLY, [WindowFacts(20, 24, on_date=THURSDAY)], InvalidInput),
    ),
)
def test_impossible_times_are_refused(
    rhythm: Rhythm, windows: list[WindowFacts], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        check_windows(rhythm, tuple(windows), today=TODAY)


def test_times_to_choose_from_may_overlap() -> None:
    check_windows(
        Rhythm.ANY_OF,
        (WindowFacts(20, 24, on_date=THURSDAY), WindowFacts(22, 26, on_date=THURSDAY)),
        today=TODAY,
    )

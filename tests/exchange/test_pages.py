"""A file sent by a coordinator: looked at, settled, taken in; and tables saved."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Account
from app.care_requests.models import CareRequest, RequestStatus
from app.exchange.models import ImportPreview
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.volunteers.models import Volunteer, VolunteerStatus
from tests.exchange.conftest import REQUESTS, VOLUNTEERS
from tests.visitor import Opened, Visitor


def sends_file(desk: Visitor, kind: str, path: Path, *, status: int = 303) -> Opened:
    """Send a file by the page; the answer."""
    return sends_bytes(desk, kind, path.read_bytes(), path.name, status=status)


def sends_bytes(desk: Visitor, kind: str, data: bytes, name: str, *, status: int = 303) -> Opened:
    """Send these bytes as a file by the page; the answer. (The test client would leave a large body's file open.)"""
    fields = {**desk.opens("/imports").hidden, "kind": kind}
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    parts.append(f'--cut\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode())
    body = b"".join([*parts, data, b"\r\n--cut--\r\n"])
    answer = Opened(desk.client.post("/imports", data=body, content_type="multipart/form-data; boundary=cut"))
    assert answer.status == status, f"{answer.status} {answer.words[:800]}"
    return answer


def settles(desk: Visitor, address: str, fields: dict[str, str]) -> None:
    """Fill in fields of the preview and save."""
    answer = Opened(desk.client.post(address, data={**desk.opens(address).hidden, **fields}))
    assert answer.status == 303, answer.words[:800]


def how_many(database: Database, what: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


def test_volunteers_are_looked_at_settled_and_taken_in(desk: Visitor, database: Database) -> None:
    address = sends_file(desk, "volunteers", VOLUNTEERS).goes_to
    shown = desk.opens(address)
    assert "56 Clear" in shown.words
    assert "4 Cannot be taken in" in shown.words
    assert "Row 10 V0007" in shown.words
    assert "There is no name." in shown.words
    assert "All rows go in together, or none." in shown.words

    refused = Opened(desk.client.post(f"{address}/take-over", data=shown.hidden))
    assert refused.status == 303
    assert "First correct these rows, or leave them out: 10、31、37、43" in desk.opens(address).words
    assert how_many(database, Volunteer) == 0

    settles(desk, address, {"row10-name_zh": "甄美", "row31-skip": "y", "row37-skip": "y", "row43-skip": "y"})
    shown = desk.opens(address)
    assert "57 Clear" in shown.words
    assert "3 Left out" in shown.words
    taken = Opened(desk.client.post(f"{address}/take-over", data=shown.hidden))
    assert taken.goes_to == address
    assert "The file was taken in." in desk.opens(address).words
    with database.reading() as session:
        people = session.scalars(select(Volunteer).order_by(Volunteer.outside_code)).all()
        assert {person.status for person in people} == {VolunteerStatus.APPLIED}
        assert len(people) == 57
        named = {person.outside_code: person for person in people}
        assert named["V0007"].name_zh == "甄美"
        preview = session.scalars(select(ImportPreview)).one()
        assert preview.rows_text is None, "rows are erased with the decision"
        acts = set(session.scalars(select(AuditRow.action)))
        assert {"import.previewed", "import.settled", "import.taken_over", "volunteer.registered"} <= acts


def test_the_same_file_again_takes_nobody_in_twice(desk: Visitor, database: Database) -> None:
    address = sends_file(desk, "volunteers", VOLUNTEERS).goes_to
    skipped = {f"row{number}-skip": "y" for number in (10, 31, 37, 43)}
    settles(desk, address, skipped)
    desk.client.post(f"{address}/take-over", data=desk.opens(address).hidden)
    assert how_many(database, Volunteer) == 56
    again = sends_file(desk, "volunteers", VOLUNTEERS).goes_to
    shown = desk.opens(again)
    assert "This very file was taken in before." in shown.words
    assert "56 Here already" in shown.words
    settles(desk, again, skipped)
    desk.client.post(f"{again}/take-over", data=desk.opens(again).hidden)
    assert "No row is left to take in." in desk.opens(again).words
    assert how_many(database, Volunteer) == 56


def test_unclear_requests_go_in_as_drafts_with_their_own_words(desk: Visitor, database: Database) -> None:
    address = sends_file(desk, "care-requests", REQUESTS).goes_to
    shown = desk.opens(address)
    assert "13 Clear" in shown.words
    assert "27 To settle" in shown.words
    assert "As soon as possible: on which days and at what times?" in shown.words
    desk.client.post(f"{address}/take-over", data=shown.hidden)
    with database.reading() as session:
        requests = {row.outside_code: row for row in session.scalars(select(CareRequest))}
        assert len(requests) == 40
        statuses = [row.status for row in requests.values()]
        assert statuses.count(RequestStatus.DRAFT) == 27
        assert statuses.count(RequestStatus.SUBMITTED) == 13
        assert requests["C0019"].original_words == "服務日期／時間：越快越好"
        assert requests["C0025"].original_words == "所需服務：探訪、電話慰問\n服務日期／時間：越快越好"
        assert requests["C0025"].kind_code is None
        assert requests["C0009"].original_words == ""


def test_a_question_is_settled_by_a_choice(desk: Visitor, database: Database) -> None:
    address = sends_file(desk, "care-requests", REQUESTS).goes_to
    shown = desk.opens(address)
    assert "More than one kind of help is written here. Which one is it?" in shown.words
    settles(
        desk,
        address,
        {
            "row17-kind-choice": "escort",
            "row4-times-choice": "weekly sat 10:00-12:00",
            "row4-weekly-choice": "是",
        },
    )
    assert "15 Clear" in desk.opens(address).words
    desk.client.post(f"{address}/take-over", data=desk.opens(address).hidden)
    with database.reading() as session:
        requests = {row.outside_code: row for row in session.scalars(select(CareRequest))}
        assert requests["C0014"].kind_code == "escort"
        assert requests["C0014"].status is RequestStatus.SUBMITTED
        window = requests["C0001"].windows[0]
        assert (requests["C0001"].rhythm, window.weekday, window.from_slot, window.to_slot) == (
            "weekly",
            5,
            20,
            24,
        )


def test_two_coordinators_do_not_settle_over_one_another(
    desk: Visitor, app: Flask, coordinator: Account
) -> None:
    address = sends_file(desk, "care-requests", REQUESTS).goes_to
    earlier = desk.opens(address).hidden
    settles(desk, address, {"row17-kind-choice": "escort"})
    late = Opened(
        desk.client.post(address, data={**earlier, "row17-kind-choice": "homework", "form_key": "another"})
    )
    assert late.status == 422
    assert "Somebody else changed this in the meantime." in late.words
    decided = Opened(desk.client.post(f"{address}/take-over", data={**earlier, "form_key": "third"}))
    assert decided.status == 303
    assert "Somebody else changed this in the meantime." in desk.opens(address).words


def test_a_file_thrown_away_leaves_nothing(desk: Visitor, database: Database) -> None:
    address = sends_file(desk, "care-requests", REQUESTS).goes_to
    desk.client.post(f"{address}/discard", data=desk.opens(address).hidden)
    assert "The file was thrown away." in desk.opens(address).words
    assert how_many(database, CareRequest) == 0


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("nothing.csv", b"", "There is nothing in this file."),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "This is an old Excel file"),
        ("words.csv", "你好，世界\n".encode(), "No row with headings was found."),
        ("broken.xlsx", b"PK\x03\x04 and no more", "This is not a CSV or XLSX file, or it is damaged."),
    ],
)
def test_a_file_that_is_no_register_is_refused_in_words(
    desk: Visitor, name: str, data: bytes, words: str
) -> None:
    answer = sends_bytes(desk, "volunteers", data, name, status=422)
    assert words in answer.errors["file"]


def test_no_file_and_too_large_a_file(desk: Visitor) -> None:
    page = desk.opens("/imports")
    nothing = Opened(desk.client.post("/imports", data={**page.hidden, "kind": "volunteers"}))
    assert (nothing.status, nothing.errors["file"]) == (422, "Choose a file.")
    two_mebibytes = (b"x" * 400 + b"\n") * 5000
    assert "No row with headings" in sends_bytes(desk, "volunteers", two_mebibytes, "a.csv", status=422).words
    assert sends_bytes(desk, "volunteers", b"x" * (10 * 1024 * 1024 + 1), "b.csv", status=413)


def test_an_export_leaves_without_addresses_and_is_on_record(desk: Visitor, database: Database) -> None:
    address = sends_file(desk, "care-requests", REQUESTS).goes_to
    desk.client.post(f"{address}/take-over", data=desk.opens(address).hidden)
    page = desk.opens("/exports")
    answer = desk.client.post("/exports", data={**page.hidden, "table": "care-requests", "kind": ".csv"})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="care-requests-')
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert "Reference code" in lines[0]
    assert "address" not in lines[0]
    assert "health" not in lines[0]
    with database.reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "export.made")).one()
        assert (row.facts["table"], row.facts["rows"], row.facts["is_complete"]) == (
            "care-requests",
            40,
            False,
        )


def test_every_export_opens_while_it_is_empty(desk: Visitor) -> None:
    for table in ("volunteers", "care-requests", "proposals", "visits"):
        for kind in (".csv", ".xlsx"):
            page = desk.opens("/exports")
            answer = desk.client.post("/exports", data={**page.hidden, "table": table, "kind": kind})
            assert answer.status_code == 200

"""Letters of service: a PDF in two languages, a number nobody guesses, a page that says yes or no."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pypdf
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.recognition.errors import (
    HoursToCome,
    LetterRevokedAlready,
    NothingServed,
    OwnHours,
    ReasonMissing,
    TimesTurnedRound,
)
from app.recognition.models import ServiceLetter
from app.recognition.queries.letters import is_letter_valid
from app.recognition.use_cases.counting import Times
from app.recognition.use_cases.entering import enter_other_hours, enter_paper_hours
from app.recognition.use_cases.letters import issue_letter, revoke_letter
from app.shared.database import refusal_of
from app.shared.errors import NotFound
from app.volunteers.models import Volunteer
from tests.recognition.conftest import AFTERNOON, MOST_A_DAY, WEDNESDAY
from tests.recognition.test_confirming import confirms, reports
from tests.visitor import Visitor
from tests.visits.story import Story, signed_in

FIRST = date(2026, 1, 1)


@pytest.fixture
def served(story: Story) -> Story:
    """Two hours with 李伯伯, an hour and a half at a stall, ten hours from paper."""
    reports(story, 120)
    confirms(story, Times(600, 720))
    volunteer, by = story.seats()[0].volunteer_id, story.coordinator.id

    def more(session: Session) -> None:
        enter_other_hours(
            session,
            volunteer,
            WEDNESDAY,
            Times(480, 570),
            "stall",
            most_a_day=MOST_A_DAY,
            by=by,
            now=AFTERNOON,
        )
        enter_paper_hours(session, volunteer, WEDNESDAY, 600, "sheets", by=by, now=AFTERNOON)

    story.reads(more)
    return story


def writes(
    story: Story, from_day: date = FIRST, to_day: date = WEDNESDAY, by: int | None = None
) -> ServiceLetter:
    volunteer, account = story.seats()[0].volunteer_id, by or story.coordinator.id
    return story.reads(
        lambda session: issue_letter(session, volunteer, from_day, to_day, by=account, now=AFTERNOON)
    )


def revokes(story: Story, letter: int, reason: str = "wrong name") -> ServiceLetter:
    by = story.coordinator.id
    return story.reads(lambda session: revoke_letter(session, letter, reason, by=by, now=AFTERNOON))


def is_valid(story: Story, number: str) -> bool:
    return story.reads(lambda session: is_letter_valid(session, number))


def test_a_letter_says_what_stands_in_the_ledger(served: Story) -> None:
    letter = writes(served)
    assert (letter.minutes, letter.name_zh, letter.name_en) == (810, "陳小明", "CHAN Siu Ming")
    assert [(line["zh"], line["minutes"]) for line in letter.lines] == [
        ("紙本紀錄", 600),
        ("探訪", 120),
        ("其他服務", 90),
    ]
    assert len(letter.number) == 16
    assert letter.grouped_number.count("-") == 3
    assert writes(served).number != letter.number


def test_a_few_days_do_not_hold_a_years_total_from_paper(served: Story) -> None:
    letter = writes(served, WEDNESDAY, WEDNESDAY)
    assert (letter.minutes, [line["zh"] for line in letter.lines]) == (210, ["探訪", "其他服務"])


def test_a_letter_is_about_days_on_which_somebody_served(served: Story) -> None:
    with pytest.raises(NothingServed):
        writes(served, FIRST, WEDNESDAY - timedelta(days=1))
    with pytest.raises(TimesTurnedRound):
        writes(served, WEDNESDAY, FIRST)
    with pytest.raises(HoursToCome):
        writes(served, FIRST, WEDNESDAY + timedelta(days=1))


def test_nobody_writes_their_own_letter(served: Story) -> None:
    with pytest.raises(OwnHours):
        writes(served, by=served.volunteer_account.id)


def test_a_letter_holds_until_it_is_revoked(served: Story) -> None:
    letter = writes(served)
    assert is_valid(served, letter.number.lower())
    with pytest.raises(ReasonMissing):
        revokes(served, letter.id, "")
    revokes(served, letter.id)
    assert not is_valid(served, letter.number)
    with pytest.raises(LetterRevokedAlready):
        revokes(served, letter.id)
    with pytest.raises(NotFound):
        revokes(served, 999)


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("UPDATE service_letters SET minutes = 99999", "letter_is_fixed"),
        ("UPDATE service_letters SET number = 'AAAA'", "letter_is_fixed"),
        ("DELETE FROM service_letters", "history_is_append_only"),
    ],
)
def test_what_a_letter_said_is_never_altered(served: Story, statement: str, word: str) -> None:
    writes(served)
    with pytest.raises(IntegrityError) as caught:
        served.reads(lambda session: session.execute(text(statement)))
    assert refusal_of(caught.value) == word


def test_the_database_knows_who_wrote_it(served: Story) -> None:
    letter = writes(served)
    own = served.volunteer_account.id

    def forge(session: Session) -> None:
        copied = {
            name: getattr(letter, name)
            for name in ("volunteer_id", "name_zh", "name_en", "from_day", "to_day", "minutes", "lines")
        }
        session.add(
            ServiceLetter(**copied, number="A" * 16, issued_by_id=own, issued_at=AFTERNOON, revoke_reason="")
        )

    with pytest.raises(IntegrityError) as caught:
        served.reads(forge)
    assert refusal_of(caught.value) == "own_letter"


def words_of(data: bytes) -> str:
    """The text of a PDF without any space: lines break where they will."""
    return "".join("".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages).split())


def test_a_letter_is_written_opened_and_revoked(served: Story, app: Flask) -> None:
    volunteer = served.seats()[0].volunteer_id
    desk = signed_in(app, served.coordinator)
    path = f"/volunteers/{volunteer}/letter"
    assert 'value="2026-01-01"' in desk.opens(path).html
    empty = desk.sends(path, status=422, from_day="2026-01-01", to_day="2026-01-31")
    assert empty.errors == {"from_day": "No hours are counted for these days."}
    desk.sends(path, from_day="2026-01-01", to_day="2026-11-25")
    letter = served.reads(lambda session: session.scalars(select(ServiceLetter)).one())
    answer = desk.opens(f"/letters/{letter.id}").response
    assert answer.content_type == "application/pdf"
    said = words_of(answer.data)
    for words in (
        "服務證明書",
        "Letterofservice",
        "陳小明",
        "CHANSiuMing",
        "13小時30分鐘",
        "13hours30minutes",
    ):
        assert words in said
    assert letter.grouped_number in said
    assert "李伯伯" not in said
    first: Any = pypdf.PdfReader(BytesIO(answer.data)).pages[0]
    fonts = first["/Resources"]["/Font"]
    assert all(
        "/FontFile3" in font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        for font in fonts.values()
    )
    me = signed_in(app, served.volunteer_account)
    own = f"/volunteer/{volunteer}/letters/{letter.id}"
    assert own in me.opens(f"/volunteer/{volunteer}/hours").html
    assert words_of(me.opens(own).response.data) == said
    desk.sends(f"/letters/{letter.id}/revoke", reason="a mistake in the name")
    assert "Revoked a mistake in the name" in desk.opens(f"/volunteers/{volunteer}/hours").words
    me.opens(own, status=404)
    desk.opens(f"/letters/{letter.id}/revoke", status=404)


def test_what_people_wrote_is_never_markup(served: Story, app: Flask) -> None:
    volunteer = served.seats()[0].volunteer_id

    def rename(session: Session) -> None:
        session.get_one(Volunteer, volunteer).name_zh = '#panic("x") $1$ *陳*'

    served.reads(rename)
    letter = writes(served)
    data = signed_in(app, served.coordinator).opens(f"/letters/{letter.id}").response.data
    assert '#panic("x")$1$*陳*' in words_of(data)


def test_anybody_checks_a_number_and_learns_yes_or_no_and_nothing_else(served: Story, app: Flask) -> None:
    letter, gone = writes(served), writes(served)
    revokes(served, gone.id)
    anybody = Visitor(app)
    assert f'value="{letter.number}"' in anybody.opens(f"/letters/check?number={letter.number}").html
    assert anybody.sends("/letters/check", number="", status=422).errors.keys() == {"number"}
    yes = anybody.sends("/letters/check", number=letter.grouped_number.lower(), status=200)
    assert "This letter holds" in yes.words
    for fact in ("CHAN", "陳", "13", letter.to_day.isoformat()):
        assert fact not in yes.words.partition("This letter holds")[2].partition("Would you rather")[0]
    answers = {
        anybody.sends("/letters/check", number=number, status=200).words.replace(number, "")
        for number in ("A" * 16, gone.number, "7777", letter.number[:-1])
    }
    assert len(answers) == 1
    assert "We know of no letter with this number that holds" in answers.pop()


def test_numbers_cannot_be_tried_without_end(served: Story, app: Flask) -> None:
    anybody = Visitor(app)
    statuses = [
        anybody.client.post(
            "/letters/check", data={**anybody.opens("/letters/check").hidden, "number": f"A{attempt}"}
        ).status_code
        for attempt in range(21)
    ]
    assert statuses == [200] * 20 + [429]

"""Answers by text message: plain words are taken, everything else is phoned about; nothing is ever guessed."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import Carer, Occurrence
from app.messages.delivery import worded
from app.messages.models import CallBack, OutboxMessage
from app.safeguarding.models import DoNotPair
from app.shared.secrets import Secret, phone_key
from app.visits.models import AnsweredHow, Offer, ReplyOutcome, SeatStatus, SmsReply
from app.visits.understanding import NO, YES, Said, answer_in
from app.visits.use_cases.offers import Place, offer_places
from app.volunteers.models import Volunteer
from tests.matching.night_people import AT_NINE
from tests.people import make_recipient, make_request
from tests.visitor import Visitor
from tests.visits.story import Story, signed_in

TOKEN = "a token of more than twenty-four characters"
SENDER = "+852 6123 0001"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("好", Said.YES),
        ("可以！", Said.YES),
        ("好呀，多謝", Said.YES),
        ("冇問題👍", Said.YES),
        ("ＯＫ", Said.YES),
        (" Yes, I can. ", Said.YES),
        ("没问题", Said.YES),
        ("1", Said.YES),
        ("１。", Said.YES),
        ("唔得", Said.NO),
        ("不可以，謝謝", Said.NO),
        ("唔好", Said.NO),
        ("No thanks", Said.NO),
        ("I can't", Said.NO),
        ("2", Said.NO),
        ("好，但係要遲半個鐘", None),
        ("可以嗎？下星期", None),
        ("不好意思", None),
        ("謝謝", None),
        ("yes no", None),
        ("12", None),
        ("3", None),
        ("", None),
        ("👍", None),
        ("STOP", None),
    ],
)
def test_a_plain_yes_or_no_is_understood_and_nothing_else(words: str, said: Said | None) -> None:
    assert answer_in(words, days=1) is said


@pytest.mark.parametrize("digit", ["1", "2"])
def test_a_number_is_no_answer_to_a_question_about_several_days(digit: str) -> None:
    assert answer_in(digit, days=2) is None


def test_no_word_means_both() -> None:
    assert not YES & NO


@given(st.text(max_size=40))
def test_longer_texts_than_the_words_known_are_never_an_answer(text: str) -> None:
    assert answer_in(f"{text}但係第二日先可以", days=1) is None


@pytest.fixture
def delivering(app: Flask, story: Story) -> Flask:
    app.extensions["settings"] = app.extensions["settings"].with_changes(sms_reply_token=Secret(TOKEN))
    return app


def deliver(app: Flask, text: Any, gateway_id: Any = "m-1", sender: Any = SENDER, token: str = TOKEN) -> int:
    """The gateway delivers a message; the status of our answer."""
    answer = Visitor(app).client.post(
        "/sms/replies",
        json={"id": gateway_id, "from": sender, "text": text},
        headers={"Authorization": f"Bearer {token}"},
    )
    return answer.status_code


def replies(story: Story) -> list[SmsReply]:
    return story.reads(lambda session: list(session.scalars(select(SmsReply).order_by(SmsReply.id))))


def calls(story: Story) -> list[tuple[str, str]]:
    return story.reads(
        lambda session: [(row.name, str(row.note)) for row in session.scalars(select(CallBack))]
    )


def test_a_yes_takes_every_day_of_the_one_open_question(delivering: Flask, story: Story) -> None:
    assert deliver(delivering, "好呀") == 200
    assert story.statuses() == [SeatStatus.ACCEPTED, SeatStatus.ACCEPTED]
    offer = story.reads(lambda session: session.get_one(Offer, story.offer_id))
    assert offer.answered_how is AnsweredHow.SMS
    message = story.reads(
        lambda session: session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == "answer_noted")
        ).one()
    )
    with delivering.app_context():
        said = story.reads(lambda session: worded(session, message, "en"))
    assert "We noted your yes: Befriending in Shek Lei, Wednesday 25 November 10 am" in said.text


def test_a_no_declines_it(delivering: Flask, story: Story) -> None:
    assert deliver(delivering, "唔得") == 200
    assert story.statuses() == [SeatStatus.DECLINED, SeatStatus.DECLINED]
    assert [reply.outcome for reply in replies(story)] == [ReplyOutcome.NO]
    assert calls(story) == []


def test_the_same_message_delivered_again_is_taken_once(delivering: Flask, story: Story) -> None:
    assert [deliver(delivering, "好"), deliver(delivering, "好")] == [200, 200]
    assert len(replies(story)) == 1
    assert calls(story) == [], "the second delivery is no late answer"


def test_what_is_unclear_is_phoned_about_with_its_words(delivering: Flask, story: Story) -> None:
    assert deliver(delivering, "可以，但係遲啲") == 200
    assert deliver(delivering, "得唔得？", "m-2") == 200
    assert story.statuses() == [SeatStatus.OFFERED, SeatStatus.OFFERED]
    assert calls(story) == [("陳小明", "可以，但係遲啲 / 得唔得？")]
    words = signed_in(delivering, story.coordinator).opens("/calls").words
    assert "可以，但係遲啲" in words


def test_after_the_call_a_new_message_is_a_new_line(delivering: Flask, story: Story) -> None:
    deliver(delivering, "?")

    def done(session: Session) -> None:
        row = session.scalars(select(CallBack)).one()
        row.done_at, row.done_by_id = AT_NINE, story.coordinator.id

    story.reads(done)
    deliver(delivering, "下星期可以", "m-2")
    assert [note for _name, note in calls(story)] == ["?", "下星期可以"]


def ask_again(story: Story) -> None:
    """A second question is open for the same person."""

    def ask(session: Session) -> None:
        request = make_request(
            session,
            make_recipient(session, session.scalars(select(Offer)).one().request.carer),
            windows=((date(2026, 11, 28), 30, 34),),
        )
        occurrence = Occurrence(
            code=f"{request.code}/x",
            request_id=request.id,
            first_day=date(2026, 11, 28),
            last_day=date(2026, 11, 28),
        )
        session.add(occurrence)
        session.flush()
        offer_places(
            session,
            session.scalars(select(Volunteer)).one(),
            [Place(occurrence, date(2026, 11, 28), 30, 34)],
            answer_hours=48,
            leaves_at=AT_NINE,
            by=story.coordinator.id,
            now=AT_NINE,
        )

    story.reads(ask)


def test_with_two_open_questions_a_yes_answers_neither(delivering: Flask, story: Story) -> None:
    ask_again(story)
    assert deliver(delivering, "好") == 200
    assert set(story.statuses()) == {SeatStatus.OFFERED}
    assert calls(story) == [("陳小明", "好")]


def test_a_late_yes_is_phoned_about(
    delivering: Flask, story: Story, ten_in_the_morning: time_machine.Traveller
) -> None:
    ten_in_the_morning.shift(timedelta(hours=30))
    assert deliver(delivering, "好") == 200
    assert calls(story) == [("陳小明", "好")]


def test_a_number_nobody_knows_is_phoned_about(delivering: Flask, story: Story) -> None:
    assert deliver(delivering, "好", sender="91234567") == 200
    assert calls(story) == [("SMS", "好")]
    assert set(story.statuses()) == {SeatStatus.OFFERED}


def test_a_carer_who_answers_is_phoned_by_name(delivering: Flask, story: Story) -> None:
    def is_known(session: Session) -> None:
        session.scalars(select(Carer)).one().phone_key = phone_key("+85261230002")

    story.reads(is_known)
    assert deliver(delivering, "1", sender="61230002") == 200
    assert calls(story) == [("LAM Mei", "1")]


def test_a_yes_that_a_rule_speaks_against_is_phoned_about(delivering: Flask, story: Story) -> None:
    def apart(session: Session) -> None:
        offer = session.get_one(Offer, story.offer_id)
        session.add(
            DoNotPair(
                volunteer_id=offer.volunteer_id,
                recipient_id=offer.request.recipient_id,
                entered_by_id=story.coordinator.id,
                entered_at=AT_NINE,
            )
        )

    story.reads(apart)
    assert deliver(delivering, "好") == 200
    assert SeatStatus.ACCEPTED not in story.statuses()
    assert calls(story) == [("陳小明", "好")]


@pytest.mark.parametrize("text", ["\x00", "a‮b", "好" * 5000])
def test_text_that_may_not_be_kept_is_a_question_mark(delivering: Flask, story: Story, text: str) -> None:
    assert deliver(delivering, text) == 200
    assert len(calls(story)) == 1


@pytest.mark.parametrize(
    ("gateway_id", "sender", "text"),
    [
        ("", SENDER, "好"),
        ("m", "nobody", "好"),
        (7, SENDER, "好"),
        ("m", SENDER, None),
        ("x" * 121, SENDER, "好"),
    ],
)
def test_what_is_no_message_is_refused(
    delivering: Flask, story: Story, gateway_id: Any, sender: Any, text: Any
) -> None:
    assert deliver(delivering, text, gateway_id, sender) == 400
    assert replies(story) == []


def test_only_the_gateway_is_heard(app: Flask, delivering: Flask, story: Story) -> None:
    assert deliver(delivering, "好", token="another") == 401
    app.extensions["settings"] = app.extensions["settings"].with_changes(sms_reply_token=None)
    assert deliver(app, "好") == 404
    assert replies(story) == []


def test_one_number_cannot_fill_the_call_list(delivering: Flask, story: Story) -> None:
    answers = [deliver(delivering, "?", f"m-{number}") for number in range(21)]
    assert (answers[:20], answers[20]) == ([200] * 20, 429)
    assert len(calls(story)) == 1

"""What goes over the wire: the gateway's recorded answers, an SMTP server, the demonstration's table."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from email.message import Message as Mail
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from app.messages.channels import (
    ConsoleChannel,
    Letter,
    NotSent,
    SmsChannel,
    SmtpChannel,
    channels_for,
    message_id,
    send,
)
from app.messages.models import Channel, ConsoleDelivery
from app.shared.database import Database
from app.shared.errors import ConfigurationError
from app.shared.secrets import Keyring, Secret
from config import SmsGateway, SmtpServer
from tests.visitor import make_config

LETTER = Letter(
    id="offer:12:1",
    channel=Channel.SMS,
    to="+85291234567",
    subject="新的探訪",
    text="星期三上午十時，石籬。",
)
MAIL = Letter(
    id="offer:12:1", channel=Channel.EMAIL, to="chan@example.org", subject="新的探訪", text="星期三上午十時。"
)

Answer = Callable[[BaseHTTPRequestHandler], None]


def answering(status: int, body: bytes, **headers: str) -> Answer:
    """A recorded answer of the gateway."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


ACCEPTED = answering(202, b'{"accepted": true, "reference": "7f3a"}')


class Gateway:
    """A gateway on this machine that gives one recorded answer and keeps what it was sent."""

    def __init__(self, answer: Answer) -> None:
        self.received: list[dict[str, Any]] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                gateway.received.append(
                    {"headers": dict(self.headers), "path": self.path, "body": json.loads(body)}
                )
                answer(self)

            def log_message(self, *_arguments: object) -> None:
                """The test's output stays quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> "Gateway":
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def channel(self, timeout: float = 5) -> SmsChannel:
        address = f"http://127.0.0.1:{self.server.server_port}/messages"
        return SmsChannel(SmsGateway(address, Secret("the gateway's token")), timeout=timeout)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_the_gateway_is_sent_what_was_agreed() -> None:
    with Gateway(ACCEPTED) as gateway:
        gateway.channel().send(LETTER)
    received = gateway.received[0]
    assert received["path"] == "/messages"
    assert received["body"] == {"to": "+85291234567", "text": "星期三上午十時，石籬。", "id": "offer:12:1"}
    assert received["headers"]["Authorization"] == "Bearer the gateway's token"
    assert received["headers"]["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("answer", "reason", "is_final"),
    (
        (answering(400, b'{"error": "bad number"}'), "gateway_refused: 400", True),
        (answering(401, b""), "gateway_refused: 401", True),
        (answering(404, b""), "gateway_refused: 404", True),
        (answering(408, b""), "gateway_refused: 408", False),
        (answering(429, b""), "gateway_refused: 429", False),
        (answering(500, b"<html>"), "gateway_refused: 500", False),
        (answering(503, b""), "gateway_refused: 503", False),
        (answering(200, b"OK"), "gateway_unclear", False),
        (answering(200, b"[]"), "gateway_unclear", False),
        (answering(200, b'{"accepted": false}'), "gateway_unclear", False),
        (answering(200, b"\xff\xfe"), "gateway_unclear", False),
        (answering(302, b"", Location="http://127.0.0.1:1/"), "gateway_refused: 302", False),
    ),
    ids=(
        "400",
        "401",
        "404",
        "408",
        "429",
        "500",
        "503",
        "words",
        "a list",
        "not accepted",
        "noise",
        "moved",
    ),
)
def test_other_answers_say_whether_to_try_again(answer: Answer, reason: str, is_final: bool) -> None:
    with Gateway(answer) as gateway, pytest.raises(NotSent) as failure:
        gateway.channel().send(LETTER)
    assert failure.value.reason == reason
    assert failure.value.is_final is is_final
    assert len(gateway.received) == 1


def test_a_silent_gateway_is_given_up_after_the_timeout() -> None:
    heard = threading.Event()

    def silence(_handler: BaseHTTPRequestHandler) -> None:
        heard.wait(5)

    with Gateway(silence) as gateway:
        with pytest.raises(NotSent) as failure:
            gateway.channel(timeout=0.1).send(LETTER)
        heard.set()
    assert failure.value.reason == "gateway_silent: TimeoutError"
    assert not failure.value.is_final


def test_a_gateway_that_hangs_up_is_tried_again() -> None:
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)

    with Gateway(hang_up) as gateway, pytest.raises(NotSent) as failure:
        gateway.channel().send(LETTER)
    assert not failure.value.is_final


def test_a_gateway_that_is_not_there_is_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        channel = SmsChannel(SmsGateway(f"http://127.0.0.1:{taken.getsockname()[1]}/", Secret("token")))
        with pytest.raises(NotSent) as failure:
            channel.send(LETTER)
    assert failure.value.reason == "gateway_silent: ConnectionRefusedError"


def test_a_letter_does_not_print_its_words() -> None:
    assert "星期三" not in repr(LETTER)
    assert "9123" not in repr(LETTER)


class Mailbox:
    """Takes mail, or answers as recorded."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.mails: list[Mail] = []

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(BytesParser(policy=default).parsebytes(content))
        return self.answers.get("DATA", "250 OK")


@pytest.fixture
def mailbox(request: pytest.FixtureRequest) -> Iterator[tuple[Mailbox, SmtpChannel]]:
    box = Mailbox(getattr(request, "param", {}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        server = SmtpServer(
            "127.0.0.1", port, "", Secret(""), "義工大學 <noreply@example.org>", starttls=False
        )
        yield box, SmtpChannel(server, timeout=5)
    finally:
        controller.stop()


def test_an_email_has_one_recipient_and_the_same_id_at_every_try(
    mailbox: tuple[Mailbox, SmtpChannel],
) -> None:
    box, channel = mailbox
    channel.send(MAIL)
    channel.send(MAIL)
    first, second = box.mails
    assert first["To"] == "chan@example.org"
    assert first["Subject"] == "新的探訪"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first.get_content().strip() == "星期三上午十時。"  # type: ignore[attr-defined]  # the default policy makes EmailMessage
    assert first["Message-ID"] == second["Message-ID"] == message_id("offer:12:1", "noreply@example.org")
    assert message_id("offer:12:2", "noreply@example.org") != first["Message-ID"]


@pytest.mark.parametrize(
    ("mailbox", "reason", "is_final"),
    (
        ({"RCPT": "550 No such user"}, "address_refused: 550", True),
        ({"RCPT": "450 Mailbox busy"}, "address_refused: 450", False),
        ({"DATA": "451 Try later"}, "mail_server_refused: 451", False),
        ({"DATA": "554 Refused"}, "mail_server_refused: 554", False),
    ),
    indirect=["mailbox"],
)
def test_a_mail_servers_no_says_whether_to_try_again(
    mailbox: tuple[Mailbox, SmtpChannel], reason: str, is_final: bool
) -> None:
    with pytest.raises(NotSent) as failure:
        mailbox[1].send(MAIL)
    assert failure.value.reason == reason
    assert failure.value.is_final is is_final


def test_a_mail_server_without_encryption_is_not_trusted_when_encryption_is_set(
    mailbox: tuple[Mailbox, SmtpChannel],
) -> None:
    box, channel = mailbox
    wary = SmtpServer("127.0.0.1", channel._server.port, "", Secret(""), "a@example.org", starttls=True)
    with pytest.raises(NotSent):
        SmtpChannel(wary, timeout=5).send(MAIL)
    assert not box.mails


def test_a_mail_server_that_is_not_there_is_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        channel = SmtpChannel(SmtpServer("127.0.0.1", port, "", Secret(""), "a@example.org", starttls=False))
        with pytest.raises(NotSent) as failure:
            channel.send(MAIL)
    assert failure.value.reason == "mail_server_silent: ConnectionRefusedError"
    assert not failure.value.is_final


def test_the_console_keeps_one_letter_however_often_it_comes(database: Database) -> None:
    console = ConsoleChannel(database)
    console.send(LETTER)
    console.send(LETTER)
    with database.reading() as session:
        kept = session.scalars(select(ConsoleDelivery)).one()
        assert (kept.to, kept.text) == (LETTER.to, LETTER.text)


@pytest.mark.database("sqlite")
def test_only_a_demonstration_has_the_console(database: Database, keys: Keyring) -> None:
    real = make_config(database, keys)
    with pytest.raises(ConfigurationError):
        channels_for(real, database)
    sms = real.with_changes(sms=SmsGateway("https://sms.example.org", Secret("token")))
    assert set(channels_for(sms, database)) == {Channel.SMS}
    both = sms.with_changes(smtp=SmtpServer("127.0.0.1", 25, "", Secret(""), "a@example.org", starttls=True))
    assert isinstance(channels_for(both, database)[Channel.EMAIL], SmtpChannel)
    demonstration = real.with_changes(is_demonstration=True, data_directory=Path("instance"))
    assert all(
        isinstance(channel, ConsoleChannel) for channel in channels_for(demonstration, database).values()
    )


def test_nothing_is_sent_inside_a_transaction(database: Database) -> None:
    console = ConsoleChannel(database)
    with pytest.raises(RuntimeError, match="inside a transaction"):
        database.in_transaction(lambda _session: send({Channel.SMS: console}, LETTER))


def test_a_channel_that_is_not_set_up_is_a_final_no() -> None:
    with pytest.raises(NotSent) as failure:
        send({}, LETTER)
    assert failure.value.is_final

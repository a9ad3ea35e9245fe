"""How a message leaves: an SMS gateway over HTTP, an SMTP server, and in a demonstration a table on a page.

A channel takes one letter to one person. It returns when the other side has taken it, and raises NotSent when not.
The same letter may come twice (after a crash between the answer and our mark), always with the same id.
"""

import hashlib
import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, Protocol

from app.messages.models import Channel, ConsoleDelivery, Failure
from app.shared.database import Database, is_in_transaction
from app.shared.errors import ConfigurationError
from app.shared.times import utc_now
from config import Config, SmsGateway, SmtpServer

TIMEOUT_SECONDS = 10.0
LONGEST_ANSWER = 64 * 1024
WORTH_ANOTHER_TRY = frozenset({408, 425, 429})
"""Answers of an HTTP gateway that say "not now" rather than "never"; as 500 and above do."""


@dataclass(frozen=True)
class Letter:
    """A message in words, to one address."""

    id: str
    """The same for every try at the same message."""
    channel: Channel
    to: str
    subject: str
    text: str

    def __repr__(self) -> str:
        return f"Letter({self.id!r}, [...])"


class NotSent(Exception):
    """The letter was not taken. `is_final`: nor will it be, however often it is tried."""

    def __init__(self, failure: Failure, detail: str = "", *, is_final: bool = False) -> None:
        self.reason = f"{failure}: {detail}" if detail else str(failure)
        self.is_final = is_final
        super().__init__(self.reason)


class Sender(Protocol):
    """One channel."""

    def send(self, letter: Letter) -> None:
        """Hand over the letter. Raises NotSent."""


Channels = Mapping[Channel, Sender]


def channels_for(config: Config, database: Database) -> Channels:
    """The channels of this installation. Raises ConfigurationError when a real one could reach nobody."""
    if config.is_demonstration:
        console = ConsoleChannel(database)
        return {Channel.SMS: console, Channel.EMAIL: console}
    channels: dict[Channel, Sender] = {}
    if config.sms is not None:
        channels[Channel.SMS] = SmsChannel(config.sms)
    if config.smtp is not None:
        channels[Channel.EMAIL] = SmtpChannel(config.smtp)
    if not channels:
        raise ConfigurationError("neither VU_SMS_URL nor VU_SMTP_HOST is set: nobody could be told anything")
    return channels


def send(channels: Channels, letter: Letter) -> None:
    """Hand `letter` to its channel. Raises NotSent, and RuntimeError inside a transaction."""
    if is_in_transaction():
        raise RuntimeError("nothing is sent inside a transaction")
    if letter.channel not in channels:
        raise NotSent(Failure.NO_CHANNEL, is_final=True)
    channels[letter.channel].send(letter)


class SmsChannel:
    """An SMS gateway. It is sent `POST {"to": "+852…", "text": "…", "id": "…"}` as JSON with a bearer token.

    It answers 2xx and `{"accepted": true}` once it has taken the message, and takes one id once. 4xx (but 408, 425
    and 429) means never; anything else, silence included, means try again.
    """

    def __init__(self, gateway: SmsGateway, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._gateway = gateway
        self._timeout = timeout
        self._opener = urllib.request.build_opener(_NoRedirects)

    def send(self, letter: Letter) -> None:
        """Hand over the letter. Raises NotSent."""
        body = json.dumps({"to": letter.to, "text": letter.text, "id": letter.id}, ensure_ascii=False)
        request = urllib.request.Request(  # noqa: S310 (the address is a setting)
            self._gateway.url,
            data=body.encode(),
            headers={
                "Authorization": f"Bearer {self._gateway.token!s}",
                "Content-Type": "application/json; charset=utf-8",
                "Accept": "application/json",
            },
            method="POST",
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                said = answer.read(LONGEST_ANSWER)
        except urllib.error.HTTPError as error:
            error.close()
            is_final = 400 <= error.code < 500 and error.code not in WORTH_ANOTHER_TRY
            raise NotSent(Failure.GATEWAY_REFUSED, str(error.code), is_final=is_final) from None
        except (OSError, HTTPException) as error:
            raise NotSent(Failure.GATEWAY_SILENT, _kind(error)) from None
        if not _is_accepted(said):
            raise NotSent(Failure.GATEWAY_UNCLEAR)


class SmtpChannel:
    """An SMTP server; one connection a letter."""

    def __init__(self, server: SmtpServer, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._server = server
        self._timeout = timeout

    def send(self, letter: Letter) -> None:
        """Hand over the letter. Raises NotSent."""
        message = self._message(letter)
        try:
            with smtplib.SMTP(self._server.host, self._server.port, timeout=self._timeout) as smtp:
                if self._server.starttls:
                    smtp.starttls(context=ssl.create_default_context())
                if self._server.user:
                    smtp.login(self._server.user, str(self._server.password))
                smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise NotSent(Failure.ADDRESS_REFUSED, str(code), is_final=code >= 500) from None
        except smtplib.SMTPResponseException as error:
            raise NotSent(Failure.MAIL_SERVER_REFUSED, str(error.smtp_code)) from None
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(Failure.MAIL_SERVER_SILENT, _kind(error)) from None

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(utc_now())
        message["Message-ID"] = message_id(letter.id, self._server.sender)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message


class ConsoleChannel:
    """Only in a demonstration: what would have left is kept in a table and shown on a page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def send(self, letter: Letter) -> None:
        """Keep the letter; a second time is the first time."""
        kept = ConsoleDelivery(
            message_id=letter.id,
            channel=letter.channel,
            to=letter.to,
            subject=letter.subject,
            text=letter.text,
            at=utc_now(),
        )

        def keep(session: Any) -> None:
            if session.query(ConsoleDelivery).filter_by(message_id=letter.id).one_or_none() is None:
                session.add(kept)

        self._database.in_transaction(keep)


def message_id(letter_id: str, sender: str) -> str:
    """The Message-ID of a letter: the same for every try."""
    domain = sender.rpartition("@")[2].strip("<> ") or "localhost"
    return f"<{hashlib.sha256(letter_id.encode()).hexdigest()[:32]}@{domain}>"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A gateway that has moved is a matter for the settings: a message is not sent on to a stranger."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def _is_accepted(said: bytes) -> bool:
    try:
        answer = json.loads(said)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("accepted") is True


def _kind(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    return type(reason if isinstance(reason, Exception) else error).__name__

"""Settings: one frozen object, read once, that refuses to guess."""

import base64
import binascii
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from app.shared.errors import ConfigurationError
from app.shared.secrets import Keyring, Secret

DEMONSTRATION_FOLDER = Path(__file__).resolve().parent / "instance"
DEMONSTRATION_FILE = "demonstration.json"
DEMONSTRATION_DATABASE = "demonstration.sqlite"

DATABASES = ("postgresql+psycopg://", "sqlite://")

SHORTEST_TOKEN = 24
DIGEST_AT = time(8, 45)
NIGHT_AT = time(2, 0)
MANUAL_LIST_AT = time(8, 0)
QUIET_FROM = time(21, 0)
QUIET_UNTIL = time(8, 30)


@dataclass(frozen=True)
class SmsGateway:
    """An HTTP gateway for SMS: `url` takes a POST of JSON {"to", "text", "id"} with the token as bearer."""

    url: str
    token: Secret


@dataclass(frozen=True)
class SmtpServer:
    """Where e-mail leaves from."""

    host: str
    port: int
    user: str
    password: Secret
    sender: str
    starttls: bool


@dataclass(frozen=True)
class Config:
    """Everything that differs between one installation and another."""

    database_url: str
    secret_key: Secret
    """Signs form tokens."""
    keyring: Keyring
    public_url: str
    """The address people reach the service under, without a slash at the end: links in messages begin with it."""
    data_directory: Path
    trusted_hosts: tuple[str, ...]
    is_demonstration: bool = False
    """Console channel, outbox page, printed accounts, plain cookies over http. Never with real people."""
    is_secure: bool = True
    """Cookies and links are for https only."""
    proxies: int = 0
    """How many reverse proxies stand in front, each adding to X-Forwarded-For."""
    sms: SmsGateway | None = None
    sms_reply_token: Secret | None = None
    """With it a gateway delivers what people answer by text message (app/visits/routes/replies.py); None: none does."""
    smtp: SmtpServer | None = None
    night_at: time = NIGHT_AT
    """When, in Hong Kong, the night's matching is due."""
    manual_list_at: time = MANUAL_LIST_AT
    """From when a failed night shows its list for matching by hand."""
    night_seconds: float = 600.0
    """The engine's deadline."""
    undo_minutes: int = 10
    answer_hours: int = 48
    """How long a volunteer has to answer an offer; never longer than to a day before the visit."""
    quiet_from: time = time()
    quiet_until: time = time()
    """Between them, in Hong Kong, people are written to only when it cannot wait; equal: at any time."""
    reminder_days: tuple[int, ...] = (7, 1)
    reminder_at: time = time(10, 0)
    reminder_hours: int = 2
    """Volunteers are reminded so many days before a visit, at that time, and so many hours before."""
    ending_days: tuple[int, ...] = (60, 14)
    """Volunteers are told so many days before a qualification ends, from `reminder_at` on."""
    digest_at: time | None = None
    """When, in Hong Kong, coordinators are sent what waits, in one message; None: never."""
    clearance_months: int = 36
    """How long a background check holds, as the police say today (DOMAIN §4)."""
    observatory_url: str = ""
    """Where the Observatory's warnings are asked for (`warnsum`); empty: nobody is asked."""
    daily_hours: int = 10
    """So many hours of service are counted of one volunteer's day at most."""
    service_phone: str = ""
    """The coordinators' telephone number, shown on every page when set."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """Flask's own settings, for tests."""

    def with_changes(self, **changes: object) -> "Config":
        """A copy with some settings replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]  # the names are checked by replace itself


def load(environment: Mapping[str, str]) -> Config:
    """The settings of this process: a demonstration's, when one was named or is all there is, else the environment's.

    `VU_DEMONSTRATION` names a demonstration's folder. Without any setting at all, the one that `python3 -m app demo`
    made beside this file is meant. Raises ConfigurationError.
    """
    named = environment.get("VU_DEMONSTRATION", "")
    if named:
        return demonstration(Path(named)).with_changes(observatory_url=_observatory(environment))
    has_settings = any(name.startswith("VU_") for name in environment)
    if not has_settings and (DEMONSTRATION_FOLDER / DEMONSTRATION_FILE).exists():
        return demonstration(DEMONSTRATION_FOLDER)
    return from_environment(environment)


def demonstration(folder: Path) -> Config:
    """The settings of the demonstration in `folder`, whose keys `app.demo` made. Raises ConfigurationError."""
    try:
        made = json.loads((folder / DEMONSTRATION_FILE).read_text())
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no demonstration in {folder} (`python3 -m app demo` makes one)"
        ) from None
    return Config(
        database_url=f"sqlite:///{folder / DEMONSTRATION_DATABASE}",
        secret_key=Secret(made["secret_key"]),
        keyring=Keyring(
            sealing=_sealing_keys(made["sealing_keys"]), lookup=_key_bytes("lookup_key", made["lookup_key"])
        ),
        public_url=f"http://127.0.0.1:{made['port']}",
        data_directory=folder,
        trusted_hosts=("127.0.0.1", "localhost"),
        is_demonstration=True,
        is_secure=False,
        digest_at=DIGEST_AT,
    )


def from_environment(environment: Mapping[str, str]) -> Config:
    """The settings of a real installation. Raises ConfigurationError naming the variable that is missing or wrong."""
    public_url = _required(environment, "VU_PUBLIC_URL").rstrip("/")
    public = _address("VU_PUBLIC_URL", public_url)
    if public.scheme != "https":
        raise ConfigurationError(
            "VU_PUBLIC_URL must begin with https:// (a demonstration is started by `demo`)"
        )
    if public_url != f"https://{public.netloc}" or "@" in public.netloc:
        raise ConfigurationError("VU_PUBLIC_URL must be https:// and a host, nothing after it")
    return Config(
        database_url=_database_url(environment),
        secret_key=Secret(_required(environment, "VU_SECRET_KEY")),
        keyring=Keyring(
            sealing=_sealing_keys(_required(environment, "VU_SEALING_KEYS")),
            lookup=_key_bytes("VU_LOOKUP_KEY", _required(environment, "VU_LOOKUP_KEY")),
        ),
        public_url=public_url,
        data_directory=Path(environment.get("VU_DATA_DIRECTORY", "instance")),
        trusted_hosts=tuple(environment.get("VU_TRUSTED_HOSTS", public.hostname or "").split(",")),
        proxies=_whole_number(environment, "VU_PROXIES", 0),
        sms=_sms(environment),
        sms_reply_token=_secret(environment, "VU_SMS_REPLY_TOKEN"),
        smtp=_smtp(environment),
        night_at=_clock(environment, "VU_NIGHT_AT", NIGHT_AT),
        manual_list_at=_clock(environment, "VU_MANUAL_LIST_AT", MANUAL_LIST_AT),
        night_seconds=float(_whole_number(environment, "VU_NIGHT_SECONDS", 600)),
        answer_hours=_whole_number(environment, "VU_ANSWER_HOURS", 48),
        quiet_from=_clock(environment, "VU_QUIET_FROM", QUIET_FROM),
        quiet_until=_clock(environment, "VU_QUIET_UNTIL", QUIET_UNTIL),
        reminder_days=_days(environment, "VU_REMINDER_DAYS", "7,1"),
        reminder_at=_clock(environment, "VU_REMINDER_AT", time(10, 0)),
        reminder_hours=_whole_number(environment, "VU_REMINDER_HOURS", 2),
        ending_days=_days(environment, "VU_ENDING_DAYS", "60,14"),
        digest_at=_clock(environment, "VU_DIGEST_AT", DIGEST_AT),
        clearance_months=_whole_number(environment, "VU_CLEARANCE_MONTHS", 36),
        observatory_url=_observatory(environment),
        daily_hours=_whole_number(environment, "VU_DAILY_HOURS", 10),
        service_phone=environment.get("VU_SERVICE_PHONE", ""),
    )


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"{name} is not set (README, “Running it for real”)")
    return value


def _whole_number(environment: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(environment.get(name, default))
    except ValueError:
        raise ConfigurationError(f"{name} must be a whole number") from None


def _days(environment: Mapping[str, str], name: str, default: str) -> tuple[int, ...]:
    parts = [part.strip() for part in environment.get(name, default).split(",") if part.strip()]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise ConfigurationError(f"{name} must be numbers of days, separated by commas")
    return tuple(int(part) for part in parts)


def _clock(environment: Mapping[str, str], name: str, default: time) -> time:
    try:
        return time.fromisoformat(environment[name]) if name in environment else default
    except ValueError:
        raise ConfigurationError(f"{name} must be a time of day, HH:MM") from None


def _key_bytes(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise ConfigurationError(f"{name} must be 32 bytes in base64 (`python3 -m app keys` makes some)")
    return key


def _sealing_keys(text: str) -> dict[int, bytes]:
    """ "1:BASE64,2:BASE64": the highest number seals, all of them open."""
    keys = {}
    for part in text.split(","):
        number, separator, key = part.strip().partition(":")
        if not separator or not number.isdecimal() or not 0 <= int(number) <= 255:
            raise ConfigurationError("VU_SEALING_KEYS must be NUMBER:KEY, several separated by commas")
        keys[int(number)] = _key_bytes("VU_SEALING_KEYS", key)
    return keys


def _database_url(environment: Mapping[str, str]) -> str:
    url = _required(environment, "VU_DATABASE_URL")
    if not url.startswith(DATABASES):
        raise ConfigurationError(f"VU_DATABASE_URL must begin with {' or '.join(DATABASES)}")
    return url


def _address(name: str, url: str) -> SplitResult:
    """The parts of a web address. Raises ConfigurationError, which does not repeat it: it may hold a secret."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        has_host = False
    if not has_host or not url.isprintable() or " " in url:
        raise ConfigurationError(f"{name} must be a web address, https://…")
    return parts


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _sms(environment: Mapping[str, str]) -> SmsGateway | None:
    """The gateway; reached by https, since codes, telephone numbers and the token travel to it."""
    url = environment.get("VU_SMS_URL", "").strip()
    if not url:
        return None
    parts = _address("VU_SMS_URL", url)
    is_kept_here = parts.scheme == "http" and _is_this_machine(parts.hostname or "")
    if parts.scheme != "https" and not is_kept_here:
        raise ConfigurationError(
            "VU_SMS_URL must begin with https://, or http:// on this machine:"
            " telephone numbers and sign-in codes travel to it"
        )
    return SmsGateway(url, Secret(_required(environment, "VU_SMS_TOKEN")))


def _observatory(environment: Mapping[str, str]) -> str:
    url = environment.get("VU_OBSERVATORY_URL", "").strip()
    if url and _address("VU_OBSERVATORY_URL", url).scheme not in ("https", "http"):
        raise ConfigurationError("VU_OBSERVATORY_URL must be a web address, https://…")
    return url


def _secret(environment: Mapping[str, str], name: str) -> Secret | None:
    value = environment.get(name, "").strip()
    if value and len(value) < SHORTEST_TOKEN:
        raise ConfigurationError(f"{name} must have at least {SHORTEST_TOKEN} characters")
    return Secret(value) if value else None


def _smtp(environment: Mapping[str, str]) -> SmtpServer | None:
    host = environment.get("VU_SMTP_HOST", "")
    if not host:
        return None
    starttls = environment.get("VU_SMTP_STARTTLS", "yes") != "no"
    user = environment.get("VU_SMTP_USER", "")
    if user and not starttls and not _is_this_machine(host):
        raise ConfigurationError("VU_SMTP_STARTTLS=no would send VU_SMTP_PASSWORD unsealed over the network")
    return SmtpServer(
        host=host,
        port=_whole_number(environment, "VU_SMTP_PORT", 587),
        user=user,
        password=Secret(environment.get("VU_SMTP_PASSWORD", "")),
        sender=_required(environment, "VU_SMTP_FROM"),
        starttls=starttls,
    )

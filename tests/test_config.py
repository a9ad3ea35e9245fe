"""Settings are read once, and what is missing or wrong is named; nothing is guessed."""

import base64
from datetime import time
from pathlib import Path

import pytest

import config as settings
from app.shared.errors import ConfigurationError
from config import Config

KEY = base64.b64encode(b"k" * 32).decode()
NEEDED = {
    "VU_PUBLIC_URL": "https://help.example.org:8443/",
    "VU_DATABASE_URL": "sqlite://",
    "VU_SECRET_KEY": "a secret",
    "VU_SEALING_KEYS": f"1:{KEY}, 2:{KEY}",
    "VU_LOOKUP_KEY": KEY,
}
SMS = {"VU_SMS_URL": "https://gateway.example.org", "VU_SMS_TOKEN": "t0ken"}
SMTP = {"VU_SMTP_HOST": "mail.example.org", "VU_SMTP_FROM": "help@example.org"}


def load(**changes: str) -> Config:
    return settings.load({**NEEDED, **changes})


def test_what_is_needed_is_enough() -> None:
    config = load()
    assert config.public_url == "https://help.example.org:8443"
    assert config.trusted_hosts == ("help.example.org",)
    assert config.is_secure
    assert not config.is_demonstration
    assert sorted(config.keyring.sealing) == [1, 2]
    assert (config.sms, config.smtp) == (None, None)
    assert config.night_at == time(2, 0)


def test_what_may_be_set_is_taken() -> None:
    config = load(
        **SMS,
        **SMTP,
        VU_SMTP_STARTTLS="no",
        VU_NIGHT_AT="03:30",
        VU_PROXIES="1",
        VU_TRUSTED_HOSTS="a.example.org,b.example.org",
        VU_SERVICE_PHONE="2345 6789",
    )
    assert config.sms is not None
    assert config.sms.url == "https://gateway.example.org"
    assert config.smtp is not None
    assert (config.smtp.host, config.smtp.port, config.smtp.starttls) == ("mail.example.org", 587, False)
    assert (config.night_at, config.proxies, config.service_phone) == (time(3, 30), 1, "2345 6789")
    assert config.trusted_hosts == ("a.example.org", "b.example.org")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/sms", "http://[::1]/sms", "http://localhost/sms"])
def test_a_gateway_on_this_machine_needs_no_https(url: str) -> None:
    sms = load(VU_SMS_URL=url, VU_SMS_TOKEN="t0ken").sms
    assert sms is not None
    assert sms.url == url


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", ["", "  "])
def test_what_is_missing_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} is not set"):
        load(**{name: value})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"VU_PUBLIC_URL": "http://help.example.org"}, "VU_PUBLIC_URL must begin with https://"),
        ({"VU_PUBLIC_URL": "https://"}, "VU_PUBLIC_URL must be a web address"),
        ({"VU_PUBLIC_URL": "https://help.example.org:port"}, "VU_PUBLIC_URL must be a web address"),
        ({"VU_PUBLIC_URL": "https://help.example.org/here"}, "VU_PUBLIC_URL must be https:// and a host"),
        ({"VU_PUBLIC_URL": "https://u:p@help.example.org"}, "VU_PUBLIC_URL must be https:// and a host"),
        ({"VU_DATABASE_URL": "mysql://u:p4ss@host/name"}, r"begin with postgresql\+psycopg:// or sqlite://$"),
        ({"VU_SMS_URL": "http://gateway.example.org"}, "VU_SMS_URL must begin with https://"),
        ({"VU_SMS_URL": "http://127.0.0.1.example.org"}, "VU_SMS_URL must begin with https://"),
        ({"VU_SMS_URL": "ftp://127.0.0.1/sms"}, "VU_SMS_URL must begin with https://"),
        ({"VU_SMS_URL": "gateway.example.org"}, "VU_SMS_URL must be a web address"),
        ({"VU_SMS_URL": "https://gateway.example.org/a b"}, "VU_SMS_URL must be a web address"),
        ({"VU_SMTP_STARTTLS": "no", "VU_SMTP_USER": "u", **SMTP}, "VU_SMTP_STARTTLS=no would send"),
        ({"VU_LOOKUP_KEY": "short"}, "VU_LOOKUP_KEY must be 32 bytes in base64"),
        ({"VU_LOOKUP_KEY": "鑰匙"}, "VU_LOOKUP_KEY must be 32 bytes in base64"),
        ({"VU_SEALING_KEYS": KEY}, "VU_SEALING_KEYS must be NUMBER:KEY"),
        ({"VU_SEALING_KEYS": f"256:{KEY}"}, "VU_SEALING_KEYS must be NUMBER:KEY"),
        ({"VU_SEALING_KEYS": "1:abc"}, "VU_SEALING_KEYS must be 32 bytes"),
        ({"VU_PROXIES": "one"}, "VU_PROXIES must be a whole number"),
        ({"VU_NIGHT_AT": "2 a.m."}, "VU_NIGHT_AT must be a time of day"),
        ({"VU_SMS_URL": "https://gateway.example.org"}, "VU_SMS_TOKEN is not set"),
        ({"VU_SMTP_HOST": "mail.example.org"}, "VU_SMTP_FROM is not set"),
        ({"VU_SMTP_PORT": "smtp", **SMTP}, "VU_SMTP_PORT must be a whole number"),
    ],
    ids=lambda case: "=".join(next(iter(case.items()))) if isinstance(case, dict) else "",
)
def test_what_is_wrong_is_named(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        load(**changes)


def test_no_key_is_shown_with_the_settings() -> None:
    shown = repr(load(**SMS, **SMTP, VU_SMTP_PASSWORD="pa55word"))
    assert not [
        secret for secret in (KEY, repr(b"k" * 32), "a secret", "t0ken", "pa55word") if secret in shown
    ]


def test_without_any_setting_the_demonstration_beside_it_is_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "DEMONSTRATION_FOLDER", tmp_path)
    with pytest.raises(ConfigurationError, match="VU_PUBLIC_URL is not set"):
        settings.load({})
    (tmp_path / "demonstration.json").write_text(
        f'{{"port": 8123, "secret_key": "s", "sealing_keys": "1:{KEY}", "lookup_key": "{KEY}"}}'
    )
    for environment in ({}, {"VU_DEMONSTRATION": str(tmp_path)}):
        config = settings.load(environment)
        assert config.is_demonstration
        assert config.public_url == "http://127.0.0.1:8123"
        assert config.database_url.endswith(f"{tmp_path}/demonstration.sqlite")
    with pytest.raises(ConfigurationError, match="VU_DATABASE_URL is not set"):
        settings.load({"VU_PUBLIC_URL": "https://help.example.org"})
    with pytest.raises(ConfigurationError, match="there is no demonstration in"):
        settings.load({"VU_DEMONSTRATION": str(tmp_path / "elsewhere")})

"""Telephone numbers and e-mail addresses are taken as people write them."""

import pytest

from app.shared.contacts import (
    NotAnEmail,
    NotAPhoneNumber,
    is_mobile,
    read_contact,
    read_email,
    read_phone,
    shown_phone,
)
from app.shared.secrets import Email, Phone


@pytest.mark.parametrize(
    "written",
    (
        "91234567",
        "9123 4567",
        "９１２３　４５６７",
        "９１２３—４５６７",
        "9123．4567",
        "+852 9123 4567",
        "＋８５２ ９１２３４５６７",
        "852-9123-4567",
        "(852) 91234567",
        "（852）9123-4567",
        "00852 9123 4567",
        "電話：9123 4567",
        "Tel. 9123 4567",
        "\t9123 4567 ",
    ),
)
def test_one_hong_kong_number_however_it_is_written(written: str) -> None:
    assert read_phone(written) == "+85291234567"


@pytest.mark.parametrize(
    "written",
    (
        "",
        "陳大文",
        "9123 456",
        "9123 45678",
        "1823",
        "91234567 / 92345678",
        "91234567a",
        "9123 4567 (陳太)",
        "+",
        "9" * 41,
        "91234567\x00",
        "http://9123",
        "12345678",
    ),
)
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(NotAPhoneNumber):
        read_phone(written)


@pytest.mark.parametrize("newly_opened", ("41234567", "71234567"))
def test_number_ranges_that_hong_kong_opened_lately_are_taken(newly_opened: str) -> None:
    phone = read_phone(newly_opened)
    assert phone == f"+852{newly_opened}"
    assert is_mobile(phone)


def test_only_mobile_numbers_get_sms() -> None:
    assert is_mobile(read_phone("6123 4567"))
    assert not is_mobile(read_phone("2345 6789"))
    assert not is_mobile(read_phone("3123 4567"))
    assert is_mobile(read_phone("+86 138 1234 5678"))
    assert not is_mobile(read_phone("+86 10 6552 9988"))


def test_numbers_are_shown_as_they_are_read_out() -> None:
    assert shown_phone("+85291234567") == "9123 4567"
    assert shown_phone("+8613812345678") == "+86 138 1234 5678"


def test_a_phone_does_not_print_itself() -> None:
    assert repr(read_phone("91234567")) == "[…]"


@pytest.mark.parametrize(
    ("written", "address"),
    (
        ("chan@example.org", "chan@example.org"),
        (" Chan.Tai-Man@Mail.Example.org ", "Chan.Tai-Man@Mail.Example.org"),
        ("ｃｈａｎ＠ｅｘａｍｐｌｅ．ｏｒｇ", "chan@example.org"),
    ),
)
def test_an_email_address_is_kept_as_written(written: str, address: str) -> None:
    assert read_email(written) == address


@pytest.mark.parametrize(
    "written",
    (
        "",
        "chan",
        "chan@",
        "@example.org",
        "chan@example",
        "chan chan@example.org",
        "chan@exam..ple.org",
        "a@b.c\r\nBcc: all@example.org",
        "陳@example.org",
        "x" * 250 + "@example.org",
        "chan@example.org, lee@example.org",
    ),
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(NotAnEmail):
        read_email(written)


def test_a_contact_is_whichever_it_looks_like() -> None:
    assert isinstance(read_contact("9123 4567"), Phone)
    assert isinstance(read_contact("chan＠example.org"), Email)
    with pytest.raises(NotAPhoneNumber):
        read_contact("chan")

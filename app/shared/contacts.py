"""Telephone numbers and e-mail addresses, read as people write them."""

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from app.shared.errors import Refusal
from app.shared.secrets import Email, Phone

LONGEST_PHONE = 40
LONGEST_EMAIL = 254
HONG_KONG_CODE = 852

_LABEL = re.compile(r"^(tel|telephone|phone|mobile|電話|電话|手提電話|手提|手機|手机)[.:\s]*", re.IGNORECASE)
_TYPED = re.compile(r"\+?[\d\s()\-.]+")
_HONG_KONG = re.compile(r"[2-9]\d{7}")
_HONG_KONG_MOBILE = re.compile(r"[4-79]\d{7}")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－ー", "-") | dict.fromkeys("．。·・", "."))
_EMAIL = re.compile(
    r"[^@\s<>()\[\],;:\\\"]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
)


class NotAPhoneNumber(Refusal):
    """The text is no telephone number that can be called."""


class NotAnEmail(Refusal):
    """The text is no e-mail address."""


def read_phone(text: str) -> Phone:
    """The telephone number in `text`, in E.164 form ("+85291234567").

    Full-width digits, spaces, hyphens, brackets, "+852", "852", "00852" and a leading 電話 are taken; eight
    digits are a Hong Kong number. Raises NotAPhoneNumber.
    """
    typed = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES).strip()
    typed = _LABEL.sub("", typed)
    if len(typed) > LONGEST_PHONE or not _TYPED.fullmatch(typed):
        raise NotAPhoneNumber
    if typed.startswith("00"):
        typed = f"+{typed.removeprefix('00')}"
    try:
        number = phonenumbers.parse(typed, "HK")
    except phonenumbers.NumberParseException:
        raise NotAPhoneNumber from None
    if not phonenumbers.is_valid_number(number) and not _is_hong_kong(number):
        raise NotAPhoneNumber
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def is_mobile(phone: str) -> bool:
    """Whether an SMS reaches `phone` (in E.164 form)."""
    number = phonenumbers.parse(phone)
    if _is_hong_kong(number):
        return bool(_HONG_KONG_MOBILE.fullmatch(str(number.national_number)))
    return phonenumbers.number_type(number) in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def shown_phone(phone: str) -> str:
    """`phone` (in E.164 form) as it is read out: "9123 4567", from elsewhere "+86 138 1234 5678"."""
    number = phonenumbers.parse(phone)
    if _is_hong_kong(number):
        digits = str(number.national_number)
        return f"{digits[:4]} {digits[4:]}"
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def shown_contact(contact: Phone | Email) -> str:
    """A telephone number as it is read out, or the e-mail address."""
    return shown_phone(contact) if isinstance(contact, Phone) else str(contact)


def read_email(text: str) -> Email:
    """The e-mail address in `text`; full-width letters are taken, the letter case is kept. Raises NotAnEmail."""
    typed = unicodedata.normalize("NFKC", text).replace("。", ".").strip()
    if len(typed) > LONGEST_EMAIL or not typed.isascii() or not _EMAIL.fullmatch(typed) or ".." in typed:
        raise NotAnEmail
    return Email(typed)


def read_contact(text: str) -> Phone | Email:
    """A telephone number or an e-mail address, whichever `text` is. Raises NotAPhoneNumber or NotAnEmail."""
    if "@" in unicodedata.normalize("NFKC", text):
        return read_email(text)
    return read_phone(text)


def _is_hong_kong(number: PhoneNumber) -> bool:
    """Newly opened number ranges are taken before the library knows of them."""
    return number.country_code == HONG_KONG_CODE and bool(_HONG_KONG.fullmatch(str(number.national_number)))

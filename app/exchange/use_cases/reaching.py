"""How people of a file are reached: telephone, e-mail, and the way they asked for."""

from app.catalogue.understanding.answers import Question
from app.exchange.use_cases.plans import RowFact, RowReader
from app.messages.models import Channel
from app.shared.contacts import NotAnEmail, NotAPhoneNumber, is_mobile, read_email, read_phone
from app.shared.secrets import Email, Phone
from app.shared.words import folded

_WAYS = {
    "短信": Channel.SMS, "手机短信": Channel.SMS, "sms": Channel.SMS, "whatsapp": Channel.SMS, "text": Channel.SMS,
    "电邮": Channel.EMAIL, "电子邮件": Channel.EMAIL, "email": Channel.EMAIL, "e-mail": Channel.EMAIL,
    "电话": Channel.PHONE_CALL, "致电": Channel.PHONE_CALL, "phone": Channel.PHONE_CALL, "call": Channel.PHONE_CALL,
    "phonecall": Channel.PHONE_CALL, "短讯": Channel.SMS,
}  # fmt: skip


def read_reach(row: RowReader) -> tuple[Phone | None, Email | None, Channel]:
    """Telephone, e-mail and channel: as asked for, else SMS to a mobile, a call to another, e-mail without either."""
    phone, email = _phone(row), _email(row)
    wanted = _WAYS.get(folded(row.text("reached_by")))
    if row.text("reached_by") and wanted is None:
        row.question("reached_by", Question.NOT_UNDERSTOOD, ("短訊", "電郵", "電話"))
    if wanted is Channel.SMS and not (phone and is_mobile(phone)):
        row.question("phone", RowFact.LANDLINE_FOR_SMS)
        return phone, email, Channel.PHONE_CALL
    if wanted is Channel.EMAIL and not email:
        row.question("email", RowFact.NO_ADDRESS_FOR_EMAIL)
        return phone, email, Channel.PHONE_CALL
    if wanted is not None:
        return phone, email, wanted
    if phone and not is_mobile(phone):
        row.note("phone", RowFact.LANDLINE)
        return phone, email, Channel.PHONE_CALL
    if phone:
        return phone, email, Channel.SMS
    return phone, email, Channel.EMAIL if email else Channel.PHONE_CALL


def _phone(row: RowReader) -> Phone | None:
    text = row.text("phone")
    if not text:
        return None
    try:
        phone = read_phone(text)
    except NotAPhoneNumber:
        row.question("phone", RowFact.NOT_A_PHONE)
        return None
    row.understood("phone", phone)
    return phone


def _email(row: RowReader) -> Email | None:
    text = row.text("email")
    if not text:
        return None
    try:
        email = read_email(text)
    except NotAnEmail:
        row.question("email", RowFact.NOT_AN_EMAIL)
        return None
    row.understood("email", email)
    return email

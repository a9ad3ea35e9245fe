"""What accounts call things."""

from flask_babel import lazy_gettext

from app.accounts.errors import (
    ContactTaken,
    LastAdministrator,
    NoSecondFactor,
    StaffContact,
    UnknownContact,
    WeakPassword,
    WrongPassword,
)
from app.accounts.models import Role
from app.web.words import Words

WORDS: Words = {
    Role.VOLUNTEER: lazy_gettext("Volunteer"),
    Role.CARER: lazy_gettext("Carer"),
    Role.COORDINATOR: lazy_gettext("Coordinator"),
    Role.SAFEGUARDING_LEAD: lazy_gettext("Safeguarding lead"),
    Role.ADMINISTRATOR: lazy_gettext("Administrator"),
    UnknownContact: lazy_gettext("Nobody signs in with this phone number or e-mail address."),
    ContactTaken: lazy_gettext("Another account uses this phone number or e-mail address already."),
    StaffContact: lazy_gettext("This is a staff account. It signs in with a password."),
    WeakPassword: lazy_gettext(
        "Please choose a password of %(shortest)s to 200 characters, not your name or e-mail."
    ),
    WrongPassword: lazy_gettext("This is not your present password."),
    LastAdministrator: lazy_gettext(
        "There would be no administrator left. Make somebody else administrator first."
    ),
    NoSecondFactor: lazy_gettext(
        "This account has no password. Staff roles are for accounts made for staff."
    ),
}

"""What accounts say no to."""

from app.shared.errors import Refusal


class UnknownContact(Refusal):
    """No open account signs in by this telephone number or e-mail address (said to staff only)."""


class ContactTaken(Refusal):
    """Another account already signs in by this telephone number or e-mail address."""


class StaffContact(Refusal):
    """The contact belongs to a staff account, which signs in by password and second factor only."""


class WeakPassword(Refusal):
    """The password is too short, too long, or the person's own name or address."""


class WrongPassword(Refusal):
    """The present password is not right."""


class LastAdministrator(Refusal):
    """The only administrator who can sign in cannot give that up."""


class NoSecondFactor(Refusal):
    """Staff roles go only to accounts that have a password and a second factor."""

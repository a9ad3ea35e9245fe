"""Letters of service."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.recognition.models import ServiceLetter
from app.volunteers.queries import own_volunteer


def letters_of(session: Session, volunteer_id: int) -> Sequence[ServiceLetter]:
    """Every letter written for a volunteer, revoked ones too, the latest first."""
    return session.scalars(
        select(ServiceLetter)
        .where(ServiceLetter.volunteer_id == volunteer_id)
        .order_by(ServiceLetter.id.desc())
        .options(joinedload(ServiceLetter.issued_by))
    ).all()


def letter_shown(session: Session, _account: Account, letter_id: int) -> ServiceLetter | None:
    """Any letter, for coordinators."""
    return session.get(ServiceLetter, letter_id)


def letter_to_revoke(session: Session, _account: Account, letter_id: int) -> ServiceLetter | None:
    """A letter that holds, for coordinators."""
    letter = session.get(ServiceLetter, letter_id)
    return letter if letter is not None and letter.revoked_at is None else None


def own_letter(session: Session, account: Account, volunteer_id: int, letter_id: int) -> ServiceLetter | None:
    """A letter that holds, for the volunteer it was written for."""
    letter = session.get(ServiceLetter, letter_id)
    if letter is None or letter.volunteer_id != volunteer_id or letter.revoked_at is not None:
        return None
    return letter if own_volunteer(session, account, volunteer_id) is not None else None


def is_letter_valid(session: Session, number: str) -> bool:
    """Whether a letter of this number was written and holds. Wrong, unknown and revoked are one answer."""
    holds = select(ServiceLetter.id).where(
        ServiceLetter.number == number.upper(), ServiceLetter.revoked_at.is_(None)
    )
    return session.scalar(holds) is not None

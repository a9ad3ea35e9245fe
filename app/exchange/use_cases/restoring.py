"""An export of this very service brought back into an empty one: by an administrator, from the command line only."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.accounts.models import Account, Role
from app.care_requests.models import Carer, CareRecipient, CareRequest, KnownHelper
from app.care_requests.use_cases.restoring import restore_known_helpers, restore_requests
from app.exchange.errors import AlreadyHere, CannotRestore, NotAnAdministrator
from app.exchange.queries import volunteer_codes
from app.safeguarding.models import Clearance, DoNotPair, FamilyTie
from app.safeguarding.use_cases import restore_safeguards
from app.shared.audit import record
from app.shared.secrets import phone_key
from app.shared.words import folded
from app.training.models.proofs import QualificationProof
from app.training.use_cases.proofs import restore_proofs
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.use_cases import open_accounts
from app.volunteers.use_cases.restoring import restore_volunteers

Values = Mapping[str, Any]
"""A row of an export as values again, by column key."""

ASKED_TOGETHER = 500
CODES_SHOWN = 10
GONE = frozenset({VolunteerStatus.RETIRED, VolunteerStatus.REMOVED})
NOT_OF_A_VOLUNTEER = frozenset({"wishes", "avoids", "clearances", "proofs"})
NOT_OF_A_REQUEST = frozenset({"split_from", "known", "family", "apart"})


def restore_volunteer_table(
    session: Session, rows: Sequence[Values], *, by: int, now: datetime
) -> tuple[str, ...]:
    """Volunteers with their standing, clearances and certificates, under their codes; the codes.

    They sign in by new accounts.

    Raises NotAnAdministrator, and AlreadyHere when one of them, or the same name at the same telephone, is here.
    """
    _check_administrator(session, by)
    _check_new(session, Volunteer.code, (row["code"] for row in rows))
    _check_new_people(session, rows)
    volunteers: list[Volunteer] = []
    clearances: list[Clearance] = []
    proofs: list[QualificationProof] = []
    for row in rows:
        volunteer = Volunteer(**{key: value for key, value in row.items() if key not in NOT_OF_A_VOLUNTEER})
        volunteer.preferences = [*row["wishes"], *row["avoids"]]
        for clearance in row["clearances"]:
            clearance.volunteer = volunteer
            clearances.append(clearance)
        for proof in row["proofs"]:
            proof.volunteer = volunteer
            proofs.append(proof)
        volunteers.append(volunteer)
    restore_volunteers(session, volunteers, by=by, now=now)
    open_accounts(session, [row for row in volunteers if row.status not in GONE], by=by, now=now)
    restore_safeguards(session, clearances)
    restore_proofs(session, proofs)
    record(session, "import.restored", by=by, now=now, table="volunteers", rows=len(rows))
    return tuple(volunteer.code for volunteer in volunteers)


def restore_request_table(
    session: Session, rows: Sequence[Values], *, by: int, now: datetime
) -> tuple[str, ...]:
    """Requests with carers, people cared for, helpers they know and those kept apart, under their codes; the codes.

    Raises NotAnAdministrator, AlreadyHere, and CannotRestore for a volunteer who is not here.
    """
    _check_administrator(session, by)
    _check_new(session, CareRequest.code, (row["code"] for row in rows))
    _check_new(session, Carer.code, (row["carer.code"] for row in rows))
    _check_new(session, CareRecipient.code, (row["recipient.code"] for row in rows))
    carers: dict[str, Carer] = {}
    recipients: dict[str, CareRecipient] = {}
    requests: dict[str, CareRequest] = {}
    for row in rows:
        carer = carers.setdefault(row["carer.code"], Carer(**_part(row, "carer")))
        recipient = None
        if row["recipient.code"]:
            recipient = recipients.setdefault(
                row["recipient.code"], CareRecipient(carer=carer, **_part(row, "recipient"))
            )
        own = {key: value for key, value in row.items() if "." not in key and key not in NOT_OF_A_REQUEST}
        requests[row["code"]] = CareRequest(carer=carer, recipient=recipient, **own)
    restore_requests(
        session, list(requests.values()), list(carers.values()), list(recipients.values()), by=by, now=now
    )
    for row in rows:
        if row["split_from"] in requests:
            requests[row["code"]].split_from_id = requests[row["split_from"]].id
    _restore_relations(session, rows, recipients)
    record(session, "import.restored", by=by, now=now, table="care-requests", rows=len(rows))
    return tuple(requests)


def _restore_relations(
    session: Session, rows: Sequence[Values], recipients: Mapping[str, CareRecipient]
) -> None:
    """What stands between people cared for and volunteers; each row of a person says it, the first is taken."""
    volunteers: dict[str, int] = dict(session.execute(select(Volunteer.code, Volunteer.id)).all())
    helpers: list[KnownHelper] = []
    safeguards: list[DoNotPair | FamilyTie] = []
    done: set[str] = set()
    for row in rows:
        if row["recipient.code"] in done or row["recipient.code"] not in recipients:
            continue
        done.add(row["recipient.code"])
        recipient_id = recipients[row["recipient.code"]].id
        for code, since in row["known"]:
            volunteer_id = _volunteer(volunteers, code, row, "known")
            helpers.append(KnownHelper(recipient_id=recipient_id, volunteer_id=volunteer_id, since=since))
        for tie in row["family"]:
            safeguards.append(
                FamilyTie(
                    recipient_id=recipient_id,
                    volunteer_id=_volunteer(volunteers, tie.volunteer, row, "family"),
                    relation=tie.relation,
                    entered_by_id=tie.entered_by_id,
                    entered_at=tie.entered_at,
                )
            )
        for apart in row["apart"]:
            safeguards.append(
                DoNotPair(
                    recipient_id=recipient_id,
                    volunteer_id=_volunteer(volunteers, apart.volunteer, row, "apart"),
                    reason=apart.reason,
                    entered_by_id=apart.entered_by_id,
                    entered_at=apart.entered_at,
                    ended_at=apart.ended_at,
                    ended_by_id=apart.ended_by_id,
                )
            )
    restore_known_helpers(session, helpers)
    restore_safeguards(session, safeguards)


def _volunteer(volunteers: Mapping[str, int], code: str, row: Values, column: str) -> int:
    try:
        return volunteers[code]
    except KeyError:
        raise CannotRestore(row=row["code"], column=column, text=code) from None


def _part(row: Values, owner: str) -> dict[str, Any]:
    """The values of the carer or the person cared for, without their own prefix."""
    return {key.removeprefix(f"{owner}."): value for key, value in row.items() if key.startswith(f"{owner}.")}


def _check_administrator(session: Session, account_id: int) -> None:
    account = session.get(Account, account_id)
    if account is None or account.closed_at is not None or Role.ADMINISTRATOR not in account.roles:
        raise NotAnAdministrator


def _check_new(session: Session, column: InstrumentedAttribute[str], codes: Iterable[str]) -> None:
    wanted = sorted(set(filter(None, codes)))
    for start in range(0, len(wanted), ASKED_TOGETHER):
        here = session.scalars(select(column).where(column.in_(wanted[start : start + ASKED_TOGETHER]))).all()
        if here:
            raise AlreadyHere(codes="、".join(sorted(here)[:CODES_SHOWN]))


def _check_new_people(session: Session, rows: Sequence[Values]) -> None:
    _by_number, by_person = volunteer_codes(session)
    here = [by_person[key] for row in rows for key in _person_keys(row) if key in by_person]
    if here:
        raise AlreadyHere(codes="、".join(sorted(set(here))[:CODES_SHOWN]))


def _person_keys(row: Values) -> list[tuple[str, str]]:
    if not row["phone"]:
        return []
    return [(phone_key(row["phone"]), folded(name)) for name in (row["name_zh"], row["name_en"]) if name]

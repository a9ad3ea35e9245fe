"""What worries somebody: read by safeguarding leads alone, with a clock, its author hidden until a lead needs it."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.messages.models import OutboxMessage
from app.safeguarding.errors import ConcernNotTaken, ConcernTakenAlready
from app.safeguarding.models import Concern
from app.safeguarding.use_cases.concerns import (
    close_concern,
    raise_concern,
    see_author,
    take_concern,
    tell_of_overdue_concerns,
)
from app.shared.audit import AuditRow
from app.shared.database import Database
from tests.people import NOW, make_account
from tests.visitor import Visitor


class Office:
    """Two safeguarding leads, a coordinator, and a carer who is worried; the concern is raised at NOW."""

    def __init__(self, database: Database) -> None:
        self.database = database
        database.in_transaction(self._people)
        self.concern = database.in_transaction(
            lambda session: raise_concern(
                session, "money is missing", is_urgent=False, by=self.carer.id, now=NOW
            )
        ).id

    def _people(self, session: Session) -> None:
        self.lead = make_account(session, "Lead Ho", Role.SAFEGUARDING_LEAD, email="lead@example.org")
        self.other = make_account(session, "Lead Ng", Role.SAFEGUARDING_LEAD)
        self.coordinator = make_account(session, "Coordinator Lee", Role.COORDINATOR)
        self.carer = make_account(session, "Worried Carer", Role.CARER)

    def takes(self) -> None:
        self.database.in_transaction(
            lambda session: take_concern(session, self.concern, by=self.lead.id, now=NOW)
        )


@pytest.fixture
def office(app: Flask, database: Database) -> Office:
    with time_machine.travel(NOW, tick=False):
        return Office(database)


def signed_in(app: Flask, account: Account) -> Visitor:
    return Visitor(app).has_signed_in_as(account)


def kinds(office: Office) -> list[str]:
    with office.database.reading() as session:
        return list(session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)))


def test_anybody_signed_in_may_write_and_only_a_lead_may_read(office: Office, app: Flask) -> None:
    carer = signed_in(app, office.carer)
    assert carer.sends("/worry", status=422).errors == {"words": "Write what worries you, in a few words."}
    assert carer.sends("/worry", words="he shouts at her").goes_to.endswith("/worry/thanks")
    assert "tel:999" not in carer.opens("/worry/thanks").html.partition("<main")[2].partition("</main>")[0]
    for account in (office.carer, office.coordinator):
        signed_in(app, account).opens("/concerns", status=403)
        signed_in(app, account).opens(f"/concerns/{office.concern}", status=403)
    lead = signed_in(app, office.lead)
    assert "money is missing" not in lead.opens("/concerns").words
    assert "money is missing" in lead.opens(f"/concerns/{office.concern}").words


def test_the_leads_are_told_without_a_word_of_it(office: Office) -> None:
    assert kinds(office) == ["concern_raised"]
    with office.database.reading() as session:
        row = session.scalars(select(OutboxMessage)).one()
    assert (row.ids, row.account_id) == ({}, office.lead.id)


def test_neither_words_nor_author_stand_in_the_open(office: Office) -> None:
    with office.database.reading() as session:
        row = session.execute(text("SELECT author_box, words_box FROM concerns")).one()
        raised = session.scalars(select(AuditRow).where(AuditRow.action == "concern.raised")).one()
    assert b"money" not in bytes(row.words_box)
    assert bytes(row.author_box) != str(office.carer.id).encode()
    assert raised.actor_id is None


def test_a_lead_takes_it_in_hand_sees_the_author_on_record_and_closes_it(office: Office, app: Flask) -> None:
    lead = signed_in(app, office.lead)
    path = f"/concerns/{office.concern}"
    assert "Worried Carer" not in lead.opens(path).words
    lead.sends(path, to=f"{path}/take")
    answer = lead.sends(path, to=f"{path}/author", status=200)
    assert "Worried Carer" in answer.words
    assert "Worried Carer" not in lead.opens(path).words
    with office.database.reading() as session:
        shown = session.scalars(select(AuditRow).where(AuditRow.action == "concern.author_shown")).one()
    assert shown.actor_id == office.lead.id
    assert lead.sends(path, status=422).errors == {
        "outcome": "Write what was done: it is kept with the concern."
    }
    lead.sends(path, outcome="spoken with the bank")
    assert "No concern is open." in lead.opens("/concerns").words
    assert "spoken with the bank" in lead.opens(path).words


def test_another_lead_does_not_see_the_author(office: Office, app: Flask) -> None:
    office.takes()
    other = signed_in(app, office.other)
    path = f"/concerns/{office.concern}"
    assert "Worried Carer" not in other.sends(path, to=f"{path}/author", status=200).words
    with pytest.raises(ConcernNotTaken):
        office.database.in_transaction(
            lambda session: see_author(session, office.concern, by=office.other.id, now=NOW)
        )


def test_it_is_taken_once_and_closed_once(office: Office, app: Flask) -> None:
    def close(session: Session) -> Concern:
        return close_concern(session, office.concern, "done", by=office.lead.id, now=NOW)

    with pytest.raises(ConcernNotTaken):
        office.database.in_transaction(close)
    office.takes()
    with pytest.raises(ConcernTakenAlready):
        office.takes()
    other = signed_in(app, office.other)
    path = f"/concerns/{office.concern}"
    assert "taken this in hand already" in other.sends(path, to=f"{path}/take", status=422).words
    office.database.in_transaction(close)
    with pytest.raises(ConcernTakenAlready):
        office.database.in_transaction(close)


def test_the_clock_tells_the_leads_once_when_nobody_has_taken_it(office: Office) -> None:
    def tell(hours: int) -> int:
        return office.database.in_transaction(
            lambda session: tell_of_overdue_concerns(session, now=NOW + timedelta(hours=hours))
        )

    assert tell(23) == 0
    assert (tell(24), tell(25)) == (1, 1)
    assert kinds(office) == ["concern_raised", "concern_overdue"]
    office.takes()
    assert tell(26) == 0


def test_the_board_counts_concerns_for_leads_only(office: Office, app: Flask) -> None:
    assert "1 concerns wait for you" in signed_in(app, office.lead).opens("/board").words
    assert "concerns" not in signed_in(app, office.coordinator).opens("/board").words

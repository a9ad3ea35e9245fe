"""Do-not-pair and family: entered, ended, noticed; the reason stays private."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.care_requests.models import CareRecipient, CareRequest
from app.safeguarding.errors import PairKnown, PairReasonMissing
from app.safeguarding.models import DoNotPair
from app.safeguarding.queries import do_not_pair_of, do_not_pair_pairs, family_of, family_pairs, may_not_meet
from app.safeguarding.use_cases import (
    add_do_not_pair,
    add_family_tie,
    end_do_not_pair,
    end_family_tie,
    read_do_not_pair,
)
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.shared.errors import NotFound
from app.shared.secrets import PrivateNote
from app.visits.models import VisitSeat
from app.volunteers.models import Volunteer
from tests.people import NOW, give_seat, make_request, make_visit

WHY = PrivateNote("said unkind things")


def kept_apart(database: Database, volunteer: Volunteer, recipient: CareRecipient, by: Account) -> DoNotPair:
    return database.in_transaction(
        lambda session: add_do_not_pair(session, volunteer.id, recipient.id, WHY, by=by.id, now=NOW)
    )


def test_a_pair_is_kept_apart_until_it_is_ended(
    database: Database, volunteer: Volunteer, recipient: CareRecipient, first: Account
) -> None:
    pair = kept_apart(database, volunteer, recipient, first)
    with pytest.raises(PairKnown):
        kept_apart(database, volunteer, recipient, first)
    with database.reading() as session:
        assert do_not_pair_pairs(session) == {(volunteer.id, recipient.id)}
        assert [row.id for row in do_not_pair_of(session, recipient_id=recipient.id)] == [pair.id]
    database.in_transaction(lambda session: end_do_not_pair(session, pair.id, by=first.id, now=NOW))
    with database.reading() as session:
        assert do_not_pair_pairs(session) == set()
        assert session.get(DoNotPair, pair.id) is not None
    with pytest.raises(NotFound):
        database.in_transaction(lambda session: end_do_not_pair(session, pair.id, by=first.id, now=NOW))
    kept_apart(database, volunteer, recipient, first)


def test_it_needs_a_reason_and_two_people(
    database: Database, volunteer: Volunteer, recipient: CareRecipient, first: Account
) -> None:

    def enter(recipient_id: int, reason: str) -> None:
        database.in_transaction(
            lambda session: add_do_not_pair(
                session, volunteer.id, recipient_id, PrivateNote(reason), by=first.id, now=NOW
            )
        )

    with pytest.raises(PairReasonMissing):
        enter(recipient.id, "")
    with pytest.raises(NotFound):
        enter(999_999, "x")


def test_the_reason_is_sealed_and_each_reading_is_on_record(
    database: Database, volunteer: Volunteer, recipient: CareRecipient, first: Account
) -> None:
    pair = kept_apart(database, volunteer, recipient, first)
    assert WHY.encode() not in (pair.reason_box or b"")
    assert (
        database.in_transaction(lambda session: read_do_not_pair(session, pair, by=first.id, now=NOW)) == WHY
    )
    with database.reading() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.action.like("do_not_pair%"))).all()
    assert [row.action for row in rows] == ["do_not_pair.entered", "do_not_pair.seen"]
    assert all(WHY not in str(row.facts) for row in rows)


def test_a_seat_made_before_a_do_not_pair_is_noticed(
    database: Database, volunteer: Volunteer, recipient: CareRecipient, first: Account
) -> None:
    def seat_one(session: Session) -> int:
        visit = make_visit(session, make_request(session, recipient))
        return give_seat(session, visit, volunteer).id

    def noticed() -> list[int]:
        with database.reading() as session:
            return list(
                session.scalars(
                    select(VisitSeat.id)
                    .join(VisitSeat.visit)
                    .join(CareRequest)
                    .where(may_not_meet(VisitSeat.volunteer_id, CareRequest.recipient_id))
                )
            )

    seat_id = database.in_transaction(seat_one)
    assert noticed() == []
    kept_apart(database, volunteer, recipient, first)
    assert noticed() == [seat_id]


def test_family_is_entered_and_a_mistake_taken_away(
    database: Database, volunteer: Volunteer, recipient: CareRecipient, first: Account
) -> None:
    def enter() -> None:
        database.in_transaction(
            lambda session: add_family_tie(session, volunteer.id, recipient.id, "女兒", by=first.id, now=NOW)
        )

    enter()
    with pytest.raises(PairKnown):
        enter()
    with database.reading() as session:
        assert family_pairs(session) == {(volunteer.id, recipient.id)}
        assert [tie.relation for tie in family_of(session, volunteer_id=volunteer.id)] == ["女兒"]
    database.in_transaction(
        lambda session: end_family_tie(session, volunteer.id, recipient.id, by=first.id, now=NOW)
    )
    with database.reading() as session:
        assert family_pairs(session) == set()
    with pytest.raises(NotFound):
        database.in_transaction(
            lambda session: end_family_tie(session, volunteer.id, recipient.id, by=first.id, now=NOW)
        )

"""Only a coordinator who has spoken with the carer opens a request; what follows from changing, splitting, closing."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.care_requests.models import (
    Carer,
    CareRequest,
    CloseReason,
    Occurrence,
    RequestAct,
    RequestStatus,
    SpokenHow,
)
from app.care_requests.queries.requests import history, is_urgent, known_helpers, own_carers, parts_of
from app.care_requests.use_cases import facts as refusals
from app.care_requests.use_cases import triage as triage_refusals
from app.care_requests.use_cases.facts import RequestFacts, WindowFacts, facts_of
from app.care_requests.use_cases.people import change_carer
from app.care_requests.use_cases.recipients import add_known_helper, remove_known_helper, see_details
from app.care_requests.use_cases.submitting import submit_request
from app.care_requests.use_cases.triage import (
    Triage,
    change_own_request,
    change_request,
    close_request,
    open_request,
    reopen_request,
    settle_draft,
    split_request,
    triage_request,
    withdraw_request,
)
from app.messages.models import Channel
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.shared.errors import ChangedMeanwhile, InvalidInput, NotFound, Refusal
from app.shared.secrets import Address, Email, Phone, phone_key
from app.volunteers.models import Source
from tests.care_requests.conftest import DAUGHTER, MOTHER, THURSDAY, PretendVisits, asked, weekly
from tests.people import NOW, make_volunteer

TODAY = NOW.date()
SPOKEN = Triage(spoken_on=TODAY, spoken_how=SpokenHow.PHONE_CALL)


def sent(database: Database, **changes: Any) -> CareRequest:
    return database.in_transaction(
        lambda session: submit_request(session, asked(**changes), source=Source.PAPER, by=None, now=NOW)
    )


def opened(database: Database, by: Account, triage: Triage = SPOKEN, **changes: Any) -> CareRequest:
    request = sent(database, **changes)
    return triaged(database, request, by, triage)


def triaged(
    database: Database,
    request: CareRequest,
    by: Account,
    triage: Triage = SPOKEN,
    facts: RequestFacts | None = None,
) -> CareRequest:
    def act(session: Session) -> CareRequest:
        given = facts or facts_of(session.get_one(CareRequest, request.id))
        return triage_request(session, request.id, given, triage, version=request.version, by=by.id, now=NOW)

    return database.in_transaction(act)


def kept(database: Database, request: CareRequest) -> CareRequest:
    with database.reading() as session:
        return session.get_one(CareRequest, request.id)


def test_triage_opens_a_request_and_plans_its_visits(database: Database, coordinator: Account) -> None:
    request = opened(database, coordinator)
    assert request.status is RequestStatus.OPEN
    assert (request.spoken_on, request.triaged_by_id) == (TODAY, coordinator.id)
    with database.reading() as session:
        assert session.scalars(select(Occurrence.code)).all() == [f"{request.code}/20261126-0"]


def carer_of(session: Session, request: CareRequest) -> Carer:
    return session.get_one(CareRequest, request.id).carer


def test_a_carer_who_wrote_on_paper_can_sign_in_once_the_request_is_open(
    database: Database, coordinator: Account
) -> None:
    request = sent(database)
    with database.reading() as session:
        assert carer_of(session, request).account_id is None
    triaged(database, request, coordinator)
    with database.reading() as session:
        carer = carer_of(session, request)
        account = session.get_one(Account, carer.account_id)
        assert account.phone == carer.phone
        assert account.roles == {Role.CARER}


def test_a_carer_whose_telephone_signs_staff_in_gets_no_second_account(
    database: Database, coordinator: Account
) -> None:
    def share(session: Session) -> None:
        staff = session.get_one(Account, coordinator.id)
        staff.phone, staff.phone_key = DAUGHTER.phone, phone_key(str(DAUGHTER.phone))

    database.in_transaction(share)
    request = opened(database, coordinator)
    with database.reading() as session:
        assert carer_of(session, request).account_id is None


def test_the_database_itself_keeps_closed_what_nobody_spoke_about(
    database: Database, coordinator: Account
) -> None:
    request = sent(database)

    def force(session: Session) -> None:
        session.get_one(CareRequest, request.id).status = RequestStatus.OPEN

    with pytest.raises(IntegrityError):
        database.in_transaction(force)


def test_a_settled_request_needs_a_kind_and_times(database: Database, coordinator: Account) -> None:
    unclear = sent(database, kind_code=None, windows=(), original_words="越快越好")

    def force(session: Session) -> None:
        request = session.get_one(CareRequest, unclear.id)
        open_request(session, request, SPOKEN, by=coordinator.id, now=NOW)

    with pytest.raises(refusals.NoKindOfHelp):
        database.in_transaction(force)
    with pytest.raises(refusals.NoWindow):
        triaged(database, unclear, coordinator)


@pytest.mark.parametrize(
    ("triage", "refusal"),
    (
        (replace(SPOKEN, spoken_on=TODAY + timedelta(days=1)), triage_refusals.SpokenInTheFuture),
        (replace(SPOKEN, urgent_until=TODAY), triage_refusals.UrgencyWithoutReason),
        (replace(SPOKEN, urgent_reason="照顧者入院"), triage_refusals.UrgencyWithoutEnd),
        (
            replace(SPOKEN, urgent_reason="照顧者入院", urgent_until=TODAY - timedelta(days=1)),
            triage_refusals.UrgencyEndImpossible,
        ),
        (
            replace(SPOKEN, urgent_reason="照顧者入院", urgent_until=date(2030, 1, 1)),
            triage_refusals.UrgencyEndImpossible,
        ),
    ),
)
def test_impossible_decisions_are_refused(
    database: Database, coordinator: Account, triage: Triage, refusal: type[Refusal]
) -> None:
    request = sent(database)
    with pytest.raises(refusal):
        triaged(database, request, coordinator, triage)
    assert kept(database, request).status is RequestStatus.SUBMITTED


def test_urgent_ends_after_its_last_day(database: Database, coordinator: Account) -> None:
    until = TODAY + timedelta(days=7)
    request = opened(database, coordinator, replace(SPOKEN, urgent_until=until, urgent_reason="照顧者入院"))
    assert is_urgent(request, until)
    assert not is_urgent(request, until + timedelta(days=1))


def test_who_saves_second_is_told(database: Database, coordinator: Account) -> None:
    request = sent(database)
    old = request.version

    def change_times(session: Session) -> None:
        new = asked(carer=request.carer_id, windows=(WindowFacts(30, 34, on_date=THURSDAY),))
        change_request(session, request.id, new, version=old, by=coordinator.id, now=NOW)

    database.in_transaction(change_times)
    with pytest.raises(ChangedMeanwhile):
        database.in_transaction(change_times)


def test_what_was_sealed_stays_when_it_is_not_given_again(database: Database, coordinator: Account) -> None:
    request = sent(database)
    without = replace(
        asked(carer=request.carer_id),
        recipient=replace(MOTHER, address=None, health_note=None, called="陳老太"),
    )
    facts = replace(without, recipient=replace(without.recipient, known_id=request.recipient_id))  # type: ignore[type-var]  # it is RecipientFacts here
    triaged(database, request, coordinator, facts=facts)
    with database.reading() as session:
        recipient = session.get_one(CareRequest, request.id).recipient
        assert recipient is not None
        assert (recipient.called, recipient.address, recipient.health_note) == (
            "陳老太",
            "石偉樓1203室",
            "聽覺較弱",
        )


def test_a_new_kind_brings_its_own_needs(database: Database, coordinator: Account) -> None:
    request = sent(database, kind_code="escort", is_at_home=False)
    facts = replace(facts_of(kept_with_rows(database, request)), kind_code="respite", is_at_home=True)
    changed = triaged(database, request, coordinator, facts=facts)
    assert ([row.skill_code for row in changed.skills], changed.clearance, changed.seats_min) == (
        [],
        "scrc",
        2,
    )


def kept_with_rows(database: Database, request: CareRequest) -> CareRequest:
    with database.reading() as session:
        row = session.get_one(CareRequest, request.id)
        facts_of(row)
        return row


def test_changing_an_open_request_replans_it_and_tells_the_rooms_above(
    database: Database, coordinator: Account, told: list[tuple[int, str]]
) -> None:
    request = opened(database, coordinator, **weekly((1, 20, 24)))

    def change(session: Session) -> None:
        facts = replace(facts_of(session.get_one(CareRequest, request.id)), **weekly((3, 28, 32)))
        change_request(session, request.id, facts, version=request.version, by=coordinator.id, now=NOW)

    database.in_transaction(change)
    with database.reading() as session:
        days = session.scalars(select(Occurrence.first_day).where(Occurrence.cancelled_at.is_(None)))
        assert {day.weekday() for day in days} == {3}
    assert told == [(request.id, RequestAct.CHANGED)]


def test_a_day_that_has_gone_by_may_stay_on_a_request_that_is_changed(
    database: Database, coordinator: Account
) -> None:
    request = opened(database, coordinator)
    later = NOW + timedelta(days=30)

    def change(session: Session) -> None:
        facts = replace(facts_of(session.get_one(CareRequest, request.id)), experienced_needed=1)
        change_request(session, request.id, facts, version=request.version, by=coordinator.id, now=later)

    database.in_transaction(change)
    assert kept(database, request).experienced_needed == 1


def test_a_carer_changes_a_request_only_until_it_is_settled(database: Database, coordinator: Account) -> None:
    request = sent(database)

    def change(session: Session) -> CareRequest:
        row = session.get_one(CareRequest, request.id)
        facts = replace(facts_of(row), demands=("pets",))
        return change_own_request(session, row.id, facts, version=row.version, by=coordinator.id, now=NOW)

    changed = database.in_transaction(change)
    assert [row.demand_code for row in changed.demands] == ["pets"]
    triaged(database, changed, coordinator)
    with pytest.raises(triage_refusals.NotPossibleNow):
        database.in_transaction(change)


def test_settling_an_imported_draft_keeps_its_words_in_the_history_only(
    database: Database, coordinator: Account
) -> None:
    draft = sent(database, original_words="逢星期六日，越快越好")
    settled = database.in_transaction(
        lambda session: settle_draft(
            session, draft.id, asked(carer=draft.carer_id), version=draft.version, by=coordinator.id, now=NOW
        )
    )
    assert (settled.status, settled.original_words) == (RequestStatus.SUBMITTED, "")
    with database.reading() as session:
        latest = history(session, settled)[0]
    assert (latest.row.facts["original_words"], latest.actor) == ("逢星期六日，越快越好", "Coordinator Chan")


def split(
    database: Database, request: CareRequest, by: Account, kinds: list[str], *, keeps: bool
) -> list[CareRequest]:
    return database.in_transaction(
        lambda session: split_request(
            session,
            request.id,
            kinds,
            keeps=keeps,
            version=request.version,
            by=by.id,
            now=NOW + timedelta(days=2),
        )
    )


def test_two_kinds_in_one_request_become_two_requests(
    database: Database, coordinator: Account, told: list[tuple[int, str]]
) -> None:
    request = sent(database, kind_code=None, note="陪診同埋探訪")
    parts = split(database, request, coordinator, ["escort", "befriending"], keeps=False)
    assert [part.kind_code for part in parts] == ["escort", "befriending"]
    whole = kept(database, request)
    assert (whole.status, whole.close_reason) == (RequestStatus.CLOSED, CloseReason.SPLIT)
    assert told == [(request.id, RequestAct.CLOSED)]
    with database.reading() as session:
        assert [part.id for part in parts_of(session, request)] == [part.id for part in parts]
        for part in parts:
            row = session.get_one(CareRequest, part.id)
            assert (row.recipient_id, row.submitted_at) == (request.recipient_id, request.submitted_at)
            assert len(row.windows) == 1
    assert [row.skill_code for row in parts[0].skills] == ["transfers"]


def test_a_request_that_is_split_may_keep_its_own_kind(database: Database, coordinator: Account) -> None:
    request = sent(database)
    split(database, request, coordinator, ["escort"], keeps=True)
    assert kept(database, request).status is RequestStatus.SUBMITTED
    with pytest.raises(InvalidInput):
        split(database, request, coordinator, ["befriending"], keeps=True)
    with pytest.raises(refusals.NoKindOfHelp):
        split(database, request, coordinator, [], keeps=True)


def closed(
    database: Database, request: CareRequest, by: Account, reason: CloseReason, note: str = ""
) -> CareRequest:
    return database.in_transaction(
        lambda session: close_request(
            session, request.id, reason, note, version=request.version, by=by.id, now=NOW
        )
    )


def test_passing_a_request_on_says_where_to(database: Database, coordinator: Account) -> None:
    request = opened(database, coordinator)
    with pytest.raises(triage_refusals.NoCloseNote):
        closed(database, request, coordinator, CloseReason.REFERRED_OUT)
    assert (
        closed(database, request, coordinator, CloseReason.REFERRED_OUT, "長者中心").close_note == "長者中心"
    )
    with pytest.raises(InvalidInput):
        closed(database, sent(database), coordinator, CloseReason.SPLIT)


def test_a_request_taken_back_can_be_opened_again_and_waits_anew(
    database: Database, coordinator: Account, told: list[tuple[int, str]]
) -> None:
    request = opened(database, coordinator)
    database.in_transaction(
        lambda session: withdraw_request(session, request.id, "家人可以幫忙", by=coordinator.id, now=NOW)
    )
    assert told == [(request.id, RequestAct.CLOSED)]
    with pytest.raises(triage_refusals.NotPossibleNow):
        database.in_transaction(
            lambda session: withdraw_request(session, request.id, "", by=coordinator.id, now=NOW)
        )
    later = NOW + timedelta(days=3)
    version = kept(database, request).version
    again = database.in_transaction(
        lambda session: reopen_request(session, request.id, version=version, by=coordinator.id, now=later)
    )
    assert (again.status, again.submitted_at, again.close_reason) == (RequestStatus.SUBMITTED, later, None)
    with pytest.raises(triage_refusals.NotPossibleNow):
        database.in_transaction(
            lambda session: reopen_request(
                session, request.id, version=again.version, by=coordinator.id, now=NOW
            )
        )


def test_nothing_is_done_to_a_closed_request(database: Database, coordinator: Account) -> None:
    request = closed(database, opened(database, coordinator), coordinator, CloseReason.MET)
    with pytest.raises(triage_refusals.NotPossibleNow):
        triaged(database, request, coordinator)
    with pytest.raises(triage_refusals.NotPossibleNow):
        split(database, request, coordinator, ["escort"], keeps=True)
    with pytest.raises(triage_refusals.NotPossibleNow):
        database.in_transaction(
            lambda session: change_request(
                session, request.id, asked(), version=request.version, by=coordinator.id, now=NOW
            )
        )
    with pytest.raises(NotFound):
        database.in_transaction(
            lambda session: withdraw_request(session, 2**31 - 1, "", by=coordinator.id, now=NOW)
        )


def test_looking_at_an_address_is_on_record(
    database: Database, coordinator: Account, pretend: PretendVisits
) -> None:
    request = sent(
        database, kind_code="escort", is_at_home=False, meeting_place=Address("診所門口"), recipient=MOTHER
    )
    details = database.in_transaction(
        lambda session: see_details(session, request.id, by=coordinator.id, now=NOW)
    )
    assert (details.address, details.meeting_place, details.health_note) == (
        "石偉樓1203室",
        "診所門口",
        "聽覺較弱",
    )
    assert "石偉樓" not in repr(details)
    with database.reading() as session:
        seen = session.scalars(select(AuditRow).where(AuditRow.action == RequestAct.DETAILS_SEEN)).one()
    assert (seen.actor_id, seen.subject_id, seen.facts) == (coordinator.id, request.id, {})
    with pytest.raises(NotFound):
        database.in_transaction(lambda session: see_details(session, 10**9, by=coordinator.id, now=NOW))


def test_a_helper_the_person_knows_is_put_on_and_taken_off_the_record(
    database: Database, coordinator: Account
) -> None:
    request = sent(database)
    assert request.recipient_id is not None
    recipient_id = request.recipient_id
    volunteer = database.in_transaction(make_volunteer)
    for _ in range(2):
        database.in_transaction(
            lambda session: add_known_helper(session, recipient_id, volunteer, by=coordinator.id, now=NOW)
        )
    with database.reading() as session:
        assert [row.volunteer_id for row in known_helpers(session, recipient_id)] == [volunteer.id]
    database.in_transaction(
        lambda session: remove_known_helper(session, recipient_id, volunteer.id, by=coordinator.id, now=NOW)
    )
    with pytest.raises(NotFound):
        database.in_transaction(
            lambda session: remove_known_helper(
                session, recipient_id, volunteer.id, by=coordinator.id, now=NOW
            )
        )
    with pytest.raises(NotFound):
        database.in_transaction(
            lambda session: add_known_helper(session, 10**9, volunteer, by=coordinator.id, now=NOW)
        )


def corrected(database: Database, request: CareRequest, coordinator: Account, **changes: Any) -> Account:
    """The account of the request's carer after a correction of their details."""

    def correct(session: Session) -> Account:
        facts = replace(DAUGHTER, **changes)
        version = carer_of(session, request).version
        carer = change_carer(session, request.carer_id, facts, version=version, by=coordinator.id, now=NOW)
        return session.get_one(Account, carer.account_id)

    return database.in_transaction(correct)


def test_a_corrected_number_signs_in_and_the_old_one_sees_nothing_any_more(
    database: Database, coordinator: Account
) -> None:
    request = opened(database, coordinator)
    old = corrected(database, request, coordinator, organisation="a centre")
    assert old.phone == DAUGHTER.phone
    new = corrected(database, request, coordinator, phone=Phone("+85298887777"))
    assert new.phone == "+85298887777"
    with database.reading() as session:
        assert list(own_carers(session, old)) == []
        assert [carer.id for carer in own_carers(session, new)] == [request.carer_id]
    by_email = corrected(
        database, request, coordinator, phone=None, email=Email("a@example.org"), reached_by=Channel.EMAIL
    )
    assert (by_email.phone, by_email.email) == (None, "a@example.org")


def test_a_carers_details_are_corrected_once(database: Database, coordinator: Account) -> None:
    request = sent(database)
    version = request.carer.version

    def correct(session: Session) -> None:
        change_carer(
            session,
            request.carer_id,
            replace(DAUGHTER, name_en="Chan Siu Man"),
            version=version,
            by=coordinator.id,
            now=NOW,
        )

    database.in_transaction(correct)
    with pytest.raises(ChangedMeanwhile):
        database.in_transaction(correct)
    with pytest.raises(NotFound):
        database.in_transaction(
            lambda session: change_carer(session, 10**9, DAUGHTER, version=1, by=coordinator.id, now=NOW)
        )

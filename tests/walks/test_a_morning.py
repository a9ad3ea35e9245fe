"""From people who offer and ask to a visit: the desk in the daytime, the night, the morning, the answer."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Locator, expect
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.care_requests.models import CareRequest, RequestStatus
from app.messages.models import Channel
from app.shared.database import Database
from app.shared.secrets import Address, HealthNote, Phone
from app.volunteers.models import Gender, Volunteer, VolunteerStatus
from tests.browser import DESK, Walker
from tests.matching.night_people import AT_NINE, run_a_night
from tests.people import (
    NOW,
    give_clearance,
    make_account,
    make_carer,
    make_coordinator,
    make_recipient,
    make_request,
    make_volunteer,
)
from tests.walks.conftest import Outbox

HELPER, CARER = Phone("+85291234567"), Phone("+85298765432")
NAMES = (
    "陳大文",
    "王小玲",
    "張美芳",
    "何伯伯",
    "李婆婆",
    "李惠芳",
    "周姑娘",
    "林姑娘",
    "石籬邨 1 座 2 樓 3 室",
    "耳背，請大聲說話",
)

pytestmark = pytest.mark.usefixtures("keys", "monday_evening")


@pytest.fixture
def monday_evening() -> Iterator[time_machine.Traveller]:
    """23 November 2026, 18:00 in Hong Kong; from there the clock goes on."""
    with time_machine.travel(NOW, tick=True) as clock:
        yield clock


@pytest.fixture
def coordinator(database: Database) -> Account:
    return database.in_transaction(lambda session: make_coordinator(session, "周姑娘"))


def helper(session: Session, **changes: object) -> Volunteer:
    """A volunteer with an account of his own, reached by SMS."""
    account = make_account(session, "陳大文", Role.VOLUNTEER, phone=HELPER)
    facts: dict[str, object] = {
        "name_zh": "陳大文",
        "account_id": account.id,
        "phone": HELPER,
        "gender": Gender.MALE,
    }
    return make_volunteer(session, "", reached_by=Channel.SMS, **(facts | changes))  # type: ignore[arg-type]  # facts of any kind


def need(session: Session, called: str = "李婆婆", **changes: object) -> CareRequest:
    """An open request of a carer with an account, for Thursday 10:00 to 12:00."""
    carer = make_carer(session, "", name_zh="李惠芳", phone=CARER, reached_by=Channel.SMS)
    if called == "李婆婆":
        carer.account_id = make_account(session, "李惠芳", Role.CARER, phone=CARER).id
    recipient = make_recipient(
        session,
        carer,
        called=called,
        address=Address("石籬邨 1 座 2 樓 3 室"),
        health_note=HealthNote("耳背，請大聲說話"),
    )
    return make_request(session, recipient, **changes)  # type: ignore[arg-type]  # facts of any kind


def card(walker: Walker, words: str) -> Locator:
    """The box on the page that speaks of `words`."""
    return walker.page.locator("main .card", has_text=words).last


@pytest.mark.database("sqlite")
def test_people_are_accepted_and_requests_opened_by_people(
    app: Flask, database: Database, coordinator: Account, somebody: Callable[..., Walker]
) -> None:
    def newcomers(session: Session) -> tuple[Account, int, int]:
        nothing_done = dict.fromkeys(
            (
                "spoken_on", "spoken_by_id", "identity_seen_on", "identity_seen_by_id", "induction_on",
                "conduct_accepted_on", "accepted_at", "accepted_by_id",
            )
        )  # fmt: skip
        applicant = helper(session, status=VolunteerStatus.APPLIED, **nothing_done)
        asked = need(
            session, status=RequestStatus.SUBMITTED, spoken_on=None, triaged_at=None, triaged_by_id=None
        )
        return make_coordinator(session, "林姑娘"), applicant.id, asked.id

    second, volunteer_id, request_id = database.in_transaction(newcomers)
    desk = somebody(*NAMES, size=DESK).has_signed_in_as(app, coordinator)
    desk.opens("/board").goes(desk.page.locator(".figure a", has_text=desk.say("applications")))
    desk.follows("陳大文").follows("Accept as a volunteer").presses("Accept as a volunteer")
    assert desk.path == f"/volunteers/{volunteer_id}/accept"
    desk.fills(
        spoken_on="2026-11-23",
        identity_seen_on="2026-11-23",
        induction_on="2026-11-23",
        conduct_accepted_on="2026-11-23",
    ).presses("Accept as a volunteer")
    desk.sees("Active").follows("Enter a background check").fills(seen_on="2026-11-20").presses("Save")
    desk.sees("Waiting for a second coordinator").follows("Look and confirm")
    desk.sees("You entered this yourself: another coordinator confirms it.")
    other = somebody(*NAMES, size=DESK, language="en").has_signed_in_as(app, second).speaks("en")
    other.opens("/board").goes(other.page.locator(".figure a", has_text="checks to confirm"))
    other.goes(other.page.locator("tbody a").last).presses("I have seen it: confirm")
    other.opens(f"/volunteers/{volunteer_id}").sees("In force")
    desk.opens("/board").goes(desk.page.locator(".figure a", has_text=desk.say("requests wait for a call")))
    desk.goes(desk.page.locator("tbody a")).follows("Settle and open")
    desk.presses("Open it for matching")
    expect(desk.page.locator(".error-summary")).to_be_focused()
    desk.fills(spoken_on="2026-11-23").chooses(spoken_how="phone_call").presses("Open it for matching")
    assert desk.path == f"/requests/{request_id}"
    assert run_a_night(database).proposals == 1


@pytest.mark.database("sqlite")
def test_a_morning_at_the_board(
    app: Flask,
    database: Database,
    coordinator: Account,
    somebody: Callable[..., Walker],
    monday_evening: time_machine.Traveller,
) -> None:
    def people(session: Session) -> None:
        helper(session)
        make_volunteer(session, "", name_zh="王小玲", free=((3, 20, 24), (4, 20, 24)))
        give_clearance(session, make_volunteer(session, "", name_zh="張美芳", areas=("tsuen_wan",)))
        need(session)
        need(session, "何伯伯", windows=((4, 20, 24),))
        need(session, "黃婆婆", windows=((6, 41, 45),))

    database.in_transaction(people)
    run_a_night(database)
    monday_evening.move_to(AT_NINE)
    desk = somebody(*NAMES, "黃婆婆", size=DESK).has_signed_in_as(app, coordinator).opens("/home")
    assert desk.path == "/board"
    desk.sees("Last night", "Nobody found", "黃婆婆")
    desk.presses("Approve", within=card(desk, "李婆婆")).follows("Look at them or undo")
    desk.presses("Undo").opens("/proposals").presses("Approve", within=card(desk, "李婆婆"))
    desk.follows("Refuse", within=card(desk, "何伯伯")).presses("Refuse").sees("Please choose a reason.")
    desk.chooses(because="not_suited").presses("Refuse")
    desk.opens("/board").follows("Find somebody by hand").sees("Who could go")
    in_english = (
        somebody(*NAMES, "黃婆婆", size=DESK, language="en").has_signed_in_as(app, coordinator).speaks("en")
    )
    in_english.opens("/board").opens("/unserved").sees("Nobody found")


def test_a_yes_from_the_link_and_what_each_then_sees(
    app: Flask,
    database: Database,
    coordinator: Account,
    somebody: Callable[..., Walker],
    outbox: Outbox,
    monday_evening: time_machine.Traveller,
) -> None:
    database.in_transaction(lambda session: (helper(session), need(session)))
    run_a_night(database)
    monday_evening.move_to(AT_NINE)
    desk = somebody(*NAMES, size=DESK).has_signed_in_as(app, coordinator)
    desk.opens("/proposals").presses("Approve")
    assert outbox.all_to(HELPER) == []
    monday_evening.shift(timedelta(minutes=11))
    link = outbox.link_to(HELPER)
    phone = somebody(*NAMES).opens(link).sees_no("李婆婆", "石籬邨")
    phone.opens(link).presses("Yes, I can come").sees("Thank you, you are coming!")
    carer = somebody(*NAMES).opens("/sign-in").fills(contact="9876 5432").presses("Send me the code")
    carer.fills(code=outbox.code_to(CARER)).presses("Sign in").sees("Who comes", "陳先生")
    phone.follows("Sign in to see my visits").fills(contact="9123 4567").presses("Send me the code")
    phone.fills(code=outbox.code_to(HELPER)).presses("Sign in").sees("Your next visit").sees_no("石籬邨 1 座")
    monday_evening.shift(timedelta(hours=2))
    phone.opens("/volunteer").follows("Name, address and what to know").presses("Send me a code")
    phone.fills(code=outbox.code_to(HELPER)).presses("Continue").sees(
        "石籬邨 1 座 2 樓 3 室", "耳背，請大聲說話"
    )
    carer.opens("/my/requests").sees("陳先生")


@pytest.mark.database("sqlite")
def test_a_no_brings_suggestions_at_once(
    app: Flask,
    database: Database,
    coordinator: Account,
    somebody: Callable[..., Walker],
    outbox: Outbox,
    monday_evening: time_machine.Traveller,
) -> None:
    def people(session: Session) -> None:
        helper(session)
        need(session)
        make_volunteer(session, "", name_zh="王小玲", areas=("tsuen_wan", "shek_lei"))

    database.in_transaction(people)
    run_a_night(database)
    monday_evening.move_to(AT_NINE)
    desk = (
        somebody(*NAMES, size=DESK).has_signed_in_as(app, coordinator).opens("/proposals").presses("Approve")
    )
    monday_evening.shift(timedelta(minutes=11))
    phone = somebody(*NAMES).opens(outbox.link_to(HELPER))
    phone.page.locator("main details summary").click()
    phone.fills(reason="要覆診").presses("No, I cannot this time").sees("Thank you for telling us")
    desk.opens("/board").sees("Needs cover", "陳大文", "要覆診").follows("Find somebody").sees("王小玲")
    desk.presses("Ask them")

"""An evening of the visits' life, one step after the other, in a process that can be killed at any commit or send.

`python -m tests.attacks.evening FOLDER POINT` goes on where the last process in FOLDER stopped, and kills itself
(SIGKILL) at its POINT-th chance; 0: never. A step that was cut short is done again, as people press a button again.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.accounts.queries import accounts_with_role
from app.factory import create_app
from app.matching.models import Proposal, ProposalStatus
from app.matching.use_cases.approvals import approve_proposals
from app.matching.use_cases.upkeep import prepare_for_the_night
from app.messages.channels import Letter
from app.messages.delivery import LEASE
from app.messages.models import Channel
from app.safeguarding.models import Clearance
from app.safeguarding.use_cases import void_clearance
from app.shared.database import Database
from app.shared.errors import Refusal
from app.visits.models import AnsweredHow, Offer, SeatStatus, VisitSeat
from app.visits.use_cases.offers import answer_offer
from app.visits.use_cases.seats import give_up_seat
from app.volunteers.models import Volunteer
from scheduler.simulating import NightHere
from scheduler.ticking import Ticker
from tests.conftest import KEYS
from tests.matching.night_people import AT_NINE, NIGHT, PATIENCE, run_a_night
from tests.people import (
    give_clearance,
    make_carer,
    make_coordinator,
    make_recipient,
    make_request,
    make_volunteer,
)
from tests.visitor import make_config

A_DAY = timedelta(days=1)
ANSWERS = (("WONG", True), ("LAU", False), ("HO ", True), ("LEE", True))
PEOPLE = ("WONG Yes", "LAU No", "HO Gives Up", "LEE Cleared", "TSANG Silent", "MAK Spare")


def a_district(session: Session) -> None:
    """Six helpers, five needs for the days after tomorrow, each with a background check."""
    by = make_coordinator(session, "Coordinator Ho")
    for number, name in enumerate(PEOPLE):
        helper = make_volunteer(
            session,
            name,
            phone=f"+8526123010{number}",
            reached_by=Channel.SMS,
            weekly_visit_limit=2,
            accepted_by=by,
        )
        give_clearance(session, helper)
    for number in range(5):
        carer = make_carer(session, f"Carer {number}", phone=f"+8526123020{number}", reached_by=Channel.SMS)
        recipient = make_recipient(session, carer, called=f"Person {number}")
        windows = ((3 + number % 2, 20 + 2 * number, 22 + 2 * number),)
        make_request(session, recipient, windows=windows, clearance="scrc")


class Evening:
    """The steps on `database`; `chance` is called before and after every commit and send."""

    def __init__(self, database: Database, folder: Path, chance: Callable[[], None]) -> None:
        config = make_config(database, KEYS).with_changes(is_demonstration=True)
        self.app = create_app(config)
        self.database: Database = self.app.extensions["database"]
        self.folder = folder
        self.chance = chance
        self.now = AT_NINE
        with database.reading() as session:
            self.by = accounts_with_role(session, Role.COORDINATOR)[0].id
        self.ticker = Ticker(self.app, config, self.database, clock=lambda: self.now, start_night=_no_night)
        self.ticker.channels = {Channel.SMS: self, Channel.EMAIL: self}
        event.listen(self.database.engine, "commit", lambda _connection: chance())
        commits = self.database.in_transaction

        def watched(function: Callable[[Session], Any]) -> Any:
            made = commits(function)
            chance()
            return made

        self.database.in_transaction = watched

    def send(self, letter: Letter) -> None:
        """The gateway's own book, which survives every kill."""
        self.chance()
        with (self.folder / "letters").open("a") as book:
            book.write(json.dumps([letter.id, letter.to, letter.subject]) + "\n")
            book.flush()
            os.fsync(book.fileno())
        self.chance()

    def goes_on(self) -> None:
        """Do every step that was not finished."""
        reached = self.folder / "reached"
        done = int(reached.read_text()) if reached.exists() else 0
        for number, (after, step) in enumerate(self.steps()):
            self.now = AT_NINE + after
            if number >= done:
                step()
                reached.write_text(str(number + 1))

    def steps(self) -> Iterator[tuple[timedelta, Callable[[], None]]]:
        """When after nine in the morning, and what. The scheduler knocks again when the lease of a message is over."""
        yield timedelta(), self.approves_everything
        yield from self.knocks(0.25)
        for hours, (name, says_yes) in enumerate(ANSWERS, 1):
            yield timedelta(hours=hours), partial(self.answers, name, says_yes)
        yield from self.knocks(5)
        yield timedelta(hours=6), self.gives_up
        yield timedelta(hours=7), self.loses_a_clearance
        yield from self.knocks(7.1)
        yield timedelta(hours=17), partial(self.tries, partial(prepare_for_the_night, now=NIGHT + A_DAY))
        for knocks_at in (25.1, 30, 49.1, 50):
            yield from self.knocks(knocks_at)

    def knocks(self, hours: float) -> Iterator[tuple[timedelta, Callable[[], None]]]:
        yield timedelta(hours=hours), self.ticker.tick
        yield timedelta(hours=hours) + LEASE, self.ticker.tick

    def tries(self, act: Callable[[Session], object]) -> None:
        """Somebody does something again that was done already: they are told so."""
        try:
            self.database.in_transaction(act)
        except Refusal:
            self.chance()

    def approves_everything(self) -> None:
        with self.database.reading() as session:
            waiting = select(Proposal.id, Proposal.occurrence_id).where(
                Proposal.status == ProposalStatus.OPEN
            )
            groups: dict[int, list[int]] = {}
            for proposal_id, occurrence_id in session.execute(waiting.order_by(Proposal.id)):
                groups.setdefault(occurrence_id, []).append(proposal_id)
        for ids in groups.values():
            self.tries(
                partial(approve_proposals, proposal_ids=ids, patience=PATIENCE, by=self.by, now=self.now)
            )

    def answers(self, name: str, yes: bool) -> None:
        with self.database.reading() as session:
            whose = select(Offer.id).join(Offer.volunteer).where(Volunteer.name_en.startswith(name))
            offers = session.scalars(whose.where(Offer.answered_at.is_(None)).order_by(Offer.id)).all()
        for offer_id in offers:
            self.tries(partial(self._answer, offer_id=offer_id, yes=yes))

    def gives_up(self) -> None:
        with self.database.reading() as session:
            query = select(VisitSeat.id).join(VisitSeat.volunteer).where(Volunteer.name_en.startswith("HO "))
            seats = session.scalars(query.where(VisitSeat.status == SeatStatus.ACCEPTED)).all()
        for seat_id in seats:
            self.tries(partial(give_up_seat, seat_id=seat_id, reason="ill", by=None, now=self.now))

    def loses_a_clearance(self) -> None:
        with self.database.reading() as session:
            query = select(Clearance.id).join(Clearance.volunteer).where(Volunteer.name_en.startswith("LEE"))
            held = session.scalars(query).one()
        self.tries(
            lambda session: void_clearance(session, held, reason="withdrawn", by=self.by, now=self.now)
        )

    def _answer(self, session: Session, offer_id: int, yes: bool) -> None:
        offer = session.get_one(Offer, offer_id)
        accepted = [seat.id for seat in offer.seats if yes]
        answer_offer(session, offer_id, accepted, how=AnsweredHow.LINK, by=None, now=self.now)


def begin(database: Database, folder: Path) -> None:
    """A district after its night on an empty database, and nothing done yet in `folder`."""
    (folder / "url").write_text(database.url.render_as_string(hide_password=False))
    database.in_transaction(a_district)
    run_a_night(database, now=NIGHT)


def what_stands(database: Database, folder: Path) -> dict[str, Counter[tuple[Any, ...]]]:
    """The end, without the ids and moments that a second try may change; each letter once, however often it came."""
    with database.reading() as session:
        found = {name: Counter(map(tuple, session.execute(text(query)))) for name, query in END.items()}
    letters = (folder / "letters").read_text().splitlines()
    once = {json.loads(line)[0]: json.loads(line)[1:] for line in letters}
    return {**found, "letters": Counter(map(tuple, once.values()))}


END = {  # an offer that arrived, was answered, and had not been marked yet is withdrawn: it is not sent again
    "offers": "SELECT v.name_en, answered_how, withdrawn_at IS NULL FROM offers o"
    " JOIN volunteers v ON v.id = o.volunteer_id",
    "seats": "SELECT v.name_en, o.first_day, s.status, s.ended_because FROM visit_seats s JOIN volunteers v"
    " ON v.id = s.volunteer_id JOIN visits i ON i.id = s.visit_id JOIN occurrences o ON o.id = i.occurrence_id",
    "visits": "SELECT o.first_day, o.position, i.from_slot, i.status, i.carer_told_at IS NULL FROM visits i"
    " JOIN occurrences o ON o.id = i.occurrence_id",
    "moves": "SELECT o.first_day, i.from_slot, m.was, m.became, m.because FROM visit_moves m"
    " JOIN visits i ON i.id = m.visit_id JOIN occurrences o ON o.id = i.occurrence_id",
    "messages": "SELECT kind, channel, CASE WHEN status = 'withdrawn' THEN 'sent' ELSE status END FROM outbox_messages",
    "slots": "SELECT v.name_en, b.on_date, b.slot FROM booked_slots b JOIN volunteers v ON v.id = b.volunteer_id",
}


def go_on(folder: Path, point: int) -> int:
    """Do what is left, dying at the `point`-th chance (0: at none); how many chances there were."""
    met = 0

    def chance() -> None:
        nonlocal met
        met += 1
        if met == point:
            os.kill(os.getpid(), signal.SIGKILL)

    opened = Database((folder / "url").read_text())
    evening = Evening(opened, folder, chance)
    try:
        evening.goes_on()
    finally:
        evening.database.dispose()
        opened.dispose()
    return met


def _no_night() -> "subprocess.Popen[bytes]":
    """The night is not this evening's matter (tests/matching/test_nights.py kills it)."""
    return cast("subprocess.Popen[bytes]", NightHere())


if __name__ == "__main__":
    go_on(Path(sys.argv[1]), int(sys.argv[2]))

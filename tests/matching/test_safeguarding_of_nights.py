"""Districts drawn at random, in the real tables, through the whole night: nobody is proposed where they must not go.

The check reads the tables by plain SQL and knows no rule of the service, so that one misreading cannot excuse another.
It stands beside `reference/oracle.py`, which judges the engine's files: here the way from the tables is judged too.
Minors need no clearance of their own: a cleared adult goes with them (RELIABILITY S3).
"""

import calendar
import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.care_requests.models import CareRecipient, KnownHelper, RequestStatus
from app.catalogue.use_cases import load_catalogue
from app.matching.translate import visits, volunteers
from app.safeguarding.models import Clearance, ClearanceKind, DoNotPair, FamilyTie
from app.shared.database import Database
from app.volunteers.models import GuardianConsent, Household, Volunteer, VolunteerStatus
from tests.matching.night_people import MORNING, run_a_night
from tests.people import NOW, make_coordinator, make_recipient, make_request, make_volunteer

pytestmark = pytest.mark.usefixtures("rooms", "keys")

AREAS = ("shek_lei", "on_yam", "shek_yam")
DAYS = [MORNING + timedelta(days=number) for number in range(13)]
LONG_AGO, IN_YEARS = date(2024, 1, 1), date(2029, 1, 1)
CONSENTS = (
    (LONG_AGO, None),
    (LONG_AGO, IN_YEARS),
    (LONG_AGO, IN_YEARS),
    (LONG_AGO, DAYS[4]),
    (LONG_AGO, LONG_AGO),
    (DAYS[6], None),
)
NINE_IN_THE_EVENING = 42
VOLUNTEERS, REQUESTS = 50, 30


class District:
    """A district in which every safeguard has somebody whom it concerns; the same for the same `seed`."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session = session
        self.draw = random.Random(seed)
        load_catalogue(session)
        self.staff = [make_coordinator(session, f"Coordinator {number}") for number in range(2)]
        homes = [Household(name=f"Household {number}") for number in range(2)]
        session.add_all(homes)
        session.flush()
        self.volunteers = [self.volunteer(number, homes) for number in range(VOLUNTEERS)]
        for number in range(REQUESTS):
            self.request(number)
        session.flush()

    def happens(self, share: float) -> bool:
        return self.draw.random() < share

    def volunteer(self, number: int, homes: list[Household]) -> Volunteer:
        is_young = self.happens(0.4)
        volunteer = make_volunteer(
            self.session,
            f"Volunteer {number}",
            accepted_by=self.staff[0],
            areas=self.draw.sample(AREAS, 2),
            free=[(weekday, 18, 46) for weekday in range(7) if self.happens(0.9)],
            birth_year=self.draw.choice((2007, 2008, 2008, 2010)) if is_young else 1960 + number % 40,
            birth_month=self.draw.choice((None, 1, 11, 12)),
            new_homes=self.happens(0.7),
            senior_since=LONG_AGO if self.happens(0.3) else None,
            household_id=self.draw.choice(homes).id if self.happens(0.7) else None,
            status=VolunteerStatus.ACTIVE if self.happens(0.9) else VolunteerStatus.PAUSED,
            weekly_visit_limit=5,
            weekly_minutes_limit=1200,
        )
        if self.happens(0.8):
            self.clearance(volunteer, self.staff)
        if is_young and self.happens(0.9):
            given_on, valid_until = self.draw.choice(CONSENTS)
            self.session.add(
                GuardianConsent(
                    volunteer_id=volunteer.id,
                    guardian_name="Guardian",
                    relation="mother",
                    given_on=given_on,
                    valid_until=valid_until,
                    withdrawn_at=NOW if self.happens(0.15) else None,
                    seen_by_id=self.staff[0].id,
                    entered_at=NOW,
                )
            )
        return volunteer

    def clearance(self, volunteer: Volunteer, staff: list[Account]) -> None:
        is_confirmed, is_void = self.happens(0.75), self.happens(0.15)
        self.session.add(
            Clearance(
                volunteer_id=volunteer.id,
                kind=ClearanceKind.SCRC,
                seen_on=self.draw.choice((LONG_AGO, LONG_AGO, DAYS[3])),
                valid_until=self.draw.choice((IN_YEARS, IN_YEARS, DAYS[5])),
                entered_by_id=staff[0].id,
                entered_at=NOW,
                confirmed_by_id=staff[1].id if is_confirmed else None,
                confirmed_at=NOW if is_confirmed else None,
                voided_at=NOW if is_void else None,
                voided_by_id=staff[0].id if is_void else None,
            )
        )

    def request(self, number: int) -> None:
        recipient = make_recipient(
            self.session,
            called=f"Person {number}",
            area_code=self.draw.choice(AREAS),
            first_visited_on=None if self.happens(0.5) else LONG_AGO,
        )
        self.relations(recipient)
        needs_clearance = self.happens(0.5)
        from_slot = self.draw.choice((18, 24, 30, 40, 41))
        most = self.draw.choice((1, 2, 2, 3))
        make_request(
            self.session,
            recipient,
            windows=((self.draw.choice(DAYS), from_slot, from_slot + self.draw.choice((2, 3, 4))),),
            status=RequestStatus.OPEN if self.happens(0.9) else RequestStatus.SUBMITTED,
            clearance="scrc" if needs_clearance else None,
            takes_minors=needs_clearance and self.happens(0.7),
            seats_min=self.draw.choice((1, most)),
            seats_max=most,
            triaged_by_id=self.staff[0].id,
        )

    def relations(self, recipient: CareRecipient) -> None:
        for volunteer in self.draw.sample(self.volunteers, 12):
            kind = self.draw.choice((DoNotPair, DoNotPair, FamilyTie, KnownHelper))
            facts: dict[str, Any] = {"volunteer_id": volunteer.id, "recipient_id": recipient.id}
            if kind is KnownHelper:
                facts["since"] = LONG_AGO
            else:
                facts |= {"entered_by_id": self.staff[0].id, "entered_at": NOW}
            if kind is DoNotPair and self.happens(0.2):
                facts |= {"ended_at": NOW, "ended_by_id": self.staff[0].id}
            self.session.add(kind(**facts))


PROPOSED = """
    SELECT p.occurrence_id, p.on_date, p.from_slot, p.to_slot, p.volunteer_id, r.recipient_id, r.status AS request,
           r.spoken_on, r.triaged_by_id, r.is_at_home, r.clearance, r.takes_minors, c.first_visited_on,
           v.status AS volunteer, v.birth_year, v.birth_month, v.new_homes, v.household_id, v.senior_since
    FROM proposals p JOIN occurrences o ON o.id = p.occurrence_id JOIN care_requests r ON r.id = o.request_id
    JOIN care_recipients c ON c.id = r.recipient_id JOIN volunteers v ON v.id = p.volunteer_id
    WHERE p.status = 'open' ORDER BY p.id
"""
CLEARED = """
    SELECT count(*) FROM clearances WHERE volunteer_id = :who AND seen_on <= :day AND valid_until >= :day
    AND voided_at IS NULL AND confirmed_by_id IS NOT NULL AND confirmed_by_id <> entered_by_id
"""
CONSENTED = """
    SELECT count(*) FROM guardian_consents WHERE volunteer_id = :who AND given_on <= :day AND withdrawn_at IS NULL
    AND (valid_until IS NULL OR valid_until >= :day)
"""
APART = (
    "SELECT count(*) FROM do_not_pair WHERE volunteer_id = :who AND recipient_id = :whom AND ended_at IS NULL"
)
FAMILY = "SELECT count(*) FROM family_ties WHERE volunteer_id = :who AND recipient_id = :whom"
KNOWN = "SELECT count(*) FROM known_helpers WHERE volunteer_id = :who AND recipient_id = :whom"
BOOKED = """
    SELECT count(*) FROM proposals a JOIN proposals b ON b.volunteer_id = a.volunteer_id AND b.on_date = a.on_date
    AND b.id > a.id AND b.from_slot < a.to_slot AND a.from_slot < b.to_slot
    WHERE a.status = 'open' AND b.status = 'open'
"""


def harms(session: Session) -> list[str]:
    """Every way in which somebody could come to harm by tonight's proposals, one sentence each."""
    found = [] if not _count(session, BOOKED) else ["somebody is proposed in two places at once"]
    teams: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(text(PROPOSED)):
        teams[row.occurrence_id].append(row)
    for team in teams.values():
        for row in team:
            found += [f"{row.volunteer_id} at {row.recipient_id}: {harm}" for harm in _of_one(session, row)]
        found += [f"{team[0].recipient_id}: {harm}" for harm in _of_a_team(session, team)]
    return found


def _of_one(session: Session, row: Any) -> list[str]:
    day = _day(row.on_date)
    both = {"who": row.volunteer_id, "whom": row.recipient_id}
    is_minor = _youngest_age(row, day) < 18
    harms = {
        "not an accepted, active volunteer": row.volunteer != "active",
        "nobody spoke with the carer": row.request != "open" or not row.spoken_on or not row.triaged_by_id,
        "kept apart": bool(_count(session, APART, **both)),
        "family": bool(_count(session, FAMILY, **both)),
        "no clearance": row.clearance is not None and not is_minor and not _is_cleared(session, row),
        "a stranger's home": row.is_at_home and not row.new_homes and not _count(session, KNOWN, **both),
        "a minor where none may come": is_minor and not row.takes_minors,
        "a minor after nine": is_minor and row.to_slot > NINE_IN_THE_EVENING,
        "a minor without consent": is_minor
        and not _count(session, CONSENTED, who=row.volunteer_id, day=row.on_date),
    }
    return [harm for harm, is_so in harms.items() if is_so]


def _of_a_team(session: Session, team: list[Any]) -> list[str]:
    one = team[0]
    day = _day(one.on_date)
    adults = [row for row in team if _youngest_age(row, day) >= 18]
    is_experienced = any(row.senior_since and _day(row.senior_since) <= day for row in team)
    households = {row.household_id for row in team}
    harms = {
        "a minor without a cleared adult": len(adults) < len(team)
        and not any(_is_cleared(session, row) for row in adults),
        "a first visit alone": one.is_at_home
        and one.first_visited_on is None
        and len(team) < 2
        and not is_experienced,
        "one household alone": one.is_at_home
        and len(team) > 1
        and len(households) == 1
        and None not in households,
    }
    return [harm for harm, is_so in harms.items() if is_so]


def _is_cleared(session: Session, row: Any) -> bool:
    """A background check for a visit that needs one, and for whoever guides a minor."""
    return bool(_count(session, CLEARED, who=row.volunteer_id, day=row.on_date))


def _youngest_age(row: Any, day: date) -> int:
    month = row.birth_month or 12
    last = (month, calendar.monthrange(row.birth_year, month)[1])
    return int(day.year - row.birth_year - ((day.month, day.day) < last))


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _count(session: Session, query: str, **values: object) -> int:
    return int(session.scalar(text(query), values) or 0)


def after_a_night(database: Database, seed: int) -> tuple[list[str], list[Any]]:
    """What is wrong with the proposals for a district of this seed, and the proposals."""
    database.in_transaction(lambda session: District(session, seed))
    run_a_night(database)
    with database.reading() as session:
        return harms(session), list(session.execute(text(PROPOSED)))


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_is_proposed_where_they_must_not_go(database: Database, seed: int) -> None:
    wrong, proposed = after_a_night(database, seed)
    assert wrong == []
    assert len(proposed) > 15
    assert any(_youngest_age(row, _day(row.on_date)) < 18 for row in proposed)
    assert any(row.clearance for row in proposed)
    assert any(row.first_visited_on is None for row in proposed)


def no_pairs(_session: Session) -> set[tuple[int, int]]:
    return set()


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("where", "fault", "instead", "harm"),
    [
        (visits, "do_not_pair_pairs", no_pairs, "kept apart"),
        (visits, "family_pairs", no_pairs, "family"),
        (volunteers, "_households", lambda _people: {}, "one household alone"),
        (volunteers, "NINE_IN_THE_EVENING", 48, "a minor after nine"),
    ],
)
def test_a_rule_that_is_forgotten_is_noticed(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    where: ModuleType,
    fault: str,
    instead: Callable[..., object] | int,
    harm: str,
) -> None:
    monkeypatch.setattr(where, fault, instead)
    wrong, _proposed = after_a_night(database, seed=1)
    assert any(sentence.endswith(harm) for sentence in wrong), wrong


LIES = (
    ("UPDATE clearances SET confirmed_by_id = NULL, confirmed_at = NULL", "no clearance"),
    ("UPDATE clearances SET valid_until = seen_on", "no clearance"),
    ("UPDATE clearances SET voided_at = entered_at", "a minor without a cleared adult"),
    ("UPDATE guardian_consents SET withdrawn_at = entered_at", "a minor without consent"),
    ("UPDATE volunteers SET new_homes = false", "a stranger's home"),
    ("UPDATE volunteers SET senior_since = NULL", "a first visit alone"),
    ("UPDATE volunteers SET status = 'paused' WHERE status = 'active'", "not an accepted, active volunteer"),
    ("UPDATE care_requests SET takes_minors = false", "a minor where none may come"),
    ("UPDATE proposals SET on_date = '2026-11-28', from_slot = 20, to_slot = 24", "two places at once"),
)


@pytest.mark.database("sqlite")
def test_each_harm_is_seen_when_the_tables_say_so(database: Database) -> None:
    wrong, _proposed = after_a_night(database, seed=2)
    assert wrong == []
    for lie, harm in LIES:
        with database.reader() as session:
            session.execute(text(lie))
            assert any(sentence.endswith(harm) for sentence in harms(session)), lie

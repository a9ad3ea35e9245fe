"""Fills an empty database with the demonstration district, through the same use cases as everybody else's data."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.accounts.use_cases.staff import create_staff_account
from app.care_requests.models import SpokenHow
from app.care_requests.use_cases.facts import RequestFacts
from app.care_requests.use_cases.recipients import add_known_helper
from app.care_requests.use_cases.submitting import submit_requests
from app.care_requests.use_cases.triage import Triage, open_request
from app.catalogue.models import Skill
from app.catalogue.queries import areas, support_kinds, travel_matrix
from app.catalogue.use_cases import load_catalogue
from app.demo.people import District, Draw, request, volunteer
from app.handover.use_cases.seniors import load_checklists
from app.safeguarding.models import ClearanceKind
from app.safeguarding.use_cases import ClearanceFacts, confirm_clearances, enter_clearances
from app.shared.database import Database, among
from app.shared.secrets import Email
from app.shared.times import hong_kong_date
from app.training.models.proofs import ProofKind
from app.training.use_cases.proofs import ProofFacts, enter_proofs
from app.volunteers.models import Source, Volunteer, VolunteerArea, VolunteerSkill, VolunteerStatus
from app.volunteers.queries import is_minor
from app.volunteers.use_cases import (
    Acceptance,
    ConsentFacts,
    VolunteerFacts,
    accept_volunteers,
    add_consent,
    register_volunteers,
)

STAFF = (
    ("coordinator", "陳統籌（示範）", Role.COORDINATOR),
    ("coordinator2", "李統籌（示範）", Role.COORDINATOR),
    ("safeguarding", "黃主任（示範）", Role.SAFEGUARDING_LEAD),
    ("administrator", "管理員（示範）", Role.ADMINISTRATOR),
)
PASSWORD_WORDS = (
    "apple",
    "bridge",
    "cloud",
    "drum",
    "eagle",
    "fern",
    "garden",
    "harbour",
    "island",
    "jade",
    "kite",
    "lotus",
)
BASE_32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CHUNK = 250
SHARE_WAITING = 0.03
"""Volunteers whose application waits for a coordinator."""
SHARE_CLEARED = 0.45
SHARE_CONFIRMED = 0.95
SHARE_UNTRIAGED = 0.04
SHARE_URGENT = 0.08
SHARE_VISITED_BEFORE = 0.7
SHARE_KNOWN = 0.5
"""Of those visited before: who knows a helper by name."""
LONGEST_WAIT_DAYS = 60
SHOWS_NOTHING = 20
"""One volunteer in so many has nothing to show for what they say they can."""
ENDS_SOON = 9
"""Of one in so many the certificates end within three months."""
ISSUER = "示範急救協會（虛構）"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class StaffLogin:
    """A demonstration account of staff: what its holder types, and the secret behind its codes."""

    role: Role
    name: str
    email: str
    password: str
    totp_secret: str

    def code_at(self, now: datetime) -> str:
        """The TOTP code that is good now."""
        return pyotp.TOTP(self.totp_secret).at(now)


def fill(
    database: Database, *, volunteers: int, requests: int, seed: int, now: datetime, progress: Progress
) -> list[StaffLogin]:
    """Make the district: catalogue, staff, `volunteers` people and `requests` needs. Returns the staff's logins.

    People and needs are the same for the same seed and day.
    """
    draw = Draw(seed)
    database.in_transaction(load_catalogue)
    database.in_transaction(load_checklists)
    logins = _staff_logins(draw)
    first, second = database.in_transaction(lambda session: _make_staff(session, logins, now))
    with database.reading() as session:
        district = District(
            areas=[area.code for area in areas(session)],
            travel=travel_matrix(session),
            kinds=support_kinds(session),
            today=hong_kong_date(now),
        )
    for start in range(0, volunteers, CHUNK):
        people = [_newcomer(draw, district, now) for _ in range(min(CHUNK, volunteers - start))]
        database.in_transaction(partial(_add_volunteers, people=people, first=first, second=second, now=now))
        progress("volunteers", start + len(people), volunteers)
    with database.reading() as session:
        helpers = _helpers_by_area(session)
    for start in range(0, requests, CHUNK):
        needs = [_need(draw, district, helpers, now) for _ in range(min(CHUNK, requests - start))]
        database.in_transaction(partial(_add_requests, needs=needs, by=first, now=now))
        progress("requests", start + len(needs), requests)
    return logins


@dataclass(frozen=True)
class _Newcomer:
    facts: VolunteerFacts
    is_waiting: bool
    is_cleared: bool
    is_confirmed: bool


@dataclass(frozen=True)
class _Need:
    facts: RequestFacts
    asked_at: datetime
    is_triaged: bool
    urgent_until: date | None
    first_visited_on: date | None
    helper_id: int | None


def _newcomer(draw: Draw, district: District, now: datetime) -> _Newcomer:
    return _Newcomer(
        volunteer(draw, district, now - timedelta(days=90)),
        is_waiting=draw.chance(SHARE_WAITING),
        is_cleared=draw.chance(SHARE_CLEARED),
        is_confirmed=draw.chance(SHARE_CONFIRMED),
    )


def _need(draw: Draw, district: District, helpers: Mapping[str, Sequence[int]], now: datetime) -> _Need:
    facts = request(draw, district)
    asked_at = now - timedelta(
        days=draw.random.randint(0, LONGEST_WAIT_DAYS), minutes=draw.random.randint(0, 600)
    )
    was_visited = draw.chance(SHARE_VISITED_BEFORE)
    near = helpers.get(facts.area_code or "", ())
    return _Need(
        facts,
        asked_at,
        is_triaged=not draw.chance(SHARE_UNTRIAGED),
        urgent_until=district.today + timedelta(days=10) if draw.chance(SHARE_URGENT) else None,
        first_visited_on=hong_kong_date(asked_at) - timedelta(days=30) if was_visited else None,
        helper_id=draw.random.choice(near) if was_visited and near and draw.chance(SHARE_KNOWN) else None,
    )


def _staff_logins(draw: Draw) -> list[StaffLogin]:
    return [
        StaffLogin(
            role,
            name,
            f"{login}@example.org",
            password="-".join(draw.random.sample(PASSWORD_WORDS, k=4)),
            totp_secret="".join(draw.random.choices(BASE_32, k=32)),
        )
        for login, name, role in STAFF
    ]


def _make_staff(session: Session, logins: Sequence[StaffLogin], now: datetime) -> list[int]:
    """The staff's accounts; the ids of the coordinators, in order."""
    made = [
        create_staff_account(
            session,
            name=login.name,
            email=Email(login.email),
            password=login.password,
            totp_secret=login.totp_secret,
            roles={login.role},
            by=None,
            now=now,
        )
        for login in logins
    ]
    return [account.id for account in made if Role.COORDINATOR in account.roles]


def _add_volunteers(
    session: Session, *, people: Sequence[_Newcomer], first: int, second: int, now: datetime
) -> None:
    made = register_volunteers(
        session, [person.facts for person in people], source=Source.ONLINE, by=None, now=now
    )
    day = hong_kong_date(now)
    for person in made:
        if is_minor(person, day):
            add_consent(
                session,
                person.id,
                ConsentFacts("家長（虛構）", "母親", given_on=day - timedelta(days=20)),
                by=first,
                now=now,
            )
    session.flush()
    accepted = [row.id for row, person in zip(made, people, strict=True) if not person.is_waiting]
    accept_volunteers(session, accepted, Acceptance(day, first, day, first, day, day), by=first, now=now)
    cleared = {
        row.id: person.is_confirmed
        for row, person in zip(made, people, strict=True)
        if person.is_cleared and not is_minor(row, day)
    }
    seen = ClearanceFacts(ClearanceKind.SCRC, day - timedelta(days=120), day + timedelta(days=900))
    entered = enter_clearances(session, list(cleared), seen, by=first, now=now)
    confirmed = [clearance.id for clearance in entered if cleared[clearance.volunteer_id]]
    confirm_clearances(session, confirmed, by=second, now=now)
    session.flush()
    enter_proofs(session, _certificates(session, accepted, day), by=first, now=now)


def _certificates(session: Session, accepted: Sequence[int], day: date) -> dict[int, list[ProofFacts]]:
    """What the volunteers showed for what needs proof: a few show nothing, and some certificates end soon."""
    query = (
        select(VolunteerSkill.volunteer_id, VolunteerSkill.skill_code)
        .join(Skill, Skill.code == VolunteerSkill.skill_code)
        .where(among(VolunteerSkill.volunteer_id, accepted), Skill.needs_proof)
        .order_by(VolunteerSkill.volunteer_id, VolunteerSkill.skill_code)
    )
    shown: dict[int, list[ProofFacts]] = defaultdict(list)
    for volunteer_id, code in session.execute(query):
        if volunteer_id % SHOWS_NOTHING == 0:
            continue
        left = 30 + volunteer_id % 60 if volunteer_id % ENDS_SOON == 0 else 400 + volunteer_id % 300
        shown[volunteer_id].append(
            ProofFacts(
                code,
                ProofKind.CERTIFICATE,
                day - timedelta(days=300),
                day,
                day + timedelta(days=left),
                ISSUER,
                f"DEMO-{volunteer_id:05d}",
            )
        )
    return shown


def _add_requests(session: Session, *, needs: Sequence[_Need], by: int, now: datetime) -> None:
    for need in needs:
        made = submit_requests(session, [need.facts], source=Source.ONLINE, by=None, now=need.asked_at)[0]
        if made.recipient is not None:
            made.recipient.first_visited_on = need.first_visited_on
            if need.helper_id is not None:
                add_known_helper(
                    session, made.recipient.id, session.get_one(Volunteer, need.helper_id), by=by, now=now
                )
        if need.is_triaged:
            triage = Triage(
                hong_kong_date(now),
                SpokenHow.PHONE_CALL,
                urgent_until=need.urgent_until,
                urgent_reason="照顧者急需入院（虛構）" if need.urgent_until else "",
            )
            open_request(session, made, triage, by=by, now=now)


def _helpers_by_area(session: Session) -> dict[str, list[int]]:
    """Active volunteers by each area they serve: who may be known to somebody there."""
    helpers: dict[str, list[int]] = defaultdict(list)
    query = (
        select(VolunteerArea.area_code, VolunteerArea.volunteer_id)
        .join(Volunteer, Volunteer.id == VolunteerArea.volunteer_id)
        .where(Volunteer.status == VolunteerStatus.ACTIVE)
        .order_by(Volunteer.code, VolunteerArea.area_code)
    )
    for area, volunteer_id in session.execute(query):
        helpers[area].append(volunteer_id)
    return helpers

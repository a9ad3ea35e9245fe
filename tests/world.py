"""One of everything: a small service in which every page has something to show, and somebody to open it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import STAFF, Account, Role
from app.accounts.queries import token_hash
from app.calendar.models import CalendarFeed
from app.care_requests.models import CareRecipient, KnownHelper, RequestStatus, Rhythm
from app.catalogue.use_cases import load_catalogue
from app.exchange.models import ImportKind
from app.exchange.reading import read_table
from app.exchange.use_cases.previews import COLUMNS, make_preview
from app.handover.models import (
    DutyKind,
    Handover,
    HandoverBecause,
    HandoverItem,
    HandoverNote,
    HandoverStatus,
    HeldDuty,
    ItemStatus,
    Memory,
    MemoryStatus,
    Origin,
    Party,
    ShadowStatus,
    ShadowVisit,
    Signature,
    SignedFor,
    SignedHow,
)
from app.handover.use_cases.seniors import load_checklists
from app.matching.models import (
    CoverKind,
    CoverWish,
    Night,
    NightStatus,
    Proposal,
    Reserve,
    Run,
    UnservedVisit,
)
from app.messages.models import CallBack, Channel, MessageStatus, OutboxMessage
from app.recognition.use_cases.counting import Times
from app.recognition.use_cases.entering import enter_other_hours
from app.recognition.use_cases.letters import issue_letter
from app.safeguarding.models import DoNotPair, FamilyTie
from app.safeguarding.use_cases.concerns import raise_concern
from app.shared.health import beat
from app.shared.times import HONG_KONG, hong_kong_date, utc_now
from app.training.models import Course
from app.training.models.runs import Enrolment
from app.training.use_cases import CourseFacts, add_course, add_faculty
from app.training.use_cases.attending import add_material
from app.training.use_cases.certificates import write_certificates
from app.training.use_cases.enrolling import enrol, invite
from app.training.use_cases.runs import (
    LessonFacts,
    RunFacts,
    add_lesson,
    add_outside_trainer,
    add_trainer,
    open_run,
    plan_run,
)
from app.visits.models import FollowUp, FollowUpKind, Offer, SeatStatus, Visit, VisitSeat, VisitStatus
from app.volunteers.models import Household, Volunteer
from app.weather.models import SaidBy, WarningKind, WarningPeriod
from tests.people import (
    complete_course,
    give_clearance,
    give_proof,
    give_seat,
    make_account,
    make_carer,
    make_minor,
    make_occurrence,
    make_recipient,
    make_request,
    make_visit,
    make_volunteer,
)

NOBODY = "nobody"
STRANGER = "stranger"
"""A volunteer and carer at once to whom nothing here belongs."""
PERSONAS = (NOBODY, STRANGER, *(role.value for role in Role))
PEOPLE_CSV = "姓名,出生年份,電話,居住地區\r\n何大山,1950年,6123 0012,石籬邨\r\n".encode("utf-8-sig")
FEED_TOKEN = "a-token-that-only-a-calendar-holds"
OFFER_TOKEN = "a-token-that-only-the-message-holds"
SEAT_TOKEN = "a-token-of-a-seat-in-a-course"


@dataclass(frozen=True)
class World:
    """Ids of what stands in it, by name, and the account of each persona but `nobody`."""

    ids: Mapping[str, int]
    accounts: Mapping[str, Account]


def make_world(session: Session) -> World:
    """Fill an empty, migrated database."""
    load_catalogue(session)
    now = utc_now()
    beat(
        session, "scheduler", now=now + timedelta(minutes=10)
    )  # to walk every page takes longer than a beat holds
    tomorrow = hong_kong_date(now) + timedelta(days=1)
    accounts = {
        role.value: make_account(session, f"{role.value} account", role, phone=f"+8526123000{number}")
        for number, role in enumerate(Role)
    }
    accounts[STRANGER] = make_account(
        session, "stranger account", Role.VOLUNTEER, Role.CARER, phone="+85261230009"
    )
    for role in STAFF:
        accounts[role].password_hash, accounts[role].totp_secret = "never matched", "JBSWY3DPEHPK3PXP" * 2
    coordinator = accounts[Role.COORDINATOR]
    household = Household(name="Wong")
    session.add(household)
    session.flush()
    volunteer = make_volunteer(
        session,
        "CHAN Siu Ming",
        name_zh="陳小明",
        account_id=accounts[Role.VOLUNTEER].id,
        phone=accounts[Role.VOLUNTEER].phone,
        household_id=household.id,
        accepted_by=coordinator,
    )
    minor = make_minor(session, "Minor Of Fifteen", name_zh="何小青", accepted_by=coordinator)
    clearance = give_clearance(
        session, volunteer, confirmed=False, entered_by_id=accounts["administrator"].id
    )
    carer = make_carer(session, "LAM Mei", name_zh="林美", account_id=accounts[Role.CARER].id)
    recipient = make_recipient(session, carer, address="Flat 1, invented house")
    session.add(KnownHelper(recipient_id=recipient.id, volunteer_id=volunteer.id, since=date(2026, 1, 5)))
    window = (tomorrow, 20, 24)
    request = make_request(session, recipient, windows=(window,))
    waiting = make_request(
        session, recipient, windows=(window,), status=RequestStatus.SUBMITTED, spoken_on=None
    )
    draft = make_request(
        session,
        recipient,
        windows=(window,),
        status=RequestStatus.DRAFT,
        original_words="越快越好",
        spoken_on=None,
    )
    visit = make_visit(session, request, tomorrow, status=VisitStatus.ACCEPTED)
    seat = give_seat(session, visit, volunteer, SeatStatus.ACCEPTED)
    seat.offer.answered_at = now
    offered = _make_offer(session, recipient, volunteer.id, tomorrow)
    begun = _make_visit_of_now(session, recipient, volunteer)
    past = _make_visit_of_yesterday(session, recipient, volunteer)
    concern = raise_concern(
        session, "越快越好", is_urgent=True, recipient_id=recipient.id, by=accounts[Role.CARER].id, now=now
    )
    apart = make_recipient(session, make_carer(session, "Another Carer"), called="李伯伯")
    pair = DoNotPair(
        volunteer_id=volunteer.id, recipient_id=apart.id, entered_by_id=coordinator.id, entered_at=now
    )
    session.add_all(
        (
            pair,
            FamilyTie(
                volunteer_id=minor.id, recipient_id=apart.id, entered_by_id=coordinator.id, entered_at=now
            ),
        )
    )
    follow_up = FollowUp(
        kind=FollowUpKind.HELPER_REFUSED,
        volunteer_id=minor.id,
        request_id=request.id,
        words="請找年紀大一點的義工",
        made_at=now,
    )
    session.add(follow_up)
    warning = WarningPeriod(
        warning=WarningKind.T8,
        said_by=SaidBy.STAFF,
        begins_at=now - timedelta(hours=1),
        noted_at=now,
        noted_by_id=coordinator.id,
    )
    feed = CalendarFeed(volunteer_id=volunteer.id, token_hash=token_hash(FEED_TOKEN), made_at=now)
    feed.token = FEED_TOKEN
    wish = CoverWish(seat_id=past.id, kind=CoverKind.COVER, words="", made_at=now)
    session.add_all((warning, feed, wish))
    session.flush()
    faculty = add_faculty(session, "照顧學院", "Faculty of care", by=None, now=now)
    course = add_course(
        session,
        CourseFacts(
            faculty.id, "扶抱班", "Lifting course", 360, "yue", "學習安全扶抱。", "How to lift safely.",
            "新義工", "New volunteers",
            valid_months=24, renewal_months=3, kinds=("respite",), grants=("transfers",), prolongs=("first_aid",),
            learner_groups=(("personal_care", "first_aid"),), trainer_groups=(("transfers",),), is_core=True,
        ),
        is_invented=True, by=None, now=now,
    )  # fmt: skip
    proof = give_proof(session, volunteer, "first_aid", hong_kong_date(now) + timedelta(days=30))
    training = _make_runs(session, course.id, volunteer, minor, coordinator.id)
    three_days_ago = hong_kong_date(now) - timedelta(days=3)
    taken = complete_course(session, course, volunteer, three_days_ago)
    certificate = write_certificates(session, [taken.id], by=coordinator.id, now=now)[0]
    hours = enter_other_hours(
        session, volunteer.id, three_days_ago, Times(600, 690), "街站", "街站",
        most_a_day=600, by=coordinator.id, now=now,
    )  # fmt: skip
    letter = issue_letter(session, volunteer.id, three_days_ago, three_days_ago, by=coordinator.id, now=now)
    night = _make_night(session, recipient, volunteer.id, tomorrow, coordinator.id)
    handed = _make_handover(session, recipient, volunteer, coordinator.id)
    messages = _make_messages(session)
    table = read_table(PEOPLE_CSV, COLUMNS[ImportKind.VOLUNTEERS])
    preview = make_preview(
        session, ImportKind.VOLUNTEERS, table, file_name="people.csv", data=b"", by=coordinator.id, now=now
    )
    ids = {
        "account": accounts["volunteer"].id,
        "volunteer": volunteer.id,
        "minor": minor.id,
        "consent": minor.consents[0].id,
        "clearance": clearance.id,
        "carer": carer.id,
        "recipient": recipient.id,
        "apart": apart.id,
        "pair": pair.id,
        "request": request.id,
        "waiting": waiting.id,
        "draft": draft.id,
        "visit": visit.id,
        "seat": seat.id,
        "begun_seat": begun.id,
        "past_seat": past.id,
        "past_visit": past.visit_id,
        "past_request": past.visit.request_id,
        "concern": concern.id,
        "begun_visit": begun.visit_id,
        "begun_request": begun.visit.request_id,
        "offer": offered.id,
        "follow_up": follow_up.id,
        "hours": hours.id,
        "letter": letter.id,
        "award": 1,
        "faculty": faculty.id,
        "proof": proof.id,
        "certificate": certificate.id,
        "course": course.id,
        "preview": preview.id,
        "warning": warning.id,
        "wish": wish.id,
        **night,
        **handed,
        **messages,
        **training,
    }
    return World(ids, accounts)


def _make_visit_of_now(session: Session, recipient: CareRecipient, volunteer: Volunteer) -> VisitSeat:
    """A visit that began at the last half hour."""
    began = utc_now().astimezone(HONG_KONG)
    slot = began.hour * 2 + began.minute // 30
    request = make_request(session, recipient, windows=((began.date(), slot, slot + 1),))
    visit = make_visit(session, request, began.date(), status=VisitStatus.ACCEPTED)
    return give_seat(session, visit, volunteer, SeatStatus.ACCEPTED)


def _make_visit_of_yesterday(session: Session, recipient: CareRecipient, volunteer: Volunteer) -> VisitSeat:
    """A visit that took place."""
    yesterday = hong_kong_date(utc_now()) - timedelta(days=1)
    request = make_request(session, recipient, windows=((yesterday, 20, 24),))
    visit = make_visit(session, request, yesterday, status=VisitStatus.ATTENDED)
    return give_seat(session, visit, volunteer, SeatStatus.ACCEPTED)


def _make_offer(session: Session, recipient: CareRecipient, volunteer_id: int, day: date) -> Offer:
    """An offer that has left and waits for its answer, known by OFFER_TOKEN."""
    request = make_request(session, recipient, windows=((day + timedelta(days=3), 20, 24),))
    visit = make_visit(session, request, day + timedelta(days=3))
    volunteer = session.get_one(Volunteer, volunteer_id)
    offer = give_seat(session, visit, volunteer).offer
    now = utc_now()
    offer.token_hash = token_hash(OFFER_TOKEN)
    offer.token = OFFER_TOKEN
    offer.leaves_at, offer.answer_by = now - timedelta(hours=1), now + timedelta(hours=47)
    session.flush()
    return offer


def _make_night(
    session: Session, recipient: CareRecipient, volunteer_id: int, day: date, by_id: int
) -> dict[str, int]:
    """A night that is done, with a proposal and a visit nobody could serve."""
    now = utc_now()
    morning = day - timedelta(days=1)
    night = Night(
        key=f"match:{morning}", morning=morning, status=NightStatus.DONE, due_at=now, finished_at=now
    )
    session.add(night)
    session.flush()
    run = Run(
        night_id=night.id, attempt=0, started_at=now, finished_at=now, starts_on=day, policy="policy/1",
        volunteers=2, needed_visits=2, covered_visits=1, value=15_000, bound=15_000, is_proved_optimal=True,
    )  # fmt: skip
    session.add(run)
    session.flush()
    proposed = make_request(session, recipient, windows=((day + timedelta(days=5), 20, 24),))
    unserved = make_request(session, recipient, windows=((day + timedelta(days=6), 20, 24),))
    for_proposal = make_occurrence(session, proposed, day + timedelta(days=5))
    alone = make_occurrence(session, unserved, day + timedelta(days=6))
    proposal = Proposal(
        run_id=run.id,
        occurrence_id=for_proposal.id,
        on_date=day + timedelta(days=5),
        from_slot=20,
        to_slot=24,
        seat_number=1,
        volunteer_id=volunteer_id,
        is_plain=True,
        explanation={
            "fit": 80, "amount": 380, "rules": [], "terms": [{"term": "known", "amount": 300}],
            "visit_terms": [], "eligible": 2, "runners_up": [],
            "reasons": {
                "known": True, "continues": False, "same_area": False, "travel_minutes": 10, "languages": ["yue"],
                "wishes_it": False, "avoids_it": False, "is_minor": False, "is_experienced": True, "is_new_here": False,
            },
        },
    )  # fmt: skip
    funnel = [
        {"rule": "serves_the_area", "removed": 1, "remaining": 1},
        {"rule": "is_free_then", "removed": 1, "remaining": 0},
    ]
    unserved_visit = UnservedVisit(
        run_id=run.id,
        occurrence_id=alone.id,
        funnel=funnel,
        facts={
            "volunteers": 2,
            "eligible": 0,
            "runners_up": [],
            "repairs": [],
            "team_faults": [],
            "urgent": True,
        },
    )
    session.add_all((proposal, unserved_visit))
    session.flush()
    reserve = Reserve(
        occurrence_id=for_proposal.id,
        volunteer_id=volunteer_id,
        proposal_id=proposal.id,
        named_at=now,
        named_by_id=by_id,
    )
    session.add(reserve)
    session.flush()
    return {
        "run": run.id,
        "proposal": proposal.id,
        "reserve": reserve.id,
        "proposed_request": proposed.id,
        "occurrence": for_proposal.id,
        "unserved_occurrence": alone.id,
        "unserved_request": unserved.id,
    }


def _make_handover(
    session: Session, recipient: CareRecipient, senior: Volunteer, by_id: int
) -> dict[str, int]:
    """A senior's weekly visits on their way to somebody who has said yes; the carer is asked."""
    now = utc_now()
    load_checklists(session)
    request = make_request(session, recipient, windows=((2, 20, 24),), rhythm=Rhythm.WEEKLY)
    follower = make_volunteer(session, name_zh="何大山", gender=None)
    held = HeldDuty(
        volunteer_id=senior.id, kind=DutyKind.ROLE, words="街站", entered_at=now, entered_by_id=by_id
    )
    handover = Handover(
        senior_id=senior.id,
        successor_id=follower.id,
        duty=DutyKind.VISITS,
        request_id=request.id,
        origin=Origin.COORDINATOR,
        status=HandoverStatus.SUCCESSOR_AGREED,
        made_at=now,
        made_by_id=by_id,
        moved_at=now,
        moved_because=HandoverBecause.SUCCESSOR_SAID_YES,
    )
    session.add_all((held, handover))
    session.flush()
    item = HandoverItem(
        handover_id=handover.id, words_zh="怎樣打招呼", words_en="How to say hello", status=ItemStatus.OPEN
    )
    item.answer = "越快越好"
    note = HandoverNote(handover_id=handover.id, written_at=now, written_by_id=by_id)
    note.words = "越快越好"
    session.add_all((item, note))
    session.flush()
    shadow = _make_going_along(session, recipient, follower, senior, by_id)
    memory = Memory(
        volunteer_id=senior.id,
        words="越快越好",
        signed_as="陳女士",
        status=MemoryStatus.RELEASED,
        written_at=now,
        written_by_id=by_id,
        consent_at=now,
        decided_at=now,
        decided_by_id=by_id,
    )
    session.add(memory)
    session.flush()
    return {
        "shadow": shadow.id,
        "memory": memory.id,
        "led_handover": shadow.handover_id,
        "led_visit": session.scalars(
            select(Visit.id).where(Visit.occurrence_id == shadow.occurrence_id)
        ).one(),
        "handover": handover.id,
        "handed_request": request.id,
        "handover_item": item.id,
        "held_duty": held.id,
        "checklist_line": 1,
    }


def _make_runs(
    session: Session, course_id: int, volunteer: Volunteer, minor: Volunteer, by: int
) -> dict[str, int]:
    """A run with two lessons to come: one seat is taken, the other held until SEAT_TOKEN answers."""
    now = utc_now()
    day = hong_kong_date(now) + timedelta(days=10)
    run = plan_run(session, course_id, RunFacts(2, 1, day, "shek_lei", "石籬中心"), by=by, now=now)
    for number in range(2):
        facts = LessonFacts(
            day + timedelta(days=number), 570, 690, "石籬社區會堂", "https://example.org/lesson"
        )
        lesson = add_lesson(session, run.id, facts, by=by, now=now)
    trainer = add_outside_trainer(session, run.id, "葉姑娘", is_seen=True, by=by, now=now)
    open_run(session, run.id, by=by, now=now)
    give_proof(session, minor, "first_aid")
    enrolment = enrol(session, run.id, volunteer, by=by, by_staff=False, now=now)
    invite(session, run.id, [minor.id], by=by, now=now)
    held = session.scalars(select(Enrolment).where(Enrolment.volunteer_id == minor.id)).one()
    held.token, held.token_hash = SEAT_TOKEN, token_hash(SEAT_TOKEN)
    session.flush()
    add_material(
        session, run.id, "How to lift safely", "https://example.org/read", "學習安全扶抱。", by=by, now=now
    )
    other = session.get_one(Course, course_id)
    plain = add_course(
        session, CourseFacts(other.faculty_id, "街站", "How to lift safely", 60, "yue"), by=by, now=now
    )
    taught = plan_run(session, plain.id, RunFacts(2, 1, day), by=by, now=now)
    taught_lesson = add_lesson(session, taught.id, LessonFacts(day, 720, 780, "石籬社區會堂"), by=by, now=now)
    open_run(session, taught.id, by=by, now=now)
    add_trainer(session, taught.id, volunteer.id, by=by, now=now)
    return {
        "taught_lesson": taught_lesson.id,
        "course_run": run.id,
        "lesson": lesson.id,
        "trainer": trainer.id,
        "enrolment": enrolment.id,
    }


def _make_going_along(
    session: Session, recipient: CareRecipient, senior: Volunteer, successor: Volunteer, by_id: int
) -> ShadowVisit:
    """Somebody goes along with a senior tomorrow afternoon; the carer has agreed."""
    now = utc_now()
    tomorrow = hong_kong_date(now) + timedelta(days=1)
    request = make_request(session, recipient, windows=((tomorrow.weekday(), 28, 32),))
    visit = make_visit(session, request, tomorrow, status=VisitStatus.ACCEPTED)
    give_seat(session, visit, senior, SeatStatus.ACCEPTED)
    handover = Handover(
        senior_id=senior.id,
        successor_id=successor.id,
        duty=DutyKind.VISITS,
        request_id=request.id,
        origin=Origin.WISH,
        status=HandoverStatus.SHADOWING,
        made_at=now,
        made_by_id=by_id,
        moved_at=now,
        moved_because=HandoverBecause.CARER_SAID_YES,
    )
    session.add(handover)
    session.flush()
    consent = Signature(
        handover_id=handover.id,
        party=Party.CARER,
        signed_for=SignedFor.BEGINNING,
        how=SignedHow.PHONE_CALL,
        given_at=now,
        given_by_id=by_id,
        end_words="",
    )
    session.add(consent)
    session.flush()
    shadow = ShadowVisit(
        handover_id=handover.id,
        successor_id=successor.id,
        occurrence_id=visit.occurrence_id,
        on_date=tomorrow,
        from_slot=28,
        to_slot=32,
        status=ShadowStatus.ARRANGED,
        made_at=now,
        end_words="",
    )
    session.add(shadow)
    session.flush()
    return shadow


def _make_messages(session: Session) -> dict[str, int]:
    """A call to make, a message that could not be sent, and somebody to phone."""
    now = utc_now()
    rows = {
        name: OutboxMessage(
            dedupe_key=name,
            kind="sign_in_code",
            channel=channel,
            language="zh_Hant_HK",
            ids={},
            status=status,
            queued_at=now,
            not_before=now,
            finished_at=None if status is MessageStatus.QUEUED else now,
        )
        for name, channel, status in (
            ("call", Channel.PHONE_CALL, MessageStatus.QUEUED),
            ("dead", Channel.SMS, MessageStatus.DEAD),
        )
    }
    rows["dead"].address, rows["dead"].last_error = "+85261230012", "gateway_refused: 403"
    back = CallBack(name="Somebody to phone", language="zh_Hant_HK", asked_at=now)
    back.phone = "+85261230011"
    session.add_all((*rows.values(), back))
    session.flush()
    return {"call_back": back.id, **{f"{name}_message": row.id for name, row in rows.items()}}

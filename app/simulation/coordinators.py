"""The desk: each working morning's rounds and the hourly telephone, through the use cases behind the pages.

`ROUNDS` is what a morning holds, in its order; a room that gives coordinators something to do adds a round.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, CloseReason, Occurrence, RequestStatus, Rhythm, SpokenHow
from app.care_requests.use_cases.facts import facts_of
from app.care_requests.use_cases.triage import Triage, close_request, triage_request
from app.matching.models import RefusedBecause
from app.matching.queries.proposals import requests_proposed
from app.matching.use_cases.approvals import Patience, approve_proposals, choose_instead, refuse_proposal
from app.matching.use_cases.suggestions import Suggestion, suggestions_by_hand
from app.matching.use_cases.teams import first_day_to_decide
from app.messages.models import OutboxMessage
from app.messages.queries import calls_to_make, dead_letters
from app.messages.use_cases import note_unanswered_call, tell_by_phone
from app.safeguarding.models import ClearanceKind
from app.safeguarding.queries import clearances_waiting, concerns_open
from app.safeguarding.use_cases import ClearanceFacts, confirm_clearances, enter_clearances
from app.safeguarding.use_cases.concerns import close_concern, take_concern
from app.simulation.carers import Carers
from app.simulation.volunteers import SHARE_YES, Volunteers
from app.simulation.world import World
from app.training.models.proofs import ProofKind
from app.training.queries.qualifications import only_said
from app.training.use_cases.proofs import ProofFacts, enter_proofs
from app.visits.models import HELD, AnsweredHow, Mark, NotedHow, SeatStatus, Visit
from app.visits.queries import follow_ups_open, offer_shown, offers_unanswered, visits_needing_cover
from app.visits.queries.days import Alarm, day_rows
from app.visits.use_cases.attending import note_mark
from app.visits.use_cases.follow_ups import finish_follow_up
from app.visits.use_cases.offers import answer_offer
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import is_minor
from app.volunteers.use_cases import (
    Acceptance,
    ConsentFacts,
    accept_volunteer,
    add_consent,
    note_conversation,
)

SHARE_PICKS_UP = 0.85
SHARE_REFUSED = 0.02
SHARE_URGENT = 0.08
SHARE_CLEARED = 0.45
SHARE_CLEARED_BRIEFLY = 0.15
"""Of the checks seen: one that runs out within the weeks."""
SHARE_CONSENTS = 0.9
PHONED_BEFORE = timedelta(hours=6)
"""Whoever has not answered so long before the time runs out is phoned."""


class Coordinators:
    """Two coordinators and the safeguarding lead."""

    def __init__(self, world: World, volunteers: Volunteers, carers: Carers, patience: Patience) -> None:
        self.world = world
        self.volunteers = volunteers
        self.carers = carers
        self.patience = patience
        self.repair_seconds: list[float] = []
        """How long each search for somebody else took, by the wall clock."""

    def morning(self) -> None:
        """The rounds of a working morning."""
        for do_round in ROUNDS:
            do_round(self)

    def telephone(self) -> None:
        """What cannot wait for a morning: who must be called about today, and the call list."""
        self.call_who_was_not_heard_of()
        self.work_through_the_call_list()

    def accept_applicants(self) -> None:
        """Speak with those who applied; accept those who had their induction; enter their checks."""
        today, by = self.world.today, self.world.staff.first
        waiting = self.world.reads(
            lambda session: session.execute(
                select(Volunteer.id, Volunteer.status)
                .where(Volunteer.status.in_((VolunteerStatus.APPLIED, VolunteerStatus.INDUCTION)))
                .order_by(Volunteer.id)
            ).all()
        )
        for volunteer_id, status in waiting:
            if status is VolunteerStatus.APPLIED:
                self.world.tries(
                    "speaks with an applicant",
                    partial(
                        note_conversation,
                        volunteer_id=volunteer_id,
                        spoken_on=today,
                        spoken_by=by,
                        by=by,
                        now=self.world.now,
                    ),
                )
            else:
                self._accept(volunteer_id)

    def confirm_checks(self) -> None:
        """The second coordinator confirms what the first has entered."""

        def confirm(session: Session) -> None:
            waiting = clearances_waiting(session, today=self.world.today)
            ids = [each.id for each in waiting if each.entered_by_id == self.world.staff.first]
            confirm_clearances(session, ids, by=self.world.staff.second, now=self.world.now)

        self.world.tries("confirms checks", confirm)

    def triage(self) -> None:
        """Every carer who asked since yesterday is phoned, and the request opened."""
        submitted = self.world.reads(
            lambda session: session.scalars(
                select(CareRequest.id)
                .where(CareRequest.status == RequestStatus.SUBMITTED)
                .order_by(CareRequest.id)
            ).all()
        )
        for request_id in submitted:
            is_urgent = self.world.draw("urgent", request_id).random() < SHARE_URGENT
            triage = Triage(
                self.world.today,
                SpokenHow.PHONE_CALL,
                urgent_until=self.world.today + timedelta(days=10) if is_urgent else None,
                urgent_reason="照顧者急需入院（模擬）" if is_urgent else "",
            )

            def open_it(session: Session, request_id: int = request_id, triage: Triage = triage) -> None:
                request = session.get_one(CareRequest, request_id)
                triage_request(
                    session,
                    request_id,
                    facts_of(request),
                    triage,
                    version=request.version,
                    by=self.world.staff.first,
                    now=self.world.now,
                )

            self.world.tries("triage", open_it)

    def decide_proposals(self) -> None:
        """Approve what the night proposes, request by request, exceptions first; refuse one now and then."""
        proposed = self.world.reads(
            lambda session: [
                [each.proposal.id for _occasion, each in request.rows]
                for request in requests_proposed(session, today=self.world.today, length=10_000).rows
            ]
        )
        for ids in proposed:
            draw = self.world.draw("decides", ids[0])
            if draw.random() < SHARE_REFUSED:
                self.world.tries(
                    "refuse",
                    partial(
                        refuse_proposal,
                        proposal_id=ids[0],
                        because=RefusedBecause.NOT_SUITED,
                        by=self.world.staff.first,
                        now=self.world.now,
                    ),
                )
            else:
                self.world.tries(
                    "approve",
                    partial(
                        approve_proposals,
                        proposal_ids=ids,
                        patience=self.patience,
                        by=self.world.staff.first,
                        now=self.world.now,
                    ),
                )

    def find_cover(self) -> None:
        """For each visit that lost somebody: the best person there is, asked at once."""
        first_day = first_day_to_decide(self.world.now)
        occurrences = self.world.reads(
            lambda session: [
                visit.occurrence_id
                for visit in visits_needing_cover(session, self.world.now)
                if visit.on_date >= first_day
            ]
        )
        began = time.perf_counter()
        found = self.world.reads(
            lambda session: suggestions_by_hand(
                session, [session.get_one(Occurrence, each) for each in occurrences], now=self.world.now
            )
        )
        seconds = (time.perf_counter() - began) / max(1, len(occurrences))
        for occurrence_id in occurrences:
            self.repair_seconds.append(seconds)
            self._cover(occurrence_id, found.get(occurrence_id, []))

    def phone_those_who_have_not_answered(self) -> None:
        """Whoever has little time left to answer is asked on the telephone."""
        until = self.world.now + PHONED_BEFORE
        offers = self.world.reads(
            lambda session: [
                offer.id for offer in offers_unanswered(session, self.world.now) if offer.answer_by <= until
            ]
        )
        for offer_id in offers:
            if self._picks_up("unanswered", offer_id):
                self._enter_answer(offer_id)

    def tell_whom_no_message_reached(self) -> None:
        """What could not be sent is told on the telephone."""
        for message in self.world.reads(dead_letters):
            if self._picks_up("dead letter", message.id):
                self._tell(message)

    def deal_with_what_people_said(self) -> None:
        """Everything on the board that wants a look gets one."""
        for follow_up in self.world.reads(follow_ups_open):
            self.world.tries(
                "follow-up",
                partial(
                    finish_follow_up,
                    follow_up_id=follow_up.id,
                    outcome="已致電了解（模擬）",
                    by=self.world.staff.first,
                    now=self.world.now,
                ),
            )

    def close_what_is_met(self) -> None:
        """Single visits that took place are closed; those whose days have passed in vain are referred on."""
        over = self.world.reads(self._single_requests_over)
        for request_id, version, was_met in over:
            reason = CloseReason.MET if was_met else CloseReason.REFERRED_OUT
            self.world.tries(
                f"closes a request, {reason.value}",
                partial(
                    close_request,
                    request_id=request_id,
                    reason=reason,
                    note="" if reason is CloseReason.MET else "轉介地區支援中心（模擬）",
                    version=version,
                    by=self.world.staff.first,
                    now=self.world.now,
                ),
            )

    def look_after_concerns(self) -> None:
        """The lead takes what is new in hand, and closes what was taken before."""
        by = self.world.staff.lead
        for concern in self.world.reads(concerns_open):
            if concern.taken_at is None:
                take = partial(take_concern, concern_id=concern.id, by=by, now=self.world.now)
                self.world.tries("takes a concern", take)
            else:
                close = partial(
                    close_concern,
                    concern_id=concern.id,
                    outcome="已轉交社工跟進（模擬）",
                    by=by,
                    now=self.world.now,
                )
                self.world.tries("closes a concern", close)

    def call_who_was_not_heard_of(self) -> None:
        """Everybody with an alarm today is phoned; what they say is entered."""
        alarms = self.world.reads(
            lambda session: [
                (row.seat.id, row.alarm) for row in day_rows(session, self.world.now) if row.alarm is not None
            ]
        )
        for seat_id, alarm in alarms:
            for mark in self._said_on_the_phone(seat_id, alarm):
                self.world.tries(
                    f"enters {mark.value}",
                    partial(
                        note_mark,
                        seat_id=seat_id,
                        mark=mark,
                        how=NotedHow.PHONE_CALL,
                        at=self.volunteers.arrived.get(seat_id) if mark is Mark.ARRIVED else None,
                        by=self.world.staff.first,
                        now=self.world.now,
                    ),
                )

    def work_through_the_call_list(self) -> None:
        """Everybody reached by telephone only is told what waits for them; offers are answered in the same call."""
        calls = self.world.reads(lambda session: calls_to_make(session, now=self.world.now))
        for message in calls:
            if not self._picks_up("call", message.id, message.attempts):
                self.world.tries(
                    "nobody picks up",
                    partial(
                        note_unanswered_call,
                        message_id=message.id,
                        by=self.world.staff.first,
                        now=self.world.now,
                    ),
                )
            elif message.kind == "offer":
                self._enter_answer(message.ids["offer"])
            else:
                self._tell(message)

    def _picks_up(self, *about: object) -> bool:
        return self.world.draw("picks up", *about, self.world.now).random() < SHARE_PICKS_UP

    def _tell(self, message: OutboxMessage) -> None:
        told = self.world.tries(
            "tells by telephone",
            lambda session: tell_by_phone(session, message.id, by=self.world.staff.first, now=self.world.now),
        )
        if told:
            self.volunteers.hears(message.kind, message.ids)
            self.carers.hears(message.kind, message.ids)

    def _enter_answer(self, offer_id: int) -> None:
        says_yes = self.world.draw("answer", offer_id).random() < SHARE_YES
        said_yes: list[int] = []

        def enter(session: Session) -> None:
            offer = offer_shown(session, offer_id, self.world.now)
            seats = offer.seats if offer is not None and says_yes else []
            said_yes[:] = [seat.id for seat in seats if seat.status is SeatStatus.OFFERED]
            answer_offer(
                session,
                offer_id,
                list(said_yes),
                how=AnsweredHow.PHONE_CALL,
                decline_reason="" if says_yes else "當日有事（模擬）",
                by=self.world.staff.first,
                now=self.world.now,
            )

        if self.world.tries("answer on the telephone", enter):
            self.volunteers.has_said_yes(said_yes)

    def _accept(self, volunteer_id: int) -> None:
        draw = self.world.draw("accepts", volunteer_id)
        today, first = self.world.today, self.world.staff.first

        def accept(session: Session) -> None:
            volunteer = session.get_one(Volunteer, volunteer_id)
            is_young = is_minor(volunteer, today)
            if is_young and not volunteer.consents and draw.random() < SHARE_CONSENTS:
                facts = ConsentFacts("家長（模擬）", "母親", given_on=today)
                add_consent(session, volunteer_id, facts, by=first, now=self.world.now)
                session.flush()
            acceptance = Acceptance(today, first, today, first, today, today)
            accept_volunteer(session, volunteer_id, acceptance, by=first, now=self.world.now)
            if not is_young and draw.random() < SHARE_CLEARED:
                days = draw.randint(20, 80) if draw.random() < SHARE_CLEARED_BRIEFLY else 900
                seen = ClearanceFacts(ClearanceKind.SCRC, today, today + timedelta(days=days))
                enter_clearances(session, [volunteer_id], seen, by=first, now=self.world.now)
            shown = [
                ProofFacts(skill.code, ProofKind.CERTIFICATE, today, today, today + timedelta(days=900))
                for skill in only_said(session, volunteer_id)
            ]
            enter_proofs(session, {volunteer_id: shown}, by=first, now=self.world.now)

        self.world.tries("accepts a volunteer", accept)

    def _cover(self, occurrence_id: int, found: Sequence[Suggestion]) -> None:
        best = next((each for each in found if not each.lacks), None)
        if best is None:
            self.world.happened["nobody could cover"] += 1
            return
        self.world.tries(
            "asks somebody to cover",
            lambda session: choose_instead(
                session,
                occurrence_id,
                best.volunteer.id,
                best.time,
                replaces=None,
                reason="",
                patience=self.patience,
                by=self.world.staff.first,
                now=self.world.now,
            ),
        )

    def _single_requests_over(self, session: Session) -> list[tuple[int, int, bool]]:
        last_days = select(Occurrence.request_id).where(Occurrence.last_day >= self.world.today)
        met = select(Visit.request_id).where(Visit.status.in_(HELD), Visit.on_date < self.world.today)
        rows = session.execute(
            select(CareRequest.id, CareRequest.version, CareRequest.id.in_(met))
            .where(
                CareRequest.status == RequestStatus.OPEN,
                CareRequest.rhythm.in_((Rhythm.ONCE, Rhythm.ANY_OF)),
                CareRequest.id.not_in(last_days),
            )
            .order_by(CareRequest.id)
        )
        return [(request_id, version, bool(was_met)) for request_id, version, was_met in rows]

    def _said_on_the_phone(self, seat_id: int, alarm: Alarm) -> tuple[Mark, ...]:
        came = seat_id in self.volunteers.arrived
        if alarm is Alarm.NOT_SEEN:
            return (Mark.ARRIVED,) if came else (Mark.DID_NOT_COME, Mark.SAFE)
        if alarm is Alarm.NOT_BACK:
            return (Mark.LEFT,)
        return (Mark.SAFE,)


ROUNDS: tuple[Callable[[Coordinators], None], ...] = (
    Coordinators.accept_applicants,
    Coordinators.confirm_checks,
    Coordinators.triage,
    Coordinators.decide_proposals,
    Coordinators.find_cover,
    Coordinators.phone_those_who_have_not_answered,
    Coordinators.tell_whom_no_message_reached,
    Coordinators.deal_with_what_people_said,
    Coordinators.close_what_is_met,
    Coordinators.look_after_concerns,
)

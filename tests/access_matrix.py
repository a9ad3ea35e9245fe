"""Who may open what: every route of the service, one line each. `tests/test_access.py` holds the service to it.

`who` names the roles (ANYBODY: without signing in). `ids` maps a route's arguments to names in `tests/world.py`, or to
plain values. A route with `own` belongs to one person: to everybody else with the same role it is not there (404).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.accounts.models import Role
from tests.world import OFFER_TOKEN, PERSONAS

ANYBODY = frozenset(PERSONAS)
VOLUNTEER = frozenset({Role.VOLUNTEER.value})
CARER = frozenset({Role.CARER.value})
COORDINATOR = frozenset({Role.COORDINATOR.value})
LEAD = frozenset({Role.SAFEGUARDING_LEAD.value})
DESK = frozenset({Role.COORDINATOR.value, Role.SAFEGUARDING_LEAD.value})
STAFF = frozenset({Role.COORDINATOR.value, Role.SAFEGUARDING_LEAD.value, Role.ADMINISTRATOR.value})
CATALOGUE = frozenset({Role.COORDINATOR.value, Role.ADMINISTRATOR.value})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR.value})
SIGNED_IN = frozenset(role.value for role in Role)


@dataclass(frozen=True)
class Access:
    """One route's line."""

    who: frozenset[str]
    ids: Mapping[str, str | int] = field(default_factory=dict)
    own: bool = False


def _volunteer(**more: str) -> dict[str, str | int]:
    return {"volunteer_id": "volunteer", **more}


MATRIX: dict[str, Access] = {
    "accounts.close": Access(ADMINISTRATOR, {"account_id": "account"}),
    "accounts.enter_code": Access(ANYBODY),
    "accounts.finish_later": Access(ANYBODY, {"kind": "=volunteer"}),
    "accounts.forget_device": Access(ANYBODY),
    "accounts.give_code": Access(COORDINATOR),
    "accounts.home": Access(ANYBODY),
    "accounts.index": Access(ADMINISTRATOR),
    "accounts.password": Access(STAFF),
    "accounts.resume": Access(ANYBODY),
    "accounts.resume_here": Access(ANYBODY),
    "accounts.send_again": Access(ANYBODY),
    "accounts.send_verification_code": Access(VOLUNTEER | CARER),
    "accounts.show": Access(ADMINISTRATOR, {"account_id": "account"}),
    "accounts.sign_in": Access(ANYBODY),
    "accounts.sign_out": Access(ANYBODY),
    "accounts.staff_sign_in": Access(ANYBODY),
    "accounts.throw_away": Access(ANYBODY, {"kind": "=volunteer"}),
    "accounts.verify_again": Access(SIGNED_IN),
    "care_requests.ask": Access(ANYBODY),
    "care_requests.ask_again": Access(CARER, {"request_id": "request"}, own=True),
    "care_requests.ask_change": Access(CARER, {"request_id": "request"}, own=True),
    "care_requests.ask_check": Access(ANYBODY),
    "care_requests.ask_page": Access(ANYBODY, {"step": "=who"}),
    "care_requests.ask_sent": Access(ANYBODY),
    "care_requests.carer": Access(COORDINATOR, {"carer_id": "carer"}),
    "care_requests.carers": Access(COORDINATOR),
    "care_requests.change_carer_details": Access(COORDINATOR, {"carer_id": "carer"}),
    "care_requests.change_own": Access(CARER, {"request_id": "waiting"}, own=True),
    "care_requests.close": Access(COORDINATOR, {"request_id": "request"}),
    "care_requests.enter": Access(COORDINATOR),
    "care_requests.home": Access(CARER),
    "care_requests.index": Access(COORDINATOR),
    "care_requests.let_sign_in": Access(COORDINATOR, {"carer_id": "carer"}),
    "care_requests.own": Access(CARER, {"request_id": "request"}, own=True),
    "care_requests.recipient": Access(COORDINATOR, {"recipient_id": "recipient"}),
    "care_requests.remove_helper": Access(
        COORDINATOR, {"recipient_id": "recipient", "volunteer_id": "volunteer"}
    ),
    "care_requests.reopen": Access(COORDINATOR, {"request_id": "request"}),
    "care_requests.show": Access(COORDINATOR, {"request_id": "request"}),
    "care_requests.show_details": Access(COORDINATOR, {"request_id": "request"}),
    "care_requests.split": Access(COORDINATOR, {"request_id": "request"}),
    "care_requests.triage": Access(COORDINATOR, {"request_id": "waiting"}),
    "care_requests.withdraw": Access(CARER, {"request_id": "request"}, own=True),
    "catalogue.change_kind": Access(CATALOGUE, {"code": "=befriending"}),
    "catalogue.change_travel": Access(CATALOGUE, {"start": "=shek_lei", "end": "=tsing_yi"}),
    "catalogue.kinds": Access(CATALOGUE),
    "catalogue.travel": Access(CATALOGUE),
    "exchange.discard": Access(COORDINATOR, {"preview_id": "preview"}),
    "exchange.export": Access(COORDINATOR),
    "exchange.index": Access(COORDINATOR),
    "exchange.show": Access(COORDINATOR, {"preview_id": "preview"}),
    "exchange.take_over": Access(COORDINATOR, {"preview_id": "preview"}),
    "health.healthz": Access(ANYBODY),
    "matching.another_time": Access(COORDINATOR, {"occurrence_id": "occurrence"}),
    "matching.approvals": Access(COORDINATOR),
    "matching.by_hand": Access(COORDINATOR),
    "matching.changes": Access(COORDINATOR, {"run_id": "run"}),
    "matching.choose": Access(COORDINATOR, {"occurrence_id": "occurrence"}),
    "matching.compare": Access(COORDINATOR, {"occurrence_id": "occurrence"}),
    "matching.index": Access(COORDINATOR),
    "matching.ledger": Access(CATALOGUE),
    "matching.refuse": Access(COORDINATOR, {"proposal_id": "proposal"}),
    "matching.run": Access(CATALOGUE, {"run_id": "run"}),
    "matching.undo": Access(COORDINATOR, {"offer_id": "offer"}),
    "matching.unserved": Access(COORDINATOR),
    "messages.call_back_done": Access(COORDINATOR, {"call_back_id": "call_back"}),
    "messages.call_is_coming": Access(ANYBODY),
    "messages.call_list": Access(COORDINATOR),
    "messages.call_made": Access(COORDINATOR, {"message_id": "call_message"}),
    "messages.call_me_back": Access(ANYBODY),
    "messages.dead_letters": Access(COORDINATOR),
    "messages.printed_call_list": Access(COORDINATOR),
    "messages.try_again": Access(COORDINATOR, {"message_id": "dead_message"}),
    "recognition.correct": Access(COORDINATOR, {"hours_id": "hours"}),
    "recognition.decide": Access(COORDINATOR, {"seat_id": "past_seat"}),
    "recognition.enter": Access(COORDINATOR, _volunteer()),
    "recognition.enter_paper": Access(COORDINATOR, _volunteer()),
    "recognition.ledger": Access(COORDINATOR, _volunteer()),
    "recognition.mine": Access(VOLUNTEER, _volunteer(), own=True),
    "recognition.waiting": Access(COORDINATOR),
    "reports.board": Access(DESK),
    "safeguarding.add_clearance": Access(COORDINATOR, _volunteer()),
    "safeguarding.add_do_not_pair": Access(COORDINATOR),
    "safeguarding.add_family_tie": Access(COORDINATOR),
    "safeguarding.author": Access(LEAD, {"concern_id": "concern"}),
    "safeguarding.clearances": Access(COORDINATOR),
    "safeguarding.concern": Access(LEAD, {"concern_id": "concern"}),
    "safeguarding.concerns": Access(LEAD),
    "safeguarding.confirm": Access(COORDINATOR, {"clearance_id": "clearance"}),
    "safeguarding.do_not_pair": Access(COORDINATOR, {"pair_id": "pair"}),
    "safeguarding.end_family": Access(COORDINATOR, {"volunteer_id": "minor", "recipient_id": "apart"}),
    "safeguarding.take": Access(LEAD, {"concern_id": "concern"}),
    "safeguarding.void": Access(COORDINATOR, {"clearance_id": "clearance"}),
    "safeguarding.worry": Access(SIGNED_IN),
    "safeguarding.worry_thanks": Access(SIGNED_IN),
    "static": Access(ANYBODY, {"filename": "=icon.svg"}),
    "visits.answer_call": Access(COORDINATOR, {"offer_id": "offer"}),
    "visits.came": Access(CARER, {"request_id": "begun_request", "visit_id": "begun_visit"}, own=True),
    "visits.cancel": Access(COORDINATOR, {"visit_id": "visit"}),
    "visits.cannot_come": Access(VOLUNTEER, {"seat_id": "seat"}, own=True),
    "visits.confirm": Access(COORDINATOR, {"visit_id": "visit"}),
    "visits.details": Access(VOLUNTEER, {"seat_id": "seat"}, own=True),
    "visits.feedback": Access(CARER, {"request_id": "past_request", "visit_id": "past_visit"}, own=True),
    "visits.follow_up": Access(COORDINATOR, {"follow_up_id": "follow_up"}),
    "visits.follow_ups": Access(COORDINATOR),
    "visits.index": Access(COORDINATOR),
    "visits.late": Access(VOLUNTEER, {"seat_id": "begun_seat"}, own=True),
    "visits.mine": Access(VOLUNTEER, {"seat_id": "seat"}, own=True),
    "visits.note_day": Access(COORDINATOR, {"seat_id": "begun_seat"}),
    "visits.not_needed": Access(CARER, {"request_id": "request", "visit_id": "visit"}, own=True),
    "visits.offer": Access(ANYBODY, {"token": f"={OFFER_TOKEN}"}),
    "visits.own": Access(VOLUNTEER, {"offer_id": "offer"}, own=True),
    "visits.print_unanswered": Access(COORDINATOR),
    "visits.refuse": Access(CARER, {"request_id": "request", "volunteer_id": "volunteer"}, own=True),
    "visits.release": Access(COORDINATOR, {"seat_id": "seat"}),
    "visits.report": Access(VOLUNTEER, {"seat_id": "past_seat"}, own=True),
    "visits.report_by_phone": Access(COORDINATOR, {"seat_id": "past_seat"}),
    "visits.resume": Access(COORDINATOR, {"visit_id": "visit"}),
    "visits.said": Access(COORDINATOR),
    "visits.show": Access(COORDINATOR, {"visit_id": "visit"}),
    "visits.suits": Access(CARER, {"request_id": "request", "visit_id": "visit"}, own=True),
    "visits.suspend": Access(COORDINATOR, {"visit_id": "visit"}),
    "visits.tap": Access(VOLUNTEER, {"seat_id": "begun_seat"}, own=True),
    "visits.today": Access(COORDINATOR),
    "visits.unanswered": Access(COORDINATOR),
    "visits.wrong": Access(VOLUNTEER, {"seat_id": "begun_seat"}, own=True),
    "weather.calls": Access(COORDINATOR),
    "weather.declare": Access(COORDINATOR),
    "weather.index": Access(COORDINATOR),
    "weather.over": Access(COORDINATOR, {"period_id": "warning"}),
    "weather.print_calls": Access(COORDINATOR),
    "weather.rules": Access(CATALOGUE),
    "volunteers.accept": Access(COORDINATOR, _volunteer()),
    "volunteers.bring_back": Access(COORDINATOR, _volunteer()),
    "volunteers.change": Access(COORDINATOR, _volunteer(group="=who")),
    "volunteers.come_back": Access(VOLUNTEER, _volunteer(), own=True),
    "volunteers.confirm_my_times": Access(VOLUNTEER, _volunteer(), own=True),
    "volunteers.end_consent": Access(COORDINATOR, {"volunteer_id": "minor", "consent_id": "consent"}),
    "volunteers.end_household": Access(COORDINATOR, _volunteer()),
    "volunteers.enter": Access(COORDINATOR),
    "volunteers.enter_consent": Access(COORDINATOR, {"volunteer_id": "minor"}),
    "volunteers.health": Access(COORDINATOR, _volunteer()),
    "volunteers.home": Access(VOLUNTEER),
    "volunteers.household": Access(COORDINATOR, _volunteer()),
    "volunteers.index": Access(COORDINATOR),
    "volunteers.mine": Access(VOLUNTEER, _volunteer(), own=True),
    "volunteers.my_group": Access(VOLUNTEER, _volunteer(group="=times"), own=True),
    "volunteers.no_longer_senior": Access(COORDINATOR, _volunteer()),
    "volunteers.note": Access(COORDINATOR, _volunteer()),
    "volunteers.pause": Access(COORDINATOR, _volunteer()),
    "volunteers.pause_myself": Access(VOLUNTEER, _volunteer(), own=True),
    "volunteers.prove_contact": Access(VOLUNTEER, _volunteer(), own=True),
    "volunteers.remove": Access(COORDINATOR, _volunteer()),
    "volunteers.senior": Access(COORDINATOR, _volunteer()),
    "volunteers.show": Access(COORDINATOR, _volunteer()),
    "volunteers.sign_up": Access(ANYBODY),
    "volunteers.sign_up_check": Access(ANYBODY),
    "volunteers.sign_up_sent": Access(ANYBODY),
    "volunteers.sign_up_step": Access(ANYBODY, {"step": "=who"}),
    "volunteers.speak": Access(COORDINATOR, _volunteer()),
    "volunteers.stop": Access(COORDINATOR, _volunteer()),
    "volunteers.stop_myself": Access(VOLUNTEER, _volunteer(), own=True),
    "web.home": Access(ANYBODY),
    "web.set_language": Access(ANYBODY, {"language": "=en"}),
    "web.set_text_size": Access(ANYBODY, {"size": "=large"}),
    "web.statement": Access(ANYBODY),
}

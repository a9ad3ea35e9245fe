"""The blueprint of handing over, and what its pages say of a handover."""

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext

from app.care_requests.models import CareRequest
from app.care_requests.routes.summary import window_words
from app.care_requests.use_cases.facts import windows_of
from app.catalogue.models import Area
from app.handover.errors import NotYet
from app.handover.models import Handover, HandoverStatus, SignedFor
from app.handover.queries.handovers import Facts, NextStep, next_step
from app.handover.queries.seniors import Holdings
from app.handover.use_cases.beginning import Duty
from app.web.transactions import reading
from app.web.words import name_of, say

blueprint = Blueprint("handover", __name__)


@blueprint.app_template_filter("is_chinese")
def _is_chinese(text: str) -> bool:
    """Whether a text holds Chinese characters: for marking its language."""
    return any("\u3400" <= letter <= "\u9fff" for letter in text)


TONES = {
    HandoverStatus.PROPOSED: "info",
    HandoverStatus.SENIOR_AGREED: "warning",
    HandoverStatus.SUCCESSOR_AGREED: "info",
    HandoverStatus.COURSE: "info",
    HandoverStatus.SHADOWING: "info",
    HandoverStatus.LEADING: "info",
    HandoverStatus.CARER_AGREED: "info",
    HandoverStatus.SIGNED_OFF: "good",
    HandoverStatus.ADVISING: "good",
    HandoverStatus.CLOSED: "good",
    HandoverStatus.STOPPED: "neutral",
}


def request_words(request: CareRequest, *, with_client: bool) -> str:
    """ "Befriending visit, Shek Lei, Wednesday 10 am to 12 noon"; the client's surname and title when asked for."""
    area = reading().get(Area, request.area_code) if request.area_code else None
    parts = [name_of(request.kind), name_of(area) if area else "", *window_words(windows_of(request))]
    if with_client and request.recipient is not None:
        parts.insert(1, request.recipient.called)
    return gettext(", ").join(part for part in parts if part)


def duty_words(handover: Handover, *, with_client: bool) -> str:
    """What is being handed over, in one line."""
    if handover.request is not None:
        return request_words(handover.request, with_client=with_client)
    return handover.held_duty.words if handover.held_duty is not None else ""


def question_of(handover: Handover, for_what: SignedFor | None) -> str:
    """What a page asks a yes to, and about whom: its button sends it along."""
    return f"{for_what.value if for_what else ''}-{handover.successor_id or ''}"


def refuse_another_question(handover: Handover, for_what: SignedFor | None) -> None:
    """A yes counts for what was read. Raises NotYet when the page that sends it asked something else."""
    if request.form.get("question") != question_of(handover, for_what):
        raise NotYet


def duties_to_choose(holdings: Holdings) -> list[tuple[Duty, str]]:
    """What a senior holds and is not handing over yet, each as a form offers it."""
    found = [
        (Duty(request_id=each.request.id), request_words(each.request, with_client=True))
        for each in holdings.weekly
        if each.handover is None
    ]
    found += [
        (Duty(held_duty_id=each.held.id), each.held.words)
        for each in (*holdings.roles, *holdings.knowledge)
        if each.handover is None
    ]
    return found


def progress_of(handover: Handover, facts: Facts) -> list[dict[str, Any]]:
    """The steps of a handover for `content.timeline`: what is done, what comes now, what comes later."""
    now = next_step(handover, facts)
    steps = [step for step in NextStep if _belongs(step, handover, facts)]
    place = steps.index(now) if now in steps else len(steps)
    if handover.status is HandoverStatus.STOPPED:
        place = -1
    return [_step(step, number, place, handover, facts) for number, step in enumerate(steps)]


def _belongs(step: NextStep, handover: Handover, facts: Facts) -> bool:
    if step is NextStep.NOTHING:
        return False
    if step is NextStep.COURSE:
        return handover.course_id is not None
    if step in (NextStep.SHADOW_VISITS, NextStep.LED_VISITS):
        wanted = handover.shadows_wanted if step is NextStep.SHADOW_VISITS else handover.led_wanted
        return facts.has_client and wanted > 0
    if step in (NextStep.CARERS_CONSENT, NextStep.CARERS_YES, NextStep.VISITS_ALONE):
        return facts.has_client
    return True


def _step(step: NextStep, number: int, place: int, handover: Handover, facts: Facts) -> dict[str, Any]:
    counted = {
        NextStep.SHADOW_VISITS: (facts.shadows, handover.shadows_wanted),
        NextStep.LED_VISITS: (facts.led, handover.led_wanted),
        NextStep.VISITS_ALONE: (facts.alone, handover.alone_wanted),
    }.get(step)
    if number < place:
        when, tone = gettext("Done"), "good"
    elif number == place:
        when, tone = gettext("Now"), "info"
    else:
        when, tone = gettext("Later"), "neutral"
    if handover.status is HandoverStatus.STOPPED:
        when = ""
    if counted is not None:
        done, wanted = counted
        when = gettext("%(when)s · %(done)s of %(wanted)s", when=when, done=min(done, wanted), wanted=wanted)
    return {"what": say(step), "when": when, "tone": tone}

"""What rules, reasons, refusals and nights are called; chips and funnels in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from app.care_requests.models import CareRequest
from app.catalogue.models import Language, Skill
from app.matching import engine
from app.matching.ledger import NightNotClaimed
from app.matching.models import NightStatus, ProposalStatus, RefusedBecause, RuleCode
from app.matching.queries.runs import Change
from app.matching.queries.unserved import SinceTheNight
from app.matching.queries.who_could import Reach
from app.matching.use_cases.approvals import NoReason, ProposalClosed, ProposalDecided
from app.matching.use_cases.covering import TooLateToHandOver, WishDecided, WishedAlready
from app.matching.use_cases.repairs import Repair
from app.matching.use_cases.reserves import ReserveEnded
from app.matching.use_cases.teams import NoLongerNeeded, NotEligible, TeamIncomplete
from app.web.dates import day, span
from app.web.words import Words, name_of, person_name

NEAR_MINUTES = 15

WORDS: Words = {
    SinceTheNight.REFUSED: lazy_gettext("Whoever was proposed has been refused."),
    SinceTheNight.LOST: lazy_gettext("Whoever was asked cannot come."),
    SinceTheNight.CHANGED: lazy_gettext("The request was changed after the night."),
    SinceTheNight.NEW: lazy_gettext("It came in after the night."),
    Reach.NOBODY: lazy_gettext("Nobody could"),
    Reach.ONE: lazy_gettext("Depends on one person"),
    Reach.FEW: lazy_gettext("One or two to spare"),
    Reach.MANY: lazy_gettext("Enough people"),
    NightStatus.OWED: lazy_gettext("Not begun yet"),
    NightStatus.RUNNING: lazy_gettext("Running now"),
    NightStatus.DONE: lazy_gettext("Done"),
    NightStatus.FAILED: lazy_gettext("Failed"),
    NightStatus.SUPERSEDED: lazy_gettext("Passed over for a newer night"),
    WishedAlready: lazy_gettext("You have asked for this already."),
    WishDecided: lazy_gettext("This is decided, or the place has changed hands."),
    TooLateToHandOver: lazy_gettext("It is too late for that: please use the telephone."),
    "cover.wished": lazy_gettext("Asked whether somebody else can go"),
    "cover.done": lazy_gettext("Somebody else goes instead"),
    "cover.refused": lazy_gettext("Nobody was found to go instead"),
    "cover.withdrawn": lazy_gettext("Goes to the visit after all"),
    "swap.wished": lazy_gettext("Asked to change places with somebody"),
    "swap.done": lazy_gettext("Changed places with somebody"),
    "swap.refused": lazy_gettext("Could not change places with somebody"),
    "swap.withdrawn": lazy_gettext("Does not want to change places any more"),
    ReserveEnded: lazy_gettext("This reserve has been asked or dropped in the meantime."),
    "reserve.named": lazy_gettext("Named as the reserve for a visit"),
    "reserve.asked": lazy_gettext("The reserve is asked"),
    "reserve.dropped": lazy_gettext("Is not the reserve for a visit any more"),
    ProposalStatus.OPEN: lazy_gettext("Waiting for a decision"),
    ProposalStatus.APPROVED: lazy_gettext("Approved"),
    ProposalStatus.REPLACED: lazy_gettext("Somebody else was chosen"),
    ProposalStatus.REFUSED: lazy_gettext("Refused"),
    ProposalStatus.CLOSED: lazy_gettext("Put aside"),
    RefusedBecause.NOT_SUITED: lazy_gettext("They would not suit each other"),
    RefusedBecause.CARER_PREFERS: lazy_gettext("The carer would rather have somebody else"),
    RefusedBecause.VOLUNTEER_PREFERS: lazy_gettext("The volunteer would rather not"),
    RefusedBecause.TIME_CHANGED: lazy_gettext("The time does not suit after all"),
    RefusedBecause.NEVER_THIS_PAIR: lazy_gettext("These two must never be paired"),
    RefusedBecause.OTHER: lazy_gettext("Another reason"),
    RuleCode.IS_ACTIVE: lazy_gettext("is not active, or a guardian’s consent is missing"),
    RuleCode.SERVES_THE_AREA: lazy_gettext("does not go to this area"),
    RuleCode.IS_FREE_THEN: lazy_gettext("is not free at that time"),
    RuleCode.HAS_REQUIRED_SKILLS: lazy_gettext("lacks a skill that is needed"),
    RuleCode.HAS_CLEARANCE: lazy_gettext("has no confirmed background check that holds on that day"),
    RuleCode.SPEAKS_A_LANGUAGE: lazy_gettext("does not speak the language"),
    RuleCode.IS_OF_REQUIRED_GENDER: lazy_gettext("is not of the gender asked for"),
    RuleCode.IS_OF_PERMITTED_AGE: lazy_gettext("is not of the age asked for"),
    RuleCode.CAN_DO_WHAT_IT_ASKS: lazy_gettext("cannot do something the visit asks"),
    RuleCode.MAY_ENTER_THIS_HOME: lazy_gettext("goes only to homes where they are known"),
    RuleCode.IS_NOT_EXCLUDED: lazy_gettext("has said no, was refused, or is not to be paired"),
    RuleCode.IS_NOT_FAMILY: lazy_gettext("is family"),
    RuleCode.TRAVEL: lazy_gettext("cannot get there in time from another visit"),
    RuleCode.WEEKLY_VISITS: lazy_gettext("has as many visits that week as they want"),
    RuleCode.WEEKLY_MINUTES: lazy_gettext("has as many hours that week as they want"),
    RuleCode.MAX: lazy_gettext("the visit has enough people already"),
    RuleCode.OPTION: lazy_gettext("the others come at another time"),
    RuleCode.MIN: lazy_gettext("more people are needed for this visit"),
    RuleCode.EXPERIENCED: lazy_gettext("an experienced volunteer is needed as well"),
    RuleCode.MINOR_WITHOUT_ADULT: lazy_gettext("somebody under 18 needs an adult beside them"),
    RuleCode.FIRST_VISIT_ALONE: lazy_gettext(
        "a first visit to a home needs two people or an experienced one"
    ),
    RuleCode.ONE_HOUSEHOLD: lazy_gettext("they all live in one household"),
    NotEligible: lazy_gettext("%(volunteer)s: %(rule)s."),
    TeamIncomplete: lazy_gettext("This cannot be approved yet: %(rule)s."),
    ProposalDecided: lazy_gettext("%(who)s was quicker, at %(at)s: %(what)s."),
    ProposalClosed: lazy_gettext("A newer night or a change of the request has put this proposal aside."),
    NoReason: lazy_gettext("Say why, in a few words: it is kept with the decision."),
    NoLongerNeeded: lazy_gettext("This visit is too near, called off, or not asked for any more."),
    NightNotClaimed: lazy_gettext("A night is running already. Please wait until it is done."),
    Change.NEW: lazy_gettext("New"),
    Change.KEPT: lazy_gettext("As before"),
    Change.GONE: lazy_gettext("Gone"),
    "proposal.approved": lazy_gettext("A proposal was approved"),
    "proposal.replaced": lazy_gettext("Somebody else was chosen than proposed"),
    "proposal.refused": lazy_gettext("A proposal was refused"),
    "proposal.reopened": lazy_gettext("An approval was taken back"),
    "night.done": lazy_gettext("A night was done"),
    "night.failed": lazy_gettext("A night failed"),
    "night.asked_again": lazy_gettext("Another attempt at a night was asked for"),
}

Chip = tuple[str, str]
"""Words and tone."""


def chips(reasons: Mapping[str, Any], languages: Mapping[str, Language]) -> list[Chip]:
    """Why this pair, short: what speaks for it first, then what to look at. `languages` by code."""
    minutes = reasons["travel_minutes"]
    found: list[tuple[bool, str, str]] = [
        (reasons["known"], gettext("They know each other"), "good"),
        (reasons["continues"], gettext("Came last time too"), "good"),
        (reasons["same_area"], gettext("Same estate or neighbourhood"), "good"),
        (
            minutes is not None and not reasons["same_area"],
            gettext("%(minutes)s minutes away", minutes=minutes),
            "good" if minutes is not None and minutes <= NEAR_MINUTES else "neutral",
        ),
        (reasons["wishes_it"], gettext("Likes to do this"), "good"),
        (reasons["is_experienced"], gettext("Experienced"), "neutral"),
        (reasons["is_new_here"], gettext("First visit to this home"), "warning"),
        (reasons["is_minor"], gettext("Under 18"), "warning"),
        (reasons["avoids_it"], gettext("Would rather not do this"), "warning"),
    ]
    spoken = [
        (True, name_of(languages[code]), "neutral") for code in reasons["languages"] if code in languages
    ]
    return [(words, tone) for is_so, words, tone in [*found[:4], *spoken, *found[4:]] if is_so]


def cost_words(cost: int | None, leaves: int) -> str:
    """What choosing the runner-up would cost the others."""
    if cost is None:
        return gettext("would have to break a promise")
    if leaves:
        return ngettext(
            "would have to leave another visit", "would have to leave %(num)s other visits", leaves
        )
    return gettext("nobody else would notice") if cost < 500 else gettext("fits less well")


def sureness(gap: float, is_proved: bool) -> str:
    """How good the plan is, from its bound, in words."""
    if is_proved:
        return gettext("Proved: no better plan exists.")
    if gap < 0.0001:
        return gettext("No better plan can be more than a hundredth of a percent better.")
    return gettext("No plan can be more than %(percent)s %% better.", percent=f"{gap * 100:.2f}")


STAGES = {
    "plan": lazy_gettext("Planning which visits are needed"),
    "snapshot": lazy_gettext("Reading volunteers and requests"),
    "eligibility": lazy_gettext("Who may go where"),
    "construct": lazy_gettext("A first plan"),
    "urgent": lazy_gettext("Urgent visits, as many as can be"),
    "value": lazy_gettext("The best plan, and its proof"),
    "verify": lazy_gettext("Checked by a program of its own"),
    "write": lazy_gettext("Writing the proposals"),
}
"""What the parts of a night are called."""

INPUTS = {
    "volunteers": lazy_gettext("Volunteers"),
    "requests": lazy_gettext("Requests"),
    "visits": lazy_gettext("Visits needed"),
    "urgent": lazy_gettext("of them urgent"),
    "pinned": lazy_gettext("Places already promised"),
    "previous": lazy_gettext("Pairs of the night before"),
    "areas": lazy_gettext("Areas"),
}

METHODS = {
    "prices": lazy_gettext("By prices for each place and person, which anybody can add up again."),
    "ceiling": lazy_gettext("By the most that each visit could bring, taken together."),
}
"""How the bound of a plan is proved."""

TERMS = {
    "served": lazy_gettext("A visit that has somebody, more the longer the carer has waited"),
    "request_served": lazy_gettext("A carer who gets at least one visit"),
    "seats_above_min": lazy_gettext("Each helper more than is needed at least"),
    "continues": lazy_gettext("The helper who came last time comes again"),
    "continuity": lazy_gettext("The same helper on visits one after the other"),
    "known": lazy_gettext("They know each other"),
    "first_seat": lazy_gettext("A volunteer who has not been asked lately gets a visit"),
    "same_as_last_night": lazy_gettext("The same pair as the night before"),
    "fit": lazy_gettext("How well they fit: near by, the age and gender wished for, likes to do it"),
    "ages_together": lazy_gettext("Old and young go together"),
    "further_seats": lazy_gettext("Less for each further visit of one volunteer"),
    "shadows": lazy_gettext("A successor comes along to learn"),
}
"""What the value of a plan is made of, in the order of the policy."""


def amounts_of(policy: engine.Policy) -> dict[str, str]:
    """What each term counts, in points, as staff read it."""
    return {
        "served": gettext(
            "%(points)s, and %(more)s for each day of waiting, up to %(days)s days",
            points=policy.served,
            more=policy.waiting_day,
            days=policy.waiting_days_counted,
        ),
        "request_served": str(policy.request_served),
        "seats_above_min": str(policy.seat_above_min),
        "continues": str(policy.continues),
        "continuity": str(policy.continuity),
        "known": str(policy.known),
        "first_seat": str(policy.first_seat),
        "same_as_last_night": str(policy.same_as_last_night),
        "fit": gettext(
            "up to %(most)s", most=policy.fit_near + policy.fit_age + policy.fit_gender + policy.fit_wish
        ),
        "ages_together": str(policy.ages_together),
        "further_seats": gettext(
            "%(points)s less for the second, twice that for the third, and so on", points=policy.further_seat
        ),
        "shadows": str(policy.shadow),
    }


def funnel_words(
    funnel: Sequence[Mapping[str, Any]],
    volunteers: int,
    request: CareRequest,
    when: str,
    languages: Mapping[str, Language],
) -> list[str]:
    """How many are left after each rule that took somebody away: "41 serve the area", "12 speak 潮州話", …"""
    spoken = gettext(" or ").join(
        name_of(languages[row.language_code]) for row in request.languages if row.language_code in languages
    )
    lines = [ngettext("One active volunteer", "%(num)s active volunteers", volunteers)]
    for step in funnel:
        if step["removed"]:
            lines.append(_left(RuleCode(step["rule"]), step["remaining"], when, spoken))
        if not step["remaining"]:
            break
    return lines


def repair_words(repair: Repair, skills: Mapping[str, Skill]) -> str:
    """What would let somebody come, in a sentence. `skills` by code."""
    facts, who = repair.facts, person_name(repair.volunteer)
    if repair.instead is not None:
        start, end = repair.instead[1:]
        return gettext(
            "If it were at %(instead)s on %(day)s, %(name)s could come.",
            instead=span(start, end),
            day=day(repair.instead[0]),
            name=who,
        )
    if repair.change is RuleCode.HAS_REQUIRED_SKILLS:
        (code,) = facts["skills"]
        lacking = name_of(skills[code])
        if facts["renewed"]:
            return gettext(
                "If “%(skill)s” of %(name)s were renewed, they could come.", skill=lacking, name=who
            )
        return gettext("With a course in “%(skill)s”, %(name)s could come.", skill=lacking, name=who)
    if repair.change is RuleCode.HAS_CLEARANCE and facts["renewed"]:
        return gettext("If the background check of %(name)s were renewed, they could come.", name=who)
    sentences = {
        RuleCode.HAS_CLEARANCE: gettext("With a confirmed background check, %(name)s could come.", name=who),
        RuleCode.SPEAKS_A_LANGUAGE: gettext("If the language did not matter, %(name)s could come.", name=who),
        RuleCode.IS_OF_REQUIRED_GENDER: gettext(
            "If the gender did not matter, %(name)s could come.", name=who
        ),
        RuleCode.WEEKLY_VISITS: gettext(
            "If %(name)s took one more visit that week, they could come.", name=who
        ),
        RuleCode.WEEKLY_MINUTES: gettext(
            "If %(name)s gave %(minutes)s minutes more that week, they could come.",
            name=who,
            minutes=facts.get("minutes", 0),
        ),
    }
    return sentences[repair.change]


def _left(rule: RuleCode, left: int, when: str, spoken: str) -> str:
    words = {
        RuleCode.SERVES_THE_AREA: gettext("%(num)s who can go to this area", num=left),
        RuleCode.IS_FREE_THEN: gettext("%(num)s free then (%(when)s)", num=left, when=when),
        RuleCode.HAS_REQUIRED_SKILLS: gettext("%(num)s with the skills", num=left),
        RuleCode.HAS_CLEARANCE: gettext("%(num)s with a background check that holds", num=left),
        RuleCode.SPEAKS_A_LANGUAGE: gettext("%(num)s with %(language)s", num=left, language=spoken),
        RuleCode.IS_OF_REQUIRED_GENDER: gettext("%(num)s of the gender asked for", num=left),
        RuleCode.IS_OF_PERMITTED_AGE: gettext("%(num)s of the age asked for", num=left),
        RuleCode.CAN_DO_WHAT_IT_ASKS: gettext("%(num)s able to do what it asks", num=left),
        RuleCode.MAY_ENTER_THIS_HOME: gettext("%(num)s open to a new home", num=left),
        RuleCode.IS_NOT_EXCLUDED: gettext("%(num)s who may come and have not said no", num=left),
        RuleCode.IS_NOT_FAMILY: gettext("%(num)s not family", num=left),
    }
    return words[rule]

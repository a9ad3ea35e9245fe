"""What families and volunteers are promised about every night's plan, in plain statements.

For tests of the service: whatever the night does, `broken_promises` of its problem and result must be empty. It is
written apart from the referee's rules and from the engine, so that one misreading cannot excuse another. It says
nothing about whether a plan is good; only that nobody comes to harm by it.
"""

from datetime import date, timedelta
from typing import Any

Json = dict[str, Any]


def broken_promises(problem: Json, result: Json) -> list[str]:
    """Every promise that a result breaks for its problem, one sentence each; both in the file formats of the engine.

    Promises about one person hold for everybody who is sent, seat or shadow; those about a team hold for every visit
    that the result does not list as unserved (such a visit does not take place).
    """
    visits = {visit["id"]: visit for visit in problem["visits"]}
    volunteers = {volunteer["id"]: volunteer for volunteer in problem["volunteers"]}
    seated: dict[str, list[Json]] = {visit_id: [] for visit_id in visits}
    shadowing: dict[str, list[Json]] = {visit_id: [] for visit_id in visits}
    when: dict[str, list[int]] = {}
    broken = []
    for visit_id, volunteer_id, option in result["pairings"]:
        chosen = visits[visit_id]["options"][option]
        if when.setdefault(visit_id, chosen) != chosen:
            broken.append(f"{visit_id}: everybody who comes is told the same time")
        seated[visit_id].append(volunteers[volunteer_id])
    for visit_id, volunteer_id in result["shadow_pairings"]:
        shadowing[visit_id].append(volunteers[volunteer_id])
    cancelled = {record["visit"] for record in result["unserved"]}
    start = date.fromisoformat(problem["horizon"]["starts_on"])

    for visit_id, visit in visits.items():
        team, learners = seated[visit_id], shadowing[visit_id]
        if learners and (not team or visit_id in cancelled):
            broken.append(f"{visit_id}: nobody learns at a visit that does not take place")
        elif team:
            on = start + timedelta(days=when[visit_id][0])
            for person in (*team, *learners):
                reasons = (
                    *_reasons_to_keep_away(visit, person, on),
                    *_reasons_of_time(when[visit_id], person),
                )
                broken += [f"{visit_id}: {person['id']} {reason}" for reason in reasons]
        if visit_id not in cancelled:
            broken += [f"{visit_id}: {reason}" for reason in _faults_of_company(visit, team, learners)]
    broken += _double_bookings(visits, when, seated, shadowing)
    return broken


def _reasons_to_keep_away(visit: Json, person: Json, on: date) -> list[str]:
    reasons = []
    if person["id"] in visit["excluded"]:
        reasons.append("must never be sent to these people")
    if person["id"] in visit["family"]:
        reasons.append("is family, and family is not sent as a volunteer")
    if (kind := visit["clearance"]) is not None:
        if kind not in person["clearances"]:
            reasons.append(f"never had the clearance {kind}")
        elif (until := person["clearances"][kind]) is not None and date.fromisoformat(until) < on:
            reasons.append(f"comes on {on} though the clearance {kind} ended on {until}")
    if visit["at_home"] and not person["new_homes"] and person["id"] not in visit["known"]:
        reasons.append("does not go into homes of strangers yet")
    if set(visit["demands"]) & set(person["cannot"]):
        reasons.append("is asked to do what this person cannot do")
    if visit["gender"] not in (None, person["gender"]):
        reasons.append("is not of the gender that the family must have")
    return reasons


def _reasons_of_time(option: list[int], person: Json) -> list[str]:
    day, first, end = option
    promised: set[int] = set()
    for free_day, free_from, free_to in person["free"]:
        if free_day == day:
            promised.update(range(free_from, free_to))
    return [] if promised.issuperset(range(first, end)) else ["is sent at a time they did not offer"]


def _faults_of_company(visit: Json, team: list[Json], learners: list[Json]) -> list[str]:
    adults = [person for person in team if person["age"] >= 18]
    veterans = [person for person in team if person["experienced"]]
    everybody = [*team, *learners]
    faults = []
    if not team:
        faults.append("a visit that takes place has somebody coming")
    if len(adults) < len(everybody) and not adults:
        faults.append("no minor goes without an adult")
    if visit["at_home"] and visit["first_visit"] and len(team) < 2 and not veterans:
        faults.append("a first visit to a home is for two people or for an experienced one")
    if len(veterans) < visit["experienced"]:
        faults.append("as many experienced people come as were asked for")
    if not visit["seats"][0] <= len(team) <= visit["seats"][1]:
        faults.append("neither too few nor too many come")
    if len({person["id"] for person in everybody}) < len(everybody):
        faults.append("nobody holds two places at one visit")
    for group in (team, everybody):
        first_household = group[0]["household"] if group else None
        if (
            visit["at_home"]
            and len(group) > 1
            and first_household is not None
            and all(person["household"] == first_household for person in group)
        ):
            faults.append("people of one household are never alone together in a home they visit")
            break
    return faults


def _double_bookings(
    visits: Json, when: dict[str, list[int]], seated: dict[str, list[Json]], shadowing: dict[str, list[Json]]
) -> list[str]:
    diary: dict[tuple[str, int, int], list[str]] = {}
    for visit_id in visits:
        if visit_id in when:
            day, first, end = when[visit_id]
            for person in (*seated[visit_id], *shadowing[visit_id]):
                for slot in range(first, end):
                    diary.setdefault((person["id"], day, slot), []).append(visit_id)
    return sorted(
        {
            f"{', '.join(both)}: {person_id} is expected in two places at once"
            for (person_id, _, _), both in diary.items()
            if len(both) > 1
        }
    )

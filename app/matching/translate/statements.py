"""What is asked of the tables: each statement is made once, since making one costs more than answering it.

The values (ids, days) are bound when it is executed: a decision about one visit asks the same two dozen questions.
"""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, String, bindparam, or_, select
from sqlalchemy.orm import joinedload

from app.care_requests.models import CareRecipient, CareRequest, KnownHelper, Occurrence, RequestStatus
from app.catalogue.models import Area, District, TravelTime
from app.matching.models import Proposal, ProposalStatus, Run
from app.shared.database import among
from app.visits.models import LIVE_SEATS, NOT_ASKED_AGAIN, EndedBecause, Visit, VisitSeat, VisitStatus
from app.volunteers.models import (
    DatesAway,
    FreeTime,
    GuardianConsent,
    Volunteer,
    VolunteerPreference,
    VolunteerStatus,
)

PEOPLE = bindparam("people", type_=String())
OCCURRENCES = bindparam("occurrences", type_=String())
REQUESTS = bindparam("requests", type_=String())
ACTIVE = Volunteer.status == VolunteerStatus.ACTIVE
ACTIVE_IN_PART = ACTIVE & among(Volunteer.id, PEOPLE)
OPEN = CareRequest.status == RequestStatus.OPEN
OPEN_IN_PART = OPEN & among(CareRequest.id, REQUESTS)
"""Whose rows are read: of the whole district, or of the part a decision is about."""


@cache
def links(key: Any, value: Any, condition: ColumnElement[bool]) -> Select[Any]:
    owner = Volunteer if key.key == "volunteer_id" else CareRequest
    return select(key, value).join(owner, owner.id == key).where(condition).order_by(key, value)


@cache
def people(active: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Volunteer.id,
            Volunteer.code,
            Volunteer.birth_year,
            Volunteer.birth_month,
            Volunteer.gender,
            Volunteer.home_area_code,
            Volunteer.serves_all_areas,
            Volunteer.new_homes,
            Volunteer.weekly_visit_limit,
            Volunteer.weekly_minutes_limit,
            Volunteer.household_id,
            Volunteer.senior_since,
            Volunteer.volunteer_since,
            Volunteer.confirmed_hours_before,
        )
        .where(active)
        .order_by(Volunteer.code)
    )


@cache
def all_areas() -> Select[str]:
    return select(Area.code).order_by(Area.code)


@cache
def days_away(active: ColumnElement[bool]) -> Select[int, date, date]:
    return (
        select(DatesAway.volunteer_id, DatesAway.first_day, DatesAway.last_day)
        .join(Volunteer, Volunteer.id == DatesAway.volunteer_id)
        .where(active, DatesAway.last_day >= bindparam("first"), DatesAway.first_day <= bindparam("last"))
    )


@cache
def free_times(active: ColumnElement[bool]) -> Select[int, int, int, int]:
    return (
        select(FreeTime.volunteer_id, FreeTime.weekday, FreeTime.from_slot, FreeTime.to_slot)
        .join(Volunteer, Volunteer.id == FreeTime.volunteer_id)
        .where(active)
        .order_by(FreeTime.volunteer_id, FreeTime.weekday, FreeTime.from_slot, FreeTime.to_slot)
    )


@cache
def known_helpers(is_part: bool) -> Select[int, int]:
    query = select(KnownHelper.recipient_id, KnownHelper.volunteer_id)
    return query.where(among(KnownHelper.recipient_id, PEOPLE)) if is_part else query


@cache
def said_no(is_part: bool) -> Select[int, int]:
    """Who declined, let pass or was taken off an occurrence is not asked for it again."""
    query = (
        select(Visit.occurrence_id, VisitSeat.volunteer_id)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(VisitSeat.ended_because.in_(NOT_ASKED_AGAIN), Visit.on_date >= bindparam("first"))
    )
    return query.where(among(Visit.occurrence_id, OCCURRENCES)) if is_part else query


@cache
def refusals(is_part: bool) -> tuple[Select[int, int], Select[int, int]]:
    by_coordinators = (
        select(Occurrence.request_id, Proposal.volunteer_id)
        .join(Proposal, Proposal.occurrence_id == Occurrence.id)
        .where(Proposal.status == ProposalStatus.REFUSED)
        .distinct()
    )
    by_carers = (
        select(Visit.request_id, VisitSeat.volunteer_id)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(VisitSeat.ended_because == EndedBecause.CARER_REFUSED)
        .distinct()
    )
    if is_part:
        by_coordinators = by_coordinators.where(among(Occurrence.request_id, REQUESTS))
        by_carers = by_carers.where(among(Visit.request_id, REQUESTS))
    return by_coordinators, by_carers


@cache
def consents(active: ColumnElement[bool]) -> Select[int]:
    return (
        select(GuardianConsent.volunteer_id)
        .join(Volunteer, Volunteer.id == GuardianConsent.volunteer_id)
        .where(
            active,
            GuardianConsent.withdrawn_at.is_(None),
            GuardianConsent.given_on <= bindparam("first"),
            or_(GuardianConsent.valid_until.is_(None), GuardianConsent.valid_until >= bindparam("last")),
        )
    )


@cache
def likes(active: ColumnElement[bool]) -> Select[int, str, bool]:
    return (
        select(VolunteerPreference.volunteer_id, VolunteerPreference.kind_code, VolunteerPreference.is_wish)
        .join(Volunteer, Volunteer.id == VolunteerPreference.volunteer_id)
        .where(active)
        .order_by(VolunteerPreference.volunteer_id, VolunteerPreference.kind_code)
    )


@cache
def lately(active: ColumnElement[bool]) -> Select[int]:
    return (
        select(VisitSeat.volunteer_id)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .join(Volunteer, Volunteer.id == VisitSeat.volunteer_id)
        .where(
            active,
            VisitSeat.status.in_(LIVE_SEATS),
            Visit.on_date >= bindparam("first"),
            Visit.on_date < bindparam("last"),
        )
    )


@cache
def seats(is_part: bool) -> Select[int, int, date, int, int]:
    query = (
        select(Visit.occurrence_id, VisitSeat.volunteer_id, Visit.on_date, Visit.from_slot, Visit.to_slot)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .where(
            VisitSeat.status.in_(LIVE_SEATS),
            Visit.on_date >= bindparam("first"),
            Visit.on_date <= bindparam("last"),
        )
        .order_by(VisitSeat.id)
    )
    if not is_part:
        return query
    return query.where(among(VisitSeat.volunteer_id, PEOPLE) | among(Visit.occurrence_id, OCCURRENCES))


@cache
def needed(is_part: bool) -> Select[Occurrence]:
    query = (
        select(Occurrence)
        .join(CareRequest, CareRequest.id == Occurrence.request_id)
        .where(
            Occurrence.cancelled_at.is_(None),
            Occurrence.last_day >= bindparam("first"),
            Occurrence.first_day <= bindparam("last"),
            CareRequest.status == RequestStatus.OPEN,
        )
        .options(
            joinedload(Occurrence.request)
            .joinedload(CareRequest.recipient)
            .load_only(CareRecipient.code, CareRecipient.first_visited_on),
            joinedload(Occurrence.request).joinedload(CareRequest.kind),
        )
        .order_by(Occurrence.first_day, Occurrence.code)
    )
    return query.where(among(Occurrence.id, OCCURRENCES)) if is_part else query


@cache
def fixed(is_part: bool) -> Select[int, date, int, int]:
    query = (
        select(Visit.occurrence_id, Visit.on_date, Visit.from_slot, Visit.to_slot)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .join(Occurrence, Occurrence.id == Visit.occurrence_id)
        .where(
            Visit.status != VisitStatus.CANCELLED,
            VisitSeat.status.in_(LIVE_SEATS),
            Occurrence.last_day >= bindparam("first"),
            Occurrence.first_day <= bindparam("last"),
        )
    )
    return query.where(among(Visit.occurrence_id, OCCURRENCES)) if is_part else query


@cache
def still_standing(is_part: bool) -> Select[str, str]:
    latest = select(Run.id).where(Run.finished_at.is_not(None)).order_by(Run.id.desc()).limit(1)
    query = (
        select(Occurrence.code, Volunteer.code)
        .select_from(Proposal)
        .join(Occurrence, Occurrence.id == Proposal.occurrence_id)
        .join(Volunteer, Volunteer.id == Proposal.volunteer_id)
        .where(
            Proposal.run_id == latest.scalar_subquery(),
            Proposal.status.in_((ProposalStatus.OPEN, ProposalStatus.APPROVED, ProposalStatus.CLOSED)),
        )
        .order_by(Occurrence.code, Volunteer.code)
    )
    return query.where(among(Proposal.occurrence_id, OCCURRENCES)) if is_part else query


@cache
def map(is_part: bool) -> tuple[Select[str, District], Select[str, str, int]]:
    areas = select(Area.code, Area.district).order_by(Area.code)
    times = select(TravelTime.from_code, TravelTime.to_code, TravelTime.minutes)
    if is_part:
        some: BindParameter[str] = bindparam("areas", expanding=True)
        areas = areas.where(Area.code.in_(some))
        times = times.where(TravelTime.from_code.in_(some), TravelTime.to_code.in_(some))
    return areas, times

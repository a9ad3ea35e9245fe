"""The tables of proposals and of visits: for reading, under the reference codes; they are not brought back."""

from dataclasses import dataclass

from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.care_requests.models import CareRequest, Occurrence
from app.exchange.tables import codecs
from app.exchange.tables.codecs import TableColumn
from app.matching.models import Night, Proposal, ProposalStatus, Run
from app.shared.times import slot_clock
from app.visits.models import SeatStatus, Visit, VisitSeat, VisitStatus


@dataclass(frozen=True)
class SeatRow:
    """A visit and one of its seats, None for a visit without any."""

    visit: Visit
    seat: VisitSeat | None


def proposal_rows(session: Session) -> list[Proposal]:
    """Every proposal, the newest night's first."""
    return list(
        session.scalars(
            select(Proposal)
            .join(Run, Run.id == Proposal.run_id)
            .join(Night, Night.id == Run.night_id)
            .options(
                joinedload(Proposal.run).joinedload(Run.night),
                joinedload(Proposal.volunteer),
                joinedload(Proposal.occurrence).joinedload(Occurrence.request).joinedload(CareRequest.kind),
            )
            .order_by(Night.morning.desc(), Proposal.id)
        )
    )


def visit_rows(session: Session) -> list[SeatRow]:
    """Every visit with its seats, by day."""
    visits = session.scalars(
        select(Visit)
        .options(
            joinedload(Visit.occurrence),
            joinedload(Visit.request).joinedload(CareRequest.kind),
            selectinload(Visit.seats).joinedload(VisitSeat.volunteer),
        )
        .order_by(Visit.on_date, Visit.from_slot, Visit.id)
    )
    return [SeatRow(visit, seat) for visit in visits for seat in _seats_of(visit)]


def _seats_of(visit: Visit) -> list[VisitSeat | None]:
    return [*visit.seats] or [None]


def _hours(row: Proposal | Visit) -> str:
    return f"{slot_clock(row.from_slot)}-{slot_clock(row.to_slot)}"


PROPOSALS: tuple[TableColumn[Proposal], ...] = (
    TableColumn("morning", lazy_gettext("Morning"), codecs.day(), lambda row: row.run.night.morning),
    TableColumn("occurrence", lazy_gettext("Visit"), codecs.text(), lambda row: row.occurrence.code),
    TableColumn("request", lazy_gettext("Request"), codecs.text(), lambda row: row.occurrence.request.code),
    TableColumn(
        "kind",
        lazy_gettext("Kind of help"),
        codecs.name("kinds"),
        lambda row: row.occurrence.request.kind_code,
    ),
    TableColumn("on_date", lazy_gettext("Date"), codecs.day(), lambda row: row.on_date),
    TableColumn("hours", lazy_gettext("Time"), codecs.text(), lambda row: _hours(row)),
    TableColumn("seat", lazy_gettext("Volunteer number"), codecs.whole(), lambda row: row.seat_number),
    TableColumn("volunteer", lazy_gettext("Volunteer"), codecs.text(), lambda row: row.volunteer.code),
    TableColumn("status", lazy_gettext("Status"), codecs.choice(ProposalStatus), lambda row: row.status),
    TableColumn("decided_at", lazy_gettext("Decided at"), codecs.moment(), lambda row: row.decided_at),
    TableColumn("decided_by", lazy_gettext("Decided by"), codecs.account(), lambda row: row.decided_by_id),
    TableColumn("reason", lazy_gettext("Why"), codecs.text(), lambda row: row.reason),
)

VISITS: tuple[TableColumn[SeatRow], ...] = (
    TableColumn("occurrence", lazy_gettext("Visit"), codecs.text(), lambda row: row.visit.occurrence.code),
    TableColumn("request", lazy_gettext("Request"), codecs.text(), lambda row: row.visit.request.code),
    TableColumn(
        "kind", lazy_gettext("Kind of help"), codecs.name("kinds"), lambda row: row.visit.request.kind_code
    ),
    TableColumn("on_date", lazy_gettext("Date"), codecs.day(), lambda row: row.visit.on_date),
    TableColumn("hours", lazy_gettext("Time"), codecs.text(), lambda row: _hours(row.visit)),
    TableColumn("status", lazy_gettext("Status"), codecs.choice(VisitStatus), lambda row: row.visit.status),
    TableColumn(
        "volunteer",
        lazy_gettext("Volunteer"),
        codecs.text(),
        lambda row: row.seat.volunteer.code if row.seat else "",
    ),
    TableColumn(
        "seat_status",
        lazy_gettext("Volunteer's answer"),
        codecs.choice(SeatStatus),
        lambda row: row.seat.status if row.seat else None,
    ),
    TableColumn(
        "carer_told_at", lazy_gettext("Carer told at"), codecs.moment(), lambda row: row.visit.carer_told_at
    ),
    TableColumn(
        "cancelled_at", lazy_gettext("Cancelled at"), codecs.moment(), lambda row: row.visit.cancelled_at
    ),
    TableColumn(
        "cancel_reason", lazy_gettext("Why cancelled"), codecs.text(), lambda row: row.visit.cancel_reason
    ),
)

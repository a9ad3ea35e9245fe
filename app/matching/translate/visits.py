"""The rows of the visits that are needed, and who is held to them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, Occurrence, RequestDemand, RequestLanguage, RequestSkill
from app.care_requests.queries.occurrences import waits_since
from app.handover.queries.handovers import duties_passed_on
from app.matching import engine
from app.matching.engine import Option, Pin
from app.matching.translate import statements
from app.matching.translate.ages import age_range, is_nobodys_age, permitted_ages
from app.matching.translate.reading import Part, Seat, Values, in_days, lists
from app.matching.translate.volunteers import VolunteerRows
from app.safeguarding.queries import do_not_pair_pairs, family_pairs
from app.shared.database import as_list
from app.visits.queries import served_last

MOST_WAITING_DAYS = 3650


class VisitRows:
    """The needed visits of the horizon, as engine rows, and who is pinned to them."""

    def __init__(
        self,
        session: Session,
        horizon: Sequence[date],
        volunteers: VolunteerRows,
        occurrences: Sequence[Occurrence],
        seats: Sequence[Seat],
        part: Part | None,
    ) -> None:
        self.horizon = horizon
        self.volunteers = volunteers
        is_open, values = statements.OPEN, dict[str, str]()
        requests = {occurrence.request_id for occurrence in occurrences}
        if part is not None:
            is_open = statements.OPEN_IN_PART
            people = {occurrence.request.recipient_id or 0 for occurrence in occurrences}
            values = {
                "people": as_list(people),
                "requests": as_list(requests),
                "occurrences": as_list(part.occurrence_ids),
            }
        self.skills = lists(session, RequestSkill.request_id, RequestSkill.skill_code, is_open, values)
        self.languages = lists(
            session, RequestLanguage.request_id, RequestLanguage.language_code, is_open, values
        )
        self.demands = lists(session, RequestDemand.request_id, RequestDemand.demand_code, is_open, values)
        self.known = self._codes_by(session.execute(statements.known_helpers(part is not None), values).all())
        self.kept_apart = self._codes_by((recipient, who) for who, recipient in do_not_pair_pairs(session))
        self.family = self._codes_by((recipient, who) for who, recipient in family_pairs(session))
        first_day = {**values, "first": horizon[0]}
        self.said_no = self._codes_by(session.execute(statements.said_no(part is not None), first_day).all())
        self.refused = self._refused(session, part is not None, values)
        self.served = served_last(session, horizon[0], None if part is None else requests)
        self.fixed_times = _fixed_times(session, horizon, part)
        self.followed = duties_passed_on(session)
        held: dict[int, list[str]] = defaultdict(list)
        for seat in seats:
            if seat.volunteer_id in volunteers.codes:
                held[seat.occurrence_id].append(volunteers.codes[seat.volunteer_id])
        self.left_out: list[str] = []
        self.rows: list[engine.Visit] = []
        self.pins: list[Pin] = []
        first_of_request: set[int] = set()
        for occurrence in occurrences:
            row = self._row(occurrence)
            if row is None:
                continue
            if occurrence.request_id not in first_of_request:
                first_of_request.add(occurrence.request_id)
                row = self._continued(row, occurrence.request_id)
            self.rows.append(row)
            self.pins += [(row.id, code, 0) for code in sorted(held.get(occurrence.id, ()))]
        self.codes = {row.id for row in self.rows}

    def _row(self, occurrence: Occurrence) -> engine.Visit | None:
        request = occurrence.request
        kind, recipient = request.kind, request.recipient
        options = self._options(occurrence)
        if kind is None or not options:
            return None
        area = None if kind.is_anywhere else request.area_code
        if (request.is_at_home and (area is None or recipient is None)) or is_nobodys_age(
            permitted_ages(kind, request)
        ):
            self.left_out.append(occurrence.code)
            return None
        recipient_id = request.recipient_id or 0
        is_first = bool(request.is_at_home and recipient and recipient.first_visited_on is None)
        ages = permitted_ages(kind, request)
        excluded = {
            *self.kept_apart.get(recipient_id, ()),
            *self.said_no.get(occurrence.id, ()),
            *self.refused.get(request.id, ()),
        }
        if ages[1] is not None:
            excluded.update(self.volunteers.may_be_older_than(ages[1]))
        return engine.Visit(
            id=occurrence.code,
            request=request.code,
            recipient=recipient.code if recipient else None,
            kind=kind.code,
            at_home=request.is_at_home,
            first_visit=is_first,
            area=area,
            options=options,
            seats=(request.seats_min, request.seats_max),
            experienced=request.experienced_needed,
            skills=self.skills.get(request.id, ()),
            clearance=request.clearance,
            languages=self.languages.get(request.id, ()),
            gender=request.gender_needed.value if request.gender_needed else None,
            ages=ages,
            demands=self.demands.get(request.id, ()),
            prefers_ages=age_range(request.prefers_age_from, request.prefers_age_to),
            prefers_gender=request.gender_preferred.value if request.gender_preferred else None,
            urgent=request.urgent_until is not None and occurrence.first_day <= request.urgent_until,
            waiting_days=self._waiting_days(request),
            sequence=occurrence.sequence,
            continues=(),
            excluded=tuple(sorted(excluded)),
            family=self.family.get(recipient_id, ()),
            known=self.known.get(recipient_id, ()),
        )

    def _continued(self, row: engine.Visit, request_id: int) -> engine.Visit:
        """The request's earliest visit knows who served it last, or who has taken it over from them."""
        served = self.served.get(request_id)
        followed = self.followed.get(request_id, (0, 0))
        people = {
            followed[1] if person == followed[0] else person
            for person in (() if served is None else served.volunteer_ids)
        }
        codes = sorted(self.volunteers.codes[id] for id in people if id in self.volunteers.codes)
        return replace(row, continues=tuple(codes))

    def _options(self, occurrence: Occurrence) -> tuple[Option, ...]:
        """The times within the horizon; one only once a visit has been fixed."""
        fixed = self.fixed_times.get(occurrence.id)
        times = (
            [fixed]
            if fixed
            else [(each.on_date, each.from_slot, each.to_slot) for each in occurrence.options]
        )
        first = self.horizon[0]
        return tuple(
            dict.fromkeys(
                ((day - first).days, start, end)
                for day, start, end in times
                if first <= day <= self.horizon[-1]
            )
        )

    def _waiting_days(self, request: CareRequest) -> int:
        """Days since the last served visit, else since the request came in (DOMAIN §2)."""
        served = self.served.get(request.id)
        since = waits_since(request, None if served is None else served.on)
        return max(0, min((self.horizon[0] - since).days, MOST_WAITING_DAYS))

    def _refused(self, session: Session, is_part: bool, values: Values) -> dict[int, tuple[str, ...]]:
        """Whom a coordinator or the carer refused for a request is not proposed for it again."""
        by_coordinators, by_carers = statements.refusals(is_part)
        return self._codes_by(
            [*session.execute(by_coordinators, values), *session.execute(by_carers, values)]
        )

    def _codes_by(self, rows: Iterable[Row[int, int] | tuple[int, int]]) -> dict[int, tuple[str, ...]]:
        codes: dict[int, set[str]] = defaultdict(set)
        for key, volunteer_id in rows:
            if volunteer_id in self.volunteers.codes:
                codes[key].add(self.volunteers.codes[volunteer_id])
        return {key: tuple(sorted(found)) for key, found in codes.items()}


def _fixed_times(
    session: Session, horizon: Sequence[date], part: Part | None
) -> dict[int, tuple[date, int, int]]:
    """Occurrence id → the time of its visit, where one stands and somebody holds a seat.

    It may lie outside the horizon: a need with several times that was met at one of them is not needed at another.
    """
    rows = session.execute(statements.fixed(part is not None), in_days(horizon, part))
    return {row.occurrence_id: (row.on_date, row.from_slot, row.to_slot) for row in rows}

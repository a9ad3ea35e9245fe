"""The rooms put together as the factory does it, for tests that go without an application."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.care_requests.queries import visits as seam
from app.care_requests.use_cases import telling
from app.handover.use_cases.sweeping import follow_leaving
from app.matching.queries.proposals import requests_with_somebody_proposed
from app.matching.use_cases import teams
from app.matching.use_cases.upkeep import close_proposals_of, close_proposals_to, sweep_visits_of
from app.training.use_cases import proofs
from app.visits import queries
from app.visits.use_cases import rules
from app.visits.use_cases.leaving import follow_volunteer
from app.visits.use_cases.seats import follow_request
from app.volunteers.use_cases import leaving


@contextmanager
def rooms_together() -> Iterator[None]:
    """Within: care requests ask visits, visits ask matching, and both follow what happens to requests."""
    before = (
        list(seam._installed),
        list(seam._proposed),
        list(rules._installed),
        list(telling._listeners),
        list(leaving._followers),
        list(proofs._sweepers),
    )
    seam.install_visits(queries)
    seam.install_proposals(requests_with_somebody_proposed)
    rules.install_rules(teams)
    telling.install_listeners(follow_request, close_proposals_of)
    leaving.install_followers(follow_volunteer, close_proposals_to, follow_leaving)
    proofs.install_sweepers(sweep_visits_of)
    try:
        yield
    finally:
        seam._installed[:], seam._proposed[:], rules._installed[:] = before[:3]
        telling._listeners[:], leaving._followers[:], proofs._sweepers[:] = before[3:]

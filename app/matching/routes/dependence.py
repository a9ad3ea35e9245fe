"""On whom the district depends: the page that says where a successor is needed first."""

from flask.typing import ResponseReturnValue

from app.accounts.models import Role
from app.matching.queries.dependence import depended_on
from app.matching.queries.runs import latest_run
from app.matching.routes.blueprint import blueprint
from app.shared.times import hong_kong_date, utc_now
from app.web.access import policy
from app.web.forms import page
from app.web.transactions import reading


@blueprint.get("/seniors/if-somebody-stops")
@policy(Role.COORDINATOR)
def if_somebody_stops() -> ResponseReturnValue:
    """Every senior in the latest plan, whoever would be missed most first."""
    run = latest_run(reading())
    rows = [] if run is None else depended_on(reading(), run, hong_kong_date(utc_now()))
    return page("matching/if_somebody_stops.html", run=run, rows=rows)

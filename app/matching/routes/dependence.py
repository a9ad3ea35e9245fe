"""On whom the district depends: what falls if somebody stops, and how many could do each thing."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.models import Role
from app.catalogue.queries import areas, areas_by_district, on_tiles, support_kinds
from app.handover.queries.seniors import duty_holders
from app.matching.forms import NarrowForm
from app.matching.queries.dependence import depended_on
from app.matching.queries.runs import files_of, latest_run
from app.matching.queries.who_could import Narrowed, Reach, cell_rows, reach_of, weekly_rows
from app.matching.routes.blueprint import blueprint
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.forms.week import PARTS
from app.web.access import policy
from app.web.forms import page
from app.web.security import id_in
from app.web.transactions import reading

AGES = (60, 65, 70, 75, 80)
A_PAGE = 50
WEEKLY, DUTIES, CELLS = "weekly", "duties", "cells"
TONES = {Reach.NOBODY: "bad", Reach.ONE: "warning", Reach.FEW: "info", Reach.MANY: "good"}


@blueprint.get("/seniors/if-somebody-stops")
@policy(Role.COORDINATOR)
def if_somebody_stops() -> ResponseReturnValue:
    """Every senior in the latest plan: who plans to step back or is of a chosen age, and who would be missed most."""
    run, today = latest_run(reading()), hong_kong_date(utc_now())
    chosen = id_in(request.args.get("age"))
    oldest = chosen if chosen in AGES else None
    rows = [] if run is None else depended_on(reading(), run, today, oldest=oldest)
    lost = Counter[str]()
    for row in rows:
        lost += row.areas
    return page(
        "matching/if_somebody_stops.html",
        run=run,
        rows=rows,
        ages=AGES,
        oldest=oldest,
        first=[row for row in rows if row.comes_first(oldest, today)],
        tiles=_tiles(lost, lambda code: url_for(".who_could", area=code)) if rows else [],
    )


@blueprint.get("/seniors/who-could")
@policy(Role.COORDINATOR)
def who_could() -> ResponseReturnValue:
    """How many could do each weekly request, role, and kind of support by area and time of the week."""
    session = reading()
    run = latest_run(session)
    files = files_of(session, run.id) if run is not None else None
    show = request.args.get("show", WEEKLY)
    form = NarrowForm(support_kinds(session), areas_by_district(session), formdata=request.args)
    wanted = form.narrowed()
    problem = files[0] if files is not None else None
    everything: list[Any] = []
    tiles = []
    if show == DUTIES:
        everything = [
            each for each in duty_holders(session) if wanted.reach in (None, reach_of(len(each.people), 1))
        ]
    elif problem is not None and show == CELLS:
        everything = list(cell_rows(session, problem, wanted))
    elif problem is not None:
        everything = list(weekly_rows(session, problem, wanted))
        thin = Counter(
            row.request.area_code
            for row in everything
            if row.request.area_code and row.reach in (Reach.NOBODY, Reach.ONE)
        )
        tiles = _tiles(thin, _narrowed_to(wanted))
    pages = max(1, -(-len(everything) // A_PAGE))
    number = min(id_in(request.args.get("page")) or 1, pages)
    return page(
        "matching/who_could.html",
        run=run,
        show=show if show in (DUTIES, CELLS) else WEEKLY,
        form=form,
        filters={name: value for name, value in request.args.to_dict().items() if name != "page"},
        rows=everything[(number - 1) * A_PAGE : number * A_PAGE],
        total=len(everything),
        number=number,
        pages=pages,
        tiles=tiles,
        tones=TONES,
        parts=PARTS,
        reach_of=lambda row: reach_of(len(row.people), 1),
    )


def _narrowed_to(wanted: Narrowed) -> Callable[[str], str]:
    """The address of the same list for one area."""
    return lambda code: url_for(
        ".who_could",
        area=code,
        kind=wanted.kind or None,
        part=wanted.part or None,
        reach=wanted.reach.value if wanted.reach else None,
    )


def _tiles(numbers: Mapping[str, int], address: Callable[[str], str]) -> list[dict[str, Any]]:
    """Each area with its number, as `tiles.tile_map` takes it."""
    found = areas(reading())
    places = on_tiles(found)
    return [
        {
            "area": area,
            "row": places[area.code][0],
            "column": places[area.code][1],
            "value": numbers.get(area.code, 0),
            "href": address(area.code) if numbers.get(area.code) else None,
        }
        for area in found
    ]

"""The weeks in one table, and what must not have happened below it."""

from collections.abc import Mapping, Sequence
from datetime import date
from datetime import time as clock_time

from app.shared.times import hong_kong_moment
from app.simulation.checks import CHECKS
from app.simulation.figures import Figures, figures, median, ninth_tenth
from app.simulation.weeks import Weeks

WHILE_IT_HAPPENED = "Nothing broke and nobody came in vain meanwhile"
MOST_SHOWN = 10
WIDTH = 46

Found = Mapping[str, Sequence[str]]


def faults_found(weeks: Weeks) -> Found:
    """By check: the sentences of what must not have happened."""
    with weeks.world.database.reading() as session:
        found = {
            name: check(session, weeks.phones.received, weeks.world.now) for name, check in CHECKS.items()
        }
    return {**found, WHILE_IT_HAPPENED: weeks.world.faults}


def table(weeks: Weeks, first: date, found: Found, *, seconds: float) -> list[str]:
    """Lines for a terminal: figures, then each check with the first things it found."""
    began = hong_kong_moment(first, clock_time())
    with weeks.world.database.reading() as session:
        known = figures(session, first, began, weeks.world.now)
    rows = [*_of_visits(known), *_of_answers(known), *_of_repairs(known, weeks), *_of_messages(known)]
    spent = ", ".join(f"{what} {taken:.0f}" for what, taken in sorted(weeks.seconds.items()))
    rows.append(("Seconds", f"{seconds:.0f} ({spent})"))
    lines = [f"  {label:<{WIDTH}} {value}" for label, value in rows]
    for check, sentences in found.items():
        lines.append(f"  {check:<{WIDTH}} {'yes' if not sentences else f'NO: {len(sentences)}'}")
        lines += [f"      {sentence}" for sentence in sentences[:MOST_SHOWN]]
    return lines


Rows = list[tuple[str, str]]


def _of_visits(known: Figures) -> Rows:
    days = known.days_to_first_visit
    return [
        ("Visits needed, took place", _of(known.took_place, known.needed)),
        ("Urgent visits needed, took place", _of(known.urgent_took_place, known.urgent_needed)),
        (
            "Called off by carers; nobody came",
            f"{known.counts['called off by carers']}; {known.counts['no-shows']}",
        ),
        ("Days from request to first visit", f"median {median(days):.0f}, p90 {ninth_tenth(days):.0f}"),
    ]


def _of_answers(known: Figures) -> Rows:
    return [
        (
            f"Offers answered, {how.replace('_', ' ')}" if how != "none" else "Offers that ran out",
            f"{offers:,}" if how == "none" else f"{offers:,}: {yes:,} yes, {offers - yes:,} no",
        )
        for how, offers, yes in known.answers
    ]


def _of_repairs(known: Figures, weeks: Weeks) -> Rows:
    mended = [hours for hours in known.repairs if hours is not None]
    looking = weeks.coordinators.repair_seconds
    return [
        ("Visits that lost somebody, agreed again", _of(len(mended), len(known.repairs))),
        ("Hours until then", f"median {median(mended):.0f}, p90 {ninth_tenth(mended):.0f}"),
        ("People promised elsewhere moved for a repair", "0 (a promise is never moved)"),
        (
            "Seconds to name who could go instead",
            f"median {median(looking):.2f}, p90 {ninth_tenth(looking):.2f}",
        ),
    ]


def _of_messages(known: Figures) -> Rows:
    counts = known.counts
    a_visit = counts["messages"] / max(1, counts["visits"])
    return [
        ("Messages sent, overtaken before they left", f"{counts['messages']:,}, {counts['overtaken']:,}"),
        (
            "Given up, of them told by telephone",
            f"{counts['given up']}, {counts['told by telephone']:,} told",
        ),
        ("Messages a visit", f"{a_visit:.1f}"),
        ("Nights", f"{counts['nights']}"),
    ]


def _of(part: int, whole: int) -> str:
    return f"{whole:,}, {part:,} ({100 * part / max(1, whole):.1f} %)"

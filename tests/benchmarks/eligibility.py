"""`python3 -m app bench eligibility [--size S|M|L|XL]...`: everything the engine does before it solves.

One table a size: the stages with seconds and the growth of memory, and who may do what by the index beside a plain
NumPy scan of each area's people and a scan of everybody, on the same columns in the same run. All must find the same
pairs. Seconds are processor time; memory is the peak of the process that did the stage and all before it, in MiB, with
some 150 of them for Python and the compiler. Each method runs in a process of its own, after a warming up.
"""

import argparse
import hashlib
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine import Problem, generate
from app.matching.engine.amounts import pair_amounts
from app.matching.engine.candidates import candidates_of
from app.matching.engine.columns import GENDERS, Bools, Columns, Ints, columns_of
from app.matching.engine.eligibility import eligible_pairs, funnels_of
from tests.benchmarks._installation import show_table

SIZES = {
    "S": (1_000, 300, 10, 1, 0.05),
    "M": (20_000, 3_000, 200, 4, 0.05),
    "L": (100_000, 10_000, 1_000, 18, 0.05),
    "XL": (1_300_000, 100_000, 2_000, 18, 0.0005),
}
"""Volunteers, requests, areas, districts, share of help without an area (at XL few: each is open to everybody)."""
EVERYBODY_UP_TO = 10_000
"""Visits times volunteers, in thousands, up to which everybody is scanned."""

Found = tuple[int, str]
"""How many pairs, and a hash of them."""


def by_index(columns: Columns) -> Found:
    """The engine's index of bit rows, made anew."""
    pairs = eligible_pairs(columns)
    return _named(pairs.volunteer, pairs.first)


def by_area(columns: Columns) -> Found:
    """The people of the area, rule by rule in NumPy."""
    return _scanned(
        columns, lambda area: columns.serving.items[slice(*columns.serving.first[area : area + 2])]
    )


def by_everybody(columns: Columns) -> Found:
    """All people, rule by rule in NumPy."""
    everybody = np.arange(len(columns.volunteers), dtype=np.int32)
    serves = [
        np.isin(everybody, columns.serving.items[slice(*columns.serving.first[area : area + 2])])
        for area in range(len(columns.problem.areas))
    ]
    return _scanned(columns, lambda area: everybody[serves[area]])


def _named(people: NDArray[np.int32], first: Ints) -> Found:
    return len(people), hashlib.sha256(people.tobytes() + first.tobytes()).hexdigest()


def _scanned(columns: Columns, serving: Callable[[int], NDArray[np.int32]]) -> Found:
    traits = _traits(columns)
    everybody = np.arange(len(columns.volunteers), dtype=np.int32)
    found = []
    for option in range(len(columns.day)):
        area = int(columns.area[option])
        found.append(_scan(columns, traits, option, everybody if area < 0 else serving(area)))
    first = np.concatenate([[0], np.cumsum([len(people) for people in found])]).astype(np.int64)
    return _named(np.concatenate([np.zeros(0, dtype=np.int32), *found]).astype(np.int32), first)


def _traits(columns: Columns) -> dict[tuple[str, str], Any]:
    """(column, word) -> [volunteer] the last valid day, or whether the word is there."""
    traits: dict[tuple[str, str], Any] = {}
    for name, held in columns.roster.held.items():
        owners = held.lists.owners()
        for number, kind in enumerate(held.kinds):
            here = held.lists.items[:, 0] == number
            until = np.zeros(len(columns.roster), dtype=np.int32)
            until[owners[here]] = held.lists.items[here, 1]
            traits[name, kind] = until
    for name in ("languages", "cannot"):
        column = columns.roster.coded[name]
        for word in {word for words in column.values for word in words}:
            traits[name, word] = np.array([word in words for words in column.values])[column.codes]
    return traits


def _scan(
    columns: Columns, traits: dict[tuple[str, str], Any], option: int, people: NDArray[np.int32]
) -> NDArray[np.int32]:
    visit = columns.visits[int(columns.visit_of[option])]
    day = int(columns.day[option])
    on = columns.problem.starts_on.toordinal() + day
    needed = np.uint64((1 << int(columns.end[option])) - (1 << int(columns.start[option])))
    nobody = np.zeros(len(columns.roster), dtype=np.int32)
    index = columns.problem.volunteer_index

    def named(names: tuple[str, ...], people: NDArray[np.int32]) -> Bools:
        return np.isin(people, [index[name] for name in names if name in index])

    people = people[(columns.free[people, day] & needed) == needed]
    for skill in visit.skills:
        people = people[traits.get(("skills", skill), nobody)[people] >= on]
    if visit.clearance is not None:
        people = people[traits.get(("clearances", visit.clearance), nobody)[people] >= on]
    if visit.languages:
        speaks = [traits.get(("languages", word), nobody)[people] > 0 for word in visit.languages]
        people = people[np.logical_or.reduce(speaks)]
    if visit.gender is not None:
        people = people[columns.gender[people] == GENDERS[visit.gender]]
    youngest, oldest = visit.ages
    if youngest is not None:
        people = people[columns.age[people] >= youngest]
    if oldest is not None:
        people = people[columns.age[people] <= oldest]
    for demand in visit.demands:
        people = people[~(traits.get(("cannot", demand), nobody)[people] > 0)]
    if visit.at_home:
        people = people[columns.new_homes[people] | named(visit.known, people)]
    return people[~named(visit.excluded + visit.family, people)]


METHODS = {
    "index of bit rows": by_index,
    "NumPy, people of the area": by_area,
    "NumPy, everybody": by_everybody,
}


def stages(problem: Problem, sender: Connection) -> None:
    """Sends (stage, what it made, seconds, MiB) of everything before the solver, one after the other."""

    def timed(stage: str, work: Callable[[], Any], told: Callable[[Any], str]) -> Any:
        began = time.process_time()
        made = work()
        seconds = time.process_time() - began
        sender.send([stage, told(made), f"{seconds:.3f}", _peak()])
        return made

    columns = timed("columns", lambda: columns_of(problem), lambda made: f"{len(made.day):,} options")
    timed("index of words", lambda: columns.index, lambda made: f"{len(made.words)} words each")
    pairs = timed(
        "eligible pairs", lambda: eligible_pairs(columns), lambda made: f"{len(made.option):,} pairs"
    )
    timed("amounts", lambda: pair_amounts(columns, pairs), lambda made: f"{made.sum():,} added")
    timed(
        "all, with the pins", lambda: candidates_of(problem), lambda made: f"{len(made.pairs.option):,} open"
    )
    everybody = range(len(problem.visits))
    timed(
        "funnel of every visit", lambda: funnels_of(columns, everybody), lambda made: f"{len(made):,} visits"
    )
    timed("hash", lambda: problem.hash, lambda _: "")
    sender.send(None)


def methods(problem: Problem, sender: Connection) -> None:
    """Sends (method, pairs, seconds, MiB) of each way to find who may do what; raises when they differ."""
    columns = columns_of(problem)
    found: dict[str, Found] = {}
    work = len(columns.visits) * len(columns.roster) // 1_000
    for name, method in METHODS.items():
        if method is by_everybody and work > EVERYBODY_UP_TO:
            continue
        began = time.process_time()
        found[name] = method(columns)
        seconds = time.process_time() - began
        sender.send([name, f"{found[name][0]:,} pairs", f"{seconds:.3f}", _peak()])
    if len(set(found.values())) != 1:
        raise RuntimeError(f"the methods disagree: {found}")
    sender.send(None)


def _peak() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,}"


def _apart(work: Callable[[Problem, Connection], None], problem: Problem) -> list[list[str]]:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=work, args=(problem, sender))
    process.start()
    sender.close()
    rows = []
    try:
        while (row := receiver.recv()) is not None:
            rows.append(row)
    except EOFError:
        raise RuntimeError(f"{work.__name__} ended early") from None
    finally:
        process.join()
    return rows


def main(argv: Sequence[str]) -> int:
    """Print two tables a size."""
    parser = argparse.ArgumentParser(prog="python3 -m app bench eligibility")
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    small = candidates_of(generate(volunteers=60, requests=20, areas=3, seed=1, pins=3))
    funnels_of(small.columns, [0])
    for size in options.size or ["S", "M", "L"]:
        volunteers, requests, areas, districts, anywhere = SIZES[size]
        began = time.process_time()
        problem = generate(
            volunteers=volunteers,
            requests=requests,
            areas=areas,
            districts=districts,
            seed=options.seed,
            pins=requests // 20,
            anywhere=anywhere,
        )
        made = [
            "invented and checked",
            f"{len(problem.visits):,} visits",
            f"{time.process_time() - began:.3f}",
            _peak(),
        ]
        title = f"{size}: {volunteers:,} volunteers, {requests:,} requests, {areas:,} areas"
        show_table(title, ("stage", "made", "seconds", "MiB"), [made, *_apart(stages, problem)])
        show_table("Who may do what", ("method", "found", "seconds", "MiB"), _apart(methods, problem))
        del problem
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

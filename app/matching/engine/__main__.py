"""The engine from the command line: generate, solve, verify, explain. `-` is standard input or output."""

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from app.matching import engine
from app.matching.engine import InvalidProblem, InvalidResult, Problem, Result
from app.matching.engine.reading import RepeatedKey, once

REFUSED = 2


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. 0: done; 1: a result that is not true; 2: a refusal, on standard error."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (
        InvalidProblem,
        InvalidResult,
        RepeatedKey,
        json.JSONDecodeError,
        UnicodeDecodeError,
        OSError,
    ) as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201 - a command speaks to the person at the terminal
    except KeyError as unknown:
        print(f"no such visit: {unknown}", file=sys.stderr)  # noqa: T201 - as above
    return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.matching.engine", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("generate", help="invent a problem")
    for name, default in (
        ("volunteers", None),
        ("requests", None),
        ("areas", 10),
        ("districts", 1),
        ("seed", 0),
    ):
        command.add_argument(f"--{name}", type=int, required=default is None, default=default)
    command.set_defaults(run=_generate)
    command = commands.add_parser("solve", help="solve a problem")
    command.add_argument("problem")
    command.add_argument("--time-limit", type=float, default=60.0)
    command.add_argument("--workers", type=int, default=1)
    command.set_defaults(run=_solve)
    command = commands.add_parser(
        "verify", help="check a result; exit 1 and the reasons when anything is false"
    )
    command.add_argument("problem")
    command.add_argument("result")
    command.set_defaults(run=_verify)
    command = commands.add_parser("explain", help="say why for one visit")
    command.add_argument("problem")
    command.add_argument("result")
    command.add_argument("visit")
    command.set_defaults(run=_explain)
    return parser


def _generate(options: argparse.Namespace) -> int:
    problem = engine.generate(
        volunteers=options.volunteers,
        requests=options.requests,
        areas=options.areas,
        districts=options.districts,
        seed=options.seed,
    )
    return _write(problem.to_json())


def _solve(options: argparse.Namespace) -> int:
    problem = Problem.from_text(_text(options.problem))
    with ThreadPoolExecutor(options.workers) as executor:
        workers = executor if options.workers > 1 else None
        result = engine.solve(
            problem, time_limit_seconds=options.time_limit, executor=workers, progress=_progress
        )
    return _write(result.to_json())


def _progress(stage: str, done: int, total: int, value: int, bound: int) -> None:
    known = f", no plan can exceed {bound:,}" if bound >= 0 else ""
    print(f"{stage} {done:,}/{total:,}: value {value:,}{known}", file=sys.stderr)  # noqa: T201 - as above


def _verify(options: argparse.Namespace) -> int:
    problem, result = _read(options.problem), _read(options.result)
    Problem.from_json(problem)
    Result.from_json(result)
    report = engine.verify(problem, result)
    for line in (*report.faults, *report.notes):
        print(line)  # noqa: T201 - as above
    return 0 if report.ok else 1


def _explain(options: argparse.Namespace) -> int:
    result = Result.from_json(_read(options.result))
    return _write(engine.explain(Problem.from_text(_text(options.problem)), result, options.visit))


def _read(name: str) -> Any:
    return json.loads(_text(name), object_pairs_hook=once)


def _text(name: str) -> str:
    return (sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()).decode()


def _write(document: dict[str, Any]) -> int:
    json.dump(document, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

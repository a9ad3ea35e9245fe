"""`python3 -m app bench sign-up`: how long volunteers wait for the pages of sign-up while the night runs.

The service runs as in real life (gunicorn, one worker, eight threads) on SQLite; visitors fill in page after page over
HTTP on 127.0.0.1, with a pause between two pages; the night runs in a process of its own. The same visitors without a
night stand beside it in the same run. An answer that is an error, or a worker that dies, makes it fail.
"""

import argparse
import http.client
import multiprocessing
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

from config import Config
from tests.benchmarks._installation import bench_config, make_district, percentile, show_table
from tests.benchmarks.night import whole_night

PAUSE_SECONDS = 0.5
HIDDEN = re.compile(r'<input[^>]*name="(csrf_token|form_key)"[^>]*value="([^"]*)"')
PAGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("who", {"name_zh": "示範人", "birth_year": "1950", "gender": "f"}),
    ("reach", {"phone": "6123 4567", "reached_by": "sms", "language": "zh_Hant_HK"}),
    ("place", {"home_area": "shek_lei", "coverage": "near"}),
    ("abilities", {"languages": "yue", "wishes": "befriending"}),
    ("times", {"week-usual": "weekday_morning", "weekly_visits": "2", "weekly_hours": "6", "homes": "new"}),
)


@dataclass
class Times:
    """Seconds waited for pages looked at and pages sent; and what went wrong, by page and kind."""

    look: list[float] = field(default_factory=list)
    send: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


def run_night(config: Config) -> None:
    """The night, for a process of its own."""
    whole_night(config)


def visit(address: str, times: Times, over: threading.Event) -> None:
    """One visitor after the other, until it is over."""
    while not over.is_set():
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        doing = ""
        try:
            for page, answers in PAGES:
                path = f"{address}/sign-up/{page}"
                doing = f"look at {page}"
                began = time.perf_counter()
                html = browser.open(path, timeout=30).read().decode()
                looked = time.perf_counter()
                doing = f"send {page}"
                hidden = {name: unescape(value) for name, value in HIDDEN.findall(html)}
                browser.open(path, data=urlencode({**hidden, **answers}).encode(), timeout=30).read()
                times.look.append(looked - began)
                times.send.append(time.perf_counter() - looked)
                if over.wait(PAUSE_SECONDS):
                    return
        except (OSError, http.client.HTTPException) as error:
            kind = f"HTTP {error.code}" if isinstance(error, urllib.error.HTTPError) else repr(error)
            times.errors[f"{doing}: {kind}"] += 1


def measure(address: str, visitors: int, *, seconds: float, night: Config | None) -> tuple[Times, float]:
    """What `visitors` waited, for `seconds` or as long as the night runs; and how long that was."""
    times, over = Times(), threading.Event()
    threads = [threading.Thread(target=visit, args=(address, times, over)) for _ in range(visitors)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    if night is None:
        over.wait(seconds)
    else:
        process = multiprocessing.get_context("spawn").Process(target=run_night, args=(night,))
        process.start()
        process.join()
    length = time.perf_counter() - began
    over.set()
    for thread in threads:
        thread.join()
    return times, length


def line(title: str, times: Times, length: float) -> list[str]:
    """One line of the table, in milliseconds."""
    cells = [title, f"{length:.0f}", str(len(times.send)), str(times.errors.total())]
    for waited in (times.look, times.send):
        cells += [f"{1000 * percentile(waited, share):.0f}" for share in (0.5, 0.95)]
    return cells


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(address: str, *, tries: int = 100) -> None:
    """Return once the service answers. Raises TimeoutError."""
    for _ in range(tries):
        try:
            urllib.request.urlopen(f"{address}/", timeout=5).close()  # noqa: S310 (our own server on 127.0.0.1)
        except OSError:
            threading.Event().wait(0.2)
        else:
            return
    raise TimeoutError(address)


def main(argv: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python3 -m app bench sign-up")
    parser.add_argument("--visitors", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0, help="of the run without a night")
    parser.add_argument("--volunteers", type=int, default=2000)
    parser.add_argument("--requests", type=int, default=400)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="vu-bench-") as folder:
        port = free_port()
        config = bench_config(Path(folder), port=port)
        make_district(config, volunteers=options.volunteers, requests=options.requests, seed=1).dispose()
        address = config.public_url
        with (Path(folder) / "service.log").open("w+b") as log:
            server = subprocess.Popen(
                (sys.executable, "-m", "app", "serve", "--bind", f"127.0.0.1:{port}", "--workers", "1"),
                env={**os.environ, "VU_DEMONSTRATION": folder},
                stderr=log,
            )
            try:
                wait_until_up(address)
                quiet = measure(address, options.visitors, seconds=options.seconds, night=None)
                busy = measure(address, options.visitors, seconds=0, night=config)
            finally:
                server.terminate()
                server.wait()
                log.seek(0)
                said = log.read().decode(errors="replace")
                if said:
                    sys.stdout.write(f"ERROR the service said:\n{said}\n")
    headings = ("", "seconds", "pages sent", "errors", "look p50", "look p95", "send p50", "send p95 (ms)")
    show_table(
        f"Sign-up with {options.visitors} visitors at once, {PAUSE_SECONDS} s between two pages",
        headings,
        [line("no night", *quiet), line("while the night runs", *busy)],
    )
    errors = quiet[0].errors + busy[0].errors
    for what, times in errors.most_common():
        sys.stdout.write(f"ERROR {times} × {what}\n")
    return 1 if errors or said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

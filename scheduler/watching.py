"""Two things that stop schedulers silently: a tick that hangs, and a wall clock that is put back or forward."""

import os
import threading
import time
from collections.abc import Callable

HANGS_AFTER_SECONDS = 90.0
CLOCK_STEP_SECONDS = 2.0
LOOK_EVERY_SECONDS = 5.0
EXIT_CODE = 70


class Watchdog:
    """Ends the process when no tick has come for `HANGS_AFTER_SECONDS`, and says when the wall clock stepped."""

    def __init__(
        self,
        *,
        on_clock_step: Callable[[float], None],
        on_hang: Callable[[], None] = lambda: os._exit(EXIT_CODE),
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.on_clock_step = on_clock_step
        self.on_hang = on_hang
        self.wall = wall
        self.monotonic = monotonic
        self.ticked_at = monotonic()
        self.offset = wall() - monotonic()
        self.is_over = threading.Event()

    def tick(self) -> None:
        """The scheduler is alive."""
        self.ticked_at = self.monotonic()

    def look(self) -> None:
        """One look at both clocks."""
        step = self.wall() - self.monotonic() - self.offset
        if abs(step) >= CLOCK_STEP_SECONDS:
            self.offset += step
            self.on_clock_step(step)
        if self.monotonic() - self.ticked_at > HANGS_AFTER_SECONDS:
            self.on_hang()

    def start(self) -> None:
        """Look every few seconds, in a thread of its own, until `stop`."""
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        self.is_over.set()

    def _run(self) -> None:
        while not self.is_over.wait(LOOK_EVERY_SECONDS):
            self.look()

"""A tick that hangs, and a wall clock that is put back or forward."""

import threading

import pytest

from scheduler import watching
from scheduler.watching import Watchdog


class Clocks:
    """Both clocks of a machine."""

    def __init__(self) -> None:
        self.wall = 1_000_000.0
        self.monotonic = 50.0

    def pass_seconds(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


class Heard:
    """What the watchdog said."""

    def __init__(self) -> None:
        self.steps: list[float] = []
        self.hung = 0


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def watchdog(clocks: Clocks, heard: Heard) -> Watchdog:
    def hangs() -> None:
        heard.hung += 1

    return Watchdog(
        on_clock_step=heard.steps.append,
        on_hang=hangs,
        wall=lambda: clocks.wall,
        monotonic=lambda: clocks.monotonic,
    )


def test_ticks_that_come_are_left_alone(watchdog: Watchdog, clocks: Clocks, heard: Heard) -> None:
    for _ in range(100):
        clocks.pass_seconds(5)
        watchdog.tick()
        watchdog.look()
    assert (heard.steps, heard.hung) == ([], 0)


def test_a_tick_that_hangs_ends_the_process_after_ninety_seconds(
    watchdog: Watchdog, clocks: Clocks, heard: Heard
) -> None:
    clocks.pass_seconds(90)
    watchdog.look()
    assert heard.hung == 0
    clocks.pass_seconds(1)
    watchdog.look()
    assert heard.hung == 1


@pytest.mark.parametrize("step", [-3600.0, 3600.0, 2.0])
def test_a_clock_that_steps_is_noticed_once(
    watchdog: Watchdog, clocks: Clocks, heard: Heard, step: float
) -> None:
    clocks.wall += step
    watchdog.look()
    watchdog.look()
    assert heard.steps == [step]


def test_a_clock_that_drifts_a_little_is_none(watchdog: Watchdog, clocks: Clocks, heard: Heard) -> None:
    clocks.wall += 1.9
    watchdog.look()
    assert heard.steps == []


def test_it_looks_by_itself_until_it_is_stopped(watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Event()
    monkeypatch.setattr(watching, "LOOK_EVERY_SECONDS", 0.001)
    monkeypatch.setattr(watchdog, "look", looked.set)
    watchdog.start()
    assert looked.wait(10)
    watchdog.stop()

"""Offers ask the rules of the room above."""

from collections.abc import Iterator

import pytest

from tests.rooms import rooms_together


@pytest.fixture
def rooms() -> Iterator[None]:
    with rooms_together():
        yield

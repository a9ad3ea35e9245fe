"""What the tests of accounts share."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from app.accounts.use_cases import staff


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords are hashed with little effort, for speed."""
    monkeypatch.setattr(staff, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    staff._nobodys_hash.cache_clear()
    yield
    staff._nobodys_hash.cache_clear()

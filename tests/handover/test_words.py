"""Every state, step and reason has its own words: members of two enums may be equal as text."""

from enum import StrEnum

import pytest

from app.handover.models import (
    DutyKind,
    HandoverBecause,
    HandoverStatus,
    ItemStatus,
    MemoryStatus,
    Origin,
    Party,
    ShadowStatus,
    SignedFor,
    SignedHow,
)
from app.handover.queries.board import Stall
from app.handover.queries.handovers import NextStep
from app.handover.queries.seniors import SeniorBecause
from app.handover.words import ALL


@pytest.mark.parametrize(
    "enum",
    [
        DutyKind,
        HandoverBecause,
        HandoverStatus,
        ItemStatus,
        MemoryStatus,
        NextStep,
        Origin,
        Party,
        SeniorBecause,
        ShadowStatus,
        SignedFor,
        SignedHow,
        Stall,
    ],
)
def test_every_member_is_worded_as_itself(enum: type[StrEnum]) -> None:
    worded = {(type(key), key) for words in ALL for key in words}
    assert {(type(member), member) for member in enum} <= worded

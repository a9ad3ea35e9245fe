"""What the Hong Kong Observatory says: its open data `warnsum`, asked every few minutes.

The answer is a JSON object with one member for each warning: {"WRAIN": {"code": "WRAINR", "actionCode": "ISSUE",
"issueTime": "2026-09-08T05:40:00+08:00", …}, …}; an empty object when there is none. An answer that cannot be
read is no answer: it never means that no warning is in force.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any

from app.shared.database import Database, is_in_transaction
from app.shared.times import utc_now
from app.weather.models import FAMILY_OF, Silence, WarningFamily, WarningKind
from app.weather.use_cases import note_answer, note_silence

TIMEOUT_SECONDS = 4.0
LONGEST_ANSWER = 256 * 1024
IN_FORCE = frozenset({"ISSUE", "REISSUE", "EXTEND", "UPDATE"})
CANCELLED = "CANCEL"
STATEMENTS = {
    "WTCSGNL": WarningFamily.CYCLONE,
    "WRAIN": WarningFamily.RAIN,
    "WHOT": WarningFamily.HEAT,
}
"""The members of the answer that rules speak of; the others (frost, landslip, thunder) are passed over."""
CODES = {
    "TC1": WarningKind.T1,
    "TC3": WarningKind.T3,
    "TC8NE": WarningKind.T8,
    "TC8SE": WarningKind.T8,
    "TC8SW": WarningKind.T8,
    "TC8NW": WarningKind.T8,
    "TC9": WarningKind.T9,
    "TC10": WarningKind.T10,
    "WRAINA": WarningKind.AMBER,
    "WRAINR": WarningKind.RED,
    "WRAINB": WarningKind.BLACK,
    "WHOT": WarningKind.VERY_HOT,
}

Fetch = Callable[[str], bytes]


class NoAnswer(Exception):
    """Nothing that can be used came back."""

    def __init__(self, silence: Silence) -> None:
        self.silence = silence
        super().__init__(silence.value)


@dataclass
class Summary:
    """The warnings in force, each since when; and the families whose member could not be understood."""

    in_force: dict[WarningKind, datetime] = field(default_factory=dict)
    unclear: set[WarningFamily] = field(default_factory=set)


def ask_observatory(
    database: Database, url: str, *, fetch: Fetch | None = None, clock: Callable[[], datetime] = utc_now
) -> Silence | None:
    """Ask once and keep what was said; why it could not be used, None when it could. No failure gets out of here."""
    try:
        said = read_summary((fetch or fetch_summary)(url))
    except NoAnswer as failure:
        silence = failure.silence
        database.in_transaction(lambda session: note_silence(session, silence, now=clock()))
        return silence
    database.in_transaction(lambda session: note_answer(session, said.in_force, said.unclear, now=clock()))
    return Silence.UNCLEAR if said.unclear else None


def read_summary(answer: bytes) -> Summary:
    """What an answer says. Raises NoAnswer when it is not an object of warnings at all."""
    try:
        members = json.loads(answer)
    except ValueError:
        raise NoAnswer(Silence.UNCLEAR) from None
    if not isinstance(members, dict):
        raise NoAnswer(Silence.UNCLEAR)
    summary = Summary()
    for name, family in STATEMENTS.items():
        if name not in members:
            continue
        try:
            _take(summary, family, members[name])
        except (KeyError, TypeError, ValueError):
            summary.unclear.add(family)
    return summary


def fetch_summary(url: str) -> bytes:
    """The answer's bytes. Raises NoAnswer, and RuntimeError inside a transaction."""
    if is_in_transaction():
        raise RuntimeError("nobody is asked inside a transaction")
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 (a setting)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 (a setting)
            said: bytes = answer.read(LONGEST_ANSWER + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise NoAnswer(Silence.REFUSED) from None
    except (OSError, HTTPException):
        raise NoAnswer(Silence.NOT_REACHED) from None
    if len(said) > LONGEST_ANSWER:
        raise NoAnswer(Silence.UNCLEAR)
    return said


def _take(summary: Summary, family: WarningFamily, member: Mapping[str, Any]) -> None:
    """One member. Raises KeyError, TypeError or ValueError when it is not as the documentation says."""
    action = member["actionCode"]
    if action == CANCELLED:
        return
    kind = CODES[member["code"]]
    if action not in IN_FORCE or FAMILY_OF[kind] is not family:
        raise ValueError(action)
    since = datetime.fromisoformat(member["issueTime"])
    if since.tzinfo is None:
        raise ValueError("without a time zone")
    summary.in_force[kind] = since.astimezone(UTC)

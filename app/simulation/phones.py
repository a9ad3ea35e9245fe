"""The telephones of the district: a channel that takes every letter, now and then after a refusal."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from app.messages.channels import Letter, NotSent
from app.messages.models import Failure

SHARE_BUSY = 0.01
"""Of the tries: the gateway does not answer."""
SHARE_OUT_OF_USE = 0.002
"""Of the tries: it says that the number does not exist."""


@dataclass
class Phones:
    """Takes letters as a gateway would; `draw` gives chance by subject."""

    draw: Callable[..., Random]
    received: Counter[str] = field(default_factory=Counter)
    """How often each letter arrived, by its id."""
    _tries: Counter[str] = field(default_factory=Counter)
    _unread: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> None:
        """Hand over the letter. Raises NotSent."""
        self._tries[letter.id] += 1
        chance = self.draw("gateway", letter.id, self._tries[letter.id]).random()
        if chance < SHARE_BUSY:
            raise NotSent(Failure.GATEWAY_SILENT, "simulated")
        if chance < SHARE_BUSY + SHARE_OUT_OF_USE:
            raise NotSent(Failure.GATEWAY_REFUSED, "410", is_final=True)
        self.received[letter.id] += 1
        self._unread.append(letter)

    def unread(self) -> list[Letter]:
        """The letters that came since this was last asked."""
        letters, self._unread = self._unread, []
        return letters

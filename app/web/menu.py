"""The menu: what each role finds at the top of every page."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request
from flask_babel.speaklater import LazyString


@dataclass(frozen=True)
class MenuEntry:
    """A page in the menu of those who hold one of `roles`. Features list theirs in `routes.MENU`."""

    endpoint: str
    label: LazyString
    roles: frozenset[str]

    @property
    def is_current(self) -> bool:
        return request.endpoint == self.endpoint


def menu_for(entries: Iterable[MenuEntry], roles: frozenset[str]) -> list[MenuEntry]:
    """The entries somebody with `roles` sees, in the order given."""
    return [entry for entry in entries if entry.roles & roles]

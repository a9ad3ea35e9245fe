"""The volunteer-matching service of the Tsuen Wan and Kwai Tsing Volunteer University.

Importing this package imports nothing else, so that `python3 -m app` runs before anything is installed
and the matching engine runs without Flask.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Config


def create_app(config: "Config | None" = None) -> "Flask":
    """The WSGI application for `config`, or for the environment's settings when none is given."""
    from app.factory import create_app as build

    return build(config)

"""The blueprint of safeguarding."""

from flask import Blueprint

blueprint = Blueprint("safeguarding", __name__)

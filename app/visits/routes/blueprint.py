"""The blueprint of offers and visits."""

from flask import Blueprint

blueprint = Blueprint("visits", __name__)

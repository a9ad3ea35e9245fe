"""The blueprint of offers and visits, and how the templates of every room say where these stand."""

from flask import Blueprint

from app.shared.times import utc_now
from app.visits.models import Visit, VisitSeat
from app.visits.words import answer_words, visit_words

blueprint = Blueprint("visits", __name__)


@blueprint.app_template_filter("answer")
def _answer(seat: VisitSeat) -> str:
    return answer_words(seat, utc_now())


@blueprint.app_template_filter("visit_state")
def _visit_state(visit: Visit) -> str:
    return visit_words(visit, utc_now())

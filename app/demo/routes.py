"""Pages that exist in a demonstration only: what was sent, and the codes of the invented staff."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from app.demo.building import open_demonstration
from app.demo.queries import deliveries
from app.shared.times import utc_now
from app.web.access import public
from app.web.transactions import reading

blueprint = Blueprint("demo", __name__)


@blueprint.get("/demonstration/outbox")
@public
def outbox() -> ResponseReturnValue:
    """Everything the console channel "sent", newest first, and the accounts to try."""
    demonstration = open_demonstration(current_app.extensions["settings"].data_directory)
    return render_template(
        "demo/outbox.html", deliveries=deliveries(reading()), demonstration=demonstration, now=utc_now()
    )

"""Rows that are freed while their session closes: what ended the service's process on Python 3.11.

A page's form may still hold its rows, in a circle that only the garbage collector frees, when the session closes; on
3.11 the collector may run in the middle of noting something about a row (`app.shared.database`). A process of its own
closes sessions with the collector due at one point after the other, and with freed memory overwritten at once.
"""

import os
import subprocess
import sys

CLOSING = """
import gc

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.shared.database import Base


class Place(Base):
    __tablename__ = "places_of_a_test"
    id: Mapped[int] = mapped_column(primary_key=True)


class Form:
    pass


def look(session):
    form = Form()
    form.itself = form
    form.places = list(session.scalars(select(Place)))


engine = create_engine("sqlite://")
Place.__table__.create(engine)
with engine.begin() as connection:
    connection.execute(Place.__table__.insert(), [{"id": number} for number in range(1, 51)])
with Session(engine) as session:
    places = list(session.scalars(select(Place)))
    session.expire(places[0])
gc.collect()
gc.freeze()
spare = []
for turn in range(1, 41):
    gc.disable()
    session = Session(engine)
    look(session)
    spare += [{} for _ in range(100)]
    gc.set_threshold(gc.get_count()[0] + turn)
    gc.enable()
    session.close()
print("alive")
"""


def test_a_session_may_close_while_the_collector_frees_its_rows() -> None:
    closing = subprocess.run(
        (sys.executable, "-c", CLOSING),
        env={**os.environ, "PYTHONMALLOC": "debug"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (closing.stdout, closing.returncode) == ("alive\n", 0), closing.stderr

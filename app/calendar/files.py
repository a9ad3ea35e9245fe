"""iCalendar files (RFC 5545), written by the icalendar library: visits and lessons, nothing about people."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext
from icalendar import Calendar, Event

from app.catalogue.models import Area
from app.shared.times import slot_moment
from app.training.models.runs import Lesson
from app.training.queries.runs import lesson_begins, lesson_ends
from app.visits.models import AGREED, HELD, Visit, VisitStatus
from app.web.words import name_of, say

MEDIA_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Tsuen Wan and Kwai Tsing Volunteer University//Visits//EN"
READ_EVERY = timedelta(hours=1)


class EventState(StrEnum):
    """RFC 5545, 3.8.1.11."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"


def calendar_file(name: str, events: Iterable[Event], *, is_feed: bool) -> bytes:
    """A whole file. A feed says how often it is worth reading again."""
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", name)
    calendar.add("X-WR-TIMEZONE", "Asia/Hong_Kong")
    if is_feed:
        calendar.add("REFRESH-INTERVAL", READ_EVERY, parameters={"VALUE": "DURATION"})
        calendar.add("X-PUBLISHED-TTL", "PT1H")
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def visit_event(
    visit: Visit, area: Area | None, *, uid: str, url: str, note: str = "", now: datetime
) -> Event:
    """One visit, in the reader's language. `note`: the request's code, for coordinators."""
    parts = [name_of(visit.request.kind) if visit.request.kind else "", name_of(area) if area else "", note]
    summary = gettext(", ").join(filter(None, parts))
    if visit.status not in HELD:
        summary = gettext("%(what)s (%(why)s)", what=summary, why=say(visit.status))
    event = Event()
    event.add("UID", uid)
    event.add("DTSTAMP", now)
    event.add("DTSTART", slot_moment(visit.on_date, visit.from_slot))
    event.add("DTEND", slot_moment(visit.on_date, visit.to_slot))
    event.add("SUMMARY", summary)
    event.add("LOCATION", name_of(area) if area else gettext("By telephone"))
    event.add(
        "DESCRIPTION", gettext("Name and address stand on the page, for those who go: %(url)s", url=url)
    )
    event.add("URL", url)
    event.add("STATUS", _state(visit).value)
    event.add("SEQUENCE", visit.version)
    event.add("LAST-MODIFIED", visit.moved_at or visit.made_at)
    event.add("CLASS", "PRIVATE")
    return event


def lesson_event(lesson: Lesson, *, uid: str, url: str, now: datetime) -> Event:
    """One lesson of a course, in the reader's language."""
    event = Event()
    event.add("UID", uid)
    event.add("DTSTAMP", now)
    event.add("DTSTART", lesson_begins(lesson))
    event.add("DTEND", lesson_ends(lesson))
    event.add("SUMMARY", gettext("Course: %(course)s", course=name_of(lesson.run.course)))
    event.add("LOCATION", lesson.place or gettext("Online"))
    event.add("DESCRIPTION", url)
    event.add("URL", url)
    event.add("STATUS", EventState.CONFIRMED.value)
    event.add("SEQUENCE", lesson.version)
    event.add("CLASS", "PRIVATE")
    return event


def _state(visit: Visit) -> EventState:
    is_sure = visit.status in (*AGREED, VisitStatus.ATTENDED, VisitStatus.REPORTED)
    return EventState.CONFIRMED if is_sure else EventState.TENTATIVE

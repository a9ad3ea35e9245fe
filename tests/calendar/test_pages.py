"""Month and week at the desk and on a volunteer's phone, and holidays that are seen in time."""

from datetime import date, time, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import CareRecipient, CareRequest
from app.catalogue.queries import holiday_on, holidays_between
from app.messages.delivery import worded
from app.messages.models import OutboxMessage
from app.shared.times import hong_kong_moment
from app.visits.models import Visit, VisitStatus
from app.visits.use_cases.telling import tell_carer
from app.volunteers.models import Volunteer
from tests.matching.night_people import AT_TEN
from tests.people import make_request, make_visit
from tests.visits.story import Story, signed_in

CHRISTMAS = date(2026, 12, 25)


def visit_at_christmas(story: Story) -> int:
    """One more visit, agreed, on Christmas Day."""

    def make(session: Session) -> int:
        recipient = session.scalars(select(CareRecipient)).one()
        request = make_request(session, recipient, windows=((CHRISTMAS, 20, 24),))
        return make_visit(session, request, CHRISTMAS, status=VisitStatus.ACCEPTED).id

    return story.reads(make)


def test_the_week_shows_each_visit_with_who_goes(agreed: Story, app: Flask) -> None:
    words = signed_in(app, agreed.coordinator).opens("/calendar").words
    assert "Monday 23 November – Sunday 29 November" in words
    assert "10 am to 12 noon Befriending, Shek Lei 李伯伯, CHAN Siu Ming Agreed" in words
    later = signed_in(app, agreed.coordinator).opens("/calendar?view=week&day=2026-12-02").words
    assert "10 am to 12 noon Befriending" in later


def test_the_month_shows_figures_that_lead_to_the_week(agreed: Story, app: Flask) -> None:
    page = signed_in(app, agreed.coordinator).opens("/calendar?view=month&day=2026-11-24")
    assert "November 2026" in page.words
    assert "1 Agreed" in page.words
    assert "view=week&amp;day=2026-11-25" in page.html


def test_narrowed_to_a_person_the_month_shows_each_visit(agreed: Story, app: Flask) -> None:
    desk = signed_in(app, agreed.coordinator)
    volunteer = agreed.reads(lambda session: session.scalars(select(Volunteer)).one())
    code = agreed.reads(lambda session: session.scalars(select(CareRequest.code)).one())
    request = agreed.visits()[0].request_id
    for narrowed in (
        "words=Siu Ming",
        f"words={volunteer.code}",
        f"words={code.lower()}",
        "words=李伯伯",
        f"volunteer={volunteer.id}",
        f"request={request}",
        "area=shek_lei&words=Chan",
    ):
        words = desk.opens(f"/calendar?view=month&day=2026-11-01&{narrowed}").words
        assert "10 am to 12 noon Befriending, Shek Lei" in words, narrowed
    for nobody in ("words=Nobody", "volunteer=999", "request=999", "area=shek_lei&words=Nobody"):
        assert "Befriending, Shek Lei" not in desk.opens(f"/calendar?view=month&{nobody}").words


@pytest.mark.parametrize(
    "address", ["view=week&day=never", "view=decade", "day=0001-01-01", "day=9999-12-31", "area=nowhere"]
)
def test_an_address_that_means_nothing_shows_this_week_or_day(
    agreed: Story, app: Flask, address: str
) -> None:
    assert "Agreed" in signed_in(app, agreed.coordinator).opens(f"/calendar?{address}").words


def test_a_volunteer_sees_their_own_month_and_week(agreed: Story, app: Flask) -> None:
    me = signed_in(app, agreed.volunteer_account)
    volunteer = agreed.reads(lambda session: session.scalars(select(Volunteer.id)).one())
    assert f'href="/volunteer/{volunteer}/calendar"' in me.opens(f"/volunteer/{volunteer}").html
    month = me.opens(f"/volunteer/{volunteer}/calendar")
    assert "Befriending, Shek Lei" in month.words
    assert "李伯伯" not in month.words
    assert "No visits in this month" in me.opens(f"/volunteer/{volunteer}/calendar?day=2027-06-01").words
    assert "Befriending" in me.opens(f"/volunteer/{volunteer}/calendar?view=week").words


def test_holidays_are_hong_kongs_by_both_names() -> None:
    found = holidays_between(date(2026, 9, 24), date(2027, 2, 8))
    assert [(str(day), each.name_zh) for day, each in found.items()] == [
        ("2026-09-25", "中秋節"),
        ("2026-09-26", "中秋節翌日"),
        ("2026-10-01", "國慶日"),
        ("2026-10-18", "重陽節"),
        ("2026-10-19", "重陽節翌日"),
        ("2026-12-25", "聖誕節"),
        ("2026-12-26", "聖誕節後第一個周日"),
        ("2027-01-01", "一月一日"),
        ("2027-02-05", "農曆年除夕"),
        ("2027-02-06", "農曆年初一"),
        ("2027-02-08", "農曆年初三"),
    ]
    holiday = holiday_on(CHRISTMAS)
    assert holiday is not None
    assert holiday.name_en == "Christmas Day"


def test_four_weeks_before_the_desk_sees_a_visit_on_a_holiday(
    agreed: Story, app: Flask, clock: time_machine.Traveller
) -> None:
    visit = visit_at_christmas(agreed)
    assert "Visits on holidays ahead" not in signed_in(app, agreed.coordinator).opens("/calendar").words
    clock.move_to(hong_kong_moment(CHRISTMAS - timedelta(days=28), time(9)))
    desk = signed_in(app, agreed.coordinator)
    assert "Friday 25 December Christmas Day: one visit" in desk.opens("/calendar").words
    assert "A holiday: ask whether people are at home" in desk.opens(f"/visits/{visit}").words
    assert "A holiday" not in desk.opens(f"/visits/{agreed.visits()[0].id}").words


def test_messages_name_the_holiday(agreed: Story, app: Flask) -> None:
    visit = visit_at_christmas(agreed)

    def tell(session: Session) -> OutboxMessage:
        tell_carer(session, "visit_cancelled", [session.get_one(Visit, visit)], "christmas", now=AT_TEN)
        return session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "visit_cancelled")).one()

    with app.app_context():
        said = agreed.reads(lambda session: worded(session, tell(session), "en"))
    assert "Friday 25 December (Christmas Day) 10 am to 12 noon" in said.text

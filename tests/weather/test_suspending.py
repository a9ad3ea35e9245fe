"""At a warning one action stops the visits that the rules name, and one action brings them back."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, CarerKind, Occurrence, Rhythm
from app.catalogue.models import SupportKind, WeatherClass
from app.messages.models import Channel, MessageStatus, OutboxMessage
from app.shared.audit import AuditRow
from app.shared.errors import ChangedMeanwhile
from app.visits.models import EndedBecause, Mark, MoveBecause, NotedHow, SeatStatus, VisitStatus
from app.visits.queries import seats_to_come
from app.visits.use_cases.attending import note_mark
from app.visits.use_cases.changes import NotOverYet, close_suspended_visit, suspend_visit
from app.volunteers.models import Volunteer
from app.weather.models import Effect, WarningKind
from app.weather.queries import PhoneFirst, people_to_phone, visits_in_weather, weather_rules
from app.weather.use_cases import (
    InForceAlready,
    WarningIsOver,
    change_rules,
    declare_warning,
    end_warning,
    fingerprint,
)
from tests.visits.story import Story, signed_in
from tests.weather.typhoon import WEDNESDAY_EIGHT

EVENING = WEDNESDAY_EIGHT + timedelta(hours=12)
TEN_THIRTY = WEDNESDAY_EIGHT + timedelta(hours=2, minutes=30)


def declare(story: Story, warning: WarningKind = WarningKind.T8) -> int:
    return story.reads(
        lambda session: (
            declare_warning(
                session, warning, WEDNESDAY_EIGHT, by=story.coordinator.id, now=WEDNESDAY_EIGHT
            ).id
        )
    )


def make_the_kind(story: Story, weather_class: WeatherClass) -> None:
    def change(session: Session) -> None:
        session.scalars(select(SupportKind)).one().weather_class = weather_class

    story.reads(change)


def effects(story: Story) -> list[tuple[date, Effect, bool]]:
    return story.reads(
        lambda session: [
            (each.visit.on_date, each.effect, each.is_under_way)
            for each in visits_in_weather(session, WEDNESDAY_EIGHT)
        ]
    )


def statuses(story: Story) -> list[VisitStatus]:
    return [visit.status for visit in story.visits()]


@pytest.mark.parametrize(
    ("weather_class", "warning", "effect"),
    [
        (WeatherClass.INDOOR, WarningKind.T8, Effect.SUSPEND),
        (WeatherClass.INDOOR, WarningKind.T3, Effect.LOOK),
        (WeatherClass.OUTDOOR, WarningKind.T3, Effect.SUSPEND),
        (WeatherClass.OUTDOOR, WarningKind.VERY_HOT, Effect.LOOK),
        (WeatherClass.OUTDOOR, WarningKind.T10, Effect.SUSPEND_TOMORROW_TOO),
        (WeatherClass.INDOOR, WarningKind.AMBER, None),
        (WeatherClass.REMOTE, WarningKind.T10, None),
    ],
)
def test_the_rule_of_the_kind_of_support_says_what_a_warning_means(
    agreed: Story, weather_class: WeatherClass, warning: WarningKind, effect: Effect | None
) -> None:
    make_the_kind(agreed, weather_class)
    declare(agreed, warning)
    assert effects(agreed) == ([] if effect is None else [(date(2026, 11, 25), effect, False)])


def test_without_a_warning_nothing_is_concerned(agreed: Story) -> None:
    assert effects(agreed) == []


def test_one_action_suspends_today_and_tells_everybody(agreed: Story, app: Flask) -> None:
    desk = signed_in(app, agreed.coordinator)
    desk.sends("/weather", to="/weather/warnings", warning="t8")
    assert statuses(agreed) == [VisitStatus.ACCEPTED, VisitStatus.ACCEPTED], "nothing by machine alone"
    page = desk.opens("/weather")
    first = agreed.visits()[0]
    assert (
        f'value="{first.id}" aria-label="Tick: Wednesday 25 November 10 am to 12 noon" checked' in page.html
    )
    assert str(agreed.visits()[1].id) not in page.hidden.values()
    desk.sends("/weather", pick=[first.id], suspend="1")
    assert statuses(agreed) == [VisitStatus.SUSPENDED, VisitStatus.ACCEPTED]
    assert agreed.visits()[0].moved_words == "Typhoon signal No. 8"
    assert {"seat_suspended", "visit_suspended"} <= set(agreed.queued())
    assert agreed.statuses() == [SeatStatus.ACCEPTED, SeatStatus.ACCEPTED], "they keep their places"


def test_the_same_tick_of_the_same_page_acts_once(agreed: Story, app: Flask) -> None:
    declare(agreed)
    desk = signed_in(app, agreed.coordinator)
    page = desk.opens("/weather")
    sent = {**page.hidden, "pick": [agreed.visits()[0].id], "suspend": "1"}
    for _ in range(2):
        assert desk.client.post("/weather", data=sent).status_code == 303
    assert agreed.queued().count("seat_suspended") == 1


def test_what_cannot_be_suspended_any_more_is_said(agreed: Story, app: Flask) -> None:
    declare(agreed)
    desk = signed_in(app, agreed.coordinator)
    answer = desk.sends("/weather", pick=[agreed.visits()[0].id, "9999"], suspend="1", status=422)
    assert statuses(agreed)[0] is VisitStatus.SUSPENDED
    assert "Done for one visit." in answer.words
    assert "Tick the visits that are meant." in desk.sends("/weather", suspend="1", status=422).words


def test_afterwards_they_take_place_in_one_action(agreed: Story, app: Flask) -> None:
    period = declare(agreed)
    desk = signed_in(app, agreed.coordinator)
    visit = agreed.visits()[0].id
    desk.sends("/weather", pick=[visit], suspend="1")
    desk.sends("/weather", to=f"/weather/warnings/{period}/over")
    desk.sends("/weather", pick=[visit], resume="1")
    assert statuses(agreed)[0] is VisitStatus.ACCEPTED
    assert {"seat_resumed", "visit_agreed"} <= set(agreed.queued())


def test_planned_anew_the_helper_is_free_and_may_be_asked_again(agreed: Story, app: Flask) -> None:
    declare(agreed)
    desk = signed_in(app, agreed.coordinator)
    visit = agreed.visits()[0].id
    desk.sends("/weather", pick=[visit], suspend="1")
    desk.sends("/weather", pick=[visit], replan="1")
    assert statuses(agreed)[0] is VisitStatus.NEEDS_COVER
    seat = agreed.seats()[0]
    assert (seat.status, seat.ended_because) == (SeatStatus.CANCELLED, EndedBecause.REPLANNED)
    assert "seat_cancelled" in agreed.queued()
    volunteer = agreed.reads(lambda session: session.scalars(select(Volunteer.id)).one())
    to_come = agreed.reads(lambda session: seats_to_come(session, [volunteer], WEDNESDAY_EIGHT))
    assert [each.visit_id for each in to_come] == [agreed.visits()[1].id]


def test_a_visit_whose_time_is_over_did_not_take_place(
    agreed: Story, app: Flask, clock: time_machine.Traveller
) -> None:
    declare(agreed)
    desk = signed_in(app, agreed.coordinator)
    visit = agreed.visits()[0].id
    desk.sends("/weather", pick=[visit], suspend="1")
    with pytest.raises(NotOverYet):
        agreed.reads(lambda session: close_suspended_visit(session, visit, by=1, now=WEDNESDAY_EIGHT))
    clock.move_to(EVENING)
    desk = signed_in(app, agreed.coordinator)
    assert "Suspended, and their time is over" in desk.opens("/weather").words
    desk.sends("/weather", pick=[visit], close="1")
    row = agreed.visits()[0]
    assert (row.status, row.moved_because) == (VisitStatus.CANCELLED, MoveBecause.WEATHER)
    occurrence = agreed.reads(lambda session: session.get_one(Occurrence, row.occurrence_id))
    assert occurrence.cancelled_at == EVENING
    assert not {"visit_missed", "seat_cancelled", "visit_cancelled"} & set(agreed.queued()), "everybody knows"


def test_whoever_asked_for_one_visit_only_is_phoned_about_another_day(
    agreed: Story, clock: time_machine.Traveller
) -> None:
    def once(session: Session) -> None:
        session.scalars(select(CareRequest)).one().rhythm = Rhythm.ONCE

    agreed.reads(once)
    visit, by = agreed.visits()[0].id, agreed.coordinator.id
    agreed.reads(lambda session: suspend_visit(session, visit, "", by=by, now=WEDNESDAY_EIGHT))
    agreed.reads(lambda session: close_suspended_visit(session, visit, by=by, now=EVENING))
    line = agreed.reads(lambda session: session.query(OutboxMessage).filter_by(kind="visit_missed").one())
    assert (line.channel, line.status) == (Channel.PHONE_CALL, MessageStatus.QUEUED)


def first_reasons(story: Story, now: datetime = WEDNESDAY_EIGHT) -> list[tuple[bool, tuple[PhoneFirst, ...]]]:
    return story.reads(
        lambda session: [(each.is_volunteer, each.because) for each in people_to_phone(session, now)]
    )


def suspend(story: Story) -> None:
    visit, by = story.visits()[0].id, story.coordinator.id
    story.reads(lambda session: suspend_visit(session, visit, "", by=by, now=WEDNESDAY_EIGHT))


def test_whom_a_message_reaches_need_not_be_phoned_first(agreed: Story) -> None:
    suspend(agreed)
    assert first_reasons(agreed) == []


def test_whom_no_message_reaches_is_phoned_and_ticked_off(agreed: Story, app: Flask) -> None:
    def by_phone(session: Session) -> None:
        session.scalars(select(Volunteer)).one().reached_by = Channel.PHONE_CALL

    agreed.reads(by_phone)
    suspend(agreed)
    assert first_reasons(agreed) == [(True, (PhoneFirst.NO_MESSAGES,))]
    desk = signed_in(app, agreed.coordinator)
    assert "By phone only" in desk.opens("/weather/calls").words
    assert "CHAN Siu Ming" in desk.opens("/weather/calls/print").words
    line = agreed.reads(lambda session: session.query(OutboxMessage).filter_by(kind="seat_suspended").one())
    desk.sends(f"/calls/message/{line.id}", result="no_answer")
    assert first_reasons(agreed) == [(True, (PhoneFirst.NO_ANSWER,))]
    desk.sends(f"/calls/message/{line.id}", result="told")
    assert first_reasons(agreed) == []


def test_whose_message_was_given_up_is_phoned(agreed: Story) -> None:
    suspend(agreed)

    def gives_up(session: Session) -> None:
        session.query(OutboxMessage).filter_by(kind="visit_suspended").one().status = MessageStatus.DEAD

    agreed.reads(gives_up)
    assert first_reasons(agreed) == [(False, (PhoneFirst.NOT_DELIVERED,))]


def test_who_is_old_and_has_nobody_else_comes_first(agreed: Story) -> None:
    def is_alone(session: Session) -> None:
        request = session.scalars(select(CareRequest)).one()
        request.carer.kind = CarerKind.SELF
        assert request.recipient is not None
        request.recipient.birth_year = 1944
        session.scalars(select(Volunteer)).one().reached_by = Channel.PHONE_CALL

    agreed.reads(is_alone)
    suspend(agreed)
    assert first_reasons(agreed) == [(False, (PhoneFirst.ALONE,)), (True, (PhoneFirst.NO_MESSAGES,))]


def test_who_is_out_there_now_is_phoned_before_all_others(
    agreed: Story, app: Flask, clock: time_machine.Traveller
) -> None:
    declare(agreed)
    clock.move_to(TEN_THIRTY)
    seat, by = agreed.seats()[0].id, agreed.coordinator.id
    agreed.reads(
        lambda session: note_mark(session, seat, Mark.ARRIVED, NotedHow.PHONE_CALL, by=by, now=TEN_THIRTY)
    )
    assert first_reasons(agreed, TEN_THIRTY)[0] == (True, (PhoneFirst.UNDER_WAY,))
    words = signed_in(app, agreed.coordinator).opens("/weather").words
    assert "do they get home safely" in words
    assert "Suspend what is ticked" not in words


def test_rules_are_changed_on_a_page_and_the_change_is_on_record(agreed: Story, app: Flask) -> None:
    desk = signed_in(app, agreed.coordinator)
    known = agreed.reads(weather_rules)
    fields: dict[str, Any] = {f"{each}-{warning}": effect.value for (each, warning), effect in known.items()}
    desk.sends("/weather/rules", **{**fields, "indoor-amber": "suspend"})
    assert agreed.reads(weather_rules)[WeatherClass.INDOOR, WarningKind.AMBER] is Effect.SUSPEND
    facts = agreed.reads(
        lambda session: session.scalars(
            select(AuditRow.facts).where(AuditRow.action == "weather.rules_changed")
        ).one()
    )
    assert facts == {"changed": ["indoor/amber: goes_on > suspend"]}
    desk.sends("/weather/rules", **{**fields, "indoor-amber": "perhaps"}, status=422)
    assert agreed.reads(weather_rules)[WeatherClass.INDOOR, WarningKind.AMBER] is Effect.SUSPEND


def test_the_second_editor_of_the_rules_is_told(agreed: Story) -> None:
    known = agreed.reads(weather_rules)
    seen, by = fingerprint(known), agreed.coordinator.id
    wanted = {**known, (WeatherClass.REMOTE, WarningKind.T10): Effect.LOOK}

    def change(session: Session) -> int:
        return change_rules(session, wanted, seen, by=by, now=WEDNESDAY_EIGHT)

    assert agreed.reads(change) == 1
    with pytest.raises(ChangedMeanwhile):
        agreed.reads(change)


def test_a_warning_is_declared_once_and_ended_once(agreed: Story) -> None:
    period = declare(agreed)
    with pytest.raises(InForceAlready):
        declare(agreed)
    by = agreed.coordinator.id
    agreed.reads(lambda session: end_warning(session, period, by=by, now=WEDNESDAY_EIGHT))
    with pytest.raises(WarningIsOver):
        agreed.reads(lambda session: end_warning(session, period, by=by, now=WEDNESDAY_EIGHT))


def test_a_warning_may_be_entered_for_later_today(agreed: Story, app: Flask) -> None:
    desk = signed_in(app, agreed.coordinator)
    desk.sends("/weather", to="/weather/warnings", warning="black", clock="09:30")
    assert effects(agreed) == []
    assert "From Wednesday 25 November 9:30 am" in desk.opens("/weather").words


def test_a_warning_that_is_none_is_not_entered(agreed: Story, app: Flask) -> None:
    desk = signed_in(app, agreed.coordinator)
    desk.sends("/weather", to="/weather/warnings", warning="t12")
    assert "No warning has been entered or heard of." in desk.opens("/weather").words

"""The catalogue as it comes, and what staff change in it."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.catalogue.models import Area, SupportKind, TravelTime
from app.catalogue.queries import (
    areas_by_district,
    demands,
    kinds_offered,
    languages,
    support_kinds,
    travel_matrix,
    travel_minutes,
)
from app.catalogue.use_cases import change_travel_minutes, load_catalogue
from app.shared.database import Database
from tests.people import NOW, make_account


def test_loading_twice_adds_nothing_the_second_time(database: Database) -> None:
    assert database.in_transaction(load_catalogue) > 2000
    assert database.in_transaction(load_catalogue) == 0
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Area)) == 47
        assert session.scalar(select(func.count()).select_from(TravelTime)) == 47 * 46
        assert [len(areas) for areas in areas_by_district(session).values()] == [19, 28]
        assert len(languages(session)) == 13
        assert next(language.code for language in languages(session)) == "yue"
        assert len(support_kinds(session)) == len(kinds_offered(session)) == 18
        assert {demand.code for demand in demands(session)} >= {"stairs", "lifting", "pets"}


def test_loading_again_keeps_what_staff_changed(database: Database) -> None:
    database.in_transaction(load_catalogue)
    with database.reading() as session:
        before = travel_minutes(session, "kwai_fong", "kwai_hing")

    def correct(session: Session) -> None:
        coordinator = make_account(session, "Coordinator Chan")
        change_travel_minutes(
            session, "kwai_fong", "kwai_hing", 17, both_ways=False, seen=before, by=coordinator.id, now=NOW
        )
        kind = session.get_one(SupportKind, "befriending")
        kind.is_offered, kind.name_zh = False, "上門探訪"

    database.in_transaction(correct)
    database.in_transaction(load_catalogue)
    with database.reading() as session:
        assert travel_minutes(session, "kwai_fong", "kwai_hing") == 17
        assert travel_minutes(session, "kwai_hing", "kwai_fong") == before
        kind = session.get_one(SupportKind, "befriending")
        assert (kind.is_offered, kind.name_zh) == (False, "上門探訪")
        assert "befriending" not in {offered.code for offered in kinds_offered(session)}


def test_travel_is_the_same_there_and_back_and_knows_the_roads(database: Database) -> None:
    database.in_transaction(load_catalogue)
    with database.reading() as session:
        matrix = travel_matrix(session)
    for start in matrix.codes:
        assert matrix.between(start, start) == 0
        for end in matrix.codes:
            assert matrix.between(start, end) == matrix.between(end, start) <= 120
    assert matrix.between("ma_wan", "sham_tseng") == 60, "no road leads from Ma Wan to the shore opposite"
    assert matrix.between("ma_wan", "tsing_yi") < matrix.between("ma_wan", "sham_tseng")
    flat = matrix.between("kwai_fong", "kwai_hing")
    assert matrix.between("shek_lei", "kwai_hing") > flat, "the hillside takes longer"
    assert matrix.between("tsing_yi", "kwai_fong") > matrix.between("kwai_shing_west", "kwai_fong")

"""Each morning the hours of yesterday are confirmed: the plain ones together, the doubtful ones after a look."""

from app.recognition.queries.proposed import Doubt, HoursProposed, hours_waiting, is_plain
from app.recognition.use_cases.confirming import confirm_many, confirm_visit_hours, count_nothing
from app.recognition.use_cases.counting import Times
from app.simulation.world import World

NOT_TO_COUNT = frozenset({Doubt.NOBODY_SAID, Doubt.OVERLAPS, Doubt.OVER_MAXIMUM})


class Hours:
    """The ledger's mornings; `most_a_day` in minutes."""

    def __init__(self, world: World, most_a_day: int) -> None:
        self.world = world
        self.most_a_day = most_a_day

    def confirm(self) -> None:
        """Everything that waits is decided."""
        waiting = self.world.reads(
            lambda session: hours_waiting(session, most_a_day=self.most_a_day, now=self.world.now)
        )
        plain = {each.seat.id: each.key for each in waiting if is_plain(each)}
        if plain:
            self.world.tries(
                "confirms hours",
                lambda session: confirm_many(
                    session, plain, most_a_day=self.most_a_day, by=self.world.staff.second, now=self.world.now
                ),
            )
        for each in waiting:
            if NOT_TO_COUNT & set(each.doubts):
                self._count_nothing(each)
            elif each.doubts:
                self._confirm(each)

    def _count_nothing(self, each: HoursProposed) -> None:
        self.world.tries(
            "counts nothing",
            lambda session: count_nothing(
                session,
                each.seat.id,
                "未能核實（模擬）",
                most_a_day=self.most_a_day,
                by=self.world.staff.second,
                now=self.world.now,
            ),
        )

    def _confirm(self, each: HoursProposed) -> None:
        self.world.tries(
            "confirms hours in doubt",
            lambda session: confirm_visit_hours(
                session,
                each.seat.id,
                Times(each.from_minute, each.to_minute),
                "已致電核實（模擬）",
                most_a_day=self.most_a_day,
                by=self.world.staff.second,
                now=self.world.now,
            ),
        )

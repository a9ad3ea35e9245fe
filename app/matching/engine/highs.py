"""HiGHS, told to be silent."""

import highspy


class SilentHighs(highspy.Highs):
    """HiGHS greets on standard output as soon as it may call back; this one is told to be silent before that."""

    def enableCallbacks(self) -> None:
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]  # highspy annotates in part

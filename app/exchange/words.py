"""What is said about files, their rows and cells, in the reader's language."""

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from app.care_requests.models import Rhythm
from app.care_requests.use_cases.facts import WindowFacts
from app.catalogue.understanding.answers import Understood
from app.catalogue.understanding.dates import Birth
from app.catalogue.understanding.vocabulary import Abilities, Areas
from app.catalogue.understanding.when import read_times
from app.catalogue.words import free_said, times_said
from app.exchange import errors
from app.exchange.models import ImportKind
from app.exchange.use_cases.asked_times import AskedTimes
from app.exchange.use_cases.plans import Finding, Outcome, RowFact, Weight
from app.shared.contacts import shown_phone
from app.shared.errors import Refusal
from app.shared.secrets import Phone
from app.web.dates import day, span, weekday
from app.web.words import Words, say

Names = Mapping[str, str]
"""Catalogue code → name in the reader's language."""

WORDS: Words = {
    errors.UnreadableFile: lazy_gettext("This file cannot be read. Please send a CSV or XLSX file."),
    errors.EmptyFile: lazy_gettext("There is nothing in this file."),
    errors.NotATable: lazy_gettext("This is not a CSV or XLSX file, or it is damaged. Please save it again."),
    errors.OldSpreadsheet: lazy_gettext(
        "This is an old Excel file (.xls). Please save it as .xlsx and send that."
    ),
    errors.LockedFile: lazy_gettext("A password protects this file. Please save it without a password."),
    errors.UnknownCharacters: lazy_gettext(
        "The characters in this file cannot be read. Please save it as UTF-8 or as .xlsx."
    ),
    errors.FileTooLarge: lazy_gettext("This file is too large. Please send it in parts."),
    errors.ReadingTookTooLong: lazy_gettext("Reading this file took too long. Please send it in parts."),
    errors.NoHeadings: lazy_gettext("No row with headings was found. These columns are missing: %(missing)s"),
    errors.HeadingTwice: lazy_gettext("The column “%(heading)s” is there twice. Please remove one."),
    errors.NothingToTakeOver: lazy_gettext("No row is left to take in."),
    errors.RowsRefused: lazy_gettext(
        "Nothing was taken in. First correct these rows, or leave them out: %(rows)s"
    ),
    errors.AlreadyEnded: lazy_gettext("This file has been taken in or thrown away already."),
    errors.AlreadyHere: lazy_gettext("These are here already, so nothing was brought back: %(codes)s"),
    errors.UnknownAccount: lazy_gettext("These accounts are named in the file and not here: %(accounts)s"),
    errors.CannotRestore: lazy_gettext(
        "Row %(row)s, column %(column)s is not what an export writes: %(text)s"
    ),
    errors.NotAnAdministrator: lazy_gettext("Only an administrator's account may bring an export back."),
    ImportKind.VOLUNTEERS: lazy_gettext("Volunteers"),
    ImportKind.CARE_REQUESTS: lazy_gettext("Care requests"),
    Outcome.CLEAR: lazy_gettext("Clear"),
    Outcome.TO_SETTLE: lazy_gettext("To settle"),
    Outcome.REFUSED: lazy_gettext("Cannot be taken in"),
    Outcome.ALREADY_HERE: lazy_gettext("Here already"),
    Outcome.SKIPPED: lazy_gettext("Left out"),
    Weight.ERROR: lazy_gettext("Must be corrected"),
    Weight.QUESTION: lazy_gettext("To settle"),
    Weight.WARNING: lazy_gettext("Please look"),
    Weight.NOTE: lazy_gettext("Note"),
    "import.taken_over": lazy_gettext("A file was taken in."),
    "import.previewed": lazy_gettext("A file was sent to be looked at."),
    "import.settled": lazy_gettext("Rows of a file were settled."),
    "import.discarded": lazy_gettext("A file was thrown away."),
    "import.restored": lazy_gettext("An export was brought back."),
    "export.made": lazy_gettext("A table was exported."),
}

ROW_FACTS: Words = {
    RowFact.FORBIDDEN_CHARACTERS: lazy_gettext("There are characters in this cell that cannot be used."),
    RowFact.TOO_LONG: lazy_gettext("This is too long; at most %(longest)s characters."),
    RowFact.NO_NAME: lazy_gettext("There is no name."),
    RowFact.CODE_TWICE: lazy_gettext("The number %(code)s is in the file twice."),
    RowFact.PERSON_TWICE: lazy_gettext("The same person is in the file twice."),
    RowFact.ALREADY_HERE: lazy_gettext("Here already as %(code)s. Nothing is changed."),
    RowFact.NOT_A_PHONE: lazy_gettext("This is not a telephone number."),
    RowFact.NOT_AN_EMAIL: lazy_gettext("This is not an e-mail address."),
    RowFact.LANDLINE: lazy_gettext("This is a landline: we call instead of sending a message."),
    RowFact.LANDLINE_FOR_SMS: lazy_gettext("A text message cannot reach this number."),
    RowFact.NO_ADDRESS_FOR_EMAIL: lazy_gettext("E-mail is asked for, but no address is given."),
    RowFact.TOO_YOUNG: lazy_gettext("Too young: at least %(youngest)s years."),
    RowFact.MINOR: lazy_gettext("Under 18: a guardian's consent is needed."),
    RowFact.JOINED_TOO_YOUNG: lazy_gettext("By these dates this person joined at the age of %(age)s."),
    RowFact.AREAS_FROM_HOME: lazy_gettext("No areas are given; the area of the home is taken."),
    RowFact.TIMES_MISSING: lazy_gettext("No free times are given; please ask."),
    RowFact.CLEARANCE_CLAIMED: lazy_gettext(
        "A background check is mentioned. It counts only when two coordinators have entered and confirmed it."
    ),
    RowFact.TELEPHONE_ONLY: lazy_gettext("Only service by telephone: taken as a wish, and no new homes."),
    RowFact.CANNOT: lazy_gettext("Taken as unable to do: %(demands)s. Please check."),
    RowFact.HEALTH_MENTIONED: lazy_gettext("Goes into the health note, which one coordinator sees."),
    RowFact.COMES_WITH_SOMEBODY: lazy_gettext("Wants to come together with somebody. Please ask."),
    RowFact.URGENT_CLAIMED: lazy_gettext("“Urgent” is written here. A coordinator decides on it."),
    RowFact.DEMAND_READ: lazy_gettext("Volunteers must be able to manage: %(demands)s"),
    RowFact.LIVES_ALONE: lazy_gettext("Lives alone."),
    RowFact.TITLE_AND_AGE_DIFFER: lazy_gettext("“%(called)s” and the age of %(age)s do not go together."),
    RowFact.KIND_AND_AGE_DIFFER: lazy_gettext("This kind of help is unusual at the age of %(age)s."),
    RowFact.RELATION_AND_AGE_DIFFER: lazy_gettext("This relation and the age of %(age)s do not go together."),
    RowFact.BIRTH_YEAR_FROM_AGE: lazy_gettext("Year of birth taken as %(year)s, from the age."),
    RowFact.RELATION_TURNED: lazy_gettext(
        "The carer is “%(carer)s”; so the person cared for is “%(recipient)s”."
    ),
    RowFact.WEEKLY_OR_ONCE: lazy_gettext("Is this wanted every week, or once?"),
    RowFact.WEEKLY_FROM: lazy_gettext("Every week, from %(day)s on."),
    RowFact.WHICH_DATE: lazy_gettext("On which date?"),
    RowFact.EACH_OR_ANY: lazy_gettext("On each of these days, or on any one of them?"),
    RowFact.EXACT_TIME_NEEDED: lazy_gettext("At what time exactly?"),
    RowFact.SOME_STARTS: lazy_gettext("Only some of the possible times are listed."),
    RowFact.IN_THE_PAST: lazy_gettext("This day is over."),
    RowFact.TOO_MANY_PEOPLE: lazy_gettext("At most %(most)s volunteers can come to one visit."),
    RowFact.AREA_PLAYS_NO_PART: lazy_gettext("By telephone: the area plays no part."),
}

COLUMN_NAMES: Mapping[str, LazyString] = {
    "outside_code": lazy_gettext("Number in your register"),
    "name": lazy_gettext("Name"),
    "name_zh": lazy_gettext("Chinese name"),
    "name_en": lazy_gettext("English name"),
    "gender": lazy_gettext("Gender"),
    "birth": lazy_gettext("Born"),
    "phone": lazy_gettext("Telephone"),
    "email": lazy_gettext("E-mail"),
    "reached_by": lazy_gettext("Reached by"),
    "home_area": lazy_gettext("Lives in"),
    "areas": lazy_gettext("Will go to"),
    "languages": lazy_gettext("Languages"),
    "abilities": lazy_gettext("Skills and wishes"),
    "wishes": lazy_gettext("Wishes"),
    "inabilities": lazy_gettext("Cannot do"),
    "times": lazy_gettext("Times"),
    "remarks": lazy_gettext("Remarks"),
    "joined": lazy_gettext("Joined"),
    "hours": lazy_gettext("Hours of service"),
    "carer": lazy_gettext("Carer"),
    "organisation": lazy_gettext("Organisation"),
    "relation": lazy_gettext("The person cared for is their"),
    "called": lazy_gettext("Person cared for"),
    "age": lazy_gettext("Age"),
    "area": lazy_gettext("Area"),
    "kind": lazy_gettext("Kind of help"),
    "weekly": lazy_gettext("Every week"),
    "seats": lazy_gettext("How many volunteers"),
}


FREE_TEXT = frozenset(
    {"outside_code", "name", "name_zh", "name_en", "carer", "called", "organisation", "relation", "remarks"}
)
"""Columns whose words mean what they say."""


def finding_said(finding: Finding, names: Names) -> str:
    """What was found, in a sentence."""
    if isinstance(finding.fact, Refusal):
        return say(finding.fact)
    facts = {key: _fact_said(value, names) for key, value in finding.facts.items()}
    words = say(finding.fact)
    return words % facts if facts else words


def value_said(column: str, value: object, names: Names) -> list[str]:
    """What a cell means, in lines; [] when it means nothing."""
    if value is None or value in ("", ()):
        return []
    if column in FREE_TEXT:
        return [str(value)]
    if isinstance(value, bool):
        return [gettext("Every week") if value else gettext("Once")]
    if isinstance(value, Phone):
        return [shown_phone(value)]
    if isinstance(value, Birth):
        return [f"{value.year}-{value.month:02d}" if value.month else str(value.year)]
    if isinstance(value, Areas):
        return [gettext("Everywhere")] if value.everywhere else [_named(value.codes, names)]
    if isinstance(value, Abilities):
        return _abilities_said(value, names)
    if isinstance(value, AskedTimes):
        return _asked_said(value)
    if isinstance(value, tuple):
        return free_said(value) if value and isinstance(value[0], tuple) else [_named(value, names)]
    if isinstance(value, date):
        return [value.isoformat()]
    if isinstance(value, float):
        return [f"{value:g}"]
    return [names.get(str(value)) or str(_GENDERS.get(str(value), value))]


def choice_said(column: str, text: str, names: Names, today: date) -> str:
    """A text that would settle a cell, as a person reads it."""
    if column == "weekly":
        return gettext("Every week") if text == "是" else gettext("Once")
    if column == "times":
        times = read_times(text, today)
        if isinstance(times, Understood):
            return times_said(times.value)
    return names.get(text, text)


_GENDERS = {"f": lazy_gettext("Female"), "m": lazy_gettext("Male")}


def _abilities_said(value: Abilities, names: Names) -> list[str]:
    lines = (
        (gettext("Skills: %(names)s", names=_named(value.skills, names)), value.skills),
        (gettext("Wishes: %(names)s", names=_named(value.wishes, names)), value.wishes),
        (gettext("Languages: %(names)s", names=_named(value.languages, names)), value.languages),
    )
    return [line for line, codes in lines if codes]


def _asked_said(asked: AskedTimes) -> list[str]:
    rhythms = {
        Rhythm.ONCE: gettext("Once"),
        Rhythm.ANY_OF: gettext("Once, at any one of these times"),
        Rhythm.WEEKLY: gettext("Every week"),
        Rhythm.WEEKLY_ANY_OF: gettext("Every week, at any one of these times"),
    }
    return [rhythms[asked.rhythm], *map(_window_said, asked.windows)]


def _window_said(window: WindowFacts) -> str:
    on = day(window.on_date) if window.on_date is not None else weekday(window.weekday or 0)
    return f"{on} {span(window.from_slot, window.to_slot)}"


def _named(codes: tuple[str, ...], names: Names) -> str:
    return gettext(", ").join(names.get(code, code) for code in codes)


def _fact_said(value: object, names: Names) -> object:
    if isinstance(value, list):
        return _named(tuple(map(str, value)), names)
    return day(value) if isinstance(value, date) else value

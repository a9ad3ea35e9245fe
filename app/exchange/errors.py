"""What is refused of a file as a whole."""

from app.shared.errors import Refusal


class UnreadableFile(Refusal):
    """The file is no table that can be read; subclasses say why."""


class EmptyFile(UnreadableFile):
    """There is nothing in it."""


class NotATable(UnreadableFile):
    """Neither CSV nor XLSX."""


class OldSpreadsheet(UnreadableFile):
    """The old XLS format: it must be saved as XLSX."""


class LockedFile(UnreadableFile):
    """A password keeps it closed."""


class UnknownCharacters(UnreadableFile):
    """Text in none of the encodings that are known here."""


class FileTooLarge(UnreadableFile):
    """More bytes, rows or columns than are taken at once: `most` of `what`."""


class ReadingTookTooLong(UnreadableFile):
    """Reading was given up: too much time, or too much memory."""


class NoHeadings(UnreadableFile):
    """No row has the headings that are needed; `missing` names them."""


class HeadingTwice(UnreadableFile):
    """Two columns mean the same: `heading`."""


class NothingToTakeOver(Refusal):
    """No row is left to take over."""


class RowsRefused(Refusal):
    """Some rows cannot be taken over as they are; nothing was. `rows` are their numbers."""


class AlreadyEnded(Refusal):
    """The preview was taken over or thrown away before."""


class AlreadyHere(Refusal):
    """What a restore brings is here already: `codes`."""


class UnknownAccount(Refusal):
    """A restore names an account that is not here: `accounts`."""


class CannotRestore(Refusal):
    """A cell of a restore is not what an export writes: `row`, `column`, `text`."""


class NotAnAdministrator(Refusal):
    """A restore is done by an administrator's account."""

"""Refusals: what the service says no to, each a named fact."""


class Refusal(Exception):
    """A use case says no. Subclasses name the fact; `facts` are the values its wording needs.

    The wording itself lives beside the feature (`words.py`), one per language, and is looked up by class.
    """

    def __init__(self, **facts: object) -> None:
        super().__init__(*([facts] if facts else []))
        self.facts = facts


class NotFound(Refusal):
    """The thing asked for is not there, or is not this person's: deliberately the same answer."""


class InvalidText(Refusal):
    """Text that holds what no person types: NUL, lone surrogates, direction overrides, or too much of it."""


class ChangedMeanwhile(Refusal):
    """Somebody else saved a newer version of what is being edited."""


class InvalidInput(Refusal):
    """A value that no form offers reached a use case. `facts["field"]` names it."""


class ConfigurationError(Exception):
    """A setting is missing or cannot be meant; the message names the environment variable."""

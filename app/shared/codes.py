"""Reference codes and one-time secrets: what people read out on the phone.

Codes carry no data. The alphabet leaves out letters that are mistaken for digits or for one another.
"""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 6


def new_reference(prefix: str) -> str:
    """A new reference such as "V-7K2QDX"; 30^6 (729 million) to choose from, unique by the table's constraint."""
    return f"{prefix}-{_letters(CODE_LENGTH)}"


def new_resume_code() -> str:
    """Ten characters in two groups, "7K2QD-X9MPA": brings a saved draft back on another phone."""
    return f"{_letters(5)}-{_letters(5)}"


def new_letter_number() -> str:
    """Sixteen characters, 78 bits: the number of a letter that anybody may check and nobody can guess."""
    return _letters(16)


def new_one_time_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_token() -> str:
    """An unguessable name for a link or a cookie: 256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def _letters(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))

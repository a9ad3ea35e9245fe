"""Compiles the inner loops. Their plain twins are what `function.py_func` runs, and tests run those too."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit
from numba.core import config

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")


def _version_of_the_sources() -> str:
    """Changes when any compiled source does: a function kept on disk has those it calls compiled into it."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = path.read_bytes()
        if b"@compiled" in text or b"@inner" in text:
            digest.update(text)
    return digest.hexdigest()[:16]


if not vars(config)["CACHE_DIR"]:
    vars(config)["CACHE_DIR"] = str(
        Path(__file__).parent / "__pycache__" / f"compiled-{_version_of_the_sources()}"
    )


def compiled(function: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """The function as machine code, kept on disk for the next start; it lets other threads run."""
    return cast(Callable[Arguments, Returned], njit(cache=True, nogil=True)(function))


def inner(function: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """As `compiled`, for functions that compiled ones alone call: without the way in from Python, which takes longer to
    compile than most of them."""
    without: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(Callable[Arguments, Returned], njit(cache=True, nogil=True, **without)(function))

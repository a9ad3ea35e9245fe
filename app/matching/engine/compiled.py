"""Compiles the inner loops. Their plain twins are what `function.py_func` runs, and tests run those too."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")


def compiled(function: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """The function as machine code, kept on disk for the next start; it lets other threads run."""
    return cast(Callable[Arguments, Returned], njit(cache=True, nogil=True)(function))

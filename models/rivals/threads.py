"""Threads of HiGHS: those of the process are shared by all its solvers, and their number stands once they run."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import highspy

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def threads_of_its_own() -> Iterator[None]:
    """Let a solver have as many threads as it asks for, and the next one too."""
    highspy.Highs.resetGlobalScheduler(True)
    try:
        yield
    finally:
        highspy.Highs.resetGlobalScheduler(True)

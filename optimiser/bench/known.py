"""Values and bounds held against each other: with the best known ones of an instance, and with those of other runs on it."""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from optimiser.bench.record import Damaged
from optimiser.result import OPTIMAL_GAP, Level
from optimiser.words import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from optimiser.bench.record import Run, Step

FILE = "best_known.json"
ROOM = 1e-5
"""Largest relative difference that the solvers' own tolerances explain: only more than that is better, worse or impossible."""
NEAR = 0.01
"""How near a value must be to count as within 1 %."""


class Known(BaseModel):
    """The best value and bound known for each level of an instance, and who found them how."""

    model_config = ConfigDict(frozen=True)

    digest: str
    option: str = ""
    levels: tuple[Level, ...]
    found: str = ""


def gather(folders: Iterable[Path]) -> dict[str, Known]:
    """Best known values by digest of the instance, from every ``best_known.json`` in the folders and below: one record, or many by name.

    Raises
    ------
    Damaged
        A file holds something else.
    """
    found = {}
    for path in sorted({path for folder in folders for path in folder.rglob(FILE)}):
        try:
            told = json.loads(path.read_bytes())
            for entry in [told] if "digest" in told else told.get("instances", told).values():
                known = Known.model_validate(entry)
                if not known.option:
                    found[known.digest] = known
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise Damaged(f"{path} does not hold best known values ({type(wrong).__name__}).") from wrong
    return found


# --- one level, two answers -------------------------------------------------------------------------------------------


def ahead(direction: str, value: float, other: float, room: float = ROOM) -> int:
    """1 where a value is better than another by more than the room, a share of the other; -1 where it is worse by more; else 0."""
    by = (value - other) * (1 if direction == "max" else -1)
    return 0 if abs(by) <= room * max(1.0, abs(other)) else 1 if by > 0 else -1


def compared(levels: Sequence[Level], other: Sequence[Level]) -> tuple[int, Level | None]:
    """1 where one answer is better than another, -1 where it is worse, else 0; and the first level at which they differ."""
    for mine, theirs in zip(levels, other, strict=True):
        if sign := ahead(mine.direction, mine.value, theirs.value):
            return sign, mine
    return 0, None


def impossible(values: Sequence[Level], bounds: Sequence[Level]) -> tuple[Level, Level] | None:
    """The first level at which a value is better than a bound proved for it: one of the two is wrong. None where all is well.

    The bound of a level holds for all answers whose earlier levels are no worse than those it was proved with, so the look ends where one is.
    """
    for mine, proved in zip(values, bounds, strict=True):
        if proved.bound is not None and ahead(mine.direction, mine.value, proved.bound) > 0:
            return mine, proved
        if ahead(mine.direction, mine.value, proved.value) < 0:
            return None
    return None


# --- many runs --------------------------------------------------------------------------------------------------------


def broken(runs: Sequence[Run], known: Mapping[str, Known]) -> list[str]:
    """Everything among the runs that cannot be: refused answers, and values that are better than a bound, whoever proved it."""
    lines = [f"{run}: the answer failed the check. {run.note}".strip() for run in runs if run.checked is False]
    sound = [run for run in runs if run.checked]
    for run in sound:
        lines += _beaten(f"{run}:", run.levels, "its own bound", run.levels)
        if (best := known.get(run.digest)) is not None:
            lines += _beaten(f"{run}:", run.levels, "the best known bound", best.levels)
            lines += _beaten(f"{run.instance}: the best known answer:", best.levels, f"the bound of {run}", run.levels)
    for run, other in permutations(sound, 2):
        if run.digest == other.digest:
            lines += _beaten(f"{run}:", run.levels, f"the bound of {other}", other.levels)
    return lines


def _beaten(whose: str, values: Sequence[Level], of: str, bounds: Sequence[Level]) -> Iterator[str]:
    if [(level.name, level.direction) for level in values] != [(level.name, level.direction) for level in bounds]:
        yield f"{whose} its levels are not those of {of}."
    elif (found := impossible(values, bounds)) is not None:
        mine, proved = found
        assert proved.bound is not None
        yield f"{whose} {mine.name} {number(mine.value, 4)} is better than {of}, {number(proved.bound, 4)}. One of the two is wrong."


def better(runs: Sequence[Run], known: Mapping[str, Known]) -> list[str]:
    """Runs whose checked answer is better than the best known one, in words."""
    lines = []
    for run in runs:
        best = known.get(run.digest)
        if run.checked and best is not None and len(best.levels) == len(run.levels):
            sign, at = compared(run.levels, best.levels)
            if sign > 0 and at is not None:
                old = next(level.value for level in best.levels if level.name == at.name)
                lines.append(f"{run}: better than the best known: {at.name} {number(at.value, 4)} instead of {number(old, 4)}.")
    return lines


# --- moments of a run -------------------------------------------------------------------------------------------------


def targets(levels: Sequence[Level], best: Known | None) -> list[float] | None:
    """For each level the value to be near to: the best known, else the run's own. None where the run ended further away than 1 %.

    After a level that is better than the best known, the levels that follow are not comparable, and the run's own values count.
    """
    values = [level.value for level in levels]
    if best is None:
        return values
    for turn, (mine, theirs) in enumerate(zip(levels, best.levels, strict=True)):
        if ahead(mine.direction, mine.value, theirs.value, NEAR) < 0:
            return None
        values[turn] = theirs.value
        if ahead(mine.direction, mine.value, theirs.value) > 0:
            return [*values[: turn + 1], *(level.value for level in levels[turn + 1 :])]
    return values


def moments(trace: Sequence[Step], levels: Sequence[Level], end: float, best: Known | None) -> dict[str, float | None]:
    """Seconds to the first answer, to 1 % and to the proof, of a run that found an answer and ended after ``end`` seconds.

    1 % is the moment from which the value of every level stays within 1 % of its target (:func:`targets`) or better; the proof that from
    which value and bound of every level agree. A level that is never told of counts as settled when a later one is; what the trace
    does not show counts as reached at the end.
    """

    def near(target: float) -> Callable[[Level, Step], bool]:
        return lambda level, step: step.value is not None and ahead(level.direction, step.value, target, NEAR) >= 0

    def closed(level: Level, step: Step) -> bool:
        return step.value is not None and Level(level.name, level.direction, step.value, step.bound).gap <= OPTIMAL_GAP

    wanted = targets(levels, best)
    proved = all(level.gap <= OPTIMAL_GAP for level in levels)
    return {
        "first": next((step.seconds for step in trace if step.value is not None), end),
        "to_one_percent": None if wanted is None else _since(trace, levels, end, [near(target) for target in wanted]),
        "to_proof": _since(trace, levels, end, [closed] * len(levels)) if proved else None,
    }


def _since(trace: Sequence[Step], levels: Sequence[Level], end: float, good: Sequence[Callable[[Level, Step], bool]]) -> float:
    """The moment from which every level is good in all lines that tell of it."""
    latest, later = 0.0, False
    for level, is_good in zip(reversed(levels), reversed(good), strict=True):
        lines = [step for step in trace if step.level == level.name]
        moment = 0.0 if later and not lines else end
        for step in reversed(lines):
            if not is_good(level, step):
                break
            moment = step.seconds
        latest, later = max(latest, moment), later or bool(lines)
    return latest

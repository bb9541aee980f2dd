"""The record of benchmark runs: a folder with ``runs.jsonl``, one JSON object a line for each run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from optimiser.result import OPTIMAL_GAP, Level

if TYPE_CHECKING:
    from pathlib import Path

FILE = "runs.jsonl"

RunStatus = Literal["optimal", "feasible", "infeasible", "not_found", "failed", "skipped"]


class Skipped(Exception):
    """A method cannot run here (a package or a program is missing); the message says why."""


class Damaged(Exception):
    """A record that cannot be read; the message says where and why."""


class Step(NamedTuple):
    """One line of progress: the level, seconds since the method was called, its value so far and its bound so far."""

    level: str
    seconds: float
    value: float | None
    bound: float | None


class Run(BaseModel):
    """One run of one method on one instance.

    Times are in seconds, memory in MB of 10^6 bytes. ``machine`` holds cpus, platform and processor. ``seconds`` holds read, build, hand_over,
    solve, read_back, check and total as far as they were reached. ``first``, ``to_one_percent`` and ``to_proof`` are None where that never
    came; ``peak_mb`` is None where it could not be measured; ``checked`` is None where there is no answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: str
    instance: str
    digest: str
    method: str
    seed: int
    workers: int
    allowed: float
    started: str
    versions: dict[str, str]
    machine: dict[str, int | str]
    status: RunStatus
    levels: tuple[Level, ...] = ()
    checked: bool | None = None
    seconds: dict[str, float] = {}
    first: float | None = None
    to_one_percent: float | None = None
    to_proof: float | None = None
    peak_mb: float | None = None
    size: dict[str, int] = {}
    trace: tuple[Step, ...] = ()
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str, int, int, float, str]:
        """What makes two runs the same run: job, digest, method, seed, workers, seconds allowed and version of the program."""
        return self.job, self.digest, self.method, self.seed, self.workers, self.allowed, self.versions.get("optimiser", "")

    @property
    def gap(self) -> float | None:
        """The largest gap over the levels; None without an answer, or where a level has no bound."""
        if not self.levels or any(level.bound is None for level in self.levels):
            return None
        return max(level.gap for level in self.levels)

    @property
    def proved(self) -> bool:
        """Whether every level is proved best."""
        return self.gap is not None and self.gap <= OPTIMAL_GAP

    def __str__(self) -> str:
        return f"{self.instance}, {self.method}, seed {self.seed}"


def read(folder: Path) -> list[Run]:
    """Runs of a folder in the order they were begun to be recorded; of the same run made again, the last. Empty where there is no record.

    Raises
    ------
    Damaged
        A line is not that of a run.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    found: dict[object, Run] = {}
    for number, text in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if text.strip():
            try:
                run = Run.model_validate_json(text)
            except ValidationError as wrong:
                first = wrong.errors(include_url=False, include_input=False)[0]
                place = ".".join(str(part) for part in first["loc"])
                raise Damaged(f"Line {number} of {path} is not a run ({place or 'the line'}: {first['msg']}).") from wrong
            found[run.key] = run
    return list(found.values())


def line(run: Run) -> str:
    """Give a run as a line of the record, without the end of the line. Raises ValueError where a number is not finite."""
    return json.dumps(run.model_dump(mode="json"), allow_nan=False, ensure_ascii=False)


def append(folder: Path, run: Run) -> None:
    """Add a run to the record of a folder, which is made if need be. One process at a time may do so."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / FILE, "a", encoding="utf-8", newline="\n") as file:
        file.write(line(run) + "\n")

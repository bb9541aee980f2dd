"""Look after the set: ``python -m instances.families write | renew | pin`` (``--help`` tells how)."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from datetime import date
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from instances.families import HERE, NAMES, SETS, VERSION, best_known, job, make
from models import JOBS
from optimiser import __version__, tables
from optimiser.bench.known import ahead, compared, impossible
from optimiser.bench.referee import judge
from optimiser.engine import Refusal
from optimiser.result import OPTIMAL_GAP, Level, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optimiser.engine import Verdict

SOLVERS = {"plan": ("highspy",), "rota": ("ortools", "highspy")}


class BrokenBound(Exception):
    """A value is better than a bound allows: one of the two is wrong, and nothing is recorded until it is known which."""


# --- values and bounds ------------------------------------------------------------------------------------------------


def holding(mine: Sequence[Level], theirs: Sequence[Level]) -> Iterator[float | None]:
    """Bounds of another run that hold for an answer of mine, level by level.

    A bound was proved among the answers that are as good on all earlier levels as the run that proved it: it says nothing of those that are not.
    """
    among = True
    for my, their in zip(mine, theirs, strict=True):
        yield their.bound if among else None
        among = among and ahead(my.direction, their.value, my.value) <= 0


def merged(known: Sequence[Level], found: Sequence[Level]) -> tuple[Level, ...]:
    """The better values of two, with the tightest bounds that hold for them.

    Raises
    ------
    BrokenBound
        When values of one lie beyond a bound of either that holds for them.
    """
    for values, bounds in product((known, found), repeat=2):
        if (clash := impossible(values, bounds)) is not None:
            raise BrokenBound(f"{clash[0].name}: the value {clash[0].value:,} is beyond the bound {clash[1].bound:,}.")
    best, other = (found, known) if compared(found, known)[0] > 0 else (known, found)
    tightest = []
    for level, bound in zip(best, holding(best, other), strict=True):
        closer = bound is not None and (level.bound is None or ahead(level.direction, level.bound, bound) > 0)
        tightest.append(replace(level, bound=bound if closer else level.bound))
    return tuple(tightest)


# --- renewing ---------------------------------------------------------------------------------------------------------


def accepted(name: str, verdict: Verdict) -> tuple[Level, ...]:
    """Values of an answer as the independent check works them out, without bounds. Raises RuntimeError where the check finds a fault."""
    faults = [finding for finding in verdict.findings if finding.severity == "error"]
    if faults:
        raise RuntimeError(f"{name}: the check holds against the answer: {faults[0]}")
    return tuple(Level(own, direction, round(value, 6), None) for own, direction, value in verdict.levels)


def solved(name: str, seconds: float) -> tuple[tuple[Level, ...], str]:
    """Solve an instance: the values of the answer as judged, the search's bounds, and how they came about; no levels where nothing was found."""
    problem, data = JOBS[job(name)], make(name)
    answer, outcome = problem.solve(data, "", Limits(seconds=seconds, gap=OPTIMAL_GAP))
    if answer is None:
        return (), ""
    bounds = [None if level.bound is None else round(level.bound, 6) for level in outcome.levels]
    levels = tuple(replace(level, bound=bound) for level, bound in zip(accepted(name, problem.check(data, answer)), bounds, strict=True))
    with_what = ", ".join(f"{package} {version(package)}" for package in SOLVERS[job(name)])
    return levels, f"{date.today()}, optimiser {__version__}, 2 workers, {sum(outcome.seconds.values()):.0f} s; {with_what}"


def sent(name: str, path: Path) -> tuple[tuple[Level, ...], str]:
    """Judge an answer that somebody sent, and how it came about. Raises Misfit where it is no answer to the job."""
    judged = judge(JOBS[job(name)], make(name), path, None)[0]
    return accepted(name, judged.verdict), f"{date.today()}, sent in; check of optimiser {__version__}"


def renewed(entry: dict[str, Any] | None, digest: str, found: Sequence[Level], how: str) -> dict[str, Any]:
    """Record of an instance after another run: never worse than before. A record of another digest counts for nothing.

    Raises BrokenBound where value and bound contradict each other.
    """
    if entry is None or entry["digest"] != digest:
        return {"digest": digest, "levels": [asdict(level) for level in merged(found, found)], "found": how, "bounded": how}
    known = [Level(**level) for level in entry["levels"]]
    levels = merged(known, found)
    return {
        "digest": digest,
        "levels": [asdict(level) for level in levels],
        "found": how if compared(found, known)[0] > 0 else entry["found"],
        "bounded": how if [level.bound for level in levels] != [level.bound for level in known] else entry["bounded"],
    }


def renew(names: Sequence[str], seconds: float, answer: Path | None) -> None:
    """Solve instances, or judge an answer sent in, and record what is better; each is written as soon as it is known."""
    for name in names:
        found, how = sent(name, answer) if answer else solved(name, seconds)
        if not found:
            print(f"{name}: nothing found")
            continue
        known = best_known()
        known[name] = renewed(known.get(name), tables.digest(make(name)), found, how)
        document = {each: known[each] for each in NAMES if each in known}
        (HERE / "best_known.json").write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8", newline="\n")
        said = (" ".join(f"{level[key]}" for key in ("name", "value", "bound")) for level in known[name]["levels"])
        print(f"{name}: {'; '.join(said)}; this run: {how}", flush=True)


# --- writing ----------------------------------------------------------------------------------------------------------


def write(names: Sequence[str], folder: Path) -> None:
    """Write instances as JSON files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        tables.write_json(folder / f"{name}.json", make(name))
        print(folder / f"{name}.json", flush=True)


def pin(names: Sequence[str]) -> None:
    """Record the digest of every instance of the set. Raises RuntimeError where one of this version would change."""
    stored = json.loads((HERE / "set.json").read_text(encoding="utf-8"))
    found = {name: tables.digest(make(name)) for name in names}
    same = stored["version"].split(".")[0] == VERSION.split(".")[0]
    changed = [name for name in found if same and stored["digests"].get(name, found[name]) != found[name]]
    if changed:
        raise RuntimeError(f"These would change within version {VERSION}: {', '.join(changed)}. Give the set a new version.")
    document = {"version": VERSION, "sets": SETS, "digests": found}
    (HERE / "set.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")


def main(words: Sequence[str] | None = None) -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m instances.families", description="The published set of instances.")
    commands = parser.add_subparsers(dest="command", required=True)
    helps = {"write": "write instances as files", "renew": "solve, and record better values and bounds", "pin": "record digests (a new version)"}
    parsers = {command: commands.add_parser(command, help=text, description=text) for command, text in helps.items()}
    for command in ("write", "renew"):
        parsers[command].add_argument("names", nargs="*", metavar="NAME", help="instances; none: the whole set, or --set")
        parsers[command].add_argument("--set", choices=list(SETS), help="instances of one of the sets")
    parsers["write"].add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="folder for the files")
    parsers["renew"].add_argument("--time", type=float, default=60.0, metavar="S", help="seconds for each instance (60)")
    parsers["renew"].add_argument("--answer", type=Path, metavar="FILE", help="do not solve: judge this answer to the one NAME given")
    asked = parser.parse_args(words)
    if asked.command == "pin":
        pin(NAMES)
        return
    names = asked.names or SETS.get(asked.set, NAMES)
    if asked.command == "write":
        write(names, asked.out)
        return
    if strays := set(names) - set(NAMES):
        parser.error(f"not in the set, so nothing is recorded of it: {', '.join(sorted(strays))}")
    if asked.answer and len(asked.names) != 1:
        parser.error("--answer goes with one NAME")
    renew(names, asked.time, asked.answer)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, RuntimeError, Refusal, BrokenBound) as wrong:
        sys.exit(str(wrong))

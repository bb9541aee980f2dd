"""Command line: read what is asked, call, print, end with an exit code. No arithmetic; what is heavy is loaded inside the commands."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from optimiser import __version__

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence

    from pydantic import BaseModel
    from rich.console import Console

    from models.rota.cover import Replacement
    from optimiser.bench.compare import Comparison, Ratio
    from optimiser.bench.record import Run
    from optimiser.bench.run import Families, Method
    from optimiser.engine import Answer, Problem
    from optimiser.result import Finding, Limits, Progress
    from optimiser.tables import Loaded

DONE, FAULT, USAGE, INPUT, NEAREST, NOTHING, GATE = range(7)
QUIT = 130
"""Exit code after Ctrl-C was pressed twice, as shells have it."""

STOPPING = "Stopping; keeping the best so far. Press Ctrl-C again to quit at once."
BENCH_STOPPING = "Stopping; giving up the runs under way. What is done is kept: the same command goes on from there."

CODES = """\b
Exit codes:
  0    done
  1    a fault in the program, or a result that failed its own check
  2    wrong usage
  3    the input has errors
  4    no answer found meets every must (the nearest is still written)
  5    time ran out with nothing found
  6    a gate failed
  130  Ctrl-C pressed twice (of bench run: once; what is done is kept)

Results go to standard output, everything else to standard error.
"""


# --- the ways out -----------------------------------------------------------------------------------------------------


def _document(job: str = "", instance: str = "", **more: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "job": job, "instance": instance, "digest": None, "status": None, "objective": [], "gap": None, "checked": False, "findings": [],
        "seconds": {}, "versions": {"optimiser": __version__}, "outputs": [],
    }  # fmt: skip
    return {**empty, **more}


def _print(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document, allow_nan=False, indent=1))


def _error(as_json: bool, code: str, message: str, *, where: str = "", fix: str = "") -> None:
    """Tell one error: on standard error in words, or on standard output as the JSON document."""
    if as_json:
        _print(_document(error={"code": code, "message": message, "where": where, "fix": fix}))
    else:
        click.echo(f"There is a problem\n{message} {fix}".rstrip(), err=True)


def _log(fault: BaseException) -> Path:
    """Write where a fault arose to a file of its own: kinds of exceptions, modules and lines, and no values, which may be names."""
    lines = [f"optimiser {__version__}, Python {sys.version.split()[0]}"]
    cause: BaseException | None = fault
    while cause is not None:
        lines.append(type(cause).__qualname__)
        lines += [f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(cause.__traceback__)]
        cause = cause.__cause__ or cause.__context__
    number, name = tempfile.mkstemp(prefix="optimiser-", suffix=".log")
    with open(number, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return Path(name)


class _Door(click.Group):
    """The group of commands. Every way out leads through here: exit codes, one JSON document, no traceback on the screen."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *rest: Any, **extra: Any) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        as_json = "--json" in given
        try:
            code = super().main(given, prog_name, *rest, **{**extra, "standalone_mode": False})
        except click.UsageError as wrong:
            if as_json:
                _error(True, "USE-01", wrong.format_message(), fix="See --help.")
            else:
                wrong.show()
            code = USAGE
        except click.Abort:
            click.echo("Stopped. Nothing was written.", err=True)
            code = QUIT
        except ModuleNotFoundError as missing:
            _error(as_json, "ENV-01", f"{missing.name} is not installed.", fix="Install the program again, as its README says.")
            code = FAULT
        except Exception as fault:  # whatever it is, the user gets one line and the log the rest
            code = _refused(fault, as_json)
        sys.exit(code or DONE)


def _refused(fault: Exception, as_json: bool) -> int:
    from optimiser.bench.record import Damaged
    from optimiser.engine import Misfit, Refusal, Unmoved

    if isinstance(fault, Refusal):
        _error(as_json, fault.code, fault.what, where=fault.where, fix=fault.fix)
        return INPUT if isinstance(fault, Misfit) else USAGE
    if isinstance(fault, Damaged):
        _error(as_json, "BEN-02", str(fault), fix="Mend the file or take it away.")
        return INPUT
    if isinstance(fault, Unmoved):
        _error(as_json, "ENV-03", str(fault), where=str(fault.out), fix="Close it and rename the folder, or run again.")
        return FAULT
    _error(as_json, "FAULT", "This is a fault in the program. Nothing was published.", fix=f"Send {_log(fault)}, which holds no names.")
    return FAULT


# --- what is shown meanwhile ------------------------------------------------------------------------------------------


@dataclass
class _Teller:
    """Tells progress on standard error: a line renewed every second on a terminal, elsewhere a line for each improvement."""

    console: Console
    quiet: bool
    unit: str
    begun: float = field(default_factory=time.monotonic)
    line: str = "Building the model"
    found: tuple[str, float | None] = ("", None)

    def say(self, text: str) -> None:
        if not self.quiet:
            self.console.print(text, markup=False)

    def tell(self, progress: Progress) -> None:
        from optimiser.engine import said

        self.line = said(progress, self.unit)
        found = (progress.level, progress.value)
        if found != self.found and not self._live:
            self.say(self.line)
        self.found = found

    @property
    def _live(self) -> bool:
        return self.console.is_terminal and not self.console.is_dumb_terminal and not self.quiet

    def watching(self) -> Any:
        if not self._live:
            return nullcontext()
        from rich.live import Live
        from rich.text import Text

        def now() -> Text:
            return Text(f"{time.monotonic() - self.begun:4.0f} s  {self.line}")

        return Live(get_renderable=now, console=self.console, refresh_per_second=1, transient=True)


@contextmanager
def _ctrl_c(stop: threading.Event, say: Callable[[str], None], text: str = STOPPING) -> Iterator[None]:
    """Ctrl-C once sets ``stop`` and says ``text``; twice raises KeyboardInterrupt."""

    def heard(*_: Any) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        say(text)

    before = signal.signal(signal.SIGINT, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _problems(findings: Sequence[Finding]) -> list[str]:
    """Findings in words: errors first, under one heading, then warnings."""
    lines: list[str] = []
    for severity, one, many in (("error", "There is a problem", "There are {} problems"), ("warning", "Worth knowing", "Worth knowing ({})")):
        found = [str(f) for f in findings if f.severity == severity]
        if found:
            lines += [one if len(found) == 1 else many.format(len(found)), *(f"  {text}" for text in found)]
    return lines


def _unreadable(rota: str, findings: Sequence[Finding], as_json: bool) -> int:
    """Tell why the input that a rota was made for cannot be read, and give the exit code."""
    from optimiser.engine import told

    if as_json:
        _print(_document("rota", rota, findings=[told(f) for f in findings]))
    else:
        click.echo("\n".join(_problems(findings)), err=True)
    return INPUT


# --- commands ---------------------------------------------------------------------------------------------------------


_PATH = click.Path(path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")

Command = TypeVar("Command", bound="Callable[..., int]")


def _decorated(command: Command, decorators: Sequence[Callable[[Command], Command]]) -> Command:
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def _solves(seconds: float, published: str) -> Callable[[Command], Command]:
    """What every command that solves something takes; ``seconds`` is its usual time, ``published`` the help of --publishable."""
    return lambda command: _decorated(
        command,
        (
            click.argument("source", type=_PATH, metavar="INPUT"),
            click.option("-o", "--out", type=_PATH, metavar="DIR", help="Folder for the result.  [default: out/ and the name of the input]"),
            click.option(
                "--time",
                "seconds",
                type=click.FloatRange(min=0, min_open=True),
                default=seconds,
                show_default=True,
                metavar="S",
                help="Seconds at most for the search.",
            ),
            click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, metavar="N", help="Processor cores to use."),
            click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Seed of the search."),
            click.option("--publishable", is_flag=True, help=published),
            click.option("--force", is_flag=True, help="Replace an earlier result in DIR."),
            click.option("--quiet", is_flag=True, help="No progress, no remarks: errors only."),
            click.option("--no-color", is_flag=True, help="No colour (nor where NO_COLOR is set)."),
            _json,
        ),
    )


def _fills(command: Command) -> Command:
    """What every command that writes a workbook to fill in takes."""
    return _decorated(
        command,
        (
            click.argument("out", type=_PATH, metavar="OUT.xlsx"),
            click.option("--demo", is_flag=True, help="Fill it with the small worked example."),
            click.option("--force", is_flag=True, help="Replace the file if it exists."),
        ),
    )


@click.group(
    cls=_Door,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=f"""\b
Examples of a commissioner:
  optimiser template plan demo.xlsx --demo     write a filled-in workbook
  optimiser check demo.xlsx                    find errors, and hear what the data say
  optimiser plan demo.xlsx -o out/demo         make the plan and its report

\b
Examples of a service manager:
  optimiser template rota week.xlsx --demo     write a filled-in workbook
  optimiser check week.xlsx                    find errors, and hear what the data say
  optimiser rota week.xlsx -o out/week         make the rota and its calendars

\b
Examples of an engineer or researcher:
  optimiser bench run one_team one_service     measure, and hold values and bounds against the best known
  optimiser check instances/rota/one_team --answer answer.json
                                               have an answer of your own judged

{CODES}""",
)
@click.version_option(__version__, package_name="optimiser")
def cli() -> None:
    """Plan the workforce of NHS Talking Therapies services, and the week of supervision of one of them.

    The input is one workbook (.xlsx), one JSON file or a folder of CSV files. Nothing leaves this machine.
    """


@cli.group()
def template() -> None:
    """Write a workbook to fill in."""


@template.command(
    "plan",
    epilog="""\b
Examples:
  optimiser template plan mine.xlsx            headings, explanations and lists to choose from
  optimiser template plan demo.xlsx --demo     the same, filled in with a small example
  optimiser template plan mine.xlsx --force    start again: replace the file
""",
)
@_fills
def template_plan(**asked: Any) -> int:
    """Write the workbook of the commissioner's plan to OUT.xlsx."""
    return _fill("plan", **asked)


@template.command(
    "rota",
    epilog="""\b
Examples:
  optimiser template rota week.xlsx            headings, explanations and lists to choose from
  optimiser template rota demo.xlsx --demo     the same, filled in with a team of made-up people
  optimiser template rota week.xlsx --force    start again: replace the file
""",
)
@_fills
def template_rota(**asked: Any) -> int:
    """Write the workbook of the service manager's rota to OUT.xlsx."""
    return _fill("rota", **asked)


def _fill(job: str, out: Path, demo: bool, force: bool) -> int:
    """Write the workbook of a job."""
    if out.suffix.lower() != ".xlsx":
        raise click.UsageError(f"{out} must end in .xlsx.")
    if out.exists() and not force:
        raise click.UsageError(f"{out} exists. Choose another name or add --force.")
    from importlib.resources import as_file, files

    from models import JOBS

    problem = JOBS[job]
    data = None
    if demo:
        place = files("instances")
        for part in problem.demo.split("/"):
            place = place / part
        with as_file(place) as folder:
            data = problem.read(folder).data
    out.parent.mkdir(parents=True, exist_ok=True)
    problem.template(out, data)
    click.echo(f"Written: {out}")
    return DONE


def _pairs(_context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Words given as ``A=B``, by A."""
    pairs = {}
    for text in given:
        first, sign, second = text.rpartition("=")
        if not (first.strip() and sign and second.strip()):
            raise click.BadParameter(f"{text} is not {option.metavar}.")
        pairs[first.strip()] = second.strip()
    return pairs


@cli.group("import")
def import_() -> None:
    """Bring what a service's own systems export into an input."""


@import_.command(
    "staff",
    epilog="""\b
Examples:
  optimiser import staff staff_in_post.xlsx --to mine.xlsx
      say which column is taken for what, ask, and fill the sheet Staff of the workbook
  optimiser import staff staff.csv --to mine --map "Org L5=service" --map "Position=role" --yes --force
      say it yourself, ask nothing, and replace the table Staff of a folder of CSV files
  optimiser import staff staff.csv --to mine.xlsx --means "CBT Therapist=hit_7" --leave-out
      say what a role or a service is called in the plan; leave out the rows that have no place in it

\b
Columns: service, role, band, contract, wte, started, established (role, wte and started are needed).
Names, numbers of employees, dates of birth, addresses and the like are never kept.

\b
Exit codes: 0 done, 2 wrong usage, 3 a column is missing or rows cannot be placed (nothing is written), 130 stopped.
""",
)
@click.argument("export", type=_PATH, metavar="FILE")
@click.option("--to", "plan", type=_PATH, required=True, metavar="INPUT", help="Workbook or folder of the plan; its table Staff is written.")
@click.option("--map", "mapped", multiple=True, callback=_pairs, metavar="COLUMN=FIELD", help="What a column is (or nothing); may be given again.")
@click.option("--means", multiple=True, callback=_pairs, metavar="TEXT=NAME", help="What the plan calls a role or service; may be given again.")
@click.option("--leave-out", is_flag=True, help="Write the rest where rows cannot be placed.")
@click.option("--yes", is_flag=True, help="Do not ask whether the columns are right.")
@click.option("--force", is_flag=True, help="Replace the staff that the plan has.")
def import_staff(export: Path, plan: Path, mapped: dict[str, str], means: dict[str, str], leave_out: bool, yes: bool, force: bool) -> int:
    """Make the table Staff of a plan from an export of staff in post.

    FILE is a workbook or CSV file with a row for each person or post. Only sums by service and post are written.
    """
    from optimiser.plan import staff_import

    for field_name in mapped.values():
        if field_name not in (*staff_import.FIELDS, staff_import.NOTHING):
            raise click.UsageError(f"There is no field {field_name}. Fields: {', '.join((*staff_import.FIELDS, staff_import.NOTHING))}.")
    if not plan.is_dir() and plan.suffix.lower() != ".xlsx":
        raise click.UsageError(f"{plan} is neither a workbook (.xlsx) nor a folder of CSV files.")
    frame, findings = staff_import.frame_of(plan)
    if frame is None:
        click.echo("\n".join(_problems(findings)), err=True)
        return INPUT
    if staff_import.has_staff(plan) and not force:
        raise click.UsageError(f"{plan} has staff already. Add --force to replace them.")
    read = staff_import.open_export(export, mapped)
    _say("\n".join(read.told()))
    if not yes:
        click.confirm("Are these the right columns?", abort=True, err=True)
    placed = staff_import.place(read, frame, means)
    if placed.problems:
        _say("\n".join(_problems(placed.problems)))
        if not leave_out:
            _say("Nothing was written. Mend these rows, or add --leave-out to do without them.")
            return INPUT
    for remark in placed.remarks:
        _say(remark)
    if not placed.staff:
        _error(False, "IN-01", "No row could be placed. Nothing was written.")
        return INPUT
    click.echo("\n".join([*staff_import.lines(placed), *staff_import.write(plan, placed.staff)]))
    return DONE


@cli.command(
    epilog="""\b
Examples:
  optimiser check mine.xlsx                    errors by sheet and cell, then what the data say
  optimiser check instances/rota/one_team      the same for a folder of CSV files
  optimiser check mine.xlsx --json             for other programs
  optimiser check instances/rota/one_team --answer answer.json
                                               judge an answer, whoever made it

\b
Exit codes:
  0  nothing wrong (there may be warnings); with --answer, every answer is accepted
  2  wrong usage
  3  the input has errors, or the answer cannot be read
  6  with --answer: an answer is refused, or better than a bound that was proved
""",
)
@click.argument("source", type=_PATH, metavar="INPUT")
@click.option("--answer", type=_PATH, metavar="FILE", help="Judge this answer to INPUT: an answer.json, a list of such, or a folder of weeks.")
@_json
def check(source: Path, answer: Path | None, as_json: bool) -> int:
    """Find errors in INPUT and say what its data say; or judge an answer to it.

    Which job it is for is told by its tables. Nothing is solved or written.
    """
    from models import JOBS
    from optimiser.engine import examined, instance_name, job_of, told, versions

    problem = job_of(source, list(JOBS.values()))
    loaded, findings = examined(problem, source)
    wrong = any(f.severity == "error" for f in findings)
    if answer is not None and not wrong:
        return _judge(problem, loaded, source, answer, as_json)
    lines = problem.describe(loaded.data) if loaded.data is not None and not wrong else []
    if as_json:
        document = _document(problem.name, instance_name(source), digest=loaded.digest, findings=[told(f) for f in findings], versions=versions())
        _print({**document, "description": list(lines)})
    else:
        click.echo("\n".join([*_problems(findings), *lines]))
    return INPUT if wrong else DONE


def _judge(problem: Problem[Any, Any], loaded: Loaded[Any], source: Path, answer: Path, as_json: bool) -> int:
    """Judge the answers in a file, and print what the referee says."""
    from optimiser.bench import known, referee
    from optimiser.engine import instance_name, told, versions

    assert loaded.data is not None  # it has no errors
    best = known.gather([_shipped(), *([source] if source.is_dir() else [])])
    judged = referee.judge(problem, loaded.data, answer, best.get(loaded.digest))
    fine = all(one.accepted and one.beyond is None for one in judged)
    if as_json:
        findings = [{"option": one.option, **told(f)} for one in judged for f in one.verdict.findings]
        name = instance_name(source)
        document = _document(problem.name, name, digest=loaded.digest, checked=fine, findings=findings, versions=versions())
        _print({**document, "answers": referee.plain(judged)})
    else:
        for one in judged:
            click.echo("\n".join([*_problems(one.verdict.findings), *referee.lines(one, problem.unit)]))
    return DONE if fine else GATE


def _shipped() -> Path:
    """The folder of instances that come with the program."""
    from importlib.resources import files

    return Path(str(files("instances")))


@cli.command(
    epilog="""\b
Examples:
  optimiser plan instances/plan/north_central_london
      write the report to out/north_central_london, in at most five minutes
  optimiser plan mine.xlsx -o out/mine --time 60 --gap 0.05
      be content after a minute, or when at most 5% better exists
  optimiser plan mine.xlsx -o out/mine --force --option no_new_money
      replace the earlier result; compare with this option only
  optimiser plan mine.xlsx -o out/public --publishable --json > run.json
      leave small numbers out, and keep the run's own account of itself
  optimiser plan mine.xlsx -o out/least --least-cost
      the other way round: the least money that meets the targets in the sheet Limits, and how many of which staff that takes

Ctrl-C once: stop, keep the best so far and write it. Twice: quit, nothing is written.

"""
    + CODES,
)
@_solves(300.0, published="Leave small numbers out of everything written.")
@click.option(
    "--gap", type=click.FloatRange(0, 1), default=0.01, show_default=True, metavar="SHARE", help="Stop when at most this share better exists."
)
@click.option("--option", "options", multiple=True, metavar="NAME", help="Compare with this option only; may be given again.  [default: all]")
@click.option("--no-options", is_flag=True, help="Compare with no option.")
@click.option("--least-cost", is_flag=True, help="The least money that meets the targets in Limits, not the most good within the money.")
def plan(options: tuple[str, ...], no_options: bool, least_cost: bool, **asked: Any) -> int:
    """Make the commissioner's plan from INPUT.

    A report, a workbook and tables are written.
    """
    if options and no_options:
        raise click.UsageError("--option and --no-options exclude each other.")
    from models import LEAST_COST

    problem = _job("plan", asked["source"])
    return _solve(LEAST_COST if least_cost else problem, wanted=() if no_options else options or None, **asked)


@cli.command(
    epilog="""\b
Examples:
  optimiser rota instances/rota/one_team
      write the rota to out/one_team, in at most a minute
  optimiser rota week.xlsx -o out/week --time 300
      give the search five minutes
  optimiser rota week.xlsx -o out/week --force --workers 1 --seed 7
      replace the earlier result; the same seed and one worker give the same files every time
  optimiser rota week.xlsx -o out/shared --publishable --json > run.json
      leave names and remarks out, and keep the run's own account of itself
  optimiser rota out/week/rota.xlsx -o out/mended --from out/week --away S12 --from-date 2026-12-09
      S12 is ill from Wednesday: mend the rota, moving as little as can be
  optimiser rota week.xlsx -o out/winter --weeks 4
      this week and the three after it, each in a folder named by its Monday, and a page that looks over them

With more workers the search may be faster, and of rotas that are equally good it may find another each time.
With one worker --time counts steps of the search, about a second's worth each, and not the clock. With --weeks it is for each week.

Ctrl-C once: stop, keep the best so far and write it (with --weeks: begin no other week). Twice: quit, nothing is written.

"""
    + CODES,
)
@_solves(60.0, published="Leave names and remarks on people out of everything written.")
@click.option("--from", "published", type=_PATH, metavar="DIR", help="Mend the rota in DIR, of the same week: keep all of it that can be kept.")
@click.option("--away", multiple=True, metavar="STAFF", help="With --from: somebody who is not at work; may be given again.")
@click.option("--from-date", "since", default="", metavar="DATE", help="With --from: the first day that may change, and that those --away are away.")
@click.option("--keep", type=click.Choice(["published", "pairs"]), help="With --from: keep all as published, or pairs only.  [default: published]")
@click.option(
    "--weeks", type=click.IntRange(min=1, max=8), metavar="N", help="Make N weeks, one after the other.  [default: as INPUT says, usually 1]"
)
def rota(
    published: Path | None, away: tuple[str, ...], since: str, keep: Literal["published", "pairs"] | None, weeks: int | None, **asked: Any
) -> int:
    """Make the service manager's weekly rota from INPUT.

    A page to pin on the wall, a workbook, calendars and tables are written. With --from, a rota that is there is mended instead: what was held
    before --from-date stays, every other change has a price at High, and the page lists what changed and why.

    With --weeks, each week is made of the one before: pairs and times are kept, what was missed is made good, loads even out. What is fortnightly or
    monthly is brought forward where the week in which it would fall due has no room for it.
    """
    mends = bool(published or away or since or keep)
    if mends and weeks is not None and weeks > 1:
        raise click.UsageError("--weeks makes weeks that follow one another, and --from mends one: give one or the other.")
    if mends and published is None:
        raise click.UsageError("--away, --from-date and --keep mend a rota: name its folder with --from.")
    from optimiser.rota.data import RotaInput
    from optimiser.rota.several import first_week

    source: Path = asked["source"]
    problem = _job("rota", source)
    if published is not None:
        from optimiser.rota.repair import repaired
        from optimiser.rota.results import written

        there = written(published)
        mending = problem.prepared(lambda data: repaired(first_week(data), there.answer, away, since, keep or "published"))
        return _solve(mending, gap=0.0, **asked)
    problem, loaded = problem.having_read(source)
    # Why it cannot be read, where it cannot, is told when it is answered.
    wanted = weeks or (loaded.data.settings.weeks if isinstance(loaded.data, RotaInput) else 1)
    if weeks or wanted > 1:
        problem = problem.prepared(first_week)
    return _weeks(problem, wanted, **asked) if wanted > 1 else _solve(problem, gap=0.0, **asked)


def _job(name: str, source: Path) -> Problem[Any, Any]:
    """Job of this name. Raises Misfit where the input is another's."""
    from models import JOBS
    from optimiser.engine import job_of

    return job_of(source, list(JOBS.values()), JOBS[name])


def _solve(
    problem: Problem[Any, Any],
    source: Path,
    out: Path | None,
    seconds: float,
    gap: float,
    workers: int,
    seed: int,
    publishable: bool,
    force: bool,
    quiet: bool,
    no_color: bool,
    as_json: bool,
    wanted: tuple[str, ...] | None = None,
) -> int:
    """Answer a job, tell how it goes, and print what came of it."""
    from rich.console import Console

    from optimiser.engine import answer, instance_name
    from optimiser.result import Limits

    teller = _Teller(Console(stderr=True, no_color=no_color or None, highlight=False, soft_wrap=True), quiet, problem.unit)
    limits = Limits(seconds=seconds, gap=gap, workers=workers, seed=seed, tell=teller.tell)
    folder = out or Path("out") / instance_name(source)
    with _ctrl_c(limits.stop, teller.say), teller.watching():
        result = answer(problem, source, folder, limits, options=wanted, force=force, publishable=publishable, command=["optimiser", *sys.argv[1:]])
    return _told(result, limits, problem.unit, as_json, quiet)


def _weeks(
    problem: Problem[Any, Any],
    wanted: int,
    source: Path,
    out: Path | None,
    seconds: float,
    workers: int,
    seed: int,
    publishable: bool,
    force: bool,
    quiet: bool,
    no_color: bool,
    as_json: bool,
) -> int:
    """Make rotas of weeks that follow one another, tell how it goes, and print what came of it."""
    from rich.console import Console

    from models.rota.ahead import brought_forward
    from optimiser.engine import instance_name
    from optimiser.result import Limits, Status
    from optimiser.rota.weeks import document, make, remarks, summary

    teller = _Teller(Console(stderr=True, no_color=no_color or None, highlight=False, soft_wrap=True), quiet, problem.unit)
    limits = Limits(seconds=seconds, gap=0.0, workers=workers, seed=seed, tell=teller.tell)
    folder, command = out or Path("out") / instance_name(source), ["optimiser", *sys.argv[1:]]
    with _ctrl_c(limits.stop, teller.say), teller.watching():
        run = make(problem, brought_forward, source, folder, wanted, limits, force=force, publishable=publishable, command=command)
    findings = [f for f in remarks(run) if not quiet or f.severity == "error"]
    if findings:
        click.echo("\n".join(_problems(findings)), err=True)
    told = document(run)
    wrong = [f for f in findings if f.severity == "error"]
    code = {None: INPUT, Status.NOT_FOUND: NOTHING, Status.INFEASIBLE: NEAREST}.get(run.status, DONE)
    if run.fault is not None:
        code = FAULT
        message, fix = (
            "The result failed our own check. Nothing was published.",
            f"This is a fault in the program: send {run.fault}, which holds no names.",
        )
        told["error"] = {"code": "SOL-05", "message": message, "where": "", "fix": fix}
        click.echo(f"{message} {fix}", err=True)
    elif wrong:
        code = INPUT
        told["error"] = {"code": wrong[0].code, "message": wrong[0].what, "where": wrong[0].where, "fix": wrong[0].fix}
    if as_json:
        _print(told)
    elif run.fault is None and run.weeks:
        click.echo("\n".join(summary(run, limits, problem.unit)))
    return code


def _told(result: Answer[Any], limits: Limits, unit: str, as_json: bool, quiet: bool) -> int:
    """Print the answer and choose the exit code."""
    from optimiser.engine import faults, record, summary
    from optimiser.result import Status

    wrong = [f for f in result.findings if f.severity == "error"]
    shown = result.findings if not quiet else wrong
    if shown:
        click.echo("\n".join(_problems(shown)), err=True)
    document = record(result)
    code = DONE
    if result.outcome is None:
        code = INPUT
        first = wrong[0]
        document["error"] = {"code": first.code, "message": first.what, "where": first.where, "fix": first.fix}
    elif result.fault is not None:
        code = FAULT
        first = faults(result.solved)[0]
        message = f"The result failed our own check (rule {first.code}, {first.where}): {first.what} Nothing was published."
        fix = f"This is a fault in the program: send {result.fault}, which holds no names."
        document["error"] = {"code": "SOL-05", "message": message, "where": first.where, "fix": fix}
        click.echo(f"{message} {fix}", err=True)
    elif result.outcome.status is Status.NOT_FOUND:
        code = NOTHING
    elif result.outcome.status is Status.INFEASIBLE:
        code = NEAREST
    if as_json:
        _print(document)
    elif code not in (INPUT, FAULT):
        click.echo("\n".join(summary(result, limits, unit)), err=code == NOTHING)
    return code


# --- a rota that is there ----------------------------------------------------------------------------------------------


@cli.command(
    epilog="""\b
Examples:
  optimiser cover out/one_team --session "P3 case"
      who could see P3 instead, and when else, the cheapest first
  optimiser cover out/one_team --session "P3 case" --without S2 --most 20
      twenty ways, none of them with S2

\b
Exit codes:
  0  done, even where there is no other way
  2  wrong usage, no such folder or session
  3  the input in the folder has errors
""",
)
@click.argument("folder", type=_PATH, metavar="DIR")
@click.option("--session", "wanted", required=True, metavar="NAME", help="The session, as in the Session column; the date may be left out.")
@click.option("--without", multiple=True, metavar="STAFF", help="Staff id of somebody who cannot; may be given again.")
@click.option("--most", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Ways shown.")
@_json
def cover(folder: Path, wanted: str, without: tuple[str, ...], most: int, as_json: bool) -> int:
    """Rank who could take a session of the rota in DIR, and when else it could be held.

    What each way would cost is said in words. Nothing is changed or written.
    """
    from models.rota.cover import replacements
    from optimiser.rota.results import session_called, written
    from optimiser.words import day_words

    there = written(folder)
    loaded = there.input()
    if loaded.data is None:
        return _unreadable(folder.name, loaded.findings, as_json)
    session = session_called(there, wanted)
    ways = replacements(loaded.data, there.answer, session.session, without)
    if as_json:
        _print(_document("rota", folder.name, session=session.session, ways=[asdict(way) for way in ways[:most]], count=len(ways)))
        return DONE
    click.echo(f"{session.session}: now {day_words(session.date)} {session.start}" + (f" with {session.supervisor}." if session.supervisor else "."))
    if not ways:
        click.echo("There is no other way while the rest of the rota stays as it is: nobody else who may give it is free when those in it are.")
    for n, way in enumerate(ways[:most], start=1):
        click.echo(f"\n{n}. {_way(way)}")
        for line in way.because or ("costs nothing",):
            click.echo(f"     {line}")
    if len(ways) > most:
        click.echo(f"\n{len(ways) - most} more ways cost as much or more; see --most.")
    return DONE


def _way(way: Replacement) -> str:
    from optimiser.words import day_words

    kept = "the same time" if way.same_time else "the same supervisor" if way.same_supervisor else "another time and supervisor"
    giver = f" with {way.supervisor}" if way.supervisor else ""
    return f"{day_words(way.date)} {way.start}{giver}, {way.room or 'online'} ({kept})"


@cli.command(
    epilog="""\b
Examples:
  optimiser compare out/monday out/friday          what differs, from the first to the second
  optimiser compare out/week50 out/week51 --json   the same for other programs
""",
)
@click.argument("first", type=_PATH, metavar="DIR_A")
@click.argument("second", type=_PATH, metavar="DIR_B")
@_json
def compare(first: Path, second: Path, as_json: bool) -> int:
    """Say what differs between two rotas: by session, person, rule and level.

    Of different weeks, sessions of the same person or group are set side by side.
    """
    from optimiser.rota.compare import compare as compared
    from optimiser.rota.results import written

    found = compared(written(first).answer, written(second).answer)
    if as_json:
        tables = {name: [row._asdict() for row in getattr(found, name)] for name in ("sessions", "people", "rules", "levels")}
        _print(_document("rota", f"{first.name} and {second.name}", differences=tables, same=found.same))
        return DONE
    if found.same:
        click.echo("The two rotas are the same.")
    for title, headings, rows in (
        ("Sessions", ("session", "what differs", first.name, second.name), found.sessions),
        ("People", ("staff", "what differs", first.name, second.name), found.people),
        ("Rules", ("rule", "what differs", first.name, second.name), found.rules),
        ("Levels", ("level", "", first.name, second.name), found.levels),
    ):
        if rows:
            click.echo(f"\n{title}")
            _table(headings, [[str(cell) for cell in row] for row in rows])
    return DONE


@cli.command(
    epilog="""\b
Examples:
  optimiser publish out/week -o published/2026-12-07
      go through the checklist; publish where every item passes
  optimiser publish out/week -o published/2026-12-07 --override "staff=P3 is on leave from Wednesday"
      publish all the same, with the reason kept and shown
  optimiser publish out/mended -o published/2026-12-07-b --after published/2026-12-07
      publish the mended rota: its calendars update those of the first

\b
Exit codes:
  0  published
  2  wrong usage, no such folder, or one that is in use
  3  the input in the folder has errors
  6  an item of the checklist failed; nothing was written
""",
)
@click.argument("folder", type=_PATH, metavar="DIR")
@click.option("-o", "--out", type=_PATH, required=True, metavar="DIR", help="Folder of the publication.")
@click.option("--override", "overrides", multiple=True, metavar="ITEM=REASON", help="Let an item of the checklist pass; may be given again.")
@click.option(
    "--after", "earlier", type=_PATH, metavar="DIR", help="The publication before this one, of this week or another; its calendars are updated."
)
@click.option("--senior", default="", metavar="STAFF", help="Staff id of the senior therapist who oversees supervision.")
@click.option("--force", is_flag=True, help="Replace an earlier publication in DIR.")
@_json
def publish(folder: Path, out: Path, overrides: tuple[str, ...], earlier: Path | None, senior: str, force: bool, as_json: bool) -> int:
    """Publish the rota in DIR: checklist, frozen copy under a digest, calendars, and a page for who oversees supervision.

    Nothing is sent to anybody.
    """
    from optimiser.rota import publishing
    from optimiser.rota.results import written

    there = written(folder)
    loaded = there.input()
    if loaded.data is None:
        return _unreadable(folder.name, loaded.findings, as_json)
    reasons = {code.strip(): reason for code, _, reason in (text.partition("=") for text in overrides)}
    items = publishing.publish(loaded.data, there, loaded.digest, out, reasons, earlier=earlier, senior=senior, force=force)
    failed = [item for item in items if item.state == "failed"]
    if as_json:
        outputs = [] if failed else [str(out / publishing.SEAL)]
        _print(_document("rota", folder.name, digest=loaded.digest, checked=not failed, checklist=[asdict(item) for item in items], outputs=outputs))
        return GATE if failed else DONE
    for item in items:
        detail, reason = f": {item.detail}" if item.detail else "", f" ({item.reason})" if item.reason else ""
        click.echo(f"{item.state:10}  {item.code:9} {item.what}{detail}{reason}")
    if failed:
        codes = [item.code for item in failed if item.open]
        again = f" Mend the rota, or override {' and '.join(codes)} with --override ITEM=REASON." if codes else ""
        click.echo(f"Not published: {len(failed)} of {len(items)} items failed.{again}", err=True)
        return GATE
    click.echo(f"Published: {out}. For who oversees supervision: {out / 'oversight.html'}")
    return DONE


# --- benchmarks -------------------------------------------------------------------------------------------------------


def _families() -> Families:
    """The published set; loaded when a name is in it, as it makes instances and so needs their records."""
    from importlib import import_module
    from typing import cast

    return cast("Families", import_module("instances.families"))


def _make(name: str) -> BaseModel:
    """Make an instance of the published set."""
    return _families().make(name)


def _methods(job: str) -> list[str]:
    """Methods there are for a job, ours first."""
    from models.rivals import RIVALS
    from optimiser.bench.run import OURS

    return [OURS, *RIVALS[job]]


def _contender(job: str, method: str) -> tuple[Problem[Any, Any], Method]:
    """A job and one of the methods for it, loaded now, so that loading it is not counted as its work."""
    from importlib import import_module

    from models import JOBS
    from optimiser.bench.run import OURS

    problem = JOBS[job]
    if method == OURS:
        import_module(f"models.{job}.search")
        return problem, lambda data, limits: problem.solve(data, "", limits)
    from models.rivals import RIVALS

    import_module(f"models.rivals.{job}")
    return problem, RIVALS[job][method]


@cli.group()
def bench() -> None:
    """Measure on known instances and compare honestly.

    For engineers and researchers. Every run is a row of a record, and no value or bound is believed that another one contradicts.
    """


@bench.command(
    "run",
    epilog="""\b
Examples:
  optimiser bench run one_team one_service
      our method on two instances that come with the program, into out/bench
  optimiser bench run instances/rota --time 30 --seeds 3
      every instance in a folder, three times each; run it again to go on where it was stopped
  optimiser bench run standard --method all -o out/rivals
      the published set, ours and every rival
  optimiser bench run small --workers 1 --jobs 2 --json
      two runs at once, one core each; the rows as one JSON document

\b
Exit codes:
  0    done
  1    a run of ours failed
  2    wrong usage
  3    an instance, or the record, has errors
  6    an answer was refused by the check, or a value is better than a bound
  130  stopped by Ctrl-C; what is done is kept
""",
)
@click.argument("names", nargs=-1, required=True, metavar="FOLDER|NAME...")
@click.option("-o", "--out", type=_PATH, default=Path("out/bench"), show_default=True, metavar="DIR", help="Folder of the record.")
@click.option(
    "--time",
    "seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="S",
    help="Seconds allowed for each run.",
)
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, metavar="K", help="Seeds for each instance: 0 to K-1.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, metavar="N", help="Processor cores for each run.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, metavar="J", help="Runs at once.")
@click.option("--method", "methods", multiple=True, metavar="NAME", help="ours, a rival's name, or all; may be given again.  [default: ours]")
@click.option("--force", is_flag=True, help="Make runs again that are in the record already.")
@_json
def bench_run(
    names: tuple[str, ...], out: Path, seconds: float, seeds: int, workers: int, jobs: int, methods: tuple[str, ...], force: bool, as_json: bool
) -> int:
    """Run methods on instances, each run in a process of its own, and record a row for each.

    An instance is an input, a folder of inputs, or a name: of one that comes with the program, of one in the published set, or of one of its sets.
    """
    import threading

    from models import JOBS
    from optimiser.bench import known
    from optimiser.bench.run import OURS, Task, find, run_all

    if out.exists() and not out.is_dir():
        raise click.UsageError(f"{out} is a file.")
    wanted = methods or (OURS,)
    there = {job: [OURS] if set(wanted) == {OURS} else _methods(job) for job in JOBS}
    for name in wanted:
        if name != "all" and not any(name in of for of in there.values()):
            raise click.UsageError(f"There is no method {name}. Methods: {', '.join(dict.fromkeys(m for of in there.values() for m in of))}.")
    instances = find(names, _shipped(), list(JOBS.values()), _families)
    best = known.gather([_shipped(), *(one.source for one in instances if one.source is not None and one.source.is_dir())])
    tasks = [
        Task(instance, method, seed, workers, seconds, best.get(instance.digest))
        for instance in instances
        for method in there[instance.job]
        if "all" in wanted or method in wanted
        for seed in range(seeds)
    ]
    stop = threading.Event()
    cores = os.cpu_count() or 1
    if jobs * workers > cores:
        _say(f"{jobs} runs at once with {workers} workers each share {cores} cores: times will be longer than they are alone.")
    try:
        with _ctrl_c(stop, _say, BENCH_STOPPING):
            runs = run_all(tasks, out, _contender, _make, jobs=jobs, again=force, stop=stop, say=_say)
    except KeyboardInterrupt:  # a second time: the record is whole all the same
        return QUIT
    broken, better = known.broken(runs, best), known.better(runs, best)
    if as_json:
        document = _document(
            "bench", outputs=[str(out / "runs.jsonl")], runs=[run.model_dump(mode="json") for run in runs], broken=broken, better=better
        )
        _print(document)
    else:
        _table(
            ["instance", "method", "seed", "status", "gap", "first", "1 %", "proof", "total", "MB", "check", "values"], [_row(run) for run in runs]
        )
        click.echo("\n".join([*(f"Broken: {line}" for line in broken), *better, f"Written: {out / 'runs.jsonl'}"]))
    if broken:
        return GATE
    if stop.is_set():
        return QUIT
    return FAULT if any(run.status == "failed" and run.method == OURS for run in runs) else DONE


def _say(text: str) -> None:
    click.echo(text, err=True)


def _row(run: Run) -> list[str]:
    def short(value: float | None, text: str = ".2f") -> str:
        return "-" if value is None else format(value, text)

    values = "; ".join(f"{level.name} {level.value:,.10g} ({short(level.bound, ',.10g')})" for level in run.levels)
    judged = {True: "passed", False: "refused", None: "-"}[run.checked]
    times = [short(seconds) for seconds in (run.first, run.to_one_percent, run.to_proof, run.seconds.get("total"))]
    status = run.status.replace("_", " ")
    return [run.instance, run.method, str(run.seed), status, short(run.gap, ".2%"), *times, short(run.peak_mb, ".0f"), judged, values or run.note]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table as wide as it must be: on a terminal, in a file, through a pipe."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console = Console(file=io.StringIO(), width=100_000, markup=False)
    with console.capture() as printed:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))


def _limit(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, float]:
    from optimiser.bench.compare import MEASURES

    limits = {}
    for text in given:
        name, _, ratio = text.partition("=")
        try:
            limits[name] = float(ratio)
        except ValueError:
            limits[name] = 0.0
        if name not in MEASURES or not 0 < limits[name] < float("inf"):
            raise click.BadParameter(f"{text} is not NAME=RATIO, such as total=1.2. Names: {', '.join(MEASURES)}.")
    return limits


@bench.command(
    "compare",
    epilog="""\b
Examples:
  optimiser bench compare out/before out/after
      ratios of the second to the first: 0.5 is half the time
  optimiser bench compare out/before out/after --limit total=1.2 --limit gap=1
      the same, as a gate: exit code 6 when a median ratio is larger
  optimiser bench compare out/rivals out/rivals --method-a ours --method-b highs_alone
      two methods in one record

\b
Measures: first, one_percent and proof (seconds to each), setup (build and hand-over), total, memory (peak), gap.
Exit codes: 0 done, 2 wrong usage, 3 a record has errors or is not there, 6 a limit is broken or has no pairs to be judged by.
""",
)
@click.argument("first", type=_PATH, metavar="A")
@click.argument("second", type=_PATH, metavar="B")
@click.option(
    "--limit", "limits", multiple=True, callback=_limit, metavar="NAME=RATIO", help="Largest median ratio of a measure; may be given again."
)
@click.option("--method-a", default="ours", show_default=True, metavar="NAME", help="Method looked at in A.")
@click.option("--method-b", default="ours", show_default=True, metavar="NAME", help="Method looked at in B.")
@_json
def bench_compare(first: Path, second: Path, limits: dict[str, float], method_a: str, method_b: str, as_json: bool) -> int:
    """Compare two records, run by run on the same instance with the same seed and time."""
    from optimiser.bench.compare import compare

    found = compare(_record(first), _record(second), (method_a, method_b), limits)
    if as_json:
        _print(_document("bench", pairs=found.pairs, ratios=_ratios(found), answers=_answers(found), notes=list(found.notes)))
    else:
        headings = ["B / A", "median", "middle half", "pairs", "B wins", "A wins", "limit"]
        _table(headings, [_measured(ratio) for ratio in found.ratios])
        wins = _answers(found)
        click.echo(f"Answers in {found.pairs} pairs: better in B {wins['better']}, in A {wins['worse']}, as good {wins['same']}.")
        click.echo("\n".join([*found.notes, *(_broken_limit(ratio) for ratio in found.broken)]), nl=bool(found.notes or found.broken))
    return GATE if found.broken else DONE


def _record(folder: Path) -> list[Run]:
    from optimiser.bench import record
    from optimiser.engine import Misfit

    runs = record.read(folder)
    if not runs:
        raise Misfit("BEN-03", f"{folder} holds no record of runs.", where=str(folder), fix="Make one with `optimiser bench run`.")
    return runs


def _ratios(found: Comparison) -> list[dict[str, Any]]:
    from math import isfinite

    def plain(value: float) -> float | None:
        return value if isfinite(value) else None

    return [
        {"name": r.name, "median": plain(r.median), "low": plain(r.low), "high": plain(r.high), "pairs": r.pairs, "wins": r.wins,
         "losses": r.losses, "limit": r.limit, "broken": r.broken}
        for r in found.ratios
    ]  # fmt: skip


def _answers(found: Comparison) -> dict[str, int]:
    return dict(zip(("better", "worse", "same"), found.answers, strict=True))


def _measured(ratio: Ratio) -> list[str]:
    if not ratio.pairs:
        return [ratio.name, "-", "-", "0", "-", "-", "-" if ratio.limit is None else f"{ratio.limit:g}: broken"]
    limit = "-" if ratio.limit is None else f"{ratio.limit:g}: {'broken' if ratio.broken else 'kept'}"
    return [ratio.name, f"{ratio.median:.3g}", f"{ratio.low:.3g} to {ratio.high:.3g}", str(ratio.pairs), str(ratio.wins), str(ratio.losses), limit]


def _broken_limit(ratio: Ratio) -> str:
    if not ratio.pairs:
        return f"Limit broken: {ratio.name} has no pairs to be judged by."
    return f"Limit broken: the median ratio of {ratio.name} is {ratio.median:.3g}, more than {ratio.limit:g}."


@bench.command(
    "report",
    epilog="""\b
Examples:
  optimiser bench report out/bench             one page and its tables, beside the record
  optimiser bench report out/bench --json      the names of the files for other programs
  optimiser bench run small && optimiser bench report out/bench
""",
)
@click.argument("folder", type=_PATH, metavar="DIR")
@_json
def bench_report(folder: Path, as_json: bool) -> int:
    """Write the report on the record in DIR into DIR."""
    from optimiser.bench.report import write

    names = [str(folder / name) for name in write(folder)]
    if as_json:
        _print(_document("bench", outputs=names))
    else:
        click.echo("\n".join(f"Written: {name}" for name in names))
    return DONE


@bench.command(
    "make",
    epilog="""\b
Examples:
  optimiser bench make rota-usual-60 -o out/instances       one instance of the published set
  optimiser bench make small -o out/instances               every instance of one of its sets
  optimiser bench make plan-usual-1x4 rota-tight-40 -o out/instances

An instance is made from the figures its name stands for, and is the same on any machine.
""",
)
@click.argument("names", nargs=-1, required=True, metavar="NAME|SET...")
@click.option("-o", "--out", type=_PATH, required=True, metavar="DIR", help="Folder for the instances, a folder of CSV files each.")
@click.option("--force", is_flag=True, help="Write over an instance that is there.")
def bench_make(names: tuple[str, ...], out: Path, force: bool) -> int:
    """Write instances of the published set as folders of CSV files."""
    from optimiser.tables import write_folder

    families = _families()
    for name in [each for word in names for each in families.SETS.get(word, (word,))]:
        try:
            families.job(name)
        except ValueError as wrong:
            raise click.UsageError(f"{wrong}. Sets: {', '.join(families.SETS)}.") from wrong
        if (out / name).exists() and not force:
            raise click.UsageError(f"{out / name} exists. Choose another folder or add --force.")
        write_folder(out / name, families.make(name))
        click.echo(f"Written: {out / name}")
    return DONE


def main() -> None:
    """Entry point of the console command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # an old Windows code page must not stop a message
    try:
        cli(prog_name="optimiser")
    except SystemExit as end:
        if end.code == QUIT:
            # A solver may still be at work in its own thread; leaving by the usual way would wait for it.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(QUIT)
        raise


if __name__ == "__main__":
    main()

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optimiser import __version__

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from optimiser.engine import Answer
    from optimiser.result import Finding, Limits, Progress

DONE, FAULT, USAGE, INPUT, NEAREST, NOTHING, GATE = range(7)
QUIT = 130
"""Exit code after Ctrl-C was pressed twice, as shells have it."""

STOPPING = "Stopping; keeping the best so far. Press Ctrl-C again to quit at once."

CODES = """\b
Exit codes:
  0    done
  1    a fault in the program, or a result that failed its own check
  2    wrong usage
  3    the input has errors
  4    no answer found meets every must (the nearest is still written)
  5    time ran out with nothing found
  6    a gate failed
  130  Ctrl-C pressed twice

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
    from optimiser.engine import Misfit, Refusal, Unmoved

    if isinstance(fault, Refusal):
        _error(as_json, fault.code, fault.what, where=fault.where, fix=fault.fix)
        return INPUT if isinstance(fault, Misfit) else USAGE
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
def _ctrl_c(stop: threading.Event, say: Callable[[str], None]) -> Iterator[None]:
    """Ctrl-C once sets ``stop``; twice raises KeyboardInterrupt."""

    def heard(*_: Any) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        say(STOPPING)

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


@cli.command(
    epilog="""\b
Examples:
  optimiser check mine.xlsx                    errors by sheet and cell, then what the data say
  optimiser check instances/rota/one_team      the same for a folder of CSV files
  optimiser check mine.xlsx --json             for other programs

Exit codes: 0 nothing wrong (there may be warnings), 2 wrong usage, 3 the input has errors.
""",
)
@click.argument("source", type=_PATH, metavar="INPUT")
@_json
def check(source: Path, as_json: bool) -> int:
    """Find errors in INPUT and say what its data say.

    Which job it is for is told by its tables. Nothing is solved or written.
    """
    from models import JOBS
    from optimiser.engine import examined, instance_name, job_of, told, versions

    problem = job_of(source, list(JOBS.values()))
    loaded, findings = examined(problem, source)
    wrong = any(f.severity == "error" for f in findings)
    lines = problem.describe(loaded.data) if loaded.data is not None and not wrong else []
    if as_json:
        document = _document(problem.name, instance_name(source), digest=loaded.digest, findings=[told(f) for f in findings], versions=versions())
        _print({**document, "description": list(lines)})
    else:
        click.echo("\n".join([*_problems(findings), *lines]))
    return INPUT if wrong else DONE


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
def plan(options: tuple[str, ...], no_options: bool, **asked: Any) -> int:
    """Make the commissioner's plan from INPUT.

    A report, a workbook and tables are written.
    """
    if options and no_options:
        raise click.UsageError("--option and --no-options exclude each other.")
    return _solve("plan", wanted=() if no_options else options or None, **asked)


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

With more workers the search is faster, and of rotas that are equally good it may find another each time.
With one worker --time counts steps of the search, about a second's worth each, and not the clock.

Ctrl-C once: stop, keep the best so far and write it. Twice: quit, nothing is written.

"""
    + CODES,
)
@_solves(60.0, published="Leave names and remarks on people out of everything written.")
def rota(**asked: Any) -> int:
    """Make the service manager's weekly rota from INPUT.

    A page to pin on the wall, a workbook, calendars and tables are written.
    """
    return _solve("rota", gap=0.0, **asked)


def _solve(
    job: str,
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

    from models import JOBS
    from optimiser.engine import answer, instance_name, job_of
    from optimiser.result import Limits

    problem = job_of(source, list(JOBS.values()), JOBS[job])
    teller = _Teller(Console(stderr=True, no_color=no_color or None, highlight=False, soft_wrap=True), quiet, problem.unit)
    limits = Limits(seconds=seconds, gap=gap, workers=workers, seed=seed, tell=teller.tell)
    folder = out or Path("out") / instance_name(source)
    with _ctrl_c(limits.stop, teller.say), teller.watching():
        result = answer(problem, source, folder, limits, options=wanted, force=force, publishable=publishable, command=["optimiser", *sys.argv[1:]])
    return _told(result, limits, problem.unit, as_json, quiet)


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

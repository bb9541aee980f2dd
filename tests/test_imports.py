"""The two solvers ship libraries of the same name: both must load in one process, whichever comes first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("first", "second"), [("highspy", "ortools.sat.python.cp_model"), ("ortools.sat.python.cp_model", "highspy")])
def test_both_solvers_load_in_one_process(first: str, second: str) -> None:
    code = f"import {first}, {second}, highspy; highspy.Highs(); print('loaded')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.strip()) == (0, "loaded"), run.stderr


def test_the_command_line_loads_no_solver_before_it_needs_one() -> None:
    code = "import sys, cli; print(sorted({'pyomo', 'highspy', 'ortools', 'pandas', 'numpy', 'pydantic'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "[]", run.stderr


@pytest.mark.parametrize(("mine", "other"), [("rota", "plan"), ("plan", "rota")])
def test_a_job_waits_for_nothing_of_the_other_but_its_records(mine: str, other: str) -> None:
    read = f"job = models.JOBS['{mine}']; loaded, _ = engine.examined(job, pathlib.Path('instances', job.demo)); assert loaded.data"
    told = f"print(sorted(m for m in sys.modules if m.startswith('optimiser.{other}.') or m in ('ortools', 'highspy', 'pyomo')))"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys, pathlib, models; from optimiser import engine; {read}; {told}"],
        cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.stdout.strip() == f"['optimiser.{other}.data']", run.stderr

"""The two solvers ship libraries of the same name: both must load in one process, whichever comes first."""

from __future__ import annotations

import subprocess
import sys

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

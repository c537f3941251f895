"""How the tests start several processes."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def mpiexec():
    """The mpiexec beside Python, or the one on the path; None if there is none."""
    return shutil.which("mpiexec", path=Path(sys.executable).parent) or shutil.which("mpiexec")


needs_mpi = pytest.mark.skipif(
    not (find_spec("mpi4py") and mpiexec()), reason="mpi4py or mpiexec is missing: nnlayers[mpi]"
)


def start(ranks, module, *args, runner=("-m", "mpi4py"), cwd=ROOT, **environment):
    """Start so many processes of a module of the tests, or of a script; one without mpiexec."""
    own = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment}
    script = [module] if module.endswith(".py") else ["-m", module]
    launcher = [mpiexec(), "-n", str(ranks)] if ranks > 1 else []
    command = [*launcher, sys.executable, *runner, *script, *map(str, args)]
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=os.environ | own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(ranks, module, *args, seconds=60, **options):
    """Run it to the end: its exit code, and all that it has printed."""
    process = start(ranks, module, *args, **options)
    try:
        printed, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, printed


def run_well(ranks, module, *args, **options):
    """Run it, and assert that it ends without an error; what it has printed."""
    code, printed = run(ranks, module, *args, **options)
    assert code == 0, printed
    return printed

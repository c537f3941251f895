"""Which kernels are used: compiled ones where they are installed, and those of NumPy."""

import os
import subprocess
import sys

import pytest

from nnlayers.core import compiled

USED = "from nnlayers.core.compiled import extension; print(extension and extension.__file__)"


def run(tmp_path, *, extension=None, choice="", code=USED):
    """What Python prints and reports beside an extension with this source, or beside none."""
    blocked = "raise ModuleNotFoundError('none here', name='nnlayers_kernels')\n"
    source = blocked if extension is None else extension
    (tmp_path / "nnlayers_kernels.py").write_text(source, encoding="utf-8")
    paths = [str(tmp_path), *sys.path]
    environment = os.environ | {"NNLAYERS_KERNELS": choice, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code], env=environment, capture_output=True, text=True
    )
    return done.stdout.strip(), done.stderr.strip()


WORKS = f"""
__version__, INTERFACE = "9.8", {compiled.INTERFACE}
def compiled(function): return function
def blas(): return "OpenBLAS 0.3 Fast"
def threads(): return 3
def set_threads(count): print("threads:", count)
"""
OTHER = WORKS.replace(f'INTERFACE = "9.8", {compiled.INTERFACE}', 'INTERFACE = "9.8", 99')
DAMAGED = "raise OSError('libopenblas.so: not found')"


def test_an_extension_that_works_is_used(tmp_path):
    for choice in ("", "compiled"):
        assert run(tmp_path, extension=WORKS, choice=choice) == (
            str(tmp_path / "nnlayers_kernels.py"),
            "",
        )


def test_the_variable_switches_it_off(tmp_path):
    assert run(tmp_path, extension=WORKS, choice="numpy") == ("None", "")


def test_without_it_numpy_is_used_in_silence(tmp_path):
    assert run(tmp_path) == ("None", "")


@pytest.mark.parametrize(
    ("extension", "reason"),
    [
        (OTHER, "version 9.8 does not fit this version of nnlayers"),
        (DAMAGED, "libopenblas.so: not found"),
        ("import nowhere_at_all", "No module named 'nowhere_at_all'"),
    ],
    ids=["other interface", "damaged", "without what it needs"],
)
def test_one_that_cannot_be_used_gives_one_warning(tmp_path, extension, reason):
    out, errors = run(tmp_path, extension=extension)
    assert out == "None"
    assert errors.count("RuntimeWarning") == 1
    assert f"nnlayers-kernels: {reason}. NumPy is used." in errors
    assert "pip install 'nnlayers[fast]'" in errors
    assert "NNLAYERS_KERNELS=numpy" in errors


@pytest.mark.parametrize(
    ("extension", "reason"), [(None, "is not installed"), (DAMAGED, "libopenblas.so: not found")]
)
def test_one_that_is_asked_for_by_name_must_be_there(tmp_path, extension, reason):
    out, errors = run(tmp_path, extension=extension, choice="compiled")
    assert out == ""
    assert "ImportError: NNLAYERS_KERNELS=compiled, but nnlayers-kernels" in errors
    assert reason in errors


def test_other_words_in_the_variable_are_refused():
    with pytest.raises(
        ValueError, match=r"NNLAYERS_KERNELS=off: expected numpy .* compiled .* nothing"
    ):
        compiled.load("off")

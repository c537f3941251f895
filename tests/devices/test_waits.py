"""The count of what each layer and loss asks of a GPU."""

import importlib
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_no_layer_and_no_loss_waits_and_a_step_waits_once(cupy, monkeypatch, capsys):
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    assert importlib.import_module("device_waits").main() == 0
    printed = capsys.readouterr().out
    assert " losses: 0 waits" in printed
    assert printed.count("0 copies, 0 waits in a forward and a backward, 1 to read the loss") == 2

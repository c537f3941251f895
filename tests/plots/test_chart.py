"""What all charts have in common."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nnlayers import plots


def test_charts_can_be_saved_and_are_never_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("shown"))
    _, axes = plt.subplots(1, 2)
    plots.confusion_matrix(np.eye(3), np.arange(3), ax=axes[0])
    chart = plots.image_grid(np.zeros((2, 2, 2)), ax=axes[1])
    chart.figure_.savefig(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").stat().st_size > 1000

"""History."""

import math

import pytest

from nnlayers import History


def test_it_maps_names_to_one_value_per_epoch():
    history = History()
    history.append({"loss": 2.0, "accuracy": 0.5})
    history.append({"loss": 1.0, "accuracy": 0.75})
    assert dict(history) == {"loss": [2.0, 1.0], "accuracy": [0.5, 0.75]}
    assert history.epochs == 2
    assert repr(history) == "History(2 epochs, last: loss=1, accuracy=0.75)"
    with pytest.raises(KeyError):
        history["val_loss"]


def test_figures_missing_from_an_epoch_are_nan():
    history = History()
    history.append({"loss": 2.0})
    history.append({"loss": 1.0, "val_loss": 3.0})
    history.append({"loss": 0.5})
    assert [math.isnan(value) for value in history["val_loss"]] == [True, False, True]


def test_to_csv_writes_one_row_per_epoch(tmp_path):
    history = History()
    history.append({"loss": 0.1, "accuracy": 0.5})
    history.append({"loss": 1 / 3, "accuracy": 0.75})
    history.to_csv(tmp_path / "history.csv")
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines == ["epoch,loss,accuracy", "1,0.1,0.5", f"2,{1 / 3},0.75"]


def test_an_empty_history_has_no_rows_and_no_plot(tmp_path):
    history = History()
    assert (len(history), history.epochs, repr(history)) == (0, 0, "History(0 epochs)")
    history.to_csv(tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text() == "epoch\n"
    with pytest.raises(ValueError, match="the history is empty: fit first"):
        history.plot()


def test_one_epoch_is_not_several():
    history = History()
    history.append({"loss": 1.0})
    assert repr(history) == "History(1 epoch, last: loss=1)"


def test_a_figure_that_is_not_there_is_answered_with_those_that_are():
    history = History()
    with pytest.raises(KeyError, match="no figure 'loss'; there are none, before fit"):
        history["loss"]
    history.append({"loss": 1.0, "accuracy": 0.5})
    with pytest.raises(KeyError, match="no figure 'acc'; there are loss, accuracy"):
        history["acc"]
    assert history.get("acc") is None
    assert "acc" not in history

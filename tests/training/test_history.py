"""History."""

import math

import numpy as np
import pytest

import nnlayers as nn
from nnlayers import History
from tests.training.trainers_for_tests import X, Y, trainer


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


def test_a_changed_list_does_not_change_the_history():
    history = History()
    history.append({"loss": 1.0})
    history["loss"].append(5.0)
    next(iter(history.values())).clear()
    assert history["loss"] == [1.0]


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


def fitted(lr, epochs=3, **options):
    trained = trainer(lr=lr)
    return trained.fit(X, Y, epochs=epochs, batch_size=10, rng=0, progress=False, **options)


def test_the_learning_rate_of_the_last_step_of_each_epoch_is_kept():
    assert fitted(0.1).learning_rates == [0.1, 0.1, 0.1]
    rates = [0.5 / (step + 1) for step in range(15)]
    history = fitted(rates.__getitem__)  # there is none for a step 15
    assert history.learning_rates == [rates[4], rates[9], rates[14]]
    assert "learning_rates" not in history


def test_a_rate_that_a_callback_lowers_is_kept():
    history = fitted(0.1, callbacks=[nn.ReduceOnPlateau("loss", patience=1, min_delta=100.0)])
    np.testing.assert_allclose(history.learning_rates, [0.1, 0.1, 0.01])


def test_the_rates_go_through_a_state_dict():
    history, twin = fitted(0.1), History()
    twin.load_state_dict(history.state_dict())
    assert twin.learning_rates == history.learning_rates
    twin.append({"loss": 1.0})
    assert len(history.learning_rates) == 3
    assert math.isnan(twin.learning_rates[-1])


def test_a_notebook_shows_the_last_epochs_and_the_best_one():
    history = History()
    for epoch in range(12):
        history.append({"loss": 3.0 - epoch / 10, "<b>": 1.0} | ({"val_loss": 2.5} if epoch else {}))
    shown = history._repr_html_()
    assert "History: 12 epochs, the last 10" in shown
    assert shown.count("<tr>") == 11
    assert '<td style="text-align: right">12</td><td style="text-align: right">1.9</td>' in shown
    assert '<th style="text-align: right">&lt;b&gt;</th>' in shown
    assert "The least val_loss is 2.5, in epoch 2." in shown
    assert '<img alt="Learning curves" src="data:image/png;base64,iVBORw0KGgo' in shown


def test_a_notebook_shows_charts_of_the_first_figures_only(monkeypatch):
    figures = []
    monkeypatch.setattr(
        "nnlayers.training.history.html_picture", lambda figure, alt: figures.append(figure) or ""
    )
    history = History()
    history.append({f"{part}{i}": 1.0 for i in range(30) for part in ("", "val_")})
    history._repr_html_()
    assert [len(figure.axes) for figure in figures] == [6]


def test_a_notebook_shows_an_empty_history_and_figures_that_are_missing():
    history = History()
    assert "History: 0 epochs" in history._repr_html_()
    assert "<img" not in history._repr_html_()
    history.append({})
    assert "History: 1 epoch" in history._repr_html_()
    history.append({"loss": 2.0})
    history.append({"accuracy": 0.5})
    assert "nan" not in history._repr_html_()

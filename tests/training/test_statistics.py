"""LayerStatistics, and its chart."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

import nnlayers as nn
from tests.plots.charts_for_tests import legend_texts
from tests.training.trainers_for_tests import X, Y, trainer, weights


def fitted(statistics, epochs=2, trained=None, **options):
    trained = trained or trainer()
    trained.fit(
        X, Y, epochs=epochs, batch_size=10, rng=0, progress=False, callbacks=[statistics], **options
    )
    return trained


def test_they_are_taken_at_the_first_step_and_once_in_so_many():
    statistics = nn.LayerStatistics(X, every_steps=4)
    fitted(statistics)
    assert statistics.steps == [1, 4, 8]
    assert list(statistics.outputs) == ["layers.0", "layers.1", "layers.3"]
    assert statistics.kinds == {"layers.0": "Dense", "layers.1": "ReLU", "layers.3": "Dense"}
    assert list(statistics.weights) == ["layers.0.weight", "layers.3.weight"]
    lists = [
        v for t in (statistics.outputs, statistics.weights) for c in t.values() for v in c.values()
    ]
    assert all(len(values) == 3 for values in lists)


def test_outputs_are_those_of_a_prediction_of_these_rows():
    statistics = nn.LayerStatistics(X, every_steps=10)
    trained = fitted(statistics)
    hidden = nn.Sequential(*trained.model[:2]).predict(X)
    found = statistics.outputs["layers.1"]
    assert found["mean"][-1] == pytest.approx(hidden.mean())
    assert found["std"][-1] == pytest.approx(hidden.std())
    assert found["dead"][-1] == np.mean(~hidden.any(axis=0))
    y = trained.model.predict(X)
    assert statistics.outputs["layers.3"]["std"][-1] == pytest.approx(y.std())


def test_gradients_and_updates_are_those_of_the_step():
    statistics = nn.LayerStatistics(X)
    trained = trainer(lr=0.25)
    weight = trained.model[3].weight
    before, grads = weight.value.copy(), []

    class Look(nn.Callback):
        def after_backward(self, trainer):
            grads.append(weight.grad.copy())

    trained.fit(X, Y, epochs=1, batch_size=50, progress=False, callbacks=[statistics, Look()])
    found = statistics.weights["layers.3.weight"]
    norm = np.linalg.norm(grads[0])
    assert found["gradient"] == [pytest.approx(norm)]
    assert found["update"] == [pytest.approx(0.25 * norm / np.linalg.norm(before), rel=1e-5)]


def test_dead_units_are_counted():
    statistics = nn.LayerStatistics(X)
    trained = trainer()
    trained.model[0].bias.value[:6] = -100
    fitted(statistics, epochs=1, trained=trained)
    assert statistics.outputs["layers.1"]["dead"] == [0.75]


def test_training_is_as_without_them():
    plain, looked_at = trainer(), trainer()
    plain.fit(X, Y, epochs=2, batch_size=10, rng=0, progress=False)
    fitted(nn.LayerStatistics(X, every_steps=1), trained=looked_at)
    assert weights(plain).tobytes() == weights(looked_at).tobytes()
    assert dict(plain.history) == dict(looked_at.history)


def test_a_further_fit_adds_to_them_and_a_new_run_begins_anew():
    statistics = nn.LayerStatistics(X, every_steps=5)
    trained = fitted(statistics, epochs=1)
    fitted(statistics, epochs=1, trained=trained)
    assert statistics.steps == [1, 5, 10]
    fitted(statistics, epochs=1)
    assert statistics.steps == [1, 5]


def test_a_weight_that_is_frozen_for_a_while_has_gaps():
    class Thaw(nn.Callback):
        def after_step(self, trainer):
            trainer.model[0].trainable = trainer.optimizer.steps >= 3

    statistics, trained = nn.LayerStatistics(X, every_steps=2), trainer()
    trained.model[0].trainable = False
    trained.fit(X, Y, epochs=1, batch_size=10, progress=False, callbacks=[statistics, Thaw()])
    gradients = statistics.weights["layers.0.weight"]["gradient"]
    assert np.isnan(gradients).tolist() == [True, True, False]
    assert not np.isnan(statistics.weights["layers.3.weight"]["gradient"]).any()
    statistics.plot()


def test_an_overridden_step_has_outputs_only():
    class ByHand(nn.Trainer):
        def step(self, x, y, weights=None):
            value = self.loss.forward(self.model.forward(x), y)
            self.model.backward_parameters(self.loss.backward())
            self.optimizer.step()
            return value

    base, statistics = trainer(), nn.LayerStatistics(X)
    fitted(statistics, trained=ByHand(base.model, base.loss, base.optimizer))
    assert statistics.weights == {}
    assert statistics.steps == [1]
    assert statistics.plot().ax_[4].get_title() == "Size of an update"


def test_a_model_that_cannot_predict_the_rows_is_refused_before_the_first_step():
    trained = trainer()
    before = weights(trained)
    with pytest.raises(ValueError, match=r"expected input of shape \(N, 4\), got"):
        fitted(nn.LayerStatistics(np.ones((3, 5))), trained=trained)
    assert (weights(trained) == before).all()


@pytest.mark.parametrize("options", [{"every_steps": 0}, {"rows": 0}, {"rows": 1.5}])
def test_bad_arguments_are_refused(options):
    with pytest.raises((TypeError, ValueError), match="LayerStatistics: "):
        nn.LayerStatistics(X, **options)


def test_a_table_has_the_columns_of_the_training_data():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(X, columns=list("abcd"))
    statistics = nn.LayerStatistics(table)
    trainer().fit(table, Y, epochs=1, progress=False, callbacks=[statistics])
    assert statistics.steps == [1]
    statistics = nn.LayerStatistics(table[list("badc")])
    with pytest.raises(ValueError, match=r"expected x with the columns \['a', 'b'"):
        trainer().fit(table, Y, epochs=1, progress=False, callbacks=[statistics])


def test_few_of_many_rows_are_copied():
    x = np.zeros((1000, 3))
    assert len(nn.LayerStatistics(x, rows=10).x) <= 10
    assert not np.may_share_memory(nn.LayerStatistics(x[:5]).x, x)


def test_they_go_through_a_file(tmp_path):
    def stop_after(steps):
        class Stop(nn.Callback):
            def after_step(self, trainer):
                if trainer.optimizer.steps == steps:
                    trainer.stop()

        return Stop()

    whole = nn.LayerStatistics(X, every_steps=3)
    fitted(whole, epochs=3)
    first, second = nn.LayerStatistics(X, every_steps=3), nn.LayerStatistics(X, every_steps=3)
    trained = trainer()
    trained.fit(
        X, Y, epochs=3, batch_size=10, rng=0, progress=False, callbacks=[first, stop_after(7)],
        checkpoint=tmp_path / "run.npz",
    )  # fmt: skip
    trainer().fit(
        X, Y, epochs=3, batch_size=10, rng=0, progress=False, callbacks=[second],
        checkpoint=tmp_path / "run.npz",
    )  # fmt: skip
    assert json.dumps(second.state_dict()) == json.dumps(whole.state_dict())


def test_the_chart_has_a_panel_for_each_kind():
    statistics = nn.LayerStatistics(X, every_steps=2)
    fitted(statistics)
    chart = statistics.plot()
    assert chart.data is statistics
    assert [ax.get_yscale() for ax in chart.ax_] == ["linear", "log", "linear", "log", "log"]
    assert legend_texts(chart.ax_[0]) == ["layers.0 Dense", "layers.1 ReLU", "layers.3 Dense"]
    labels = [ax.get_ylabel().endswith(" (log scale)") for ax in chart.ax_]
    assert labels == [False, True, False, True, True]
    assert legend_texts(chart.ax_[4]) == ["usual", *statistics.weights]
    line = chart.ax_[1].lines[1]
    assert line.get_xdata().tolist() == statistics.steps
    assert line.get_ydata().tolist() == statistics.outputs["layers.1"]["std"]


def test_of_many_layers_twelve_are_drawn():
    model = nn.Sequential(*[nn.Dense(4, 4, rng=index) for index in range(30)], nn.Dense(4, 3, rng=0))
    statistics = nn.LayerStatistics(X)
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.0))
    fitted(statistics, trained=trained)
    names = legend_texts(statistics.plot().ax_[0])
    assert len(names) == 12
    assert (names[0], names[-1]) == ("layers.0 Dense", "layers.30 Dense")


def test_the_chart_is_drawn_where_told():
    statistics = nn.LayerStatistics(X)
    with pytest.raises(ValueError, match="layer_statistics: nothing was measured: give it to fit"):
        statistics.plot()
    fitted(statistics)
    figure, axes = plt.subplots(2, 3)
    assert statistics.plot(ax=axes).figure_ is figure
    with pytest.raises(ValueError, match="expected 5 Axes, one for each panel, got 3"):
        statistics.plot(ax=axes[0])

"""What notebooks show: tables in HTML."""

from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib.figure import Figure

import nnlayers as nn
from nnlayers.core.markup import html_picture, html_table


class Reader(HTMLParser):
    """The texts of the cells, and the tags that are not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.texts = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.texts.append(text)


def test_texts_are_escaped_and_numbers_stand_on_the_right():
    text = html_table("a < b", ["<i>", "n"], [["<script>", "1,234"], ["&", -0.5]], "x > y")
    found = Reader(text)
    assert found.open == []
    assert found.texts == ["a < b", "<i>", "n", "<script>", "1,234", "&", "-0.5", "x > y"]
    assert '<td style="text-align: right">1,234</td>' in text
    assert '<td style="text-align: right">-0.5</td>' in text
    assert '<td style="text-align: left">&amp;</td>' in text


def test_the_words_of_a_picture_are_escaped():
    found = html_picture(Figure(figsize=(1, 1)), '"<')
    assert found.startswith('<img alt="&quot;&lt;" src="data:image/png;base64,iVBORw0KGgo')


def test_a_trainer_shows_its_parts_and_its_model():
    model = nn.Sequential(nn.Dense(4, 3), nn.ReLU())
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    found = Reader(trainer._repr_html_())
    assert found.open == []
    assert found.texts[0] == "Trainer"
    assert found.texts[3:5] == ["loss", "SoftmaxCrossEntropy()"]
    assert "History(0 epochs)" in found.texts
    assert "Dense(4, 3)" in found.texts


def test_a_search_for_the_learning_rate_is_shown_as_its_curve():
    rates = np.geomspace(1e-3, 10, 30)
    curve = nn.LearningRateCurve(rates, np.log10(rates) ** 2, diverged=True)
    assert curve._repr_html_().startswith('<img alt="LearningRateCurve(30 steps, ')


def test_a_layer_is_shown_as_its_summary():
    model = nn.Sequential(nn.Dense(4, 3), nn.Dropout(0.5))
    found = Reader(model._repr_html_())
    assert found.open == []
    assert found.texts[0] == "Sequential: input (N, 4), float32"
    for text in ("Dense(4, 3)", "(N, 3)", "15", "Dropout(0.5)", "total"):
        assert text in found.texts
    assert all(word in str(model.summary()) for word in " ".join(found.texts).split())


def test_a_layer_that_has_no_summary_is_shown_as_its_repr():
    class Odd(nn.Layer):
        input_shape = (3,)

        def predict(self, x):
            raise ValueError("it cannot take zeros")

        def __repr__(self):
            return "<Odd>"

    assert Odd()._repr_html_() == "<pre>&lt;Odd&gt;</pre>"


def test_an_optimizer_shows_its_hyper_parameters():
    optimizer = nn.SGD([nn.Parameter(np.ones(2))], lr=lambda step: 0.1, momentum=0.9)
    found = Reader(optimizer._repr_html_())
    assert found.open == []
    assert found.texts[0] == "SGD: 1 parameter, 0 steps"
    assert found.texts[found.texts.index("momentum") + 1] == "0.9"
    assert any("<lambda>" in text for text in found.texts)
    assert "clip_norm" not in found.texts


@pytest.mark.parametrize("problem", ["", "the data (<odd>)"])
def test_a_health_report_shows_its_findings(problem):
    health = nn.Health()
    assert health._repr_html_() == "<p>Health report: nothing was looked at.</p>"
    health.findings.append(nn.Finding("dead-units", "90 % < 1.", "Lower it.", epoch=3))
    health.problems += [problem] * bool(problem)
    found = Reader(health._repr_html_())
    assert found.open == []
    assert found.texts[5:9] == ["dead-units", "after epoch 3", "90 % < 1.", "Lower it."]
    assert found.texts[9:] == [f"Not looked at: {problem}."] * bool(problem)

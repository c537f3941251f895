"""The examples of ONNX's training operators: Momentum, Adam and Adagrad, with their L2 terms.

The names are those of the operators: X a weight, G its gradient, V and H what is remembered of it, R
the rate, T the number of updates before. The results are computed by the formulas that ONNX documents,
in Python's floats.
"""

import math

import numpy as np
import pytest

import nnlayers as nn

R, L2 = 0.1, 0.001
TWO = {"x": [1.2, 2.8], "g": [-0.94, -2.5], "v": [1.7, 3.6], "h": [0.1, 0.1]}


def after_a_step(make, state, x, g):
    """The weights, and what is remembered, after a step from a given state."""
    weight = nn.Parameter(x, dtype=np.float64)
    optimizer = make([weight])
    optimizer.load_state_dict(optimizer.state_dict() | state)
    weight.add_grad(np.array(g))
    optimizer.step()
    return [weight.value.tolist(), *(memory.tolist() for memory in optimizer.remembered())]


@pytest.mark.parametrize(
    ("l2", "nesterov", "x", "g", "v"),
    [
        (0.001, False, TWO["x"], TWO["g"], TWO["v"]),
        (0.01, True, TWO["x"], TWO["g"], TWO["v"]),
        (0.001, False, [1.0], [-1.0], [2.0]),
        (0.001, False, [1.0, 2.0], [-1.0, -3.0], [4.0, 1.0]),
    ],
)
def test_momentum(l2, nesterov, x, g, v):
    alpha, weights, velocities = 0.95, [], []
    for x_i, g_i, v_i in zip(x, g, v, strict=True):
        regular = l2 * x_i + g_i
        velocities.append(alpha * v_i + regular)
        change = regular + alpha * velocities[-1] if nesterov else velocities[-1]
        weights.append(x_i - R * change)
    found = after_a_step(
        lambda ps: nn.SGD(ps, R, momentum=alpha, nesterov=nesterov, weight_decay=l2),
        {"0.velocity": np.array(v)}, x, g,
    )  # fmt: skip
    np.testing.assert_allclose(found, [weights, velocities], rtol=1e-14)


@pytest.mark.parametrize(
    ("beta", "epsilon", "x", "g", "v", "h"),
    [
        (0.1, 1e-7, *TWO.values()),
        (0.85, 1e-2, [1.0], [-1.0], [2.0], [0.5]),
        (0.85, 1e-2, [1.0, 2.0], [-1.0, -3.0], [4.0, 1.0], [1.0, 10.0]),
    ],
)
@pytest.mark.parametrize("t", [0, 3])
def test_adam(t, beta, epsilon, x, g, v, h):
    alpha, weights, means, squares = 0.95, [], [], []
    rate = R * math.sqrt(1 - beta**t) / (1 - alpha**t) if t else R
    for x_i, g_i, v_i, h_i in zip(x, g, v, h, strict=True):
        regular = L2 * x_i + g_i
        means.append(alpha * v_i + (1 - alpha) * regular)
        squares.append(beta * h_i + (1 - beta) * regular**2)
        weights.append(x_i - rate * means[-1] / (math.sqrt(squares[-1]) + epsilon))
    # ONNX corrects no bias at T = 0, as here after very many steps. Its epsilon is added before the
    # correction, here after it.
    steps = t or 10**6
    ours = epsilon / math.sqrt(1 - beta**steps)
    found = after_a_step(
        lambda ps: nn.Adam(ps, R, weight_decay=L2, beta_1=alpha, beta_2=beta, epsilon=ours),
        {"0.velocity": np.array(v) / (1 - alpha), "0.square": np.array(h), "0.steps": steps - 1}, x, g,
    )  # fmt: skip
    velocities = [mean / (1 - alpha) for mean in means]
    np.testing.assert_allclose(found, [weights, velocities, squares], rtol=1e-13)


@pytest.mark.parametrize(
    ("x", "g", "h"),
    [([1.0], [-1.0], [2.0]), ([1.0, 2.0], [-1.0, -3.0], [4.0, 1.0])],
)
@pytest.mark.parametrize("t", [0, 3])
def test_adagrad(t, x, g, h):
    weights, squares, epsilon = [], [], 1e-5
    for x_i, g_i, h_i in zip(x, g, h, strict=True):
        regular = L2 * x_i + g_i
        squares.append(h_i + regular**2)
        weights.append(x_i - R / (1 + 0.1 * t) * regular / (math.sqrt(squares[-1]) + epsilon))
    found = after_a_step(
        lambda ps: nn.Adagrad(ps, lambda step: R / (1 + 0.1 * step), weight_decay=L2, epsilon=epsilon),
        {"0.square": np.array(h), "steps": t}, x, g,
    )  # fmt: skip
    np.testing.assert_allclose(found, [weights, squares], rtol=1e-14)

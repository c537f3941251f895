"""Optimizers and schedules agree with figures taken from torch by ``make_figures.py``."""

import json
from pathlib import Path

import numpy as np
import pytest

import nnlayers as nn

FIGURES = json.loads(Path(__file__).with_name("torch_figures.json").read_text(encoding="utf-8"))
SLOPE, BEST = np.array([1.0, 0.01, 10.0]), np.array([0.5, 3.0, -1.0])

OPTIMIZERS = {
    "SGD": lambda ps: nn.SGD(ps, 0.1),
    "SGD decay": lambda ps: nn.SGD(ps, 0.1, weight_decay=0.05),
    "SGD momentum": lambda ps: nn.SGD(ps, 0.1, momentum=0.9, weight_decay=0.05),
    "SGD nesterov": lambda ps: nn.SGD(ps, 0.1, momentum=0.9, nesterov=True, weight_decay=0.05),
    "Adam": nn.Adam,
    "Adam decay": lambda ps: nn.Adam(ps, 0.1, weight_decay=0.1),
    "Adam betas": lambda ps: nn.Adam(ps, 0.1, beta_1=0.5, beta_2=0.9, epsilon=0.01),
    "AdamW": nn.AdamW,
    "AdamW decay": lambda ps: nn.AdamW(ps, 0.1, weight_decay=0.5),
    "RMSProp": nn.RMSProp,
    "RMSProp momentum": lambda ps: nn.RMSProp(ps, 0.05, momentum=0.9, weight_decay=0.1),
    "RMSProp rho": lambda ps: nn.RMSProp(ps, 0.05, rho=0.5, epsilon=0.01),
    "Adagrad": nn.Adagrad,
    "Adagrad decay": lambda ps: nn.Adagrad(ps, 0.5, weight_decay=0.1, epsilon=0.01),
}
SCHEDULES = {
    "cosine": nn.schedules.cosine(0.1, steps=50),
    "cosine end": nn.schedules.cosine(0.1, steps=60, end=0.02),
    "linear": nn.schedules.linear(0.1, steps=40, end=0.01),
    "staircase": nn.schedules.staircase(0.1, factor=0.3, every=7),
    "exponential": nn.schedules.exponential(0.1, factor=0.9),
    "one_cycle": nn.schedules.one_cycle(0.1, steps=50),
    "one_cycle rise": nn.schedules.one_cycle(0.1, steps=53, rise=0.45, start=0.1, end=0.005),
}


def test_every_figure_has_its_case():
    assert FIGURES["torch"].startswith("2.13.")
    assert FIGURES["optimizers"].keys() == OPTIMIZERS.keys()
    assert FIGURES["schedules"].keys() == SCHEDULES.keys()


@pytest.mark.parametrize("case", OPTIMIZERS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_twenty_steps_agree_with_torch(case, dtype, tolerance):
    weight = nn.Parameter([1.0, -2.0, 0.25], dtype=dtype)
    optimizer = OPTIMIZERS[case]([weight])
    assert len(FIGURES["optimizers"][case]) == 20
    for expected in FIGURES["optimizers"][case]:
        weight.add_grad((SLOPE * (weight.value - BEST)).astype(dtype))
        optimizer.step()
        np.testing.assert_allclose(weight.value, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", SCHEDULES)
def test_fifty_steps_of_a_schedule_agree_with_torch(case):
    found = [SCHEDULES[case](step) for step in range(50)]
    np.testing.assert_allclose(found, FIGURES["schedules"][case], rtol=1e-12, atol=1e-16)

"""What a user's type checker sees: `make lint` runs mypy on it."""

from typing import assert_type

import nnlayers as nn


class Momentum(nn.Optimizer):
    beta: float = nn.hyperparameter(default=0.9, below=1)


model = nn.Sequential(nn.Dense(3, 2), nn.ReLU())
assert_type(model[:1], nn.Sequential)
assert_type(nn.SGD(model.parameters(), lr=0.1, momentum=0.9).momentum, float)
assert_type(Momentum(model.parameters(), nn.schedules.cosine(0.1, steps=5), beta=0.5).beta, float)
assert_type(nn.AdamW(model.parameters(), lr=nn.schedules.linear(0.1, steps=5)).beta_1, float)
nn.Adam(model.parameters(), beta1=0.9)  # type: ignore[call-arg]
nn.SGD(model.parameters(), 0.1, momentom=0.9)  # type: ignore[call-arg]
model.parameters()[0].trainble = False  # type: ignore[attr-defined]
nn.Linear(3, 2)  # type: ignore[attr-defined]

"""Takes the figures of torch that the tests of optimizers and schedules compare with.

    python tests/optimizers/make_figures.py

It writes ``torch_figures.json`` beside it. Run it by hand, with torch 2.13; no test needs torch.
"""

import json
from pathlib import Path

import torch
from torch.optim import lr_scheduler

STEPS, RATES = 20, 50
OPTIMIZERS = {  # of torch: the name, the arguments
    "SGD": ("SGD", {"lr": 0.1}),
    "SGD decay": ("SGD", {"lr": 0.1, "weight_decay": 0.05}),
    "SGD momentum": ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05}),
    "SGD nesterov": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05}),
    "Adam": ("Adam", {}),
    "Adam decay": ("Adam", {"lr": 0.1, "weight_decay": 0.1}),
    "Adam betas": ("Adam", {"lr": 0.1, "betas": (0.5, 0.9), "eps": 0.01}),
    "AdamW": ("AdamW", {}),
    "AdamW decay": ("AdamW", {"lr": 0.1, "weight_decay": 0.5}),
    "RMSProp": ("RMSprop", {}),
    "RMSProp momentum": ("RMSprop", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1}),
    "RMSProp rho": ("RMSprop", {"lr": 0.05, "alpha": 0.5, "eps": 0.01}),
    "Adagrad": ("Adagrad", {}),
    "Adagrad decay": ("Adagrad", {"lr": 0.5, "weight_decay": 0.1, "eps": 0.01}),
}
SCHEDULES = {
    "cosine": ("CosineAnnealingLR", {"T_max": RATES}),
    "cosine end": ("CosineAnnealingLR", {"T_max": 60, "eta_min": 0.02}),
    "linear": ("LinearLR", {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 40}),
    "staircase": ("StepLR", {"step_size": 7, "gamma": 0.3}),
    "exponential": ("ExponentialLR", {"gamma": 0.9}),
    "one_cycle": ("OneCycleLR", {"max_lr": 0.1, "total_steps": RATES}),
    "one_cycle rise": (
        "OneCycleLR",
        {"max_lr": 0.1, "total_steps": 53, "pct_start": 0.45, "div_factor": 10, "final_div_factor": 20},
    ),
}


def weights_after_steps(name, arguments):
    """Three weights after each step; the gradient is ``slope * (w - best)``, in float64."""
    slope = torch.tensor([1.0, 0.01, 10.0], dtype=torch.float64)
    best = torch.tensor([0.5, 3.0, -1.0], dtype=torch.float64)
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.25], dtype=torch.float64))
    optimizer = getattr(torch.optim, name)([weight], **arguments)
    found = []
    for _ in range(STEPS):
        weight.grad = (slope * (weight - best)).detach()
        optimizer.step()
        found.append(weight.tolist())
    return found


def rates(name, arguments):
    """The learning rates of the first steps, from 0.1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule = getattr(lr_scheduler, name)(optimizer, **arguments)
    found = []
    for _ in range(RATES):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(found) < RATES:
            schedule.step()
    return found


if __name__ == "__main__":
    figures = {
        "torch": torch.__version__,
        "optimizers": {key: weights_after_steps(*case) for key, case in OPTIMIZERS.items()},
        "schedules": {key: rates(*case) for key, case in SCHEDULES.items()},
    }
    path = Path(__file__).with_name("torch_figures.json")
    path.write_text(json.dumps(figures, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")

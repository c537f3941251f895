"""PyTorch, eager: an epoch from a DataLoader, as its tutorials write it."""

import torch
from torch.utils.data import DataLoader, TensorDataset

from contenders import Way
from contenders.with_torch import epoch_over


def epoch(case):
    dataset = TensorDataset(*map(torch.from_numpy, case.dataset()))
    loader = DataLoader(dataset, batch_size=case.batch, shuffle=True)
    return [Way(epoch_over(case, lambda: loader, len(dataset)))]

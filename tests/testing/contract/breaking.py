"""Run one check that fails."""

import pytest

from nnlayers.testing import ContractError, check_layer, check_loss
from tests.testing.messages import in_one_line


def broken(check, subject, shape="N D", **options):
    """The words of a check that fails."""
    with pytest.raises(ContractError) as caught:
        check_layer(subject, shape, checks=check, **options)
    assert caught.value.check == check
    return in_one_line(caught.value)


def normal_target(rng, N, D):
    return rng.standard_normal((N, D))


def broken_loss(check, loss, prediction="N D", target=normal_target):
    """The words of a check of a loss that fails."""
    with pytest.raises(ContractError) as caught:
        check_loss(loss, prediction=prediction, target=target, checks=check)
    assert caught.value.check == check
    return in_one_line(caught.value)

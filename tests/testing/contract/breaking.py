"""Run one check that fails."""

import pytest

from nnlayers.testing import ContractError, check_layer, check_loss


def broken(check, subject, shape="N D", **options):
    """The words of a check that fails."""
    with pytest.raises(ContractError) as caught:
        check_layer(subject, shape, checks=check, **options)
    assert caught.value.check == check
    return " ".join(str(caught.value).split())


def broken_loss(check, loss, prediction="N D", target=lambda rng, N, D: rng.standard_normal((N, D))):
    """The words of a check of a loss that fails."""
    with pytest.raises(ContractError) as caught:
        check_loss(loss, prediction=prediction, target=target, checks=check)
    assert caught.value.check == check
    return " ".join(str(caught.value).split())

"""What SimpleRNN, LSTM and GRU refuse."""

import numpy as np
import pytest

import nnlayers as nn

every_kind = pytest.mark.parametrize("kind", [nn.SimpleRNN, nn.LSTM, nn.GRU])


@every_kind
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((4, 5, 2), r"expected input of shape \(N, T, 3\), got \(4, 5, 2\)"),
        ((4, 3), r"got \(4, 3\): make one sequence a batch with np.expand_dims\(x, 0\)"),
        ((4, 5), r"got \(4, 5\)$"),
        ((3,), r"got \(3,\)$"),
        ((4, 0, 3), r"expected sequences of at least one step, got shape \(4, 0, 3\)"),
    ],
)
def test_input_that_is_not_sequences_of_its_features_is_rejected(kind, shape, message):
    for verb in ("forward", "predict"):
        with pytest.raises(ValueError, match=rf"{kind.__name__}\(3, 2\): .*{message}"):
            getattr(kind(3, 2), verb)(np.ones(shape))


def test_the_way_out_for_sequences_of_single_numbers():
    with pytest.raises(ValueError, match=r"each step's number with np.expand_dims\(x, -1\)"):
        nn.GRU(1, 2).forward(np.ones((4, 5)))


@every_kind
def test_sizes_that_are_not_whole_numbers_above_zero_are_rejected(kind):
    with pytest.raises(ValueError, match=f"{kind.__name__}: in_features must be at least 1, got 0"):
        kind(0, 2)
    with pytest.raises(TypeError, match=f"{kind.__name__}: units must be a whole number, got 2.5"):
        kind(3, 2.5)
    with pytest.raises(TypeError, match="return_sequences must be True or False, got 'no'"):
        kind(3, 2, return_sequences="no")


def test_layers_that_do_not_fit_are_found_when_the_network_is_built():
    with pytest.raises(ValueError, match=r"layer 1, GRU\(3, 4\), cannot follow layer 0, LSTM\(2, 5\)"):
        nn.Sequential(nn.LSTM(2, 5), nn.GRU(3, 4), input_shape=(7, 2))
    with pytest.raises(ValueError, match=r"layer 2, GRU\(4, 4\), cannot follow"):
        nn.Sequential(
            nn.Embedding(9, 2), nn.LSTM(2, 4, return_sequences=False), nn.GRU(4, 4), input_shape=(7,)
        )

"""Attributes that are declared, and others that are rejected."""

import copy
import pickle

import numpy as np
import pytest

import nnlayers as nn


def parameter():
    return nn.Dense(2, 3).named_parameters()[0][1]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("requires_grad", "set trainable"),
        ("trainble", r"did you mean trainable\?"),
        ("weight_decay", "decay is its factor"),
        ("lr", "lr_factor is a factor of the optimizer's lr"),
        ("data", "write value"),
    ],
)
def test_an_attribute_that_means_nothing_is_rejected_with_the_right_word(name, advice):
    weight = parameter()
    with pytest.raises(
        AttributeError, match=f"Parameter 'weight' has no attribute '{name}': .*{advice}"
    ):
        setattr(weight, name, False)
    with pytest.raises(AttributeError, match=advice):
        getattr(weight, name)


def test_a_state_has_no_gradient_and_says_so():
    with pytest.raises(AttributeError, match="State has no attribute 'grad'"):
        nn.State(0.0).grad = 1.0


def test_a_subclass_may_declare_attributes_of_its_own():
    class Named(nn.Parameter):
        label = ""

    named = Named([1.0])
    named.label = "gain"
    assert named.label == "gain"
    with pytest.raises(AttributeError, match="did you mean label"):
        named.lable = "gain"


@pytest.mark.parametrize("name", ["decay", "lr_factor"])
@pytest.mark.parametrize(("value", "expected"), [(True, 1), (False, 0), (0.5, 0.5), (np.float32(2), 2)])
def test_factors_are_python_floats(name, value, expected):
    weight = parameter()
    setattr(weight, name, value)
    assert getattr(weight, name) == expected
    assert type(getattr(weight, name)) is float


@pytest.mark.parametrize("name", ["decay", "lr_factor"])
@pytest.mark.parametrize(("value", "error"), [(-1, ValueError), (np.nan, ValueError), ("a", TypeError)])
def test_impossible_factors_are_rejected_and_change_nothing(name, value, error):
    weight = parameter()
    with pytest.raises(error, match=f"Parameter: {name} must be"):
        setattr(weight, name, value)
    assert getattr(weight, name) == 1


def test_trainable_is_a_bool():
    with pytest.raises(TypeError, match="trainable must be True or False, got 0"):
        parameter().trainable = 0


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_copies_keep_the_attributes(twin):
    weight = parameter()
    weight.decay, weight.lr_factor, weight.trainable = 0.5, 2.0, False
    other = twin(weight)
    assert (other.decay, other.lr_factor, other.trainable) == (0.5, 2.0, False)
    np.testing.assert_array_equal(other.value, weight.value)
    assert not np.shares_memory(other.value, weight.value)


def test_a_property_that_fails_says_why_itself():
    def schedule(step):
        return 0.1 if step == 0 else None.rate

    weight = parameter()
    optimizer = nn.SGD([weight], lr=schedule)
    weight.add_grad(np.ones((2, 3)))
    optimizer.step()
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'rate'"):
        optimizer.rate  # noqa: B018


def test_what_is_derived_cannot_be_set_and_says_what_to_set():
    optimizer = nn.SGD([parameter()], lr=0.1)
    with pytest.raises(AttributeError, match=r"\.rate cannot be set: set lr"):
        optimizer.rate = 0.5

"""Parameters, layers and arrays are found, or refused with their place, wherever they are."""

import logging

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_layer, check_loss
from tests.testing.contract.hiding import (
    GAIN,
    Box,
    BoxWithSlots,
    CachedTable,
    ConstantOfClass,
    GlobalConstant,
    GlobalTable,
    InBox,
    InCache,
    InDefault,
    InGlobal,
    InGlobalOfHelper,
    InLambda,
    InNamespace,
    InPartial,
    InProperty,
    InQueue,
    InSet,
    InSmallCache,
    InUserDict,
    LayerInBox,
    LayerInGlobal,
    ListOfClass,
    OfClass,
    RefersToItself,
    TableOfClass,
    Times,
    global_gain,
    global_relu,
    global_table,
    in_closure,
)
from tests.testing.messages import assert_it_fits, in_one_line


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: in_closure(GAIN), "Parameter 'held', in the closure of factor, is not found: make"),
        (InGlobal, "Parameter 'global_gain', a global variable that factor uses, is not found"),
        (InGlobalOfHelper, "Parameter 'global_gain', a global variable that helper uses, is not found"),
        (InProperty, "Parameter 'global_gain', a global variable that gain uses, is not found"),
        (OfClass, "Parameter 'gain', an attribute of the class, is not found: make it an attribute"),
        (ListOfClass, "Parameter 'parts.0', an attribute of the class, is not found"),
        (InPartial, "Parameter 'function.1', an argument of a functools.partial, is not found"),
        (lambda: InLambda(GAIN), "Parameter 'held', in the closure of <lambda>, is not found"),
        (lambda: InBox(Box()), "Parameter 'box.gain' is not found: make it an attribute"),
        (lambda: InBox(BoxWithSlots()), "Parameter 'box.gain' is not found: make it an attribute"),
        (InNamespace, "Parameter 'held.gain' is not found"),
        (InQueue, "Parameter 'held.0' is not found"),
        (InUserDict, "Parameter 'held.data.gain' is not found"),
        (InCache, "Parameter 'cached_gain.result', a global variable that factor uses, is not found"),
        (InSmallCache, ", a global variable that factor uses, is not found: make it an attribute"),
        (InSet, "Parameter 'gains.0', in a set, is not found"),
        (InDefault, "Parameter 'held', a default argument of factor, is not found"),
        (LayerInGlobal, "ReLU 'global_relu', a global variable that forward uses, is not found"),
        (LayerInBox, "ReLU 'box.layer' is not found: make it an attribute"),
        (RefersToItself, "RefersToItself 'self', in the closure of <lambda>, is not found"),
        (
            lambda: in_closure(np.linspace(0.5, 1.5, 3)),
            "the array 'held', in the closure of factor, affects the output, but is neither a "
            "Parameter nor a State (which is saved but not trained). A constant is read-only",
        ),
        (GlobalTable, "the array 'global_table', a global variable that factor uses, affects the"),
        (TableOfClass, "the array 'table', an attribute of the class, affects the output"),
        (lambda: InLambda(np.ones(3)), "the array 'held', in the closure of <lambda>, affects"),
    ],
)
@pytest.mark.parametrize("shape", ["N 3", (3,)])
def test_what_is_hidden_is_refused_with_its_place(make, message, shape):
    layer = make() if shape == (3,) else make
    with pytest.raises(ContractError) as caught:
        check_layer(layer, shape)
    assert message in in_one_line(caught.value)
    assert caught.value.check == "registered"
    assert_it_fits(caught.value)


@pytest.mark.parametrize("make", [GlobalConstant, ConstantOfClass, CachedTable])
def test_constants_may_have_names_in_capitals_be_read_only_or_be_cached(make):
    check_layer(make, "N 3")
    read_only = np.linspace(0.5, 1.5, 3)
    read_only.flags.writeable = False
    check_layer(lambda: in_closure(read_only), "N 3")


def test_arrays_outside_are_as_they_were_afterwards():
    with pytest.raises(ContractError):
        check_layer(GlobalTable, "N 3")
    np.testing.assert_array_equal(global_table, np.linspace(0.5, 1.5, 3))


class Names(Times):
    """Attributes with the names of globals"""

    def __init__(self):
        self.global_gain = nn.Parameter(np.linspace(0.5, 1.5, 3))
        self.helper = 3

    def factor(self):
        return self.global_gain

    def fit(self):
        """Nothing that a pass calls"""
        return global_relu


class Activated(Names):
    """A class attribute that is a function, and an attribute that is none; a logger"""

    activation = np.tanh
    log = logging.getLogger(__name__)

    def __init__(self):
        super().__init__()
        self.activation = "none"

    def factor(self):
        self.log.debug("factor")
        return super().factor()


def test_attributes_that_replace_those_of_a_class_may_be_of_another_kind():
    check_layer(Activated, "N 3")


def test_only_the_variables_that_passes_use_are_looked_at():
    check_layer(Names, "N 3")


class Slots(Times):
    __slots__ = ("gain",)

    def __init__(self, D):
        self.gain = nn.Parameter(np.ones(D))

    def factor(self):
        return self.gain


class HoldsSlots(nn.Layer):
    def __init__(self, D):
        self.body = Slots(D)

    def forward(self, x):
        return self.body.forward(x)

    def predict(self, x):
        return self.body.predict(x)

    def backward(self, grad):
        return self.body.backward(grad)


@pytest.mark.parametrize("make", [Slots, HoldsSlots])
def test_slots_are_refused(make):
    message = "'gain' is in __slots__, so that copies, files and named_parts"
    with pytest.raises(ContractError, match=message) as caught:
        check_layer(make, "N D")
    assert "leave __slots__ out of Slots" in in_one_line(caught.value)
    assert caught.value.check == "registered"


class Hides(Times):
    def __init__(self, D):
        self.gain = nn.Parameter(np.ones(D))
        self.parameters = [self.gain]

    def factor(self):
        return self.gain


def test_an_attribute_that_hides_a_method_is_refused():
    with pytest.raises(ContractError, match=r"attribute 'parameters' of Hides hides the method para"):
        check_layer(Hides, "N D")


# Losses


class Margin(nn.Loss):
    """L = mean (margin y - t)², with a margin that a subclass has somewhere"""

    def forward(self, prediction, target):
        self.save_for_backward(prediction, target)
        difference = self.margin().value * prediction - target
        return float(np.square(difference).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        prediction, target = self.saved()
        slope = 2 * (self.margin().value * prediction - target) * (grad / prediction.size)
        self.margin().add_grad((slope * prediction).sum(axis=0))
        return (slope * self.margin().value).astype(prediction.dtype)


class GlobalMargin(Margin):
    def margin(self):
        return global_gain


class MarginOfClass(Margin):
    gain = nn.Parameter(np.ones(3))

    def margin(self):
        return self.gain


def closure_margin(held):
    class ClosureMargin(Margin):
        def margin(self):
            return held

    return ClosureMargin()


class SlotMargin(Margin):
    __slots__ = ("held",)

    def __init__(self):
        self.held = nn.Parameter(np.ones(3))

    def margin(self):
        return self.held


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (GlobalMargin(), "Parameter 'global_gain', a global variable that margin uses, is not found"),
        (MarginOfClass(), "Parameter 'gain', an attribute of the class, is not found"),
        (closure_margin(GAIN), "Parameter 'held', in the closure of margin, is not found"),
        (SlotMargin(), "'held' is in __slots__, so that copies, files and named_parts() lose it"),
    ],
)
def test_what_a_loss_hides_is_refused_with_its_place(loss, message):
    with pytest.raises(ContractError) as caught:
        check_loss(loss, prediction="N 3", target=lambda rng, N: rng.standard_normal((N, 3)))
    assert message in in_one_line(caught.value)

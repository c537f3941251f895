"""Sequential."""

import copy
import pickle

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Center, Embedding, Residual, Scale, Shift, pending


def network(rng=0):
    rng = np.random.default_rng(rng)
    return nn.Sequential(nn.Dense(4, 6, rng=rng), nn.ReLU(), nn.Dense(6, 3, rng=rng))


def test_it_runs_its_layers_in_order(rng):
    model = network()
    x = rng.standard_normal((5, 4)).astype(np.float32)
    expected = model[2].predict(model[1].predict(model[0].predict(x)))
    np.testing.assert_array_equal(model.forward(x), expected)
    np.testing.assert_array_equal(model.predict(x), expected)


def test_it_behaves_like_a_sequence():
    model = network()
    assert len(model) == 3
    assert model[0] is model.layers[0]
    assert model[-1] is model.layers[2]
    assert list(model) == list(model.layers)
    assert isinstance(model[:2], nn.Sequential)
    assert model[1:].layers == model.layers[1:]
    with pytest.raises(IndexError):
        model[3]
    with pytest.raises(ValueError, match="expected at least one layer"):
        model[3:]


def test_nesting_does_not_change_the_result(rng):
    flat = network()
    nested = nn.Sequential(nn.Sequential(flat[0], flat[1]), nn.Sequential(nn.Sequential(flat[2])))
    x, grad = rng.standard_normal((5, 4)), rng.standard_normal((5, 3)).astype(np.float32)
    np.testing.assert_array_equal(nested.forward(x), flat.predict(x))
    with_nested = nested.backward(grad)
    assert [path for path, _ in nested.named_parameters()][-1] == "layers.1.layers.0.layers.0.bias"
    grads = [parameter.grad for parameter in nested.parameters()]
    flat.clear_gradients()
    flat.forward(x)
    np.testing.assert_array_equal(flat.backward(grad), with_nested)
    for parameter, expected in zip(flat.parameters(), grads, strict=True):
        np.testing.assert_array_equal(parameter.grad, expected)


def test_a_layer_may_appear_twice(rng):
    shared = nn.Dense(3, 3, rng=rng, dtype=np.float64)
    relu = nn.ReLU()
    model = nn.Sequential(shared, relu, shared, relu)
    x, grad = rng.standard_normal((2, 5, 3))
    model.forward(x)
    model.backward(grad)
    # the same network with two separate layers
    first, second = (nn.Dense(3, 3, dtype=np.float64) for _ in range(2))
    for layer in (first, second):
        layer.load_state_dict(shared.state_dict())
    apart = nn.Sequential(first, nn.ReLU(), second, nn.ReLU())
    apart.forward(x)
    apart.backward(grad)
    np.testing.assert_allclose(shared.weight.grad, first.weight.grad + second.weight.grad)
    np.testing.assert_allclose(shared.bias.grad, first.bias.grad + second.bias.grad)
    assert len(model.parameters()) == 2


# Conversion of the input


@pytest.mark.parametrize("dtype", [np.float64, np.uint8, np.int64, bool, np.float16])
def test_real_input_is_converted_on_entry(dtype):
    model = nn.Sequential(nn.ReLU(), nn.Dense(4, 2))
    x = np.ones((3, 4), dtype)
    assert model.forward(x).dtype == np.float32
    assert model.predict(x).dtype == np.float32
    assert model.backward(np.ones((3, 2), np.float32)).dtype == np.float32


def test_lists_are_converted_on_entry():
    assert network().predict([[1, 2, 3, 4]]).shape == (1, 3)


def test_without_parameters_the_input_keeps_its_dtype():
    assert nn.Sequential(nn.ReLU()).predict(np.ones((1, 2), np.float64)).dtype == np.float64


@pytest.mark.parametrize("x", [np.ones((1, 4), complex), [["a"] * 4], np.array([[None] * 4])])
@pytest.mark.parametrize("verb", ["forward", "predict"])
def test_input_that_is_not_real_is_rejected(x, verb):
    with pytest.raises(TypeError, match="Sequential: expected an array of real numbers"):
        getattr(network(), verb)(x)


def test_a_layer_that_upcasts_does_not_make_later_layers_float64():
    model = nn.Sequential(nn.Dense(2, 2), Shift(), nn.Dense(2, 2))
    assert model.forward(np.ones((1, 2))).dtype == np.float32
    model.backward(np.ones((1, 2)))
    assert {parameter.grad.dtype for parameter in model.parameters()} == {np.dtype(np.float32)}


# Checks on construction


def test_incompatible_layers_are_rejected_and_named():
    with pytest.raises(
        ValueError, match=r"layer 2, Dense\(5, 3\), cannot follow layer 1, ReLU\(\)"
    ) as info:
        nn.Sequential(nn.Dense(4, 6), nn.ReLU(), nn.Dense(5, 3))
    assert isinstance(info.value.__cause__, ValueError)
    assert "(1, 6)" in str(info.value)


def test_incompatible_nested_layers_are_rejected_and_named():
    with pytest.raises(
        ValueError, match=r"layer 1, Sequential\(ReLU\(\), Dense\(5, 3\)\), cannot follow"
    ):
        nn.Sequential(nn.Sequential(nn.Dense(4, 6)), nn.Sequential(nn.ReLU(), nn.Dense(5, 3)))


def test_the_trial_run_starts_at_the_first_layer_with_a_known_input_size():
    with pytest.raises(
        ValueError, match=r"layer 2, Dense\(5, 3\), cannot follow layer 1, Dense\(4, 6\)"
    ):
        nn.Sequential(nn.Dropout(0.1), nn.Dense(4, 6), nn.Dense(5, 3))


@pytest.mark.parametrize(
    ("layers", "match"),
    [
        ([nn.ReLU], r"place 0, got .*a class: did you mean ReLU\(...\)\?"),
        ([nn.ReLU(), np.tanh], "place 1, got <ufunc 'tanh'>"),
        ([nn.ReLU(), None], "place 1, got None"),
        ([[nn.ReLU()]], r"place 0, got .*unpack it: Sequential\(\*layers\)"),
        ([nn.SoftmaxCrossEntropy()], "place 0, got SoftmaxCrossEntropy"),
    ],
)
def test_non_layers_are_rejected(layers, match):
    with pytest.raises(TypeError, match=match):
        nn.Sequential(*layers)


def test_an_empty_sequential_is_rejected():
    with pytest.raises(ValueError, match="expected at least one layer, got none"):
        nn.Sequential()


def test_the_trial_run_has_no_side_effects():
    dropout = nn.Dropout(0.5, rng=0)
    state = dropout.rng.bit_generator.state
    model = nn.Sequential(nn.Dense(2, 2), Center(2), dropout)
    assert dropout.rng.bit_generator.state == state
    with pytest.raises(RuntimeError, match="backward without its forward"):
        model.backward(np.ones((1, 2)))


def test_a_layer_without_predict_is_accepted():
    class Silent(nn.Layer):
        def __init__(self):
            self.body = nn.ReLU()

        def forward(self, x):
            return self.body.forward(x)

        def backward(self, grad):
            return self.body.backward(grad)

    model = nn.Sequential(nn.Dense(2, 2), Silent())
    assert model.backward(model.forward(np.ones((1, 2)))).shape == (1, 2)
    with pytest.raises(NotImplementedError, match="Silent holds layers"):
        model.predict(np.ones((1, 2)))


def test_an_error_in_a_custom_layer_is_not_reported_as_a_mismatch():
    class Broken(nn.Layer):
        def forward(self, x):
            return x + self.misspelt

    with pytest.raises(AttributeError, match="misspelt"):
        nn.Sequential(nn.Dense(2, 2), Broken())


# Errors raised by a layer


def notes(error):
    return " / ".join(getattr(error, "__notes__", []))


@pytest.mark.parametrize("verb", ["forward", "predict"])
def test_the_error_for_wrong_input_names_the_place_of_the_layer(verb):
    with pytest.raises(ValueError, match=r"expected input of shape \(N, 4\), got \(1, 5\)") as info:
        getattr(network(), verb)(np.ones((1, 5)))
    assert notes(info.value) == "in layers.0, Dense"


class Product(nn.Layer):
    """y = x @ weight, without a check of its own."""

    def __init__(self, rows, columns):
        self.weight = nn.Parameter(np.ones((rows, columns)))

    def forward(self, x):
        self.save_for_backward(x)
        return x @ self.weight.value

    def predict(self, x):
        if len(x) == 1:
            raise NotImplementedError  # so that the trial with zeros ends here
        return x @ self.weight.value

    def backward(self, grad):
        return grad @ self.saved().T


@pytest.mark.parametrize("verb", ["forward", "predict"])
@pytest.mark.parametrize(
    ("make", "place"),
    [
        (lambda: nn.Sequential(nn.Dense(4, 3), Product(5, 3)), 1),
        (lambda: nn.Residual(nn.Dense(4, 3), Product(5, 4)), 1),
        (lambda: nn.Sequential(nn.Dense(4, 3), nn.Fork(Product(5, 4))), 0),
    ],
)
def test_an_error_of_numpy_in_a_layer_says_what_shape_came_into_it(verb, make, place):
    with pytest.raises(ValueError, match="matmul: ") as info:
        getattr(make(), verb)(np.ones((2, 4)))
    assert info.value.__notes__[0] == f"in layers.{place}, Product, which got shape (2, 3)"


def test_an_error_of_numpy_in_backward_says_what_shape_came_into_it():
    model = nn.Sequential(nn.Dense(4, 3), Product(3, 5))
    model.forward(np.ones((2, 4)))
    with pytest.raises(ValueError, match="matmul: ") as info:
        model.backward(np.ones((2, 5)))
    assert notes(info.value) == "in layers.1, Product, which got shape (2, 5)"


def test_errors_in_nested_layers_name_the_full_path():
    model = nn.Sequential(nn.Sequential(nn.ReLU(), nn.Dense(3, 2)))
    with pytest.raises(ValueError, match="expected input") as info:
        model.forward(np.ones((1, 4)))
    assert notes(info.value) == "in layers.0.layers.1, Dense"


def test_errors_in_backward_name_the_place_of_the_layer():
    model = network()
    model.forward(np.ones((2, 4)))
    with pytest.raises(ValueError, match="expected a gradient") as info:
        model.backward(np.ones((2, 2)))
    assert notes(info.value) == "in layers.2, Dense"


def test_backward_without_forward_is_rejected():
    for verb in ("backward", "backward_parameters"):
        with pytest.raises(RuntimeError, match="backward without its forward"):
            getattr(network(), verb)(np.ones((1, 3)))


@pytest.mark.parametrize("verb", ["backward", "backward_parameters"])
def test_a_layer_whose_backward_returns_nothing_is_named(verb):
    class Forgetful(Scale):
        def backward(self, grad):
            super().backward(grad)

    model = nn.Sequential(nn.Dense(4, 3), Forgetful(3), nn.Dense(3, 2))
    model.forward(np.ones((2, 4)))
    with pytest.raises(
        TypeError, match=r"Forgetful\(...\).backward returned None: return the gradient"
    ):
        getattr(model, verb)(np.ones((2, 2)))


class Fragile(nn.Layer):
    """A layer whose forward or backward fails on request."""

    def __init__(self):
        self.fails = ""

    def forward(self, x):
        if self.fails == "forward":
            raise ZeroDivisionError
        self.save_for_backward(x)
        return x * x

    def backward(self, grad):
        if self.fails == "backward":
            raise ZeroDivisionError
        return 2 * grad * self.saved()


@pytest.mark.parametrize("fails", ["forward", "backward"])
@pytest.mark.parametrize("nested", [False, True])
def test_a_failed_pass_is_discarded_and_earlier_ones_remain_usable(fails, nested, rng):
    fragile = Fragile()
    layers = [nn.Dense(3, 3, rng=0), fragile]
    model = nn.Sequential(
        nn.Dense(3, 3, rng=1), *([nn.Sequential(*layers)] if nested else layers), nn.ReLU()
    )
    first, second, grad = rng.standard_normal((3, 4, 3)).astype(np.float32)
    model.forward(first)
    expected = model.backward(grad)
    model.forward(first)
    fragile.fails = fails
    with pytest.raises(ZeroDivisionError):
        model.backward(model.forward(second))
    fragile.fails = ""
    np.testing.assert_array_equal(model.backward(grad), expected)
    assert not any(pending(model))


# backward_parameters


def grads(model):
    return [parameter.grad for parameter in model.parameters()]


@pytest.mark.parametrize(
    "build",
    [
        lambda rng: nn.Sequential(nn.Dense(3, 4, rng=rng), nn.ReLU(), nn.Dense(4, 3, rng=rng)),
        lambda rng: nn.Sequential(
            nn.ReLU(), nn.Dropout(0.3, rng=rng), nn.Dense(3, 3, rng=rng), nn.ReLU()
        ),
        lambda rng: nn.Sequential(
            nn.Sequential(nn.ReLU()), nn.Sequential(nn.ReLU(), nn.Dense(3, 3, rng=rng))
        ),
        lambda rng: nn.Sequential(Residual(nn.Dense(3, 3, rng=rng)), Scale(3)),
        lambda rng: nn.Sequential(Residual(nn.ReLU()), Scale(3)),
    ],
)
def test_backward_parameters_matches_backward_and_leaves_nothing_saved(build, rng):
    full, short = build(0), build(0)
    x, grad = rng.standard_normal((2, 5, 3)).astype(np.float32)
    for model in (full, short):
        model.forward(x)
    full.backward(grad)
    assert short.backward_parameters(grad) is None
    for expected, found in zip(grads(full), grads(short), strict=True):
        np.testing.assert_array_equal(expected, found)
    assert not any(pending(short))


def test_backward_parameters_stops_at_the_first_trainable_layer(rng):
    model = network()
    for parameter in model[0].parameters():
        parameter.trainable = False
    model.forward(np.ones((1, 4)))
    model[0].backward = None  # would fail if it were called
    model.backward_parameters(np.ones((1, 3), np.float32))
    assert model[0].weight.grad is None
    assert model[2].weight.grad is not None


def test_backward_parameters_skips_the_gradient_of_the_input():
    model = network()
    model[0].backward = None  # would fail if it were called
    model.forward(np.ones((1, 4)))
    model.backward_parameters(np.ones((1, 3)))
    assert model[0].weight.grad is not None


def test_backward_parameters_of_an_untrainable_model_leaves_nothing_saved():
    model = nn.Sequential(nn.ReLU(), nn.ReLU())
    model.forward(np.ones((1, 2)))
    model.backward_parameters(np.ones((1, 2)))
    assert pending(model) == [0, 0, 0]


def test_backward_parameters_keeps_earlier_forwards_of_a_layer_without_parameters(rng):
    relu = nn.ReLU()
    model = nn.Sequential(relu, nn.Dense(2, 2, rng=rng), relu)
    first, second = rng.standard_normal((2, 3, 2)).astype(np.float32)
    model.forward(first)
    model.forward(second)
    model.backward_parameters(np.ones((3, 2), np.float32))
    found = model.backward(np.ones((3, 2), np.float32))
    model.forward(first)
    np.testing.assert_array_equal(found, model.backward(np.ones((3, 2), np.float32)))


def test_backward_stops_where_a_layer_has_integer_input():
    class Shifted(nn.Layer):
        takes_integers = True
        input_shape = ()

        def forward(self, x):
            self.save_for_backward(x)
            return x + 1

        def backward(self, grad):
            self.saved()

    model = nn.Sequential(Shifted(), Embedding(5, 3), nn.Dense(3, 2))
    assert model.predict(np.array([0, 3])).shape == (2, 2)
    for verb in ("backward", "backward_parameters"):
        model.forward(np.array([0, 3]))
        assert getattr(model, verb)(np.ones((2, 2), np.float32)) is None
        assert pending(model) == [0] * 4


def test_repr_shows_the_layers():
    assert repr(network()) == "Sequential(Dense(4, 6), ReLU(), Dense(6, 3))"


# Shapes


def test_the_shape_of_the_output_is_told():
    model = nn.Sequential(nn.Dense(4, 6), nn.ReLU(), nn.Dense(6, 3))
    assert model.output_shape(4) == (3,)
    assert model.output_shape(7, 4) == (7, 3)
    assert nn.Concatenate().output_shape((3,), (4,)) == (7,)
    assert nn.Fork(nn.Dense(4, 6), nn.Identity()).output_shape(4) == ((6,), (4,))
    with pytest.raises(ValueError, match="expected input of shape"):
        model.output_shape(5)


def test_layers_are_tried_from_the_given_input_shape():
    class Flatten(nn.Layer):
        def forward(self, x):
            return x.reshape(len(x), -1)

    model = nn.Sequential(Flatten(), nn.Dense(48, 3), input_shape=(4, 4, 3))
    assert model.input_shape == (4, 4, 3)
    assert "(N, 48)" in model.summary()
    with pytest.raises(ValueError, match=r"layer 1, Dense\(40, 3\), cannot follow layer 0.*\(N, 48\)"):
        nn.Sequential(Flatten(), nn.Dense(40, 3), input_shape=(4, 4, 3))


def test_a_given_shape_that_the_first_layer_does_not_take_is_rejected():
    with pytest.raises(ValueError, match=r"layer 0, Dense\(4, 3\), cannot follow the input of shape"):
        nn.Sequential(nn.Dense(4, 3), input_shape=(5,))


class Pairs(nn.Layer):
    """The features of neighbours in an image (N, H, W, D), side by side; it needs two columns."""

    def forward(self, x):
        if x.ndim != 4 or x.shape[2] < 2:
            raise ValueError(f"expected (N, H, W, D) with at least two columns, got {x.shape}")
        return np.concatenate([x[:, :, 1:], x[:, :, :-1]], axis=3)

    def backward(self, grad):
        raise NotImplementedError


@pytest.mark.parametrize(
    "layer", [lambda: nn.LSTM(6, 2), lambda: nn.Fork(nn.Dense(6, 1), nn.GRU(6, 2))]
)
def test_features_may_be_those_of_sequences(layer):
    model = nn.Sequential(nn.Dense(4, 6), layer())
    assert model.input_shape is None  # of how many steps, Dense does not know
    assert "input_shape" not in repr(model)
    model.predict(np.ones((3, 5, 4)))
    assert nn.Sequential(nn.Dense(3, 4), model).input_shape is None
    with pytest.raises(ValueError, match=r"layer 1, .*cannot follow layer 0, Dense.*whose output is"):
        nn.Sequential(nn.Dense(4, 5), layer())
    with pytest.raises(ValueError, match=r"layer 1, .*cannot follow layer 0, Dense.*is \(N, 6\)"):
        nn.Sequential(nn.Dense(4, 6), layer(), input_shape=(4,))


def test_features_may_be_those_of_images():
    assert (
        nn.Sequential(nn.Dense(4, 3), Pairs(), nn.Dense(6, 2)).predict(np.ones((1, 2, 2, 4))).size == 4
    )
    with pytest.raises(ValueError, match="cannot follow"):
        nn.Sequential(nn.Dense(4, 3), Pairs(), nn.Dense(5, 2))


def test_an_input_of_two_arrays_has_two_shapes():
    model = nn.Sequential(nn.Parallel(nn.ReLU(), nn.ReLU()), nn.Concatenate(), input_shape=((3,), (4,)))
    assert model.summary().startswith("Sequential: input ((N, 3), (N, 4))")


def test_an_optional_trial_is_not_repeated_by_the_sequential_around_it():
    calls = []

    class Counting(nn.Layer):
        input_shape = (3,)

        def forward(self, x):
            calls.append(x.shape)
            return x

    inner = nn.Sequential(Counting())
    nn.Sequential(nn.Sequential(inner), nn.Dense(3, 2))
    assert calls == [(1, 3)]


def test_children_are_the_layers_it_holds_itself():
    shared = nn.ReLU()
    inner = nn.Sequential(nn.Dense(2, 2))
    model = nn.Sequential(shared, inner, shared)
    assert model.children() == [shared, inner]
    assert nn.ReLU().children() == []


def test_a_nested_sequential_whose_verb_was_replaced_is_not_unfolded():
    inner = nn.Sequential(nn.ReLU())
    model = nn.Sequential(inner, nn.ReLU())
    inner.predict = inner.forward = lambda x: x + 5
    assert model.predict(np.ones((1, 1))) == 6
    assert model.forward(np.ones((1, 1))) == 6


def test_a_subclass_inside_a_sequential_keeps_its_verbs():
    class Doubled(nn.Sequential):
        def forward(self, x):
            return 2 * super().forward(x)

        def predict(self, x):
            return 2 * super().predict(x)

        def backward(self, grad):
            return super().backward(2 * grad)

    model = nn.Sequential(Doubled(nn.ReLU()), nn.ReLU())
    assert model.forward(np.ones((1, 1))) == 2
    assert model.backward(np.ones((1, 1))) == 2
    assert not any(pending(model))


def test_a_forgotten_return_is_named_when_it_is_built():
    class Forgetful(nn.Layer):
        def forward(self, x):
            self.last = x

    for layers in ([nn.Dense(2, 2), Forgetful()], [nn.Dense(2, 2), Forgetful(), nn.Dense(2, 2)]):
        with pytest.raises(ValueError, match=r"Forgetful\.predict returned None: return the output"):
            nn.Sequential(*layers)


def test_lists_and_numbers_are_outputs_too():
    class Listed(nn.Layer):
        def forward(self, x):
            return x.tolist()

    assert nn.Sequential(nn.Dense(3, 2), Listed(), nn.Dense(2, 2)).output_shape(3) == (2,)


def test_other_errors_of_the_trial_name_the_place():
    class Broken(nn.Layer):
        def forward(self, x):
            return x.reshaped

    with pytest.raises(AttributeError) as info:
        nn.Sequential(nn.Dense(2, 2), Broken())
    assert notes(info.value) == "in layers.1, Broken, tried with zeros"


def test_layers_that_were_replaced_are_tried_again():
    inner = nn.Sequential(nn.Dense(4, 3))
    inner.layers = (nn.Dense(4, 5),)
    assert nn.Sequential(inner, nn.Dense(5, 2)).output_shape(4) == (2,)
    with pytest.raises(ValueError, match=r"whose output is \(N, 5\)"):
        nn.Sequential(inner, nn.Dense(3, 2))


def test_a_sequential_that_contains_itself_is_rejected():
    model = nn.Sequential(nn.ReLU())
    model.layers = (nn.Sequential(model),)
    with pytest.raises(ValueError, match=r"Sequential contains itself, at layers\.0\.layers\.0"):
        model.predict(np.ones((1, 1)))


def test_building_nested_containers_tries_each_layer_once():
    calls = []

    class Counting(nn.Layer):
        input_shape = (3,)

        def forward(self, x):
            calls.append(x.shape)
            return x

    model = Counting()
    for _ in range(20):
        model = nn.Sequential(nn.Residual(model), nn.Fork(nn.Identity(), nn.Identity()), nn.Add())
    assert calls == [(1, 3)]


def test_an_input_shape_may_be_a_number():
    assert nn.Sequential(nn.ReLU(), input_shape=784).input_shape == (784,)
    with pytest.raises(ValueError, match=r"expected 2 shapes, one for each input, got \(\(3,\),\)"):
        nn.Sequential(nn.Parallel(nn.ReLU(), nn.ReLU()), input_shape=((3,),))


def test_layers_that_were_replaced_deep_inside_do_not_refuse_what_fits():
    inner = nn.Sequential(nn.Dense(4, 3))
    middle = nn.Sequential(inner)
    inner.layers = (nn.Dense(4, 5),)
    assert nn.Sequential(middle, nn.Dense(5, 2)).output_shape(4) == (2,)


def test_what_was_tried_is_neither_pickled_nor_copied():
    model = nn.Sequential(nn.Dense(1000, 1))
    assert len(pickle.dumps(model)) < 1.1 * len(pickle.dumps(model[0])) + 1000
    assert "trial" not in vars(copy.deepcopy(model))


def test_a_pass_that_is_interrupted_before_it_begins_is_in_no_layer():
    error = KeyboardInterrupt()
    model = nn.Sequential(nn.ReLU(), nn.ReLU())
    model._failed(error, len(model))
    assert not hasattr(error, "__notes__")

"""One pytest test for each layer and check."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from nnlayers.core.layer import Layer
from nnlayers.testing.checks import check_layer
from nnlayers.testing.contract import available
from nnlayers.testing.shapes import Shapes, size_names

__all__ = ["parametrize_with_layer_checks"]


def parametrize_with_layer_checks(layers: Iterable[tuple[Any, ...]]) -> Callable[..., Any]:
    """Decorate a test with one parameter, ``check``, to run it once for each layer and check.

    Parameters
    ----------
    layers : iterable of tuple
        ``(layer, shape)``, or ``(layer, shape, options)`` with a dict of further arguments of
        `check_layer`.

    Returns
    -------
    decorator
        That of ``pytest.mark.parametrize``.

    Raises
    ------
    ImportError
        pytest is not installed.

    Examples
    --------
    >>> import nnlayers as nn
    >>> from nnlayers.testing import parametrize_with_layer_checks
    >>> @parametrize_with_layer_checks([(lambda D, K: nn.Dense(D, K), "N D"), (nn.ReLU, "N D")])
    ... def test_layer(check):
    ...     check()
    """
    try:
        import pytest
    except ImportError as error:
        raise ImportError(
            "parametrize_with_layer_checks needs pytest: pip install 'nnlayers[test]'"
        ) from error

    tests = []
    for layer, shape, *options in layers:
        arguments = dict(*options)
        expected = arguments.pop("expected_failures", {})
        for name in available("layer"):
            failures = {key: why for key, why in expected.items() if key.partition(":")[0] == name}
            check = partial(
                check_layer, layer, shape, checks=name, expected_failures=failures, **arguments
            )
            tests.append(pytest.param(check, id=f"{_name(layer, shape)}-{name}"))
    return pytest.mark.parametrize("check", tests)


def _name(layer: Layer | Callable[..., Layer], shape: Any) -> str:
    if isinstance(layer, (Layer, type)):
        return layer.__name__ if isinstance(layer, type) else type(layer).__name__
    shapes = Shapes(shape, size_names(layer), "parametrize_with_layer_checks")
    return type(layer(**dict.fromkeys(shapes.size_arguments, 2))).__name__

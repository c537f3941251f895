"""Functions of other libraries, which an adapter of a few lines hands to the checker."""

import pytest

from nnlayers.testing import ContractError, GradientError, check_function


def test_a_function_of_torch_is_checked():
    torch = pytest.importorskip("torch")

    class Cube(torch.autograd.Function):
        factor = 3

        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x**3 * w

        @staticmethod
        def backward(ctx, grad):
            x, w = ctx.saved_tensors
            return grad * Cube.factor * x**2 * w, (grad * x**3).sum(axis=0)

    def cube(*arrays):
        tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
        y = Cube.apply(*tensors)
        return y.detach(), lambda grad: torch.autograd.grad(y, tensors, torch.tensor(grad))

    assert check_function(cube, None, "N D", "D").verified == {"argument 0", "argument 1"}
    Cube.factor = 2
    with pytest.raises(GradientError, match="cube: the gradient of 'argument 0' is wrong"):
        check_function(cube, None, "N D", "D")


def test_a_function_of_jax_is_checked():
    jax = pytest.importorskip("jax")

    @jax.custom_vjp
    def cube(x, w):
        return x**3 * w

    cube.defvjp(
        lambda x, w: (x**3 * w, (x, w)),
        lambda saved, grad: (2 * grad * saved[0] ** 2 * saved[1], (grad * saved[0] ** 3).sum(axis=0)),
    )

    def checked(x, w):
        return jax.vjp(cube, x, w)

    kept = jax.config.jax_enable_x64
    try:
        jax.config.update("jax_enable_x64", False)
        with pytest.raises(ContractError, match=r"(?s)float32 for float64 .*jax_enable_x64"):
            check_function(checked, None, "N D", "D")
        jax.config.update("jax_enable_x64", True)
        with pytest.raises(GradientError, match="the gradient of 'x' is wrong"):
            check_function(checked, None, "N D", "D")
        report = check_function(checked, None, "N D", "D", expected_failures={"value:x": "2 for 3"})
        assert report.verified == {"w"}
    finally:
        jax.config.update("jax_enable_x64", kept)

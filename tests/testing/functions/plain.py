"""Plain functions with their gradients, right and wrong."""

AFFINE = ("N D", "D M", "M")


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def mean_bias_backward(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw, db / len(dout)


def closure(x):
    return x**2, lambda dout: dout * x


def pair(x, factor, *, shift=0):
    return factor * x + shift, (x, factor)


def pair_backward(dout, cache):
    return {"dx": dout}

"""Layers that compare: attention, cosine similarity, distances, products with themselves."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import draw, row_sum


class CausalAttention(nn.Layer):
    """Y = softmax(Q K' / sqrt(width)) V with no view of later steps, Q = X A, K = X B, V = X C"""

    def __init__(self, D, K):
        self.query, self.key = nn.Parameter(draw(D, K)), nn.Parameter(draw(D, K, seed=1))
        self.content = nn.Parameter(draw(D, K, seed=2))

    def forward(self, x):
        q, k, v = x @ self.query.value, x @ self.key.value, x @ self.content.value
        scores = q @ k.swapaxes(1, 2) / q.shape[2] ** 0.5
        later = np.triu(np.ones(scores.shape[1:], bool), 1)
        scores = np.where(later, -np.inf, scores)
        p = np.exp(scores - scores.max(axis=-1, keepdims=True))
        p /= row_sum(p)
        self.save_for_backward(x, q, k, v, p)
        return p @ v

    def backward(self, grad):
        x, q, k, v, p = self.saved()
        to_p = grad @ v.swapaxes(1, 2)
        to_scores = p * (to_p - row_sum(to_p * p))
        scale = q.shape[2] ** -0.5
        to_q = scale * to_scores @ k
        to_k = scale * to_scores.swapaxes(1, 2) @ q
        to_v = p.swapaxes(1, 2) @ grad
        self.query.add_grad(np.einsum("ntd,ntk->dk", x, to_q))
        self.key.add_grad(np.einsum("ntd,ntk->dk", x, to_k))
        self.content.add_grad(np.einsum("ntd,ntk->dk", x, to_v))
        by_q, by_k = to_q @ self.query.value.T, to_k @ self.key.value.T
        return by_q + by_k + to_v @ self.content.value.T


class TwoHeads(nn.Layer):
    """Y = Σ_h softmax(X A_h X') X C_h, for two heads h"""

    def __init__(self, D, K):
        self.scores = nn.Parameter(np.stack([draw(D, D), draw(D, D, seed=1)]) / D**0.5)
        self.content = nn.Parameter(np.stack([draw(D, K), draw(D, K, seed=1)]))

    def forward(self, x):
        z = np.einsum("ntd,hde,nse->nhts", x, self.scores.value, x)
        p = np.exp(z - z.max(axis=-1, keepdims=True))
        p /= row_sum(p)
        self.save_for_backward(x, p)
        return np.einsum("nhts,nsd,hdk->ntk", p, x, self.content.value)

    def backward(self, grad):
        x, p = self.saved()
        A, C = self.scores.value, self.content.value
        self.content.add_grad(np.einsum("nhts,nsd,ntk->hdk", p, x, grad))
        to_p = np.einsum("ntk,hdk,nsd->nhts", grad, C, x)
        to_z = p * (to_p - row_sum(to_p * p))
        self.scores.add_grad(np.einsum("nhts,ntd,nse->hde", to_z, x, x))
        by_query = np.einsum("nhts,hde,nse->ntd", to_z, A, x)
        by_key = np.einsum("nhts,hde,ntd->nse", to_z, A, x)
        return by_query + by_key + np.einsum("nhts,ntk,hdk->nsd", p, grad, C)


class AttentionPooling(nn.Layer):
    """y = Σ_t p_t x_t, p = softmax over time of tanh(x W) w"""

    def __init__(self, D, K):
        self.weight, self.score = nn.Parameter(draw(D, K)), nn.Parameter(draw(K, seed=1))

    def forward(self, x):
        h = np.tanh(x @ self.weight.value)
        z = h @ self.score.value
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= row_sum(p)
        self.save_for_backward(x, h, p)
        return np.einsum("nt,ntd->nd", p, x)

    def backward(self, grad):
        x, h, p = self.saved()
        to_p = np.einsum("nd,ntd->nt", grad, x)
        to_z = p * (to_p - row_sum(to_p * p))
        to_h = to_z[..., np.newaxis] * self.score.value * (1 - h * h)
        self.score.add_grad(np.einsum("nt,ntk->k", to_z, h))
        self.weight.add_grad(np.einsum("ntd,ntk->dk", x, to_h))
        return p[..., np.newaxis] * grad[:, np.newaxis] + to_h @ self.weight.value.T


class Cosine(nn.Layer):
    """y_k = x w_k / (‖x‖ ‖w_k‖), with 1e-6 in both roots"""

    def __init__(self, D, K):
        self.weight = nn.Parameter(draw(K, D))

    def forward(self, x):
        W = self.weight.value
        a, b = np.sqrt(row_sum(x * x) + 1e-6), np.sqrt(row_sum(W * W) + 1e-6)
        self.save_for_backward(x / a, a, W / b, b)
        return x / a @ (W / b).T

    def backward(self, grad):
        x, a, W, b = self.saved()
        to_x, to_w = grad @ W, grad.T @ x
        self.weight.add_grad((to_w - W * row_sum(to_w * W)) / b)
        return (to_x - x * row_sum(to_x * x)) / a


class RadialBasis(nn.Layer):
    """y_k = exp(-exp(s_k) mean over the features of (x - c_k)²)"""

    def __init__(self, D, K):
        self.centre = nn.Parameter(draw(K, D))
        self.steepness = nn.Parameter(np.linspace(-1, 0, K), decay=False)

    def forward(self, x):
        difference = x[:, np.newaxis] - self.centre.value
        distance = np.square(difference).mean(axis=2)
        y = np.exp(-np.exp(self.steepness.value) * distance)
        self.save_for_backward(difference, distance, y)
        return y

    def backward(self, grad):
        difference, distance, y = self.saved()
        factor = np.exp(self.steepness.value) * y
        self.steepness.add_grad(-(grad * factor * distance).sum(axis=0))
        to_difference = -2 / difference.shape[2] * (grad * factor)[..., np.newaxis] * difference
        self.centre.add_grad(-to_difference.sum(axis=0))
        return to_difference.sum(axis=1)


class Tied(nn.Layer):
    """y = tanh(x W + b) W', with the same weight twice"""

    def __init__(self, D, K):
        self.weight, self.bias = nn.Parameter(draw(D, K)), nn.Parameter(np.zeros(K), decay=False)

    def forward(self, x):
        h = np.tanh(x @ self.weight.value + self.bias.value)
        self.save_for_backward(x, h)
        return h @ self.weight.value.T

    def backward(self, grad):
        x, h = self.saved()
        to_z = grad @ self.weight.value * (1 - h * h)
        self.weight.add_grad(x.T @ to_z + grad.T @ h)
        self.bias.add_grad(to_z.sum(axis=0))
        return to_z @ self.weight.value.T


class LogDet(nn.Layer):
    """y = log det(I + X X')"""

    def forward(self, x):
        a = np.eye(x.shape[1], dtype=x.dtype) + x @ x.swapaxes(1, 2)
        self.save_for_backward(x, a)
        return np.linalg.slogdet(a)[1]

    def backward(self, grad):
        x, a = self.saved()
        return 2 * grad[:, np.newaxis, np.newaxis] * np.linalg.solve(a, x)


class SumOfLogs(nn.Layer):
    """y = log det(I + X X') = Σ log(1 + s²) over the singular values s of X"""

    def forward(self, x):
        u, s, v = np.linalg.svd(x, full_matrices=False)
        self.save_for_backward(u, s, v)
        return np.log1p(s * s).sum(axis=1)

    def backward(self, grad):
        u, s, v = self.saved()
        return (u * (2 * grad[:, np.newaxis] * s / (1 + s * s))[:, np.newaxis]) @ v

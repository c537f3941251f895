"""The usual mistakes: tables of correct code, and of the wrong code in its place.

`nnlayers.testing.mutation.patterns` says what the letters stand for. A semicolon separates statements,
a bar alternatives. If nothing is to the left of the arrow, the code is put at a function's beginning.
"""

from typing import NamedTuple


class Mistake(NamedTuple):
    """A mistake in words, the pattern of the correct code, and what replaces it."""

    words: str
    correct: str
    wrong: str


def _read(table: str) -> list[Mistake]:
    mistakes: list[Mistake] = []
    for line in table.strip().splitlines():
        words, rule = line.split(":", 1)
        correct, wrong = rule.split("->")
        mistakes += (Mistake(words.strip(), correct.strip(), w.strip()) for w in wrong.split("|"))
    return mistakes


FORMULAS = _read(
    """
    a term is missing: A + B -> A | B
    a term is missing: A - B -> A | -B
    minus in place of plus: A + B -> A - B
    plus in place of minus: A - B -> A + B
    a minus sign is missing: -X -> X
    a factor is missing: A * B -> A | B
    a factor is missing: A / B -> A
    a factor is missing: A @ B -> A | B
    multiplied in place of divided: A / B -> A * B
    divided in place of multiplied: A * B -> A / B
    the factors are exchanged: A @ B -> B @ A
    the factors are exchanged: A.dot(B) -> B.dot(A)
    the factors are exchanged: np.dot(A, B) -> np.dot(B, A)
    the factors are exchanged: np.outer(A, B) -> np.outer(B, A)
    an exponent is too small by 1: A ** B -> A ** (B - 1)
    a transpose is missing: A.T -> A
    a transpose is missing: A.transpose(*R) -> A
    a transpose is missing: A.swapaxes(*R) -> A
    a mean in place of a sum: A.sum(*R) -> A.mean(*R)
    a mean in place of a sum: np.sum(*R) -> np.mean(*R)
    a sum in place of a mean: A.mean(*R) -> A.sum(*R)
    a sum in place of a mean: np.mean(*R) -> np.sum(*R)
    only the first row counts: A.sum(axis=0) -> A[0]
    only the first row counts: A.sum(0) -> A[0]
    only the first row counts: np.sum(A, axis=0) -> A[0]
    the wrong axis: A.sum(0) -> A.sum(-1)
    the wrong axis: A.sum(1) -> A.sum(0)
    the wrong axis: A.sum(-1) -> A.sum(0)
    the wrong axis: F(axis=0, *R) -> F(axis=-1, *R)
    the wrong axis: F(axis=1, *R) -> F(axis=0, *R)
    the wrong axis: F(axis=-1, *R) -> F(axis=0, *R)
    the wrong axis: F(A, axis=0, *R) -> F(A, axis=-1, *R)
    the wrong axis: F(A, axis=1, *R) -> F(A, axis=0, *R)
    the wrong axis: F(A, axis=-1, *R) -> F(A, axis=0, *R)
    a comparison is reversed: A > B -> A < B
    a comparison is reversed: A < B -> A > B
    a comparison is reversed: A >= B -> A <= B
    a comparison is reversed: A <= B -> A >= B
    a comparison is reversed: A == B -> A != B
    a mask is missing: np.where(C, A, B) -> A | B
    a mask is missing: A & B -> A | B
    a mask is not inverted: ~A -> A
    minimum in place of maximum: np.maximum(A, B) -> np.minimum(A, B)
    maximum in place of minimum: np.minimum(A, B) -> np.maximum(A, B)
    sine in place of cosine: np.cos(A) -> np.sin(A)
    cosine in place of sine: np.sin(A) -> np.cos(A)
    a square root is missing: np.sqrt(A) -> A
    an exponential is missing: np.exp(A) -> A
    a logarithm is missing: np.log(A) -> A
    tanh is missing: np.tanh(A) -> A
    absolute values are missing: np.abs(A) -> A
    the sign function is missing: np.sign(A) -> A
    an axis is missing: A[:, None] -> A
    an axis is missing: A[:, np.newaxis] -> A
    an index is off by one: A[I + 1] -> A[I]
    an index is off by one: A[I - 1] -> A[I]
    an index is off by one: A[1:] -> A[:-1]
    an index is off by one: A[:-1] -> A[1:]
    the order is not reversed: A[::-1] -> A
    the order is not reversed: reversed(A) -> A
    an index that repeats counts once: np.add.at(A, I, B) -> A[I] += B
    a sum is overwritten: A += B -> A = B
    minus in place of plus: A += B -> A -= B
    plus in place of minus: A -= B -> A += B
    a factor is missing: A *= B -> pass
    a factor is missing: A /= B -> pass
    the backward of a part is left out: A.backward(B) -> B
    a number is 1 % off: A + K -> A + (1.01 * K)
    a number is 1 % off: K + A -> (1.01 * K) + A
    a number is 1 % off: A - K -> A - (1.01 * K)
    a number is 1 % off: K - A -> (1.01 * K) - A
    a number is 1 % off: A * K -> A * (1.01 * K)
    a number is 1 % off: K * A -> (1.01 * K) * A
    a number is 1 % off: A / K -> A / (1.01 * K)
    a number is 1 % off: K / A -> (1.01 * K) / A
    """
)

RESULTS = [
    Mistake(words, place.format("E"), place.format(wrong))
    for place in (
        *("return {}", "return {}, F", "return D, {}"),
        *("return {}, F, H", "return D, {}, H", "return D, F, {}"),
        *("A.add_grad({})", "A[I] = {}"),
    )
    for words, wrong in (
        ("the sign is wrong", "-E"),
        ("it is doubled", "2 * E"),
        ("it is 1 % too large", "1.01 * E"),
        ("it is always zero", "0 * E"),
    )
]

UPSTREAM = _read(
    """
    upstream gradient returned unchanged: return E -> return G
    upstream gradient taken to be 1: -> G = np.ones_like(G)
    upstream gradient without its signs: -> G = np.abs(G)
    upstream gradient clipped: -> G = np.clip(G, -1, 1)
    divided by the batch size once more: return E -> return E / len(G)
    divided by the batch size once more: A.add_grad(E) -> A.add_grad(E / len(G))
    it is computed in float32: return E -> return E.astype(np.float32)
    it is computed in float32: A.add_grad(E) -> A.add_grad(E.astype(np.float32))
    """
)

GRADIENTS = _read(
    """
    a gradient is left out: A.add_grad(E) -> pass
    a gradient is added twice: A.add_grad(E) -> A.add_grad(E); A.add_grad(E)
    a gradient is assigned, not added: A.add_grad(E) -> A.grad = E
    gradients are exchanged: A.add_grad(E); B.add_grad(F) -> A.add_grad(F); B.add_grad(E)
    saved values are exchanged: A, B = self.saved() -> B, A = self.saved()
    saved values are exchanged: A, B, C = self.saved() -> B, A, C = self.saved()
    saved values are exchanged: A, B, C = self.saved() -> A, C, B = self.saved()
    saved values are exchanged: A, B, C, D = self.saved() -> B, A, C, D = self.saved()
    saved values are exchanged: A, B, C, D = self.saved() -> A, C, B, D = self.saved()
    saved values are exchanged: A, B, C, D = self.saved() -> A, B, D, C = self.saved()
    """
)

IN_PLACE = _read(
    """
    the argument is written into: return G + E -> G += E; return G
    the argument is written into: return G - E -> G -= E; return G
    the argument is written into: return G * E -> G *= E; return G
    the argument is written into: return G / E -> G /= E; return G
    the argument is written into: A = G + E -> G += E; A = G
    the argument is written into: A = G - E -> G -= E; A = G
    the argument is written into: A = G * E -> G *= E; A = G
    the argument is written into: A = G / E -> G /= E; A = G
    """
)

PREDICT = _read(
    """
    predict is a training pass: -> return self.forward(G)
    it is computed in float32: return E -> return E.astype(np.float32)
    predict calls forward of a part: A.predict(B) -> A.forward(B)
    """
)

KEPT = _read(
    """
    in an attribute: self.save_for_backward(A) -> self.kept_for_backward = A
    in an attribute: self.save_for_backward(A, *R) -> self.kept_for_backward = A, *R
    in an attribute: self.saved() -> self.kept_for_backward
    """
)

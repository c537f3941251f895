"""Bugs that show only beyond 16, 32 or 64 features, samples or steps."""

from tests.catalogue import along_axes, blocks, elementwise, products
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
    products.Dense: [
        Row("shape", "dense: features from the 17th on get no gradient", {
            "return grad @ self.weight.value.T": """
                back = grad @ self.weight.value.T
                back[:, 16:] = 0
                return back"""}),
        Row("shape", "dense: weight gradient of outputs from the 17th on doubled", {
            "self.weight.add_grad(x.T @ grad)": """
                total = x.T @ grad
                total[:, 16:] *= 2
                self.weight.add_grad(total)"""}),
        Row("shape", "dense: bias gradient without the samples from the 33rd on",
            {"grad.sum(axis=0)": "grad[:32].sum(axis=0)"}),
        Row("shape", "dense: weight gradient in blocks of 64 samples, a last part is left out", {
            "x.T @ grad": "x[: len(x) // 64 * 64 or 64].T @ grad[: len(x) // 64 * 64 or 64]"}),
    ],
    elementwise.Scale: [
        Row("shape", "scale: gain gradient of the first 16 features repeated for the others", {
            "(grad * x).sum(axis=0)": "np.resize((grad * x).sum(axis=0)[:16], x.shape[1:])"}),
        Row("shape", "scale: gain gradient zero from the 65th feature on", {
            "(grad * x).sum(axis=0)": "(grad * x).sum(axis=0) * (np.arange(x.shape[1]) < 64)"}),
    ],
    elementwise.Tanh: [
        Row("shape", "tanh: samples from the 33rd on get the gradient of the first 32", {
            "return grad * slope": "return grad * slope[np.arange(len(x)) % 32]"}),
    ],
    along_axes.Softmax: [
        Row("shape", "softmax: projection of the first 16 only", {
            "(grad * y).sum(axis=self.axis, keepdims=True)":
                "(grad * y)[..., :16].sum(axis=self.axis, keepdims=True)"}),
    ],
    along_axes.LayerNorm: [
        Row("shape", "layer norm: mean of the first 32 features on the way back",
            {"g - row_mean(g)": "g - row_mean(g[..., :32])"}),
    ],
    along_axes.BatchNorm: [
        Row("shape", "batch norm: divides by 64 for more samples than that",
            {"max(count, 1)": "min(max(count, 1), 64)"}),
    ],
    along_axes.MaxOverTime: [
        Row("shape", "max over time: place of the maximum counted modulo 16",
            {"np.put_along_axis(back, place,": "np.put_along_axis(back, place % 16,"}),
    ],
    products.Recurrent: [
        Row("shape", "recurrent: gradient does not reach back over a multiple of 16 steps", {
            "h = drive[:, t] @ self.recurrent.value.T":
                "h = drive[:, t] @ self.recurrent.value.T * (t % 16 > 0)"}),
    ],
    products.Convolution2D: [
        Row("shape", "convolution 2-D: no gradient to the right of column 16", {
            'return np.einsum("nhwkij,ijck->nhwc", self.windows(around), flipped)': """
                back = np.einsum("nhwkij,ijck->nhwc", self.windows(around), flipped)
                back[:, :, 16:] = 0
                return back"""}),
    ],
    blocks.BlockedDense: [
        Row("shape", "blocks: the last block of features forgotten, unless it is full or the first", {
            "for start in range(0, x.shape[1], 16): part = slice(start, start + 16) back": """
                for start in range(0, max(x.shape[1] - 15, 1), 16):
                    part = slice(start, start + 16)
                    back"""}),
        Row("shape", "blocks: each block of samples overwrites the one before",
            {"total += x[rows].T @ grad[rows]": "total[...] = x[rows].T @ grad[rows]"}),
        Row("shape", "blocks: every block of features has the first block's gradient",
            {"back[:, part] = grad @ self.weight.value[part].T": """
                back[:, part] = (grad @ self.weight.value[:16].T)[:, : x.shape[1] - start]"""}),
    ],
    blocks.ChunkedSum: [
        Row("shape", "chunks: the sum is not handed on between chunks on the way back",
            {"carried = back[:, start]": ""}),
        Row("shape", "chunks: the sum of the chunk alone handed on, on the way back",
            {"carried = back[:, start]": "carried = chunk.sum(axis=1)"}),
    ],
}

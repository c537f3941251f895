"""Bugs in layers of matrix products."""

from tests.catalogue import products
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
    products.Dense: [
        Row("value", "dense: weight gradient divided by the batch size",
            {"x.T @ grad": "x.T @ grad / max(len(x), 1)"}, "batch size"),
        Row("value", "dense: weight gradient multiplied by the batch size",
            {"x.T @ grad": "x.T @ grad * len(x)"}, "batch size"),
        Row("value", "dense: bias gradient averaged, not summed",
            {"grad.sum(axis=0)": "average(grad)"}, "batch size"),
        Row("value", "dense: input gradient divided by the batch size",
            {"self.weight.value.T": "self.weight.value.T / max(len(x), 1)"}, "batch size"),
        Row("value", "dense: bias gradient of the first row only",
            {"grad.sum(axis=0)": "grad[:1].sum(axis=0)"}, "first row"),
        Row("value", "dense: weight gradient of the last row only",
            {"x.T @ grad": "x[-1:].T @ grad[-1:]"}, "last row"),
        Row("value", "dense: weight gradient without the last row",
            {"x.T @ grad": "x[:-1].T @ grad[:-1]"}),
        Row("value", "dense: weight gradient transposed, reshaped to fit",
            {"x.T @ grad": "(grad.T @ x).reshape(self.weight.value.shape)"}, "transposed"),
        Row("value", "dense: input gradient with the weight reshaped instead of transposed",
            {"self.weight.value.T": "self.weight.value.reshape(self.weight.value.shape[::-1])"}),
        Row("value", "dense: input gradient with the wrong sign",
            {"return grad @": "return -grad @"}, "sign"),
        Row("value", "dense: bias gradient with the wrong sign",
            {"grad.sum(axis=0)": "-grad.sum(axis=0)"}, "sign"),
        Row("value", "dense: bias gradient zero",
            {"grad.sum(axis=0)": "np.zeros_like(self.bias.value)"}, "zero"),
        Row("value", "dense: input gradient zero",
            {"grad @ self.weight.value.T": "np.zeros_like(x)"}, "zero"),
        Row("value", "dense: weight gradient halved", {"x.T @ grad": "x.T @ grad / 2"}, "factor"),
        Row("value", "dense: every element of the bias gets the sum of all",
            {"grad.sum(axis=0)": "np.full_like(self.bias.value, grad.sum())"}),
        Row("value", "dense: the last element of the weight gradient wrong by 1 %", {
            "self.weight.add_grad(x.T @ grad)": """
                total = x.T @ grad
                total[-1, -1] *= 1.01
                self.weight.add_grad(total)"""}, "element"),
        Row("value", "dense: input gradient too large by 1e-4 of itself",
            {"return grad @": "return 1.0001 * grad @"}, "factor"),
        Row("value", "dense: weight gradient computed in float32, whatever forward's precision",
            {"x.T @ grad": "x.astype(np.float32).T @ grad.astype(np.float32)"}, "precision"),
        Row("value", "dense: the bias has a gradient, though forward does not use it",
            {"+ self.bias.value": ""}, "zero"),
        Row("value", "dense: forward multiplies with W |W|, backward with W",
            {"x @ self.weight.value": "x @ (self.weight.value * np.abs(self.weight.value))"}),
        Row("upstream", "dense: bias gradient is the batch size, right only for ones",
            {"grad.sum(axis=0)": "np.full_like(self.bias.value, len(grad))"}),
        Row("upstream", "dense: input gradient right only for row-constant upstream",
            {"return grad @": "return np.broadcast_to(row_mean(grad), grad.shape) @"}),
        Row("upstream", "dense: weight gradient right only for an upstream that is equal in all rows",
            {"x.T @ grad": "np.outer(x.sum(axis=0), average(grad))"}),
        Row("upstream", "dense: weight gradient clipped to norm 1",
            {"x.T @ grad": "x.T @ grad / max(1, float(np.linalg.norm(x.T @ grad)))"}),
        Row("upstream", "dense: weight gradient with the decay of the weights already in it",
            {"x.T @ grad": "x.T @ grad + 0.01 * self.weight.value"}),
        Row("upstream", "dense: bias gradient scaled by batch size over rows with any upstream",
            {"grad.sum(axis=0)":
             "grad.sum(axis=0) * (len(grad) / max(int(grad.any(axis=1).sum()), 1))"}),
        Row("shape", "dense: bias gradient zero for N = 1",
            {"grad.sum(axis=0)": "grad.sum(axis=0) * (len(grad) != 1)"}),
        Row("shape", "dense: weight not transposed where D = K", {
            "return grad @ self.weight.value.T": """
                W = self.weight.value
                return grad @ (W if W.shape[0] == W.shape[1] else W.T)"""}),
        Row("shape", "dense: weight gradient transposed where D = K", {
            "self.weight.add_grad(x.T @ grad)": """
                total = x.T @ grad
                self.weight.add_grad(total.T if total.shape[0] == total.shape[1] else total)"""}),
        Row("shape", "dense: upstream taken for its transpose where N = K",
            {"return grad @": "return (grad.T if len(grad) == grad.shape[1] else grad) @"}),
        Row("shape", "dense: bias gradient of shape (1, K)",
            {"grad.sum(axis=0)": "grad.sum(axis=0, keepdims=True)"}),
        Row("shape", "dense: bias gradient not summed over the samples", {"grad.sum(axis=0)": "grad"}),
        Row("shape", "dense: weight gradient drops the last sample of odd batches",
            {"x.T @ grad": "x[: len(x) // 2 * 2].T @ grad[: len(x) // 2 * 2]"}),
        Row("scale", "dense: float64 input gives float32 output",
            {"x @ self.weight.value + self.bias.value":
             "(x @ self.weight.value + self.bias.value).astype(np.float32)"}),
        Row("scale", "dense: input rounded to float16 on its way in", {"self.save_for_backward(x)": """
                x = x.astype(np.float16).astype(x.dtype)
                self.save_for_backward(x)"""}, "precision"),
        Row("mutation", "dense: backward clears its upstream when it is done", {
            "return grad @ self.weight.value.T": """
                back = grad @ self.weight.value.T
                grad.fill(0)
                return back"""}),
        Row("mutation", "dense: forward normalises the weight's columns in place", {
            "self.save_for_backward(x)": """
                self.weight.value[...] /= np.sqrt((self.weight.value**2).sum(axis=0))
                self.save_for_backward(x)"""}),
        Row("mutation", "dense: backward decays the weight itself", {
            "return grad @ self.weight.value.T": """
                back = grad @ self.weight.value.T
                self.weight.value[...] *= 0.999
                return back"""}),
        Row("mutation", "dense: predict rounds the weight in place", adds="""
                def predict(self, x):
                    self.weight.value[...] = np.round(self.weight.value, 2)
                    return x @ self.weight.value + self.bias.value"""),
        Row("state", "dense: weight gradient overwritten, not added to", {"x = self.saved()": """
                x = self.saved()
                self.weight.grad = None"""}),
        Row("state", "dense: bias gradient counts all earlier ones again", {
            "grad.sum(axis=0)":
                "grad.sum(axis=0) + (0 if self.bias.grad is None else self.bias.grad)"}),
        Row("state", "dense: forward clears the gradients", {"self.save_for_backward(x)": """
                self.clear_gradients()
                self.save_for_backward(x)"""}),
        Row("life cycle", "dense: bias never gets a gradient",
            {"self.bias.add_grad(grad.sum(axis=0))": ""}),
        Row("life cycle", "dense: backward uses a copy of the weight made at the start", {
            "self.weight = nn.Parameter(draw(D, K))": """
                self.weight = nn.Parameter(draw(D, K))
                self.transposed = self.weight.value.T.copy()""",
            "self.weight.value.T": "self.transposed.astype(grad.dtype)"}),
        Row("life cycle", "dense: a copy or pickle has lost the bias", adds="""
                def __getstate__(self):
                    bias = nn.Parameter(0 * self.bias.value, decay=False, dtype=self.bias.value.dtype)
                    return {**super().__getstate__(), "bias": bias}"""),
        Row("life cycle", "dense: backward_parameters forgets the bias", adds="""
                def backward_parameters(self, grad):
                    self.weight.add_grad(self.saved().T @ grad)"""),
        Row("life cycle", "dense: backward_parameters leaves the saved input behind", adds="""
                def backward_parameters(self, grad):
                    x = self.saved()
                    self.save_for_backward(x)
                    self.weight.add_grad(x.T @ grad)
                    self.bias.add_grad(grad.sum(axis=0))"""),
        Row("life cycle", "dense: a frozen weight gets a gradient all the same", {
            "self.weight = nn.Parameter(draw(D, K))": """
                self.weight = nn.Parameter(draw(D, K))
                self.weight.trainable = False""",
            "self.weight.add_grad(x.T @ grad)": "self.weight.grad = x.T @ grad"}),
    ],
    products.GatedLinear: [
        Row("value", "gated: product rule half done", {"grad * a * s * (1 - s)": "0 * grad"}),
        Row("value", "gated: the two weights' gradients swapped",
            {"x.T @ to_a": "x.T @ to_gate", "x.T @ to_gate": "x.T @ to_a"}, "another"),
        Row("value", "gated: derivative of the gate forgotten", {"grad * a * s * (1 - s)": "grad * a"}),
    ],
    products.Bilinear: [
        Row("value", "quadratic form: 2 W x, as if W were symmetric",
            {'return np.einsum("nk,kij,nj->ni", grad, W, x) + np.einsum("nk,kij,ni->nj", grad, W, x)':
             'return 2 * np.einsum("nk,kij,nj->ni", grad, W, x)'}),
    ],
    products.Outer: [
        Row("value", "outer product: product rule half done",
            {'+ np.einsum("nij,ni->nj", grad, x)': ""}),
    ],
    products.Convolution1D: [
        Row("value", "convolution: input gradient with the kernel in the wrong direction",
            {"grad @ W.T": "grad @ self.weight.value[2 - k].T"}),
        Row("value", "convolution: kernel gradient in the wrong direction",
            {"kernel[k]": "kernel[2 - k]"}),
        Row("value", "convolution: bias gradient averaged over the steps",
            {"grad.sum(axis=(0, 1))": "grad.mean(axis=1).sum(axis=0)"}, "factor"),
    ],
    products.Recurrent: [
        Row("value", "recurrent: no gradient through the hidden state",
            {"h = drive[:, t] @ self.recurrent.value.T": "h = 0 * drive[:, t]"}),
        Row("value", "recurrent: recurrent weight not transposed on the way back",
            {"self.recurrent.value.T": "self.recurrent.value"}, "transposed"),
        Row("value", "recurrent: recurrent weight gradient from h_t, not h_{t-1}",
            {"states[:, :-1]": "states[:, 1:]"}),
        Row("value", "recurrent: bias gradient of the last step only",
            {"drive.sum(axis=(0, 1))": "drive[:, -1].sum(axis=0)"}),
        Row("value", "recurrent: derivative of tanh forgotten", {"* (1 - states[:, t + 1] ** 2)": ""}),
        Row("state", "recurrent: starts where the last batch of this size ended", {
            "for t in range(x.shape[1]):": """
                if hasattr(self, "last") and len(self.last) == len(x):
                    states[:, 0] = self.last
                for t in range(x.shape[1]):""",
            "return states[:, 1:].copy()": """
                self.last = states[:, -1].copy()
                return states[:, 1:].copy()"""}),
    ],
    products.Embedding: [
        Row("value", "embedding: scatter without accumulation",
            {"np.add.at(total, x, grad)": "total[x] += grad"}),
        Row("value", "embedding: gradient averaged over a row's uses", {"np.add.at(total, x, grad)": """
                np.add.at(total, x, grad)
                total /= np.maximum(np.bincount(x.ravel(), minlength=5), 1)[:, np.newaxis]"""}),
        Row("value", "embedding: gradient divided by the batch size",
            {"x, grad)": "x, grad / max(len(x), 1))"}, "batch size"),
        Row("value", "embedding: index 0 gets no gradient, as if it were padding", {
            "np.add.at(total, x, grad)": """
                np.add.at(total, x, grad)
                total[0] = 0"""}, "zero"),
    ],
}

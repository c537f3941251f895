"""Bugs in losses."""

from tests.catalogue import losses
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
    losses.CrossEntropy: [
        Row("value", "cross-entropy: gradient not divided by the batch size",
            {"(float(grad) / len(z))": "float(grad)"}, "batch size"),
        Row("value", "cross-entropy: gradient divided by the classes too",
            {"/ len(z)": "/ z.size"}, "factor"),
        Row("value", "cross-entropy: target not subtracted", {"(np.exp(z) - q)": "np.exp(z)"}),
        Row("value", "cross-entropy: target minus probabilities",
            {"np.exp(z) - q": "q - np.exp(z)"}, "sign"),
        Row("value", "cross-entropy: gradient pulled through the softmax once more",
            {"(np.exp(z) - q)": "np.exp(z) * (np.exp(z) - q)"}),
        Row("value", "smoothed cross-entropy: backward with unsmoothed targets",
            {"-(q * z)": "-((0.9 * q + 0.1 / z.shape[1]) * z)"}),
        Row("upstream", "cross-entropy: ignores its incoming scalar", {"float(grad) /": "1.0 /"}),
        Row("scale", "cross-entropy: overflows at large logits",
            {"prediction - prediction.max(axis=1, keepdims=True)": "prediction"}),
        Row("mutation", "cross-entropy: shifts the logits in place", {
            "z = prediction - prediction.max(axis=1, keepdims=True)": """
                z = prediction
                z -= z.max(axis=1, keepdims=True)"""}),
    ],
    losses.SquaredError: [
        Row("value", "squared error: 2 forgotten", {"2 * d": "d"}, "factor"),
        Row("value", "squared error: gradient divided by the rows, value by the elements",
            {"d.size": "len(d)"}, "factor"),
        Row("upstream", "squared error: squares its incoming scalar",
            {"float(grad)": "float(grad) ** 2"}),
        Row("mutation", "squared error: writes the difference into the target", {
            "self.save_for_backward(d)": """
                target -= prediction
                self.save_for_backward(d)"""}),
    ],
    losses.MeanAbsoluteError: [
        Row("value", "absolute error: sign of target minus prediction",
            {"np.sign(d)": "np.sign(-d)"}, "sign"),
        Row("value", "absolute error: the difference where its sign belongs", {"np.sign(d)": "d"}),
    ],
    losses.Huber: [
        Row("upstream", "huber: takes |incoming scalar|", {"float(grad)": "abs(float(grad))"}),
        Row("local", "huber: quadratic's slope also beyond 1", {"np.clip(d, -1, 1)": "d"}),
        Row("state", "huber: prediction kept as an attribute, so a loss used twice forgets the first",
            {"self.save_for_backward(d)": "self.d = d", "self.saved()": "self.d"}),
    ],
    losses.BinaryHinge: [
        Row("value", "hinge: gradient also where the margin is kept", {"-t * (t * y < 1)": "-t"}),
    ],
}

"""Bugs in the predict of layers with running statistics, and of layers that draw."""

from tests.catalogue import composed, noise, noisy_weights, running, statistics, weights
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
    running.RunningNorm: [
        Row("predict", "batch norm: predict does not divide by the deviation",
            {"z = (x - mean) / np.sqrt(variance + 1e-5)": "z = x - mean"}),
        Row("predict", "batch norm: predict divides by the variance, not by its root",
            {"z = (x - mean) / np.sqrt(variance + 1e-5)": "z = (x - mean) / (variance + 1e-5)"}),
        Row("predict", "batch norm: predict divides by the root of eps alone",
            {"z = (x - mean) / np.sqrt(variance + 1e-5)": "z = (x - mean) / 1e-5**0.5"}),
        Row("predict", "batch norm: predict adds another eps",
            {"z = (x - mean) / np.sqrt(variance + 1e-5)": "z = (x - mean) / np.sqrt(variance + 1e-2)"}),
        Row("predict", "batch norm: predict adds no eps", {
            "deviation = np.sqrt(variance + 1e-5)": "deviation = np.sqrt(variance + 1e-2)",
            "z = (x - mean) / np.sqrt(variance + 1e-5)": "z = (x - mean) / np.sqrt(variance)"}),
        Row("predict", "batch norm: predict subtracts the mean of all features",
            {"z = (x - mean) / np": "z = (x - mean.mean()) / np"}),
        Row("predict", "batch norm: predict forgets the gain", {
            "z = (x - mean) / np.sqrt(variance + 1e-5) return self.gain.value * z": """
                z = (x - mean) / np.sqrt(variance + 1e-5)
                return z"""}),
        Row("predict", "batch norm: predict subtracts the offset", {
            "z = (x - mean) / np.sqrt(variance + 1e-5) return self.gain.value * z +": """
                z = (x - mean) / np.sqrt(variance + 1e-5)
                return self.gain.value * z -"""}),
        Row("predict", "batch norm: predict takes the statistics of the batch that it is given", {
            "mean, variance = self.running()": """
                mean = self.average(x)
                variance = self.average((x - mean) ** 2)"""}),
        Row("predict", "batch norm: statistics never updated",
            {"self.update(mean, variance, self.count(x))": "pass"}),
        Row("predict", "batch norm: running variance never updated",
            {"self.variance.value = old * self.variance.value + new * variance": ""}),
        Row("predict", "batch norm: running mean never updated",
            {"self.mean.value = old * self.mean.value + new * mean": ""}),
        Row("predict", "batch norm: old and new mean both weighted by the momentum",
            {"new * mean": "old * mean"}),
        Row("predict", "batch norm: running variance falls to zero, for the new one is left out",
            {"+ new * variance": "+ new * 0"}),
        Row("predict", "batch norm: running mean of what has no mean any more",
            {"self.update(mean,": "self.update(self.average(centred),"}),
        Row("predict", "batch norm: one running variance for all features",
            {"new * variance": "new * variance.mean()"}),
    ],
    running.KeptNorm: [
        Row("predict", "batch norm: running mean and variance exchanged",
            {"(mean, variance), strict": "(variance, mean), strict"}),
    ],
    running.CumulativeNorm: [
        Row("predict", "batch norm: cumulative variance grows, for the old one is not subtracted",
            {"share * (variance - self.variance.value)": "share * variance"}),
    ],
    running.MomentsNorm: [
        Row("predict", "batch norm: mean of the square taken for the variance",
            {"- self.mean.value**2": ""}),
    ],
    running.DeviationNorm: [
        Row("predict", "batch norm: running deviation taken for the variance",
            {"self.variance.value**2": "self.variance.value"}),
    ],
    statistics.RunningCenter: [
        Row("predict", "center: running mean of the first sample of each batch",
            {"0.1 * average(x)": "0.1 * x[0]"}),
        Row("predict", "center: running mean of all features together",
            {"0.1 * average(x)": "0.1 * x.mean()"}),
        Row("predict", "center: predict adds the running mean",
            {"(x - self.mean.value)": "(x + self.mean.value)"}),
    ],
    statistics.RunningSize: [
        Row("predict", "running size: one for all features in predict",
            {"np.sqrt(self.square.value + 1e-4)": "np.sqrt(self.square.value.mean() + 1e-4)"}),
    ],
    statistics.OneSize: [
        Row("predict", "running length: divided by the number of features too",
            {"0.2 * square": "0.2 * square / x.shape[1]"}),
    ],
    statistics.AbsoluteNorm: [
        Row("predict", "batch norm by absolute values: running spread squared",
            {'("spread", spread)': '("spread", spread**2)'}),
    ],
    statistics.Observer: [
        Row("predict", "largest so far: predict multiplies by it",
            {"return self.gain.value * (x / self.limit.value)":
             "return self.gain.value * x * self.limit.value"}),
    ],
    weights.AveragedDense: [
        Row("predict", "averaged dense: average of the bias never updated", {
            "zip(self.slow, (self.weight, self.bias), strict=True)":
                "zip(self.slow[:1], (self.weight,), strict=True)"}),
    ],
    weights.SpectralDense: [
        Row("predict", "spectral norm: predict does not divide by the norm",
            {"/ (self.u.value @ self.weight.value @ self.v.value)": ""}),
    ],
    composed.Dropout: [
        Row("predict", "dropout: predict halves",
            {"def predict(self, x): return x": "def predict(self, x): return x / 2"}),
        Row("predict", "dropout: predict scales by keep, as forward has done",
            {"def predict(self, x): return x": "def predict(self, x): return x * self.keep"}),
        Row("predict", "dropout: drops as many as it should keep", {"< self.keep": ">= self.keep"}),
    ],
    composed.RandomDepth: [
        Row("predict", "random depth: predict doubles the body, as forward does for half the samples",
            {"return x + self.body.predict(x)": "return x + 2 * self.body.predict(x)"}),
    ],
    noise.PlainDropout: [
        Row("predict", "dropout, scaled in predict: predict forgets to scale",
            {"return x * self.keep": "return x"}),
        Row("predict", "dropout, scaled in predict: predict divides by keep",
            {"return x * self.keep": "return x / self.keep"}),
    ],
    noise.DropSamples: [
        Row("predict", "dropout of samples: 1 / keep forgotten", {"< 0.7) / 0.7": "< 0.7) / 1"}),
    ],
    noise.FactorOfSteps: [
        Row("predict", "random factor: its mean is not 1", {"uniform(0, 2,": "uniform(0, 1,"}),
    ],
    noise.Jitter: [
        Row("predict", "uniform noise: never negative", {"uniform(-0.2, 0.2,": "uniform(0, 0.2,"}),
        Row("predict", "uniform noise: predict adds an offset", {
            "def predict(self, x): return self.gain.value * x":
                "def predict(self, x): return self.gain.value * x + 0.2"}),
    ],
    noise.RandomSlope: [
        Row("predict", "randomized leaky relu: predict has the least slope, not the mean",
            {"0.3 * x": "0.1 * x"}),
        Row("predict", "randomized leaky relu: predict does not leak", {"0.3 * x": "0 * x"}),
    ],
    noise.Token: [
        Row("predict", "learned token: its share and the sample's exchanged in predict",
            {"self.keep * x + (1 - self.keep) * self": "(1 - self.keep) * x + self.keep * self"}),
    ],
    noisy_weights.NoisyDense: [
        Row("predict", "noisy weights: predict adds the size of the noise",
            {"def predict(self, x): return x @ self.weight.value":
             "def predict(self, x): return x @ (self.weight.value + self.size.value)"}),
    ],
    noisy_weights.DropConnect: [
        Row("predict", "dropped connections: predict scales by keep, as forward has done", {
            "return x @ self.weight.value + self":
                "return x @ (self.weight.value * self.keep) + self"}),
    ],
    noisy_weights.DropPath: [
        Row("predict", "drop path: predict without the skip connection",
            {"return x + np.tanh(": "return np.tanh("}),
        Row("predict", "drop path: predict scales the path by keep, as forward has done",
            {"return x + np.tanh(": "return x + self.keep * np.tanh("}),
    ],
    noisy_weights.Shake: [
        Row("predict", "two random shares: predict adds both in full", {"return 0.5 * (": "return ("}),
    ],
    noisy_weights.Swapout: [
        Row("predict", "two masks: predict scales only one of two terms",
            {"+ 0.75 * np.tanh": "+ np.tanh"}),
    ],
    noisy_weights.DropRows: [
        Row("predict", "dropped rows: predict scales by keep, as forward has done",
            {"def predict(self, x): return self": "def predict(self, x): return self.keep * self"}),
    ],
    noisy_weights.DropAttention: [
        Row("predict", "attention with dropout: predict scales by keep, as forward has done",
            {"return self.probabilities(x) @ x": "return self.keep * self.probabilities(x) @ x"}),
    ],
}

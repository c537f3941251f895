"""The floor: the matrix products of a training step with NumPy, and nothing else."""

from contenders import Way


def step(case):
    weights = [weight for weight, _ in case.weights()]
    x, _ = case.rows()

    def call():
        inputs = [x]
        for weight in weights:
            inputs.append(inputs[-1] @ weight)
        grad = inputs.pop()
        for index in reversed(range(len(weights))):
            inputs[index].T @ grad
            if index:
                grad = grad @ weights[index].T

    return [Way(call)]

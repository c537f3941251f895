"""Digits on a device with little memory: networks become C, and a C program tells the digits."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn

PROGRAM = """
#include <stdio.h>
#include "digits.h"

int main(void)
{
    static float image[DIGITS_INPUTS], scores[DIGITS_OUTPUTS];
    if (digits_self_test()) return 1;
    while (fread(image, sizeof image, 1, stdin) == 1) {
        int best = 0;
        digits_predict(image, scores);
        for (int j = 1; j < DIGITS_OUTPUTS; j++)
            if (scores[j] > scores[best]) best = j;
        printf("%d\\n", best);
    }
    return 0;
}
"""
ALONE = """
#include "digits.h"
void run(const float *x, float *y, float *workspace) { digits_predict_in(x, y, workspace); }
"""


def networks(rng):
    return {
        "64-16-10": nn.Sequential(nn.Dense(64, 16, rng=rng), nn.ReLU(), nn.Dense(16, 10, rng=rng)),
        "64-128-10": nn.Sequential(nn.Dense(64, 128, rng=rng), nn.ReLU(), nn.Dense(128, 10, rng=rng)),
        "convolutions": nn.Sequential(
            nn.Reshape(8, 8, 1),
            *(nn.Conv2D(1, 8, 3, padding="same", rng=rng), nn.BatchNorm(8), nn.ReLU(), nn.MaxPool2D(2)),
            *(nn.Conv2D(8, 16, 3, padding="same", rng=rng), nn.ReLU(), nn.MaxPool2D(2)),
            *(nn.Flatten(), nn.Dense(64, 10, rng=rng)),
            input_shape=(64,),
        ),
    }


def main(seed=0, epochs=30, path="digits_in_c.png", progress=True):
    """Train three networks; return the accuracy of the last one in C, on images held out."""
    rng = np.random.default_rng(seed)
    x, y = nn.datasets.load_digits()
    x_train, x_test, y_train, y_test = nn.train_test_split(x, y, test_size=0.2, stratify=y, rng=rng)
    compiler = "cc" if shutil.which("cc") else None
    budget = {}
    for name, model in networks(rng).items():
        trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.Adam(model.parameters()))
        trainer.fit(x_train, y_train, epochs=epochs, rng=rng, progress=progress)
        in_numpy = model.predict(x_test).argmax(axis=1)
        with tempfile.TemporaryDirectory() as folder:
            header = Path(folder, "digits.h")
            memory = nn.io.to_c(model, header, compiler=compiler)
            in_c = classify(Path(folder), x_test) if compiler else in_numpy
            code = bytes_of_code(Path(folder)) if compiler and shutil.which("size") else 0
        accuracy = np.mean(in_c == y_test)
        budget[name] = (memory.weights, memory.workspace, code)
        print(
            f"{name}: {memory.weights:,} bytes of weights, {memory.workspace:,} of workspace, {code:,} "
            f"of code; {100 * accuracy:.1f} % right in C, {np.sum(in_c != in_numpy)} answers differ"
        )
    if not compiler:
        print("There is no C compiler here: the accuracy is that of predict")
    draw(budget).savefig(path, dpi=120)
    print(f"Drew {path}")
    print(f"Held-out accuracy: {100 * accuracy:.1f} %")
    return accuracy


def classify(folder, x):
    """The digits that a C program names."""
    (folder / "program.c").write_text(PROGRAM)
    command = ["cc", "-std=c99", "-O2", "program.c", "-o", "program", "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    done = subprocess.run([folder / "program"], input=x.tobytes(), stdout=subprocess.PIPE, check=True)
    return np.array(done.stdout.split(), int)


def bytes_of_code(folder):
    """The size of the instructions, when the compiler saves space."""
    (folder / "alone.c").write_text(ALONE)
    subprocess.run(["cc", "-std=c99", "-Os", "-c", "alone.c"], cwd=folder, check=True)
    done = subprocess.run(
        ["size", "-A", "alone.o"], cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    )
    return sum(int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith(".text"))


def draw(budget):
    """The memory of each network: what has to be in flash, and what in RAM."""
    figure, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
    kib = np.array(list(budget.values())) / 1024
    left = np.zeros(len(kib))
    for part, sizes in zip(("weights", "workspace", "code"), kib.T, strict=True):
        axes.barh(list(budget), sizes, left=left, label=part)
        left += sizes
    axes.invert_yaxis()
    axes.set(xlabel="KiB", title="Memory of networks in C: weights and code in flash, workspace in RAM")
    axes.legend()
    return figure


if __name__ == "__main__":
    main()

"""Search hyper-parameters with Dask, on many processes or machines, of which any may be killed.

All networks train for some epochs, the best third of them for more, and so on (successive halving).
Each has a checkpoint in a folder that all workers share: it goes on from there in the next round, on
another worker if its own is killed, and when you start the program again.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn

try:
    from dask.distributed import Client, KilledWorker, as_completed
except ImportError:
    Client = None


def draw_candidate(rng):
    """Hyper-parameters at random; the learning rate and the units on a logarithmic scale."""
    rate, units, dropout = 10 ** rng.uniform(-3, 0), 2 ** rng.uniform(3, 8), rng.uniform(0, 0.5)
    return {"lr": float(f"{rate:.2g}"), "units": round(units), "dropout": round(dropout, 2)}


def load_data():
    """Three pairs: to train on, to choose by, and to test the best on."""
    x, y = nn.datasets.load_digits()
    x, x_test, y, y_test = nn.train_test_split(x, y, test_size=0.2, stratify=y, rng=0)
    x_train, x_held, y_train, y_held = nn.train_test_split(x, y, test_size=0.2, stratify=y, rng=0)
    return (x_train, y_train), (x_held, y_held), (x_test, y_test)


def make_trainer(candidate):
    rng, units = np.random.default_rng(0), candidate["units"]
    layers = nn.Dense(64, units, rng=rng), nn.ReLU(), nn.Dropout(candidate["dropout"], rng=rng)
    model = nn.Sequential(*layers, nn.Dense(units, 10, rng=rng))
    optimizer = nn.SGD(model.parameters(), lr=candidate["lr"], momentum=0.9)
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)


def train(candidate, epochs, file):
    """Train up to an epoch, on from the file if it exists; return the held-out loss of each epoch."""
    data, held, _ = load_data()  # by each task: what a worker sends to others is lost with it
    trainer, options = make_trainer(candidate), {"progress": False, "health": False}
    trainer.fit(*data, epochs=epochs, validation_data=held, checkpoint=file, rng=0, **options)
    return trainer.history["val_loss"][:epochs]  # the file may be of a later round


def connect(workers, address=None):
    """A client of the cluster at an address, or of so many processes on this machine."""
    if address is not None:
        return Client(address)
    ignore = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"  # Ctrl-C is for the program
    client = Client(n_workers=workers, threads_per_worker=1, dashboard_address=":0", preload=[ignore])
    client.cluster.adapt(minimum=workers, maximum=workers)  # replaces any that is gone
    return client


def search(client, drawn, rounds, folder):
    """The losses of the candidates by name, the best one first; Ctrl-C keeps those so far."""
    names, found = list(drawn), {}
    try:
        for epochs in rounds:
            tasks = {client.submit(train, drawn[n], epochs, folder / f"{n}.npz"): n for n in names}
            for count, task in enumerate(as_completed(tasks), 1):
                who = tasks[task]
                try:
                    found[who] = task.result()
                    result = f"loss {found[who][-1]:.3f}"
                except (FloatingPointError, KilledWorker) as error:
                    result = f"left out: {error}"
                print(f"{epochs} epochs, {count} of {len(tasks)}: {who}: {result}", flush=True)
            ended = [who for who in names if len(found.get(who, ())) == epochs]
            names = sorted(ended, key=lambda who: found[who][-1])[: -(-len(tasks) // 3)]
    except KeyboardInterrupt:
        print("Ctrl-C: start the program again to go on from the files")
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[1][-1])))


def main(seed=0, count=27, rounds=(4, 12, 36), workers=2, address=None, path="search_dask.png"):
    """Search, and return the accuracy of the best candidate on the test data."""
    if Client is None:
        return print("This example needs Dask: pip install 'dask[distributed]'")
    rng, folder = np.random.default_rng(seed), Path("search").absolute()
    folder.mkdir(exist_ok=True)
    drawn = (draw_candidate(rng) for _ in range(count))  # each has its own name, and so its own file
    drawn = {" ".join(f"{key}={value}" for key, value in one.items()): one for one in drawn}
    with connect(workers, address) as client:
        found = search(client, drawn, rounds, folder)
    if not found:
        return None
    draw(drawn, found).savefig(path, dpi=120)
    best, *_ = found
    trainer = make_trainer(drawn[best])
    trainer.load(folder / f"{best}.npz")
    accuracy = trainer.evaluate(*load_data()[-1])["accuracy"]
    print(f"Drew {path}\nBest: {best}\nTest accuracy: {100 * accuracy:.1f} %")
    return accuracy


def draw(drawn, found):
    """The losses of all candidates, and where those are that went on."""
    figure, (curves, space) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    figure.suptitle(f"Successive halving of {len(drawn)} networks for digits: a third goes on")
    for index, epochs in enumerate(sorted({*map(len, found.values())})):
        group, color = [who for who in found if len(found[who]) == epochs], f"C{index}"
        curves.plot(range(1, epochs + 1), np.transpose([found[who] for who in group]), color=color)
        points = np.transpose([(drawn[who]["lr"], drawn[who]["units"]) for who in group])
        space.scatter(*points, s=80, color=color, label=f"{epochs} epochs: {len(group)} networks")
    curves.set(title="Learning curves", xlabel="epoch", ylabel="held-out loss in nats", yscale="log")
    space.set(title="Networks", xlabel="learning rate", ylabel="units", xscale="log", yscale="log")
    space.legend()
    return figure


if __name__ == "__main__":
    main()

"""The gallery: its groups, the pages that are built from the examples, and their thumbnails.

An example runs when the site is built, unless ``docs/runs`` holds a stored run of it: those of the
examples that take minutes, or need data that are not in the repository. Write one again with

    python docs/_ext/gallery.py fashion_mnist folder=FOLDER

which runs the example with these arguments of its ``main``, if any, and names the day and the machine
in what it stores.
"""

import contextlib
import datetime
import importlib.util
import io
import re
import shutil
import sys
import time
from pathlib import Path
from typing import NamedTuple

import notebooks

DOCS = Path(__file__).parent.parent
EXAMPLES = DOCS.parent / "examples"
RUNS = DOCS / "runs"
"""Stored runs: what an example printed, its picture, and its thumbnail."""


class Example(NamedTuple):
    """How an example is shown in the gallery."""

    title: str
    line: str
    panel: int
    """Which Axes of its figure the thumbnail shows."""
    alt: str
    """What there is to see on the thumbnail."""


GROUPS = {
    "First steps": {
        "digits": Example(
            "Handwritten digits",
            "A small network, its learning curves and its errors.",
            3,
            "Handwritten digits that the network misread",
        ),
        "spirals": Example(
            "Three spirals",
            "How the decision boundary grows, epoch by epoch.",
            4,
            "Three interleaved spirals of points, each in a region of its own colour",
        ),
    },
    "Images": {
        "fashion_mnist": Example(
            "Garments: Fashion-MNIST",
            "60,000 images of ten kinds of garment, and which ones are mixed up.",
            3,
            "Twelve garments that the network misread",
        ),
        "residual_network": Example(
            "Garments again: a residual network",
            "Convolutions with shortcuts around them, and mirrored images.",
            2,
            "A confusion matrix of ten garments, with a dark diagonal",
        ),
        "variational_autoencoder": Example(
            "New digits: a variational autoencoder",
            "Digits compressed to two numbers, and new ones drawn.",
            2,
            "Digits that the network drew, each blending into its neighbours",
        ),
        "shared_weights": Example(
            "Shared weights: one network in two places",
            "A Siamese network that places equal digits close together.",
            2,
            "Points in the plane, in clusters of ten colours",
        ),
    },
    "Tables": {
        "own_csv": Example(
            "A table of your own",
            "From a CSV file to a saved network and its predictions.",
            2,
            "A confusion matrix of three classes",
        ),
        "regression": Example(
            "A regression: the strength of concrete",
            "Predicted against measured, beside a linear fit.",
            1,
            "Points along a diagonal: predicted against measured strength",
        ),
        "mixed_table": Example(
            "A table of numbers and categories",
            "Bikes hired in an hour; the hours get vectors of their own.",
            1,
            "Bikes hired over a day: counted as points, predicted as lines",
        ),
    },
    "Sequences and text": {
        "time_steps": Example(
            "A recurrent cell, stepped through time",
            "It reads a digit row by row, and guesses after each.",
            3,
            "Probabilities of ten digits, row by row, beside the digit that is read",
        ),
        "characters": Example(
            "Language models of characters",
            "An LSTM and a transformer, beside n-grams and gzip.",
            0,
            "Two falling curves, and the levels of 5-grams and three packers",
        ),
    },
    "Layers and gradients": {
        "custom_layer": Example(
            "A layer with a parameter of its own",
            "An activation that learns its sharpness, checked and trained.",
            2,
            "A bundle of activation curves, beside ReLU",
        ),
        "gradient_check": Example(
            "A planted bug, and the checker's message",
            "What the gradient checker says about a wrong backward.",
            0,
            "Points beside a diagonal: wrong gradients against finite differences",
        ),
        "digits_batchnorm": Example(
            "With BatchNorm and without it",
            "A deep network at three learning rates.",
            1,
            "Two bundles of rising curves",
        ),
    },
    "Beyond training": {
        "digits_in_c": Example(
            "Digits in C",
            "Networks become C code with a memory budget.",
            0,
            "Three bars of different lengths: the memory of three networks",
        ),
        "search_joblib": Example(
            "A random search, on all cores",
            "Hyper-parameters with scikit-learn and joblib.",
            0,
            "Errors of many networks, over their learning rates",
        ),
        "search_dask": Example(
            "A search whose workers may be killed",
            "Successive halving with Dask, which goes on from files.",
            0,
            "Many learning curves, of which few go on",
        ),
    },
}
SHOWN = {name: example for group in GROUPS.values() for name, example in group.items()}
HEADER = """\
Gallery
=======

Each page has the script, its picture and its output. The scripts are in the folder ``examples``.
"""
CARD = """
   .. grid-item-card:: {title}
      :link: /gallery/{name}
      :link-type: doc
      :img-top: /gallery/images/thumb/sphx_glr_{name}_thumb.png
      :img-alt: {alt}

      {line}
"""


def stored():
    """The names of the examples that have a stored run."""
    return sorted(path.stem for path in RUNS.glob("*.txt"))


def index():
    """The first page of the gallery, in reStructuredText."""
    parts = [HEADER]
    for group, examples in GROUPS.items():
        parts.append(f"\n{group}\n{'-' * len(group)}\n\n.. grid:: 1 2 3 3\n   :gutter: 3\n")
        parts += [CARD.format(name=name, **shown._asdict()) for name, shown in examples.items()]
    listed = "".join(f"   /gallery/{name}\n" for name in SHOWN)
    return "".join(parts) + f"\n.. toctree::\n   :hidden:\n\n{listed}"


def write_pages(folder):
    """Write the first page, and copies of the examples that have titles and thumbnails."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "index.rst").write_text(index(), "utf-8")
    for name, example in SHOWN.items():
        text = (EXAMPLES / f"{name}.py").read_text("utf-8")
        docstring, code = text.removeprefix('"""').split('"""', 1)
        head = f"{example.title}\n{'=' * len(example.title)}\n\n{docstring.strip()}\n"
        if name in notebooks.EXAMPLES:
            file = (notebooks.FOLDER / f"{name}.ipynb").relative_to(DOCS).as_posix()
            head += f"\n:download:`Download it as a notebook </{file}>`.\n"
        thumbnail = folder / f"{name}_thumbnail.png"
        if name in stored():
            thumbnail = RUNS / f"{name}_thumbnail.png"
            head += page_of_run(name)
        setting = f"# sphinx_gallery_thumbnail_path = '{thumbnail.relative_to(DOCS).as_posix()}'"
        (folder / f"{name}.py").write_text(f'"""\n{head}"""\n\n{setting}\n{code.lstrip()}', "utf-8")


def page_of_run(name):
    """What a page shows of a stored run."""
    first, _, printed = (RUNS / f"{name}.txt").read_text("utf-8").partition("\n\n")
    lines = "".join(f"    {line}".rstrip() + "\n" for line in printed.splitlines())
    return (
        f"\n.. note::\n    {first}\n\n"
        f".. image:: /runs/{name}.png\n    :alt: {SHOWN[name].title}\n    :width: 100%\n\n"
        f".. code-block:: none\n\n{lines}"
    )


def draw_thumbnail(figure, panel, path):
    """One panel of a figure by itself, without texts, and with marks that can be seen at 200 pixels."""
    from matplotlib.collections import PathCollection

    shown = figure.axes[panel]
    for ax in [ax for ax in figure.axes if ax is not shown]:
        ax.remove()
    figure.set_layout_engine("none")
    figure.suptitle("")
    figure.set_size_inches(4, 2.8)
    shown.set(title="", xlabel="", ylabel="", xticks=[], yticks=[])
    shown.tick_params(which="minor", length=0)
    shown.set_position((0.03, 0.03, 0.66 if shown.child_axes else 0.94, 0.94))
    for text in [*shown.texts, shown.get_legend()]:
        if text is not None:
            text.remove()
    for line in shown.lines:
        line.set(linewidth=3, markersize=max(7, line.get_markersize()))
    for points in shown.collections:
        if isinstance(points, PathCollection):
            points.set_sizes([60])
    figure.savefig(path, dpi=100)


def scrape(block, variables, settings):
    """Draw the thumbnail of the example that has run, and give its figures to sphinx-gallery."""
    import matplotlib.pyplot as plt
    from sphinx_gallery.scrapers import matplotlib_scraper

    figures = [plt.figure(number) for number in plt.get_fignums()]
    rst = matplotlib_scraper(block, variables, settings)
    if figures:
        copy = Path(variables["src_file"])
        thumbnail = copy.with_name(f"{copy.stem}_thumbnail.png")
        draw_thumbnail(figures[-1], SHOWN[copy.stem].panel, thumbnail)
        shutil.rmtree(copy.with_name("search"), ignore_errors=True)  # it would be taken for a group
    return rst


def store_run(name, **arguments):
    """Run an example, and store what it printed, its picture and its thumbnail."""
    import matplotlib.pyplot as plt

    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    RUNS.mkdir(exist_ok=True)
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()) as output:
        result = module.main(path=RUNS / f"{name}.png", progress=False, **arguments)
    if result is None:
        sys.exit(output.getvalue())
    store(name, output.getvalue(), plt.gcf(), time.process_time() - start)


def store(name, printed, figure, seconds):
    """Store a run, with the day and the machine."""
    import nnlayers

    with contextlib.redirect_stdout(io.StringIO()) as facts:
        nnlayers.show_config()
    machine = re.search(r"^processor +(.*)$", facts.getvalue(), re.MULTILINE)[1]
    printed = re.sub(r"Drew .*\n", f"Drew {name}.png\n", printed)
    first = (
        f"A stored run of {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: it took {seconds:,.0f} s of "
        f"processor time ({machine}). It is not repeated when this site is built."
    )
    (RUNS / f"{name}.txt").write_text(f"{first}\n\n{printed}", "utf-8")
    figure.savefig(RUNS / f"{name}.png", dpi=80)
    draw_thumbnail(figure, SHOWN[name].panel, RUNS / f"{name}_thumbnail.png")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    name, *given = sys.argv[1:]
    store_run(name, **dict(argument.split("=", 1) for argument in given))

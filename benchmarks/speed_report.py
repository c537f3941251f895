"""What the speed benchmark found, as Markdown tables and as charts."""

import statistics

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLOURS = {  # in the order of the bars
    "floor": "#b0b0b0",
    "numpy": "#606060",
    "nnlayers": "#d62728",
    "nnlayers Trainer.step": "#e88a8a",
    "torch": "#1f77b4",
    "torch.compile": "#8ab8dc",
    "jax": "#2ca02c",
    "jax, not awaited": "#98d898",
    "keras": "#9467bd",
    "scikit-learn": "#ff7f0e",
    "thinc": "#8c564b",
}
NO_PEERS = tuple(COLOURS)[:4]
LOOP = "nnlayers plain_loop"


def tables(results):
    """All figures of a run."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    parts = [
        f"# Figures: {results['cores']} cores",
        f"{results['processor']}, {results['cores']} cores, load {results['load']:.1f} before; "
        f"Python {results['python']}, {versions}; {results['date']}. "
        "Medians over the rounds; in parentheses the quartiles of the ratios in each round.",
    ]
    for name, records in results["measures"].items():
        parts += SECTIONS[name](records, results)
    return "\n\n".join(parts) + "\n"


# Sections


def step_section(
    records, _, title="A training step", base="numpy", unit="µs", against=("floor", "numpy")
):
    for threads, group in by_threads(records):
        yield f"## {title}, {threads}, {rounds(group)} rounds"
        yield ratio_table(group, base, unit)
        yield against_table(group, against)


def predict_section(records, _):
    return step_section(records, _, "Predictions", against=("numpy",))


def sizes_section(records, _):
    for threads, group in by_threads(records):
        yield f"## A training step by size, {threads}, {rounds(group)} rounds"
        yield ratio_table(group, "numpy", "µs")


def epoch_section(records, results):
    title = f"An epoch of {results['samples']:,} samples ({results['data']})"
    raced = [record | {"seconds": without(record["seconds"], LOOP)} for record in records]
    yield from step_section(raced, results, title, "nnlayers", "s", against=())
    yield "`Trainer.fit` beside a plain loop over its steps, and the accuracy of the first epoch."
    rows = [
        [f"{r['network']}, {counted(r['threads'])}", ratio(r, "nnlayers", LOOP), accuracies(r)]
        for r in records
    ]
    yield table(["network", "epoch / its steps", "accuracy"], rows)


def memory_section(records, results):
    yield "## Memory"
    for record in records:
        yield (
            f"Peak of the process in MiB, 784-256-128-10 and {results['samples']:,} samples: an epoch "
            f"at 128, and a prediction of all of them; {counted(record['threads'])}."
        )
        rows = [[name, *(f"{size:.0f}" for size in sizes)] for name, sizes in record["peak"].items()]
        yield table(["", "epoch", "prediction"], rows)
        yield "nnlayers, resident MiB after so many calls at 128."
        rows = [
            [what, *(f"{size:.1f}" if size else "-" for size in sizes)]
            for what, sizes in record["growth"].items()
        ]
        yield table(["", *(f"{count:,}" for count in record["calls"])], rows)


def import_section(records, results):
    yield "## Imports, and the first epoch"
    for record in records:
        imports = {name: middle(times) for name, times in record["import"].items()}
        if {"numpy", "nnlayers"} <= imports.keys():
            imports["nnlayers beyond numpy"] = imports["nnlayers"] - imports["numpy"]
        yield "A process that imports and ends."
        yield table(["", "ms"], [[name, f"{1e3 * value:.0f}"] for name, value in imports.items()])
        yield (
            f"From nothing to the first finished epoch: 784-128-10 at 64, {results['samples']:,} "
            f"samples, read from a file; {counted(record['threads'])}."
        )
        epochs = record["first epoch"].items()
        yield table(["", "s"], [[name, f"{middle(times):.1f}"] for name, times in epochs])


SECTIONS = {
    "step": step_section,
    "epoch": epoch_section,
    "predict": predict_section,
    "sizes": sizes_section,
    "memory": memory_section,
    "import": import_section,
}


# Parts of sections


def ratio_table(records, base, unit):
    """A row for each record: the time of the base, and everyone's as a multiple of it."""
    names = list(dict.fromkeys(name for record in records for name in record["seconds"]))
    if base not in names:
        base = next(iter(names), base)
    names = [name for name in names if name != base]
    records = [record for record in records if base in record["seconds"]]
    rows = []
    for record in records:
        seconds = {name: middle(times) for name, times in record["seconds"].items()}
        scale = 1e6 if unit == "µs" else 1
        row = [record["network"], f"{seconds[base] * scale:,.{1 if unit == 'µs' else 3}f}"]
        row += [f"{seconds[name] / seconds[base]:.2f}" if name in seconds else "-" for name in names]
        rows.append(row)
    return table(["network", f"{base}, {unit}", *(f"{name} / {base}" for name in names)], rows)


def against_table(records, others):
    """A row for each record: nnlayers against some, and against the fastest of its peers."""
    rows = []
    for record in records:
        peers = {n: middle(t) for n, t in record["seconds"].items() if n not in NO_PEERS}
        fastest = min(peers, key=peers.get, default="nobody")
        row = [ratio(record, "nnlayers", other) for other in (*others, fastest)]
        rows.append([record["network"], *row, fastest])
    heads = [f"nnlayers / {other}" for other in (*others, "fastest peer")]
    return table(["network", *heads, "which is"], rows)


def ratio(record, name, other):
    """The ratio of medians, and the quartiles of the ratios of the rounds."""
    mine, theirs = (record["seconds"].get(key) for key in (name, other))
    if not mine or not theirs:
        return "-"
    found = f"{middle(mine) / middle(theirs):.2f}"
    if len(mine) > 1:
        ratios = [a / b for a, b in zip(mine, theirs, strict=True)]
        low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
        found += f" ({low:.2f}-{high:.2f})"
    return found


def accuracies(record):
    return ", ".join(f"{name} {value:.3f}" for name, value in record["first"].items() if value)


def by_threads(records):
    groups = {}
    for record in records:
        groups.setdefault(counted(record["threads"]), []).append(record)
    return groups.items()


def rounds(records):
    return max(len(times) for record in records for times in record["seconds"].values())


def counted(threads):
    return f"{threads} thread{'s' if threads > 1 else ''}"


def middle(times):
    return statistics.median(times)


def without(mapping, key):
    return {name: value for name, value in mapping.items() if name != key}


def table(head, rows):
    """A Markdown table; all columns but the first are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# Charts

CHARTED = {
    "step": "Time of a training step, everyone beside NumPy",
    "sizes": "Time of a step, as batch, width and depth grow",
}


def charts(results, stem):
    """Draw what there is; yields the path of each file, and what it shows."""
    for name, draw in (("step", draw_steps), ("sizes", draw_sizes)):
        known = [r for r in results["measures"].get(name, []) if "numpy" in r["seconds"]]
        for threads, records in by_threads(known):
            figure = Figure(layout="constrained")
            FigureCanvasAgg(figure)
            draw(figure, records, f"{threads}, {results['processor']}, {results['date'][:10]}")
            path = f"{stem}-{name}-{threads.replace(' ', '-')}.png"
            figure.savefig(path, dpi=110)
            yield path, f"{CHARTED[name]}, {threads}"


def draw_steps(figure, records, where):
    """A panel for each network, a bar for each contender."""
    columns = min(4, len(records))
    rows = -(-len(records) // columns)
    figure.set_size_inches(2 + 3 * columns, 1 + 3 * rows)
    figure.suptitle(f"Time of a training step, as a multiple of NumPy written by hand\n{where}")
    names = [n for n in COLOURS if any(n in record["seconds"] for record in records)]
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, record in zip(panels, records, strict=False):
        base = middle(record["seconds"]["numpy"])
        for place, name in enumerate(names):
            times = record["seconds"].get(name)
            multiple = middle(times) / base if times else 1
            panel.barh(place, multiple - 1, left=1, color=COLOURS[name])
            text = f" {multiple:.2f}" if times else " -"
            panel.text(max(1, multiple), place, text, va="center", fontsize=8)
        panel.axvline(1, color="black", linewidth=0.8)
        panel.set_title(record["network"].replace(", dropout", "\ndropout"), fontsize=9)
        panel.set_xlabel("time / time of numpy", fontsize=8)
        panel.tick_params(labelbottom=True, labelsize=8)
    for panel in panels[len(records) :]:
        panel.set_visible(False)
    first = panels[0]
    first.set_xscale("log")
    first.set_xticks([0.25, 0.5, 1, 2, 4, 8, 16], ["¼", "½", "1", "2", "4", "8", "16"])
    first.minorticks_off()
    first.set_xlim(first.get_xlim()[0], first.get_xlim()[1] * 1.6)  # room for the figures
    first.set_yticks(range(len(names)), names)
    first.set_ylim(len(names) - 0.5, -0.5)


def draw_sizes(figure, records, where):
    """A panel for each thing that grows, a line for each contender."""
    axes = {
        "batch": ("784-256-128-10", "samples in a batch", lambda case: case["batch"]),
        "width": ("784-w-w-10, batch 128", "width w", lambda case: case["sizes"][1]),
        "depth": ("64-64-...-64-10, batch 64", "hidden layers", lambda case: len(case["sizes"]) - 2),
    }
    figure.set_size_inches(13, 4.8)
    figure.suptitle(f"Time of a training step, {where}")
    panels = figure.subplots(1, len(axes))
    for panel, (axis, (title, growing, size)) in zip(panels, axes.items(), strict=True):
        group = [record for record in records if record["axis"] == axis]
        for name, colour in COLOURS.items():
            known = [record for record in group if record["seconds"].get(name)]
            times = [1e6 * middle(record["seconds"][name]) for record in known]
            sizes = [size(record["case"]) for record in known]
            if known:
                panel.plot(sizes, times, "o-", color=colour, label=name, markersize=4)
        panel.set_xscale("log")
        panel.set_yscale("log")
        ticks = [size(record["case"]) for record in group]
        panel.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        panel.minorticks_off()
        panel.set_title(title, fontsize=10)
        panel.set_xlabel(growing)
        panel.set_ylabel("microseconds per step")
        panel.grid(alpha=0.3)
    panels[0].legend(fontsize=8)

"""What the speed benchmark found, as Markdown tables and as charts."""

import statistics

OURS = ("nnlayers", "nnlayers Trainer.step")
NO_PEERS = ("floor", "numpy", *OURS)
COLOURS = {
    "floor": "#b0b0b0",
    "numpy": "#606060",
    "nnlayers": "#d62728",
    "nnlayers Trainer.step": "#e88a8a",
    "torch": "#1f77b4",
    "torch.compile": "#8ab8dc",
    "jax": "#2ca02c",
    "keras": "#9467bd",
    "scikit-learn": "#ff7f0e",
    "thinc": "#8c564b",
}


def tables(results):
    """All figures of a run."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    parts = [
        f"{results['processor']}, {results['cores']} cores, Python {results['python']}, {versions}. "
        f"{results['date']}; medians of {results['rounds']} rounds."
    ]
    for name, records in results["measures"].items():
        parts += SECTIONS[name](records, results)
    return "\n\n".join(parts) + "\n"


# Sections


def step_section(records, _):
    yield "## A training step"
    for threads, group in by_threads(records):
        yield f"Time as a multiple of `numpy`'s, the step written by hand; {threads}."
        yield ratio_table(group, "numpy", "µs", 1e6)
        yield f"Ratios of medians, with the quartiles of the rounds' ratios; {threads}."
        yield against_table(group, ("floor", "numpy"))


def epoch_section(records, results):
    yield f"## An epoch of {results['samples']:,} samples ({results['data']})"
    for threads, group in by_threads(records):
        loops = [[label(r), against(r, "nnlayers", "nnlayers.plain_steps")] for r in group]
        accuracies = [
            [label(r), *(f"{name} {value:.3f}" for name, value in r["value"].items() if value)]
            for r in group
        ]
        for record in group:
            record["seconds"].pop("nnlayers.plain_steps", None)
        yield f"Time as a multiple of `Trainer.fit`'s; {threads}."
        yield ratio_table(group, "nnlayers", "s", 1)
        yield "Accuracy reported of the first epoch: " + "; ".join(map(", ".join, accuracies)) + "."
        yield f"`Trainer.fit` beside its training steps in a plain loop; {threads}."
        yield table(["network, batch", "epoch / its steps"], loops)


def predict_section(records, _):
    yield "## Predictions"
    for threads, group in by_threads(records):
        yield f"Time as a multiple of `numpy`'s, written by hand; {threads}."
        yield ratio_table(group, "numpy", "µs", 1e6)
        yield f"Ratios of medians, with the quartiles of the rounds' ratios; {threads}."
        yield against_table(group, ("numpy",))


def sizes_section(records, _):
    yield "## A training step, by size"
    for threads, group in by_threads(records):
        yield f"Time as a multiple of `numpy`'s; {threads}."
        yield ratio_table(group, "numpy", "µs", 1e6)


def memory_section(records, results):
    yield "## Memory"
    for record in records:
        yield (
            f"Peak of the process in MiB, 784-256-128-10, {results['samples']:,} samples in memory: "
            f"one epoch at 128, and one prediction of all of them; {counted(record['threads'])}."
        )
        rows = [
            [name, *(f"{peak[what]:.0f}" if what in peak else "-" for what in ("epoch", "predict"))]
            for name, peak in record["peak"].items()
        ]
        yield table(["", "epoch", "prediction"], rows)
        first, last = record.get("calls", (0, 0))
        rows = [
            [what, *(f"{size:.1f}" if size else "-" for size in sizes)]
            for what, sizes in record["growth"].items()
        ]
        if rows:
            yield "nnlayers, resident MiB after so many calls, at 128."
            yield table(["", f"{first:,}", f"{last:,}"], rows)


def import_section(records, results):
    yield "## Imports, and the first epoch"
    for record in records:
        milliseconds = {name: 1e3 * middle(times) for name, times in record["import"].items()}
        rows = [[name, f"{value:.0f}"] for name, value in milliseconds.items()]
        if "numpy" in milliseconds and "nnlayers" in milliseconds:
            more = milliseconds["nnlayers"] - milliseconds["numpy"]
            rows.append(["nnlayers beyond numpy", f"{more:.0f}"])
        yield "A process that imports and ends, in ms."
        yield table(["", "ms"], rows)
        yield (
            "From nothing to the first finished epoch, with the reading of the data, in seconds: "
            f"784-128-10 at 64, {results['samples']:,} samples; {counted(record['threads'])}."
        )
        rows = [[name, f"{middle(times):.1f}"] for name, times in record["first epoch"].items()]
        yield table(["", "s"], rows)


SECTIONS = {
    "step": step_section,
    "epoch": epoch_section,
    "predict": predict_section,
    "sizes": sizes_section,
    "memory": memory_section,
    "import": import_section,
}


# Parts of sections


def ratio_table(records, base, unit, scale):
    """A row for each record: the time of the base, and everyone's as a multiple of it."""
    names = list(dict.fromkeys(name for record in records for name in record["seconds"]))
    others = [name for name in names if name != base]
    rows = []
    for record in records:
        seconds = {name: middle(times) for name, times in record["seconds"].items()}
        row = [label(record), f"{seconds[base] * scale:,.3g}" if base in seconds else "-"]
        known = base in seconds
        row += [f"{seconds[n] / seconds[base]:.2f}" if known and n in seconds else "-" for n in others]
        rows.append(row)
    return table(["network, batch", f"{base}, {unit}", *others], rows)


def against_table(records, others):
    """A row for each record: nnlayers against some, and against the fastest of its peers."""
    rows = []
    for record in records:
        row = [label(record), *(against(record, "nnlayers", other) for other in others)]
        peers = {n: middle(t) for n, t in record["seconds"].items() if n not in NO_PEERS}
        fastest = min(peers, key=peers.get, default=None)
        rows.append([*row, f"{fastest}: {against(record, 'nnlayers', fastest)}" if fastest else "-"])
    return table(
        ["network, batch", *(f"nnlayers / {other}" for other in others), "nnlayers / fastest peer"],
        rows,
    )


def against(record, name, other):
    """The ratio of medians, and the quartiles of the ratios of the rounds."""
    seconds = record["seconds"]
    if name not in seconds or other not in seconds:
        return "-"
    ratio = middle(seconds[name]) / middle(seconds[other])
    ratios = [a / b for a, b in zip(seconds[name], seconds[other], strict=True)]
    if len(ratios) < 2:
        return f"{ratio:.2f}"
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return f"{ratio:.2f} ({low:.2f}-{high:.2f})"


def label(record):
    """The network and the batch, in words."""
    case = record["case"]
    sizes, dropout = list(case["sizes"]), case["dropout"]
    hidden = sizes[1:-1]
    if len(hidden) > 4:
        sizes[1:-1] = [f"({len(hidden)} x {hidden[0]})"]
    kind = f", dropout {dropout}" if dropout else ""
    return f"{'-'.join(map(str, sizes))}{kind}, {case['batch']:,}"


def by_threads(records):
    groups = {}
    for record in records:
        groups.setdefault(counted(record["threads"]), []).append(record)
    return groups.items()


def counted(threads):
    return f"{threads} thread{'s' if threads > 1 else ''}"


def middle(times):
    return statistics.median(times)


def table(head, rows):
    """A Markdown table; all columns but the first are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# Charts


def charts(results, stem):
    """Draw what there is; yields the paths of the files."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    source = f"{results['processor']}, {results['date'][:10]}"
    for name, draw in (("step", draw_steps), ("sizes", draw_sizes)):
        for threads, records in by_threads(results["measures"].get(name, [])):
            figure = Figure(layout="constrained")
            FigureCanvasAgg(figure)
            draw(figure, records, f"{threads}; {source}")
            path = f"{stem}-{name}-{threads.replace(' ', '-')}.png"
            figure.savefig(path, dpi=120)
            yield path


def draw_steps(figure, records, where):
    """A panel for each network, a bar for each contender."""
    columns = min(4, len(records))
    rows = -(-len(records) // columns)
    figure.set_size_inches(1.5 + 2.9 * columns, 0.8 + 2.9 * rows)
    figure.suptitle(f"Time of a training step, as a multiple of NumPy written by hand\n({where})")
    names = [n for n in COLOURS if any(n in record["seconds"] for record in records)]
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for panel in panels[len(records) :]:
        panel.set_visible(False)
    for panel, record in zip(panels, records, strict=False):
        base = middle(record["seconds"]["numpy"])
        for place, name in enumerate(names):
            if name not in record["seconds"]:
                panel.text(1, place, " -", va="center", fontsize=8)
                continue
            ratio = middle(record["seconds"][name]) / base
            panel.barh(place, ratio - 1, left=1, color=COLOURS[name])
            side = "left" if ratio >= 1 else "right"
            panel.text(ratio, place, f" {ratio:.2f} ", va="center", ha=side, fontsize=8)
        panel.set_xscale("log")
        panel.axvline(1, color="black", linewidth=0.8)
        panel.set_title(label(record).replace(", dropout", "\ndropout"), fontsize=9)
        panel.set_xlabel("time / time of numpy", fontsize=8)
        panel.set_yticks(range(len(names)), names, fontsize=8)
        panel.set_ylim(len(names) - 0.5, -0.5)


def draw_sizes(figure, records, where):
    """A panel for each thing that grows, a line for each contender."""
    titles = {
        "batch": ("784-256-128-10", "samples in a batch"),
        "width": ("784-w-w-10, batch 128", "width w"),
        "depth": ("64-64-...-64-10, batch 64", "hidden layers"),
    }
    figure.set_size_inches(13, 4.6)
    figure.suptitle(f"Time of a training step ({where})")
    panels = figure.subplots(1, len(titles))
    for panel, (axis, (title, unit)) in zip(panels, titles.items(), strict=True):
        group = [record for record in records if record["axis"] == axis]
        for name, colour in COLOURS.items():
            known = [record for record in group if name in record["seconds"]]
            if known:
                times = [1e6 * middle(record["seconds"][name]) for record in known]
                panel.plot([*map(size, known)], times, "o-", color=colour, label=name, markersize=4)
        panel.set_xscale("log", base=4 if axis != "depth" else 2)
        panel.set_yscale("log")
        ticks = [size(record) for record in group]
        panel.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        panel.set_title(title, fontsize=10)
        panel.set_xlabel(unit)
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("microseconds per step")
    panels[0].legend(fontsize=8)


def size(record):
    """What grows, on the record's axis."""
    case = record["case"]
    by_axis = {"batch": case["batch"], "width": case["sizes"][1], "depth": len(case["sizes"]) - 2}
    return by_axis[record["axis"]]

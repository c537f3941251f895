"""What the speed benchmark found, as charts."""

from contenders import NUMPY_ONLY
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from speed_report import by_threads, duration, known, middle

COLOURS = {  # in the order of the bars
    "floor": "#b0b0b0",
    "numpy": "#606060",
    "nnlayers": "#d62728",
    "nnlayers Trainer.step": "#e88a8a",
    NUMPY_ONLY: "#e377c2",
    f"{NUMPY_ONLY}, Trainer.step": "#f1b6da",
    "torch": "#1f77b4",
    "torch.compile": "#8ab8dc",
    "jax": "#2ca02c",
    "jax, not awaited": "#98d898",
    "keras": "#9467bd",
    "scikit-learn": "#ff7f0e",
    "thinc": "#8c564b",
}
OVERVIEW = {
    "Small": "64-32-10, batch 32",
    "Medium": "784-256-128-10, batch 128",
    "Large": "784-1024-1024-10, batch 256",
    "Deep": "64-(20 x 64)-10, batch 64",
}
LIBRARIES = {  # of two contenders of a library, the faster one counts
    "nnlayers, compiled": ["nnlayers"],
    NUMPY_ONLY: [NUMPY_ONLY],
    "JAX": ["jax", "jax, not awaited"],
    "PyTorch": ["torch", "torch.compile"],
    "Keras": ["keras"],
    "scikit-learn": ["scikit-learn"],
    "Thinc": ["thinc"],
}
SHADES = (1, 0.45, 0.3, 0.2)  # of the bars: few threads, many threads
CHARTED = {
    "step": "Time of a training step, everyone beside NumPy",
    "sizes": "Time of a step, as batch, width and depth grow",
}


def charts(results, stem):
    """Draw what there is; yields the path of each file, and what it shows."""
    records = results["measures"].get("step", [])
    if any(record["network"] in OVERVIEW.values() for record in records):
        figure = new_figure()
        draw_overview(figure, records, f"{results['processor']}, {results['date'][:10]}")
        yield save(figure, f"{stem}-overview.png"), "Time of one training step"
    for name, draw in (("step", draw_steps), ("sizes", draw_sizes)):
        known = [r for r in results["measures"].get(name, []) if "numpy" in r["seconds"]]
        for threads, records in by_threads(known):
            figure = new_figure()
            draw(figure, records, f"{threads}, {results['processor']}, {results['date'][:10]}")
            path = f"{stem}-{name}-{threads.replace(' ', '-')}.png"
            yield save(figure, path), f"{CHARTED[name]}, {threads}"


def new_figure():
    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure, path):
    figure.savefig(path, dpi=110)
    return path


def draw_overview(figure, records, where):
    """A panel for each of some networks; for each library, a bar for each number of threads."""
    groups = [(threads, {r["network"]: r for r in group}) for threads, group in by_threads(records)]
    networks = {title: name for title, name in OVERVIEW.items() if name in groups[0][1]}
    libraries = {label: names for label, names in LIBRARIES.items() if known(names, records)}
    rows = -(-len(networks) // 2)
    figure.set_size_inches(8.5, 1.4 + (0.9 + 0.3 * len(libraries)) * rows)
    figure.suptitle(f"Time of one training step: shorter is better\n{where}", fontsize=12)
    panels = figure.subplots(rows, 2, sharey=True, squeeze=False).ravel()
    for panel, (title, network) in zip(panels, networks.items(), strict=False):
        draw_network(panel, [group[network] for _, group in groups], libraries)
        panel.set_title(f"{title}: {network}", fontsize=10)
    for panel in panels[len(networks) :]:
        panel.set_visible(False)
    panels[0].set_yticks(range(len(libraries)), libraries)
    panels[0].set_ylim(len(libraries) - 0.5, -0.5)
    shades = [Patch(color=to_rgba("black", shade)) for shade in SHADES[: len(groups)]]
    figure.legend(
        shades, [threads for threads, _ in groups], loc="outside lower center", ncols=len(groups)
    )


def draw_network(panel, records, libraries):
    """The bars of one network; one that is more than six times the shortest ends at the edge."""
    times = {
        (place, number): min(middle(record["seconds"][name]) for name in known(names, [record]))
        for place, names in enumerate(libraries.values())
        for number, record in enumerate(records)
        if known(names, [record])
    }
    edge = min(1.3 * max(times.values()), 6 * min(times.values()))
    scale, unit = (1e6, "microseconds") if edge < 1e-3 else (1e3, "milliseconds")
    colours = ["#d62728" if "nnlayers" in label else "#1f77b4" for label in libraries]
    height = 0.8 / len(records)
    for (place, number), time in times.items():
        y = place + (number - (len(records) - 1) / 2) * height
        shade = SHADES[number]
        panel.barh(y, min(time, edge) * scale, height, color=to_rgba(colours[place], shade))
        look = {"va": "center", "fontsize": 8}
        if time > 0.8 * edge:  # no room beside the bar
            look |= {"ha": "right", "color": "white" if shade == 1 else "black"}
        panel.text(min(time, edge) * scale, y, f" {duration(time)}{' ▸' * (time > edge)} ", **look)
    panel.set_xlim(0, edge * scale)
    panel.set_xlabel(f"time of a step, {unit}", fontsize=9)
    panel.tick_params(labelsize=9)


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

"""What the speed benchmark found, as Markdown tables."""

import math
import statistics

from contenders import NUMPY_ONLY, OURS, Case

LOOP = "plain_loop"


def tables(results):
    """All figures of a run."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    parts = [
        f"# Figures: {results['cores']} cores",
        f"{results['processor']}, {results['cores']} cores, load {results['load']:.1f} before; "
        f"Python {results['python']}, {versions}; {results['date']}. "
        "Medians over the rounds; in parentheses the quartiles of the ratios in each round.",
    ]
    if known(OURS, results["measures"].get("step", [])):
        parts += ["## A training step in short", summary(results["measures"]["step"])]
    for name, records in results["measures"].items():
        parts += SECTIONS[name](records, results)
    return "\n\n".join(parts) + "\n"


# Sections


def step_section(records, results, title="A training step", base="numpy", unit="µs"):
    for threads, group in by_threads(records):
        yield f"## {title}, {threads}, {rounds(group)} rounds"
        yield ratio_table(group, base, unit)
        yield against_table(group)


def predict_section(records, results):
    return step_section(records, results, "Predictions")


def limits_section(records, results):
    yield "## What bounds a training step"
    yield (
        "The fastest of some products, and one pass over all parameters, which reads 8 bytes of each "
        "and writes 4. The limit of a step is the time of its products at that rate and of one such "
        "pass; what lies between the products is not in it."
    )
    steps = {(r["network"], r["threads"]): r["seconds"] for r in results["measures"].get("step", [])}
    for threads, group in by_threads(records):
        best = max((r for r in group if r["what"] == "rate"), key=rate)
        yield f"{threads}: {rate(best) / 1e9:.0f} GFLOP/s, in a product of {product_of(best)}."
        rows = []
        for record in [r for r in group if r["what"] == "update"]:
            case, pass_time = Case(**record["case"]), fastest(record)
            limit = case.flops / rate(best) + pass_time
            step = steps.get((record["network"], record["threads"]), {})
            multiples = [
                f"{middle(step[n]) / limit:.2f}" if n in step else "-" for n in ("floor", *OURS)
            ]
            bandwidth = f"{12 * case.parameters / pass_time / 1e9:.0f}"
            row = [f"{case.flops / 1e6:,.1f}", duration(pass_time), bandwidth, duration(limit)]
            rows.append([record["network"], *row, *multiples])
        heads = [
            "network",
            "MFLOP",
            "pass",
            "GB per s",
            "limit",
            *(f"{n} / limit" for n in ("floor", *OURS)),
        ]
        yield table(heads, rows)


def sizes_section(records, _):
    for threads, group in by_threads(records):
        yield f"## A training step by size, {threads}, {rounds(group)} rounds"
        yield ratio_table(group, "numpy", "µs")


def epoch_section(records, results):
    title = f"An epoch of {results['samples']:,} samples ({results['data']})"
    raced = [record | {"seconds": without_loops(record["seconds"])} for record in records]
    yield from step_section(raced, results, title, NUMPY_ONLY, "s")
    yield "`Trainer.fit` beside a plain loop over its steps."
    ours = known(OURS, records)
    rows = [
        [
            f"{r['network']}, {counted(r['threads'])}",
            *(ratio(r, name, f"{name} {LOOP}") for name in ours),
        ]
        for r in records
    ]
    yield table(["network", *(f"{name}: epoch / its steps" for name in ours)], rows)
    yield "The accuracy after the first epoch."
    names = [name for name, value in records[0]["first"].items() if value]
    rows = [
        [f"{r['network']}, {counted(r['threads'])}", *(f"{r['first'][name]:.3f}" for name in names)]
        for r in records
    ]
    yield table(["network", *names], rows)


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
        for name in [name for name in imports if "first layer" in name and "numpy" in imports]:
            imports[f"{name}, beyond numpy"] = imports[name] - imports["numpy"]
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
    "limits": limits_section,
    "epoch": epoch_section,
    "predict": predict_section,
    "sizes": sizes_section,
    "memory": memory_section,
    "import": import_section,
}


# Parts of sections


def ratio_table(records, base, unit):
    """For each record, the time of the base, and everyone's as a multiple of it."""
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
    return narrow(["network", f"{base}, {unit}", *(f"{name} / {base}" for name in names)], rows)


def summary(records):
    """A row for each network: the time of nnlayers, and its multiples of the time of others."""
    ours, *without = known(OURS, records)
    heads, columns = ["network, batch"], [[record["network"] for record in by_threads(records)[0][1]]]
    for threads, group in by_threads(records):
        heads += [f"{threads}: {ours}", *("/ NumPy only" for _ in without), "/ fastest peer"]
        columns.append([time_of(record, ours) for record in group])
        columns += [[multiple(record, ours, name) for record in group] for name in without]
        columns.append([multiple(record, ours, fastest_peer(record)) for record in group])
    return table(heads, list(zip(*columns, strict=True)))


def against_table(records):
    """For each record, nnlayers against the floor, NumPy, itself, and its fastest peer."""
    pairs = [(name, other) for name in OURS for other in ("floor", "numpy", NUMPY_ONLY)]
    pairs = [pair for pair in pairs if set(pair) <= set(known(pair, records)) and len(set(pair)) == 2]
    ours = known(OURS, records)
    heads = [f"{name} / {other}" for name, other in pairs]
    heads += [f"{name} / fastest peer" for name in ours]
    rows = []
    for record in records:
        peer = fastest_peer(record)
        ratios = [ratio(record, name, other) for name, other in pairs]
        ratios += [ratio(record, name, peer) for name in ours]
        rows.append([record["network"], *ratios, peer])
    return narrow(["network", *heads, "which is"], rows)


def known(names, records):
    """Those of the names that took part."""
    return [name for name in names if any(name in record["seconds"] for record in records)]


def fastest_peer(record):
    peers = [
        name for name in record["seconds"] if name not in ("floor", "numpy") and "nnlayers" not in name
    ]
    return min(peers, key=lambda name: middle(record["seconds"][name]), default="nobody")


def time_of(record, name):
    return duration(middle(record["seconds"][name])) if name in record["seconds"] else "-"


def multiple(record, name, other):
    """The ratio of medians."""
    mine, theirs = (record["seconds"].get(key) for key in (name, other))
    return f"{middle(mine) / middle(theirs):.2f}" if mine and theirs else "-"


def ratio(record, name, other):
    """The ratio of medians, and the quartiles of the ratios of the rounds."""
    mine, theirs = (record["seconds"].get(key) for key in (name, other))
    found = multiple(record, name, other)
    if mine and theirs and len(mine) > 1:
        ratios = [a / b for a, b in zip(mine, theirs, strict=True)]
        low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
        found += f" ({low:.2f}\u2011{high:.2f})"  # a hyphen at which no line breaks
    return found


def by_threads(records):
    groups = {}
    for record in records:
        groups.setdefault(counted(record["threads"]), []).append(record)
    return list(groups.items())


def rounds(records):
    return max(len(times) for record in records for times in record["seconds"].values())


def counted(threads):
    return f"{threads} thread{'s' if threads > 1 else ''}"


def middle(times):
    return statistics.median(times)


def fastest(record):
    """The shortest time of a call: a limit is what the machine does when nothing disturbs it."""
    return min(record["seconds"]["floor"])


def rate(record):
    """Floating-point operations in a second, of one product."""
    inputs, outputs = record["case"]["sizes"]
    return 2 * record["case"]["batch"] * inputs * outputs / fastest(record)


def product_of(record):
    inputs, outputs = record["case"]["sizes"]
    return f"{record['case']['batch']} x {inputs} by {inputs} x {outputs}"


def duration(seconds):
    """Three digits and a unit, between which no line breaks: 20.1 µs, 1.41 ms."""
    value, unit = (seconds * 1e6, "µs") if seconds < 1e-3 else (seconds * 1e3, "ms")
    return f"{value:,.{max(0, 2 - int(math.log10(value)))}f}\u00a0{unit}"


def without_loops(seconds):
    return {name: times for name, times in seconds.items() if LOOP not in name}


def narrow(head, rows):
    """The table, turned by a quarter if that makes it narrower."""
    if len(head) > len(rows) + 1:
        head, *rows = zip(head, *rows, strict=True)
    return table(head, rows)


def table(head, rows):
    """A Markdown table; all columns but the first are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

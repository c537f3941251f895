"""The drawing of inside.md: the ways of a batch, of its gradient and of a weight."""

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

INK, GREY, PAPER = "#1c2733", "#5b6673", "#f3f5f8"
BATCH, GRADIENT, WEIGHT = "#1565c0", "#b84300", "#1b7a3d"

fig, ax = plt.subplots(figsize=(7, 5.9))
ax.set(xlim=(-0.2, 14.2), ylim=(0, 12))
ax.set_axis_off()
fig.subplots_adjust(0, 0, 1, 1)


def box(left, bottom, width, height, text="", *, edge=INK, face=PAPER, size=9.5, style="-", bold=False):
    """Draw a box with a text in its middle."""
    shape = FancyBboxPatch(
        (left, bottom), width, height, boxstyle="round,pad=0,rounding_size=0.15", ec=edge, fc=face
    )
    shape.set(linewidth=1.1, linestyle=style)
    ax.add_patch(shape)
    weight = "bold" if bold else "normal"
    place = (left + width / 2, bottom + height / 2)
    ax.text(*place, text, ha="center", va="center", size=size, color=INK, weight=weight)


def arrow(start, end, color):
    """Draw an arrow from one point to another."""
    how = {"arrowstyle": "-|>", "color": color, "linewidth": 1.6, "mutation_scale": 12}
    ax.annotate("", end, start, arrowprops=how | {"shrinkA": 0, "shrinkB": 0})


def station(number, x, y, color):
    """Draw a number in a circle."""
    circle = {"boxstyle": "circle,pad=0.22", "fc": color, "ec": "white", "linewidth": 0.8}
    font = {"size": 9, "weight": "bold", "color": "white"}
    ax.text(x, y, str(number), ha="center", va="center", bbox=circle, **font)


# What runs: the batch, the layers, the loss

box(2.45, 4.75, 8.9, 6.95, face="white", edge=GREY, style="--")
ax.text(2.7, 11.4, "Sequential", size=9.5, color=INK, va="center", weight="bold")
box(0.1, 7.3, 1.7, 1.9, "batch\nx, y")
LAYERS = {2.75: "Dense", 5.8: "ReLU", 8.85: "Dense"}
for left, name in LAYERS.items():
    box(left, 7.3, 2.2, 1.9, name, bold=True, size=10.5)
box(11.8, 7.3, 2.1, 1.9, "loss", bold=True, size=10.5)
for start, end in ((1.8, 2.75), (4.95, 5.8), (8.0, 8.85), (11.05, 11.8)):
    arrow((start, 8.8), (end, 8.8), BATCH)
    if start > 2:
        arrow((end, 7.7), (start, 7.7), GRADIENT)

# The stacks of saved values

for left, text in zip((*LAYERS, 11.75), ("x", "y", "x", "grad"), strict=True):
    for offset in (0.16, 0.08, 0):
        box(left + 0.1 + offset, 10.1 + offset, 1.9, 0.75, face="white")
    ax.text(left + 1.05, 10.47, f"saved: {text}", ha="center", va="center", size=8.5, color=INK)
    arrow((left + 0.65, 9.2), (left + 0.65, 10.1), BATCH)
    arrow((left + 1.45, 10.1), (left + 1.45, 9.2), GRADIENT)

# The parameters, the optimizer, the file

for left in (2.75, 8.85):
    box(left, 5.1, 1.1, 0.8, "value", edge=WEIGHT, face="white")
    box(left + 1.1, 5.1, 1.1, 0.8, "grad", edge=GRADIENT, face="white")
    ax.text(left + 1.1, 6.2, "weight, bias", ha="center", va="center", size=9, color=INK)
    arrow((left + 1.95, 7.3), (left + 1.95, 5.9), GRADIENT)
    arrow((left + 0.25, 5.9), (left + 0.25, 7.3), WEIGHT)
    arrow((left + 1.65, 5.1), (left + 1.65, 3.9), GRADIENT)
    arrow((left + 0.55, 3.9), (left + 0.55, 5.1), WEIGHT)
box(0.1, 5.1, 1.7, 0.8, "initializer", size=9)
arrow((1.8, 5.5), (2.75, 5.5), WEIGHT)
box(2.45, 2.6, 8.9, 1.3)
ax.text(4.6, 3.25, "optimizer", ha="center", va="center", size=10.5, color=INK, weight="bold")
ax.text(8.9, 3.25, "memory of each parameter", ha="center", va="center", size=9.5, color=INK)
arrow((6.9, 2.6), (6.9, 1.6), WEIGHT)
box(2.45, 0.3, 8.9, 1.3, "file: values, memory, generators, history, place", style="--")

# The stations, and what the colours mean

for number, (x, y, color) in enumerate(
    [
        (0.95, 9.55, BATCH),
        (2.3, 9.2, BATCH),
        (12.85, 8.8, BATCH),
        (11.42, 7.3, GRADIENT),
        (11.05, 6.65, GRADIENT),
        (0.95, 6.25, WEIGHT),
        (2.9, 4.45, WEIGHT),
        (7.3, 2.1, WEIGHT),
    ],
    1,
):
    station(number, x, y, color)
for y, color, text in ((3.9, BATCH, "batch"), (3.3, GRADIENT, "gradient"), (2.7, WEIGHT, "weight")):
    arrow((11.75, y), (12.4, y), color)
    ax.text(12.55, y, text, va="center", size=9, color=color, weight="bold")
fig.savefig("inside.png", dpi=200, facecolor="white")
plt.close(fig)

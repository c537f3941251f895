"""What the tests of charts share."""

NAMES = [
    0, 1.5, None, b"bytes", "$5-$10", "a $\\frac$ b", "_under", "_", "$", "\\", "two\nlines", "x" * 60,
    "", " ", "a", "a", "{}", "%s", "ü €",
]  # fmt: skip
TEXTS = ["0", "1.5", "None", "bytes", *NAMES[4:]]


def legend_texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]

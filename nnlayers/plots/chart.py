"""The chart that every plot returns: its Axes, figure and data; texts are drawn as they are."""

import io
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array, describe, real_number
from nnlayers.core.files import FilePath, file_name, write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Chart"]


class Chart(NamedTuple):
    """A chart that was drawn: ``chart.save("chart.png")``, or ``chart.show()``.

    As the last line of a notebook's cell it is shown as a picture. Its figure is not one of pyplot's,
    so it is freed with the chart, and ``plt.show()`` does not show it; if you gave
    ``ax=``, the figure is yours. All texts are drawn as they are: dollar signs make no formulas.

    Examples
    --------
    >>> chart = nn.plots.learning_curves({"loss": [1.0, 0.5]})
    >>> chart
    <Chart of 'Loss': save it with save(path), see it with show()>
    >>> chart.ax_[0].get_title()
    'Loss'
    >>> chart.save("loss.png")
    """

    ax_: Any
    """The matplotlib Axes; an array of them where there are several panels."""
    figure_: "Figure"
    """The figure that they stand in."""
    data: Any
    """The numbers that were drawn."""

    def show(self) -> None:
        """Show it in a window, or below the cell of a notebook, as ``plt.show()`` would.

        matplotlib warns if its backend has no windows.
        """
        import matplotlib.pyplot as plt
        from matplotlib._pylab_helpers import Gcf

        if not _in_pyplot(self.figure_):
            window = plt.figure()  # by the backend in use: its kind of canvas takes this figure
            manager = type(window.canvas).new_manager(self.figure_, window.number)
            plt.close(window)
            Gcf._set_new_active_manager(manager)
        plt.show()
        if not plt.isinteractive():  # the windows were closed
            plt.close(self.figure_)

    def save(self, path: FilePath, *, dpi: float = 120) -> None:
        """Write the picture to a file, which replaces an older one when it is complete.

        Parameters
        ----------
        path : str or path
            Its ending is the format: ``.png``, ``.svg``, ``.pdf``, and others of matplotlib.
        dpi : float
            Dots per inch, for formats of dots such as PNG.

        Raises
        ------
        ValueError
            The ending is not a format.
        OSError
            The path cannot be written.
        """
        real_number(dpi, "dpi", "Chart.save")
        kind = os.path.splitext(file_name(path))[1].removeprefix(".").lower()
        kinds = self.figure_.canvas.get_supported_filetypes()
        if kind not in kinds:
            raise ValueError(
                f"Chart.save: expected a path that ends in one of .{', .'.join(sorted(kinds))}, "
                f"got {file_name(path)!r}"
            )
        picture = io.BytesIO()
        self.figure_.savefig(picture, format=kind, dpi=dpi)
        with write_whole(path) as file:
            file.write(picture.getvalue())

    def _repr_png_(self) -> bytes | None:
        """The picture that notebooks show; None if pyplot shows the figure itself."""
        if _in_pyplot(self.figure_):
            return None
        picture = io.BytesIO()
        self.figure_.savefig(picture, format="png")
        return picture.getvalue()

    def __repr__(self) -> str:
        titles = ", ".join(repr(ax.get_title()) for ax in np.ravel(self.ax_))
        return f"<Chart of {titles}: save it with save(path), see it with show()>"


def _in_pyplot(figure: Any) -> bool:
    from matplotlib._pylab_helpers import Gcf

    return any(manager.canvas.figure is figure for manager in Gcf.get_all_fig_managers())


def new_axes(count: int, size: tuple[float, float], columns: int = 1) -> Array:
    """Axes in a figure that pyplot does not keep; ``size`` is that of one, in inches."""
    from matplotlib.figure import Figure

    rows = -(-count // columns)
    figure = Figure(figsize=(size[0] * columns, size[1] * rows), layout="constrained")
    axes = np.ravel(figure.subplots(rows, columns, squeeze=False))
    for unused in axes[count:]:
        unused.remove()
    return axes[:count]


def given_axes(ax: Any, who: str) -> Array:
    """The Axes, or array of Axes, that a caller gave, as a flat array.

    Raises
    ------
    TypeError
        Something is not an Axes.
    """
    axes = np.ravel(np.asarray(ax, object))
    for item in axes:
        if not hasattr(item, "get_title"):
            raise TypeError(
                f"{who}: expected ax to be Axes of matplotlib, such as plt.subplots()[1], got {item!r}"
            )
    return axes


def one_axes(ax: Any, size: tuple[float, float], who: str) -> Any:
    """The Axes to draw in: the one that was given, or a new one."""
    if ax is None:
        return new_axes(1, size)[0]
    axes = given_axes(ax, who)
    if len(axes) != 1:
        raise TypeError(f"{who}: expected one Axes, got {len(axes)}")
    return axes[0]


def chart_of(ax: Any, data: Any) -> Chart:
    """The chart that stands in these Axes."""
    return Chart(ax, np.ravel(ax)[0].figure.figure, data)  # a part of a figure has a figure, too


# Texts, drawn as they are: matplotlib would read formulas, and hide legend entries that begin with "_"

PLAIN = {"parse_math": False, "usetex": False}


def as_text(name: object) -> str:
    """A name of any kind as the text that is drawn."""
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)


def texts_of(names: Any, count: int, who: str, what: str) -> list[str]:
    """The names of ``count`` things as texts, in their order; a Series is read by place.

    Raises
    ------
    TypeError, ValueError
        They are not in an order, or there is another number of them.
    """
    start = f"{who}: expected {count} {what}"
    if isinstance(names, Mapping):
        by_number = 0 in names
        call = f"[names[i] for i in range({count})]" if by_number else "sorted(names, key=names.get)"
        raise TypeError(f"{start} in a list, got a {type(names).__name__}: give {call}")
    if isinstance(names, (set, frozenset)):
        raise TypeError(f"{start} in a list, got a {type(names).__name__}, which has no order")
    if not isinstance(names, Iterable) or getattr(names, "shape", None) == ():
        raise TypeError(f"{start} in a list, got {describe(names)}")
    texts = list(map(as_text, names))
    if len(texts) != count:
        raise ValueError(f"{start}, got {len(texts)}")
    return texts


def label_axes(ax: Any, *, title: object, xlabel: object, ylabel: object) -> None:
    """Set the title and the labels of both axes."""
    ax.set_title(as_text(title), **PLAIN)
    ax.set_xlabel(as_text(xlabel), **PLAIN)
    ax.set_ylabel(as_text(ylabel), **PLAIN)


def legend(ax: Any, handles: Iterable[Any], names: Iterable[object], *, points: int = 0) -> None:
    """Add a legend, of more columns for many names, beside the data unless there are many points."""
    texts = list(map(as_text, names))
    columns = -(-len(texts) // 20)
    legend = ax.legend(
        list(handles),
        ["name"] * len(texts),
        ncols=columns,
        loc="best" if points <= 10_000 else "upper right",  # the best place takes long to find
        fontsize=max(5, min(10 if columns == 1 else 7, 400 / max(map(len, texts)))),
    )
    legend.set_in_layout(False)  # long names would leave no room for the data
    for text, name in zip(legend.get_texts(), texts, strict=True):
        text.set(text=name, **PLAIN)

"""What every chart is, and where matplotlib is imported."""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Chart"]


class Chart(NamedTuple):
    """A chart that was drawn: ``chart.figure_.savefig("chart.png")``. Nothing is shown by itself.

    Examples
    --------
    >>> chart = nn.plots.learning_curves({"loss": [1.0, 0.5]})
    >>> chart.ax_[0].get_title()
    'Loss'
    >>> chart.figure_.savefig("loss.png")  # doctest: +SKIP
    """

    ax_: Any
    """The matplotlib Axes; an array of them where there are several panels."""
    figure_: "Figure"
    """The figure that they stand in."""
    data: Any
    """What was drawn."""


def pyplot() -> Any:
    """matplotlib.pyplot, which is imported when a chart is drawn."""
    import matplotlib.pyplot

    return matplotlib.pyplot

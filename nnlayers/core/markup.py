"""Small tables and pictures in HTML, as notebooks show them: plain, and all texts escaped."""

import io
from collections.abc import Iterable, Sequence
from typing import Any


def html_table(
    caption: str, head: Sequence[object], rows: Iterable[Sequence[object]], foot: str = ""
) -> str:
    """A table with a caption above it, and perhaps a line below; numbers stand on the right."""
    from html import escape  # for notebooks only

    texts = [[str(cell) for cell in row] for row in rows]
    right = [
        all(map(_is_number, filter(None, column))) for _, *column in zip(head, *texts, strict=True)
    ]
    body = "".join(_row("td", row, right) for row in texts)
    below = f"<p>{escape(foot)}</p>" if foot else ""
    return (
        f"<p><b>{escape(caption)}</b></p><table><thead>{_row('th', head, right)}</thead>"
        f"<tbody>{body}</tbody></table>{below}"
    )


def html_picture(figure: Any, alt: str) -> str:
    """A matplotlib figure as an inline PNG, with an alternative text."""
    from base64 import b64encode
    from html import escape

    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    data = b64encode(picture.getvalue()).decode("ascii")
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{data}">'


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True


def _row(tag: str, cells: Iterable[object], right: Iterable[bool]) -> str:
    """A row of cells; without a style, notebooks put all texts on the right."""
    from html import escape

    found = (
        f'<{tag} style="text-align: {"right" if on else "left"}">{escape(str(cell))}</{tag}>'
        for cell, on in zip(cells, right, strict=True)
    )
    return f"<tr>{''.join(found)}</tr>"

"""Small tables in HTML, as notebooks show them: plain, and all texts escaped."""

from collections.abc import Iterable, Sequence


def html_table(
    caption: str, head: Sequence[object], rows: Iterable[Sequence[object]], foot: str = ""
) -> str:
    """A table with a caption above it, and perhaps a line below; numbers stand on the right."""
    from html import escape  # for notebooks only

    lines = ["".join(_cell(cell) for cell in row) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    names = "".join(f"<th>{escape(str(name))}</th>" for name in head)
    below = f"<p>{escape(foot)}</p>" if foot else ""
    return (
        f"<p><b>{escape(caption)}</b></p><table><thead><tr>{names}</tr></thead>"
        f"<tbody>{body}</tbody></table>{below}"
    )


def _cell(cell: object) -> str:
    from html import escape

    text = escape(str(cell))
    is_number = text.lstrip("-").replace(",", "").replace(".", "").isdigit()
    return f'<td align="{"right" if is_number else "left"}">{text}</td>'

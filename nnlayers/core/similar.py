"""The name that was probably meant."""

from collections.abc import Iterable


def closest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name that is most like this one, in any case of letters; empty if there is none."""
    import difflib  # for messages only

    simple = {other.strip().lower(): other for other in known}
    found = difflib.get_close_matches(name.strip().lower(), simple, 1, cutoff)
    return simple[found[0]] if found else ""

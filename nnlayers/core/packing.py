"""Nested numbers, texts, lists, dicts and arrays as one text and some arrays, and back."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.devices import to_host

ARRAY, TUPLE = "$array", "$tuple"  # the only keys of dicts that stand for an array, or a tuple


def pack(value: Any) -> tuple[str, dict[str, Array]]:
    """A text in JSON, and the arrays that it refers to, by name.

    Raises
    ------
    TypeError
        There is something else in it.
    """
    arrays: dict[str, Array] = {}

    def plain(item: Any, path: str = "") -> Any:
        item = to_host(item)
        if isinstance(item, np.ndarray):
            if item.dtype.kind not in "fiub" or isinstance(item, np.ma.MaskedArray):
                kind = (
                    item.dtype if type(item) is np.ndarray else f"{type(item).__name__} of {item.dtype}"
                )
                raise TypeError(f"expected an array of numbers, got {kind}, at {path[1:]}")
            name = str(len(arrays))
            arrays[name] = item
            return {ARRAY: name}
        if isinstance(item, np.generic):
            item = item.item()
        if isinstance(item, Mapping):
            if not all(isinstance(key, str) for key in item) or {ARRAY, TUPLE} & item.keys():
                raise TypeError(
                    f"expected names as the keys of a dict, got {list(item)}, at {path[1:]}"
                )
            return {key: plain(inner, f"{path}.{key}") for key, inner in item.items()}
        if isinstance(item, tuple):
            return {TUPLE: [plain(inner, f"{path}.{i}") for i, inner in enumerate(item)]}
        if isinstance(item, list):
            return [plain(inner, f"{path}.{i}") for i, inner in enumerate(item)]
        if item is None or isinstance(item, (bool, int, float, str)):
            return item
        raise TypeError(
            f"expected numbers, texts, lists, dicts and arrays, got {item!r}, at {path[1:]}"
        )

    return json.dumps(plain(value)), arrays


def unpack(text: str, arrays: Mapping[str, Array]) -> Any:
    """The value that was packed.

    Raises
    ------
    ValueError
        The text is not one of `pack`, or an array is missing.
    """

    def value(item: dict[str, Any]) -> Any:
        if item.keys() == {ARRAY}:
            if item[ARRAY] not in arrays:
                raise ValueError(f"the array {item[ARRAY]!r} is missing")
            return np.array(arrays[item[ARRAY]])
        if item.keys() == {TUPLE}:
            return tuple(item[TUPLE])
        return item

    try:
        return json.loads(text, object_hook=value)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"its text is damaged ({error})") from error

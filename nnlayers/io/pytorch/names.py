"""The names in a state_dict of PyTorch: those of each module, and the order of the modules."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from nnlayers.io.matching import some_of
from nnlayers.io.rearranged import Unit
from nnlayers.layers.attention import MultiHeadAttention
from nnlayers.layers.dense import Dense
from nnlayers.layers.normalization import LayerNorm

RECURRENT = re.compile(r"((?:weight|bias)_[ih]h_l)(\d+)(_reverse)?")
DEEPEST = 300
NUMBER = re.compile(r"l?\d+(_reverse)?")
ENCODER_LAYER = {
    "self_attn": MultiHeadAttention,
    "linear1": Dense,
    "linear2": Dense,
    "norm1": LayerNorm,
    "norm2": LayerNorm,
}


def modules_of(values: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The names of a state_dict by module: the full name for the name in each."""
    modules: dict[str, dict[str, str]] = {}
    for name in values:
        prefix, _, last = name.rpartition(".")
        if last == "num_batches_tracked":
            continue
        outer, _, inner = prefix.rpartition(".")
        if found := RECURRENT.fullmatch(last):
            start, number, back = found.groups("")
            prefix, last = f"{prefix}.l{number}{back}".lstrip("."), f"{start}0"
        elif inner == "out_proj" and "in_proj_weight" in modules.get(outer, ()):
            prefix, last = outer, f"{inner}.{last}"
        modules.setdefault(prefix, {})[last] = name
    return modules


def are_sorted(values: Mapping[Any, Any]) -> bool:
    """True if the names may have been sorted, as by safetensors: modules define weights first."""
    if hasattr(values, "_metadata"):  # as the module gave it
        return False
    names = list(values)
    places = {name: place for place, name in enumerate(names)}
    for name in names:
        outer, _, last = name.rpartition(".")
        weight = f"{outer}.{last.replace('bias', 'weight')}".lstrip(".")
        if places.get(weight, -1) > places[name]:
            return True
    return names == sorted(names)


def in_order_of_numbers(
    who: str, modules: Mapping[str, dict[str, str]], outer: str = ""
) -> dict[str, dict[str, str]]:
    """The modules in the order of their numbers.

    Raises
    ------
    ValueError
        Several in one module have names, whose order is not known.
    """
    if outer.count(".") > DEEPEST:
        raise ValueError(f"{who}: expected modules that are nested at most {DEEPEST} deep")
    inner: dict[str, dict[str, dict[str, str]]] = {}
    for name, module in modules.items():
        head = "" if f"{name}." == outer else name.removeprefix(outer).partition(".")[0]
        inner.setdefault(head, {})[name] = module
    own = inner.pop("", {})
    if inner.keys() == ENCODER_LAYER.keys():
        heads = list(ENCODER_LAYER)
    elif len(inner) < 2 or all(map(NUMBER.fullmatch, inner)):
        heads = sorted(
            inner, key=lambda head: [int(part) for part in re.findall(r"\d+", head)] + [head]
        )
    else:
        raise ValueError(
            f"{who}: the names are sorted, as in files of safetensors, so the order of "
            f"{some_of(outer + head for head in inner)} is not known: give a mapping from names there "
            "to paths here, or the state_dict of the module itself"
        )
    for head in heads:
        own |= (
            in_order_of_numbers(who, inner[head], f"{outer}{head}.")
            if len(inner[head]) > 1
            else inner[head]
        )
    return own


def in_order_of_layers(
    units: Sequence[Unit], modules: Mapping[str, dict[str, str]]
) -> dict[str, dict[str, str]]:
    """The modules, those of each ``nn.TransformerEncoderLayer`` in the order of the layers here.

    It defines its two Linear before its two norms, whichever comes first.
    """
    names = list(modules)
    for first in range(len(names) - 4):
        outer, part = names[first].removesuffix("self_attn"), slice(first, first + 5)
        if names[part] == [outer + name for name in ENCODER_LAYER]:
            rest = list(ENCODER_LAYER.items())
            with suppress(StopIteration):  # other layers are refused, with their names
                found = []
                for unit in units[part]:
                    item = next(item for item in rest if isinstance(unit.layer, item[1]))
                    rest.remove(item)
                    found.append(outer + item[0])
                names[part] = found
    return {name: modules[name] for name in names}

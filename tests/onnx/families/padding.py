"""Padding, as ONNX gives it and as layers with windows take it."""


def margins(pads, auto_pad, totals):
    """The numbers before and after for each axis, or a number where they are equal."""
    if auto_pad.startswith("SAME"):
        pairs = [(total // 2, total - total // 2) for total in totals]
        pairs = [pair[::-1] for pair in pairs] if auto_pad == "SAME_LOWER" else pairs
    else:
        pads = pads or [0] * 2 * len(totals)
        pairs = zip(pads[: len(totals)], pads[len(totals) :], strict=True)
    return tuple(before if before == after else (before, after) for before, after in pairs)


def wanted(size, kernel, stride):
    """The padding in all that gives as many outputs as there are strides in the input."""
    return max((-(-size // stride) - 1) * stride + kernel - size, 0)

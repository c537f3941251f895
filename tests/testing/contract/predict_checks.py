"""The checks of predict, and the shapes of the layers that they are tried on."""

CHECKS = ["predict", "delegates", "settles", "unbiased"]


def shape_of(kind):
    return getattr(kind, "shape", "N D")

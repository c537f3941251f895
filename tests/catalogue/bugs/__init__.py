"""The planted bugs, by layer: a row says what is wrong, then {right code: wrong code}."""

from tests.catalogue.bugs import (
    along_axes,
    composed,
    delegates,
    elementwise,
    formulas,
    holders,
    jacobians,
    losses,
    parameters,
    paths,
    predicts,
    products,
    sizes,
)
from tests.catalogue.harness import plant_all

FAMILIES = [
    "value",
    "upstream",
    "shape",
    "local",
    "scale",
    "mutation",
    "state",
    "life cycle",
    "predict",
]
TABLES = [
    elementwise,
    parameters,
    products,
    along_axes,
    composed,
    losses,
    formulas,
    jacobians,
    paths,
    sizes,
    predicts,
    delegates,
    holders,
]
BUGS = [bug for table in TABLES for bug in plant_all(table.BUGS)]
BUGS.sort(key=lambda bug: FAMILIES.index(bug.family))

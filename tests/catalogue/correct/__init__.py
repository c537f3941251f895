"""Layers and losses that are right: a gradient checker must accept them all."""

from tests.catalogue.correct import basic, inference, structures

CORRECT = [*basic.CORRECT, *inference.CORRECT, *structures.CORRECT]

"""Layers and losses that are right: a gradient checker must accept them all."""

from tests.catalogue.correct import basic

CORRECT = [*basic.CORRECT]

"""Gradient checks for layers and losses, yours and ours: for tests; nothing else imports it."""

from nnlayers.testing.checks import LayerCheckError, check_layer, check_loss

__all__ = ["LayerCheckError", "check_layer", "check_loss"]

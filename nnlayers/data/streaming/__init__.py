"""Batches of data that are larger than the memory, read ahead while the training step runs."""

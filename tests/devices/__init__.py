"""Networks on a device: on a stand-in for a GPU."""

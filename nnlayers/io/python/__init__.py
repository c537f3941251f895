"""Networks as one Python file."""

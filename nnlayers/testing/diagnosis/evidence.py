"""The evidence of a wrong gradient."""

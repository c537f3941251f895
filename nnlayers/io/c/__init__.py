"""Networks as a header of C99."""

"""Several ranks that train together, over MPI."""

"""A program that trains in parallel, as the launcher says; run by mpiexec."""

import nnlayers as nn

nn.distributed.DataParallel()

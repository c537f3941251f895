"""Data parallel training: each process takes its part of every batch, and all take the same step."""

import os
from typing import TYPE_CHECKING

from nnlayers.core.notices import notice
from nnlayers.core.placement import device_of_component
from nnlayers.distributed.agreement import check_same, facts_of
from nnlayers.distributed.link import Link, the_link
from nnlayers.distributed.start import Start
from nnlayers.distributed.team import Team
from nnlayers.training.ranks import Alone, Joining

if TYPE_CHECKING:
    from nnlayers.training.loop import Loop

__all__ = ["DataParallel"]

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class DataParallel(Joining):
    """Train with all processes that ``mpiexec`` has started: each computes a part of every step.

    It needs the extra ``nnlayers[mpi]``. Every process (a rank) runs the same script and calls ``fit``
    with the same arguments. Training begins with the weights of rank 0. In each step, every rank takes
    a batch of its own, the gradients become those of all batches together, and all ranks take the same
    step. So R ranks with ``batch_size=B`` train as one process does with ``batch_size=R * B``. Figures
    are those of all samples together, on every rank. Without ``mpiexec`` there is one rank, and
    nothing changes.

    Parameters
    ----------
    statistics : {"average", "own"}
        What becomes of running statistics, such as those of ``BatchNorm``: their mean over the ranks
        after every step, or each rank goes on with its own; then files have those of rank 0.

    Attributes
    ----------
    rank, ranks : int
        The number of this process, from 0 on, and how many there are.

    Raises
    ------
    ImportError
        The package mpi4py is not there.
    ValueError
        ``statistics`` is something else; when the fit begins, if the ranks differ in their arguments,
        data or model.
    RuntimeError
        The processes were started by the mpiexec of another MPI. In a fit: another rank has failed, or
        has ended; the message says why.

    Notes
    -----
    The gradient of a step is ``sum_r w_r g_r / sum_r w_r``, where g_r is the gradient of the mean loss
    of rank r's batch and w_r the weight of this batch: its samples, or the sum of their weights.

    Source: Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour",
    arXiv:1706.02677, 2017.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 10, rng=0))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    >>> parallel = nn.distributed.DataParallel()  # doctest: +SKIP
    >>> trainer.fit(x, y, epochs=3, callbacks=[parallel])  # doctest: +SKIP

    Then ``mpiexec -n 4 python -m mpi4py train.py`` trains with four processes.
    """

    def __init__(self, *, statistics: str = "average") -> None:
        if statistics not in ("average", "own"):
            raise ValueError(
                f"DataParallel: expected statistics to be 'average' or 'own', got {statistics!r}"
            )
        self.statistics = statistics
        the_link()  # or an error that says what is missing

    @property
    def _link(self) -> Link:
        """That of the process, which copies of the callback share."""
        return the_link()

    @property
    def rank(self) -> int:
        """The number of this process, from 0 on."""
        return self._link.rank

    @property
    def ranks(self) -> int:
        """How many processes there are."""
        return self._link.count

    @property
    def part(self) -> tuple[int, int]:
        """The rank and the number of ranks: which part of the data this process trains on."""
        return self.rank, self.ranks

    def join(self, loop: "Loop") -> Alone:
        """Meet the others: check that all are about to do the same, and begin where rank 0 is."""
        link = self._link
        if link.count == 1:
            return Alone()
        if device_of_component(loop.trainer.model) != "numpy":
            raise ValueError(
                "DataParallel: expected a model in the memory of the host, got one on a GPU, whose "
                'gradients it does not add up: model.to("numpy")'
            )
        link.settle = loop.interrupts.settle
        try:
            facts = facts_of(loop)
            link.meet()
            check_same(link.gather(facts))
            start = Start(link, loop)
            start.share_run()
            self._advise_threads()
        except BaseException as error:
            link.fail(error)
            raise
        return Team(link, start, averages=self.statistics == "average")

    def _advise_threads(self) -> None:
        """Warn if the ranks of one machine are about to share its cores without a limit."""
        here = self._link.processes_here()
        if here > 1 and self.rank == 0 and not any(name in os.environ for name in THREADS):
            notice(
                f"DataParallel: {here} ranks on one machine hinder each other if each has as many "
                "threads as there are cores: set OMP_NUM_THREADS to the cores of a rank before Python "
                "starts, as in OMP_NUM_THREADS=1 mpiexec ..."
            )

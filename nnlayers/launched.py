"""The end of one of several processes that a launcher of MPI has started: the others hear of it.

Otherwise they would wait for it in a fit, if it ends before its own.
"""

import atexit
import os

LAUNCHERS = "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE"
"""Those of `nnlayers.training.ranks`, which take too long to import here."""


def say_goodbye() -> None:
    """Send the last words, if nothing in this process has used MPI through nnlayers so far."""
    try:
        from nnlayers.distributed import link
    except Exception:  # the program ends, and may be in any state
        return
    link.say_goodbye()


is_one_of_several = any(os.environ.get(name, "1") != "1" for name in LAUNCHERS)
own = str(os.getpid())
if is_one_of_several and os.environ.setdefault("NNLAYERS_LAUNCHED_AS", own) == own:  # not a child
    atexit.register(say_goodbye)

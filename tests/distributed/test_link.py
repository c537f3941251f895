"""What a process makes of the notices of others."""

from types import SimpleNamespace

import pytest

from nnlayers.distributed.link import Link


@pytest.mark.parametrize(("waits", "is_missing"), [(2, True), (3, False)])
def test_a_rank_that_has_ended_is_missing_only_where_it_has_not_been(waits, is_missing):
    notices = [(1, "", "", waits, True)]
    world = SimpleNamespace(
        rank=0, size=2, iprobe=lambda *tag: bool(notices), recv=lambda *tag: notices.pop()
    )
    link = Link(SimpleNamespace(COMM_WORLD=world, ANY_SOURCE=-1))
    link.waits = 3  # it waits for the third time, perhaps for a third rank
    assert link.listen() == is_missing

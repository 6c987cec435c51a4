"""What happens in labs when a node joins, leaves and dies and a cable is pulled, on a real kernel with real BIRD."""

from __future__ import annotations

import pytest

from barewire.kernel import programs
from barewire.lab import coordination
from barewire.lab.coordination import Coordination
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed

pytestmark = pytest.mark.kernel


def measured(name: str) -> Coordination:
    return coordination.measure(catalogue.network(catalogue.parse(name)), coordination.switched(2), LocalTestbed(), 30)


@pytest.mark.skipif(not programs.located("birdc"), reason="BIRD is not installed (apt-get install bird2)")
def test_daemons_follow_every_event_and_lose_only_with_the_cable() -> None:
    found = measured("ptp+bgp:delay=0:hold=3")
    join, leave, cable, death = found.events
    assert [one.name for one in found.events] == ["join", "leave", "cable", "death"]
    assert found.daemons == 2 and found.memory_bytes > 100_000 and found.cpu_ns > 0
    assert join.requests > 2 and leave.requests >= 1 + 2
    assert all(one.converged_ns for one in (join, leave, cable, death)) and not join.lost + leave.lost
    # At least what was sent while the cable was away.
    assert cable.lost >= coordination.PULLED_SECONDS * 1000 * 0.5 and cable.last_lost_ns > 0


def test_without_daemons_nobody_notices_a_death() -> None:
    found = measured("ptp")
    death = found.events[-1]
    assert (death.name, death.converged_ns, death.note) == ("death", None, "no daemon watches the node")
    assert found.daemons == 0 and found.events[2].lost

"""What `barewire kernels --probe` says of Debian's kernels, found out in VMs of theirs."""

from __future__ import annotations

import pytest

from barewire.kernel import features
from barewire.places.vm import supports
from tests.vm.conftest import image

LACKING = {"6.1": {"link:netkit", "bpf:netkit", "bpf:tcx"}, "6.12": set[str]()}
"""netkit came with 6.7, tcx with 6.6; all else is older than both."""


@pytest.mark.parametrize(("version", "lacking"), LACKING.items())
def test_a_kernel_lacks_what_came_after_it_and_nothing_else(version: str, lacking: set[str]) -> None:
    found = supports.probe(image(version), say=print)
    assert set(found) == set(features.KNOWN)
    assert {name for name, feature in found.items() if not feature.available} == lacking
    assert supports.remembered(image(version)) == found

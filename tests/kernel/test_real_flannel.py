"""The real flannel in a lab, where etcd, flanneld and flannel's CNI plugin are installed, beside the preset of its name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from barewire.errors import PrerequisiteError
from barewire.lab.lab import Lab, built, require
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.networks.program.flannel import ETCD_DEV
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command
from tests.support import kernel_state

BACKENDS = {
    "vxlan": "10.10.0.2 > 10.10.0.3, vxlan UDP 8472 VNI 1 [10.128.1.2 > 10.128.2.2]",
    "host-gw": "10.128.1.2 > 10.128.2.2",
}
ENDS = {"node": "n1", "pod": "n1-p1"}
REAL = Path(__file__).parent / "real"


@pytest.fixture(params=sorted(BACKENDS))
def backend(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def real(backend: str) -> Iterator[Lab]:
    network = catalogue.network(catalogue.parse(f"flannel/real:backend={backend}"))
    try:
        require(network, LocalTestbed(), (4,))
    except PrerequisiteError as error:
        pytest.skip(f"{error.what}: {error.said}")
    with built(network, Topology.uniform(2, 1), LocalTestbed()) as lab:
        yield lab


def description(lab: Lab, namespace: str) -> dict[str, Any]:
    def run(*arguments: str) -> str:
        node = lab.nodes.node(namespace)
        done = node.wait(node.spawn(Command(namespace, arguments)), 20)
        assert done.status == 0, (arguments, done.stderr)
        return done.stdout

    links = [link["ifname"] for link in json.loads(run("ip", "-j", "link"))]
    return kernel_state.described(run, {name: "pod1" for name in links if name.startswith("veth")})


def test_it_is_what_the_preset_of_its_name_is(backend: str, real: Lab) -> None:
    proof = real.prove()[0]
    seen = {claim.claim: claim.seen for claim in proof.claims}
    assert proof.observed
    assert all(claim.holds for claim in proof.claims)
    assert seen["the request at n1/eth0 (out)"] == BACKENDS[backend]
    theirs = {key: description(real, name) for key, name in ENDS.items()}
    with built(catalogue.network(catalogue.parse(f"flannel/{backend}")), Topology.uniform(2, 1), LocalTestbed()) as lab:
        ours = {key: description(lab, name) for key, name in ENDS.items()}
    # Both labs have the same route out; the link to etcd is the lab's own.
    found = [line for line in kernel_state.differences(theirs, ours) if ETCD_DEV not in line]
    [recorded] = REAL.glob(f"flannel-*-{backend}.json")
    explained = [line for line in json.loads(recorded.read_text())["explained"] if "default via 10.10.0.1" not in line]
    assert sorted(found) == sorted(explained)


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    network = catalogue.network(catalogue.parse("flannel/real"))
    with pytest.raises(PrerequisiteError, match=r"flannel/real cannot be built here: .*(etcd|etcdctl|flanneld)"):
        require(network, LocalTestbed(), (4,))

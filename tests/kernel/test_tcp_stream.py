"""One TCP stream by the wall clock: over the wire as it is, and with the wire's offloads off."""

from __future__ import annotations

import shutil

import pytest

from barewire.lab.lab import Lab
from barewire.model.network import WIRE_DEV
from barewire.study.design.blocks import steps
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import conduct, loads
from barewire.study.execution.sources.labs import LabSource
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command

pytestmark = pytest.mark.skipif(shutil.which("iperf3") is None, reason="iperf3 is not installed")


def sent(lab: Lab, node: str) -> tuple[int, int]:
    """Bytes and packets that the node has sent over the wire."""
    done = lab.nodes.node(node).wait(lab.nodes.node(node).spawn(Command(node, ("cat", "/proc/self/net/dev"))), 10)
    line = next(one for one in done.stdout.splitlines() if one.strip().startswith(f"{WIRE_DEV}:"))
    counts = line.partition(":")[2].split()
    return int(counts[8]), int(counts[9])


def test_a_stream_without_offloads_is_packets_on_the_wire() -> None:
    plan = load_plan(None, {"networks": "ptp", "workloads": "tcp-stream", "streams": 1, "seconds": 1.0, "seed": 1})
    source = LabSource(plan, LocalTestbed())
    site = conduct._site(source, {})
    sent_bytes, packets = {}, {}
    with source.open("ptp") as path:
        lab = path.lab
        node = lab.topology.nodes[0].name
        for number, step in enumerate(steps(plan)):
            before = sent(lab, node)
            record, _ = loads.run(step, number, path, plan, site)
            after = sent(lab, node)
            assert (record.bits_per_s or 0) > 0
            sent_bytes[step.load], packets[step.load] = (
                late - early for late, early in zip(after, before, strict=True)
            )
            assert any(lab.nodes.node(node).offloads(node, WIRE_DEV).values()) == step.offloads
    assert list(packets) == ["tcp-stream-1", "tcp-stream-1-no-offloads"]
    assert sent_bytes["tcp-stream-1"] > 10_000 * packets["tcp-stream-1"]
    assert sent_bytes["tcp-stream-1-no-offloads"] <= 1514 * packets["tcp-stream-1-no-offloads"]

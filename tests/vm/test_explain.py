"""Where instructions go, counted in a VM: what was counted is all there, each network has its own stages, and what the plugin
counts is what a counted study's clock counts for the same loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from barewire.cli.commands import application
from barewire.workloads.generator.counted import BURST
from tests.support.shared_vms import explain_keeps_its_vm
from tests.support.vm import image

KERNEL = "6.12"
LOADS = ("tcp-rr", "tcp-stream-no-offloads", "tcp-crr", "tcp-stream", "udp-stream")
TIMES = 4


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks, all kinds of loads, one boot."""
    image(KERNEL)
    folder = tmp_path_factory.mktemp("explained")
    command = [
        "explain", "flannel/vxlan", "--kernel", KERNEL, "--load", ",".join(LOADS), "--milliseconds", "12", "--out",
        str(folder), "--json",
    ]  # fmt: skip
    with explain_keeps_its_vm():
        done = CliRunner().invoke(application(["explain"]), command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return folder


def networks(out: Path, load: str) -> tuple[dict[str, Any], dict[str, Any]]:
    host, vxlan = json.loads((out / load / "explain.json").read_text())["networks"]
    return host, vxlan


@pytest.mark.parametrize("load", LOADS)
def test_the_stages_are_the_whole_and_vxlan_alone_encapsulates(out: Path, load: str) -> None:
    host, vxlan = networks(out, load)
    for network in (host, vxlan):
        whole, stages = network["instructions"], network["stages"]
        assert sum(stage["instructions"] for stage in stages.values()) == pytest.approx(whole, rel=0.001)
        assert whole * network["operations"] == pytest.approx(network["counted"], rel=0.001)
        assert network["doubts"]["deep"] == 0
        assert stages["other"]["instructions"] < 0.001 * whole
    assert host["stages"]["encapsulation"]["instructions"] == host["stages"]["bridge"]["instructions"] == 0
    for stage in ("encapsulation", "bridge"):
        # A stream is cut where it enters the wire, behind the tunnel.
        assert vxlan["stages"][stage]["instructions"] > (0.001 if "offloads" in load else 0.01) * vxlan["instructions"]
    assert host["instructions"] < vxlan["instructions"]
    stacks = [line.rpartition(" ") for line in (out / load / "flannel-vxlan.folded").read_text().splitlines()]
    assert sum(int(count) for _, _, count in stacks) == pytest.approx(vxlan["counted"], rel=0.001)
    assert not any("khugepaged" in stack for stack, _, _ in stacks), (
        "background work of the kernel is no network's cost"
    )
    calls = "__sys_sendmmsg;" if load == "udp-stream" else "__sys_sendto;"
    assert any(calls in stack and "vxlan_xmit [vxlan]" in stack for stack, _, _ in stacks), "a call all the way"


def test_programs_and_sockets_do_the_same_work_in_both(out: Path) -> None:
    host, vxlan = networks(out, "tcp-rr")
    for stage in ("user space", "socket", "TCP and UDP", "wake-up and scheduler"):
        mine, theirs = vxlan["stages"][stage]["instructions"], host["stages"][stage]["instructions"]
        assert 0.8 < mine / theirs < 1.4, f"{stage} is the same work in both"


def test_the_cpu_cuts_a_stream_only_without_offloads(out: Path) -> None:
    for network in ("host", "flannel-vxlan"):
        stacks = {
            load: (out / load / f"{network}.folded").read_text() for load in ("tcp-stream", "tcp-stream-no-offloads")
        }
        assert ";skb_segment;" not in stacks["tcp-stream"] and ";skb_segment;" in stacks["tcp-stream-no-offloads"]
    (host, vxlan), (cut_host, cut_vxlan) = networks(out, "tcp-stream"), networks(out, "tcp-stream-no-offloads")
    assert cut_host["instructions"] > 1.5 * host["instructions"]
    # A network that each packet crosses by itself costs more instructions for a byte, of a dearer whole.
    assert cut_vxlan["difference"] > 1.5 * vxlan["difference"]


@pytest.mark.parametrize("load", ["tcp-rr", "tcp-crr", "tcp-stream", "tcp-stream-no-offloads"])
def test_a_counted_cpu_was_never_idle(out: Path, load: str) -> None:
    for network in networks(out, load):
        # Each of the loads is whole requests, which begin up to one after its time and end up to one after it.
        request = max(network["medians"][-1], network["by_clock"][-1]) * 1.2
        assert abs(network["counted"] - network["virtual_ns"]) <= TIMES * request
        assert network["stages"]["idle"]["instructions"] == 0


def test_a_round_trip_agrees_with_a_counted_study(out: Path) -> None:
    for network in networks(out, "tcp-rr"):
        assert (
            0.9 * network["instructions"] < network["by_clock"][0] <= network["by_clock"][-1] < network["instructions"]
        )


# Of a connection the study takes the median, and what the kernel defers (RCU, connection tracking) is in the mean alone.
@pytest.mark.parametrize(("load", "apart"), [("tcp-crr", 0.07), ("tcp-stream", 0.01), ("tcp-stream-no-offloads", 0.01)])
def test_connections_and_bytes_are_what_a_counted_study_reports(out: Path, load: str, apart: float) -> None:
    for network in networks(out, load):
        assert sum(network["by_clock"]) / TIMES == pytest.approx(network["instructions"], rel=apart)


def test_packets_agree_with_a_counted_study_except_for_idling(out: Path) -> None:
    for network in networks(out, "udp-stream"):
        idle = network["stages"]["idle"]["instructions"]
        by_clock = sum(network["by_clock"]) / TIMES
        assert 0 < idle < 0.1 * network["instructions"]
        assert network["instructions"] - idle == pytest.approx(by_clock, rel=0.002)
        assert network["operations"] % BURST == 0
        assert network["medians"] == []
    host, _ = networks(out, "udp-stream")
    assert host["counted"] < host["virtual_ns"], "time while the CPU halts is not counted"

"""Where instructions go, counted in a VM: what was counted is all there, and each network has its own stages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from barewire.cli.main import application
from tests.vm.conftest import image

KERNEL = "6.12"


def test_the_stages_are_the_whole_and_vxlan_alone_encapsulates(tmp_path: Path) -> None:
    image(KERNEL)
    out = tmp_path / "explained"
    command = ["explain", "flannel/vxlan", "--kernel", KERNEL, "--milliseconds", "12", "--out", str(out), "--json"]
    done = CliRunner().invoke(application(["explain"]), command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    host, vxlan = json.loads((out / "explain.json").read_text())["networks"]
    for network in (host, vxlan):
        stages = network["stages"]
        assert sum(stage["instructions"] for stage in stages.values()) == pytest.approx(network["instructions"], abs=2)
        assert network["instructions"] * network["operations"] == pytest.approx(network["counted"], rel=0.001)
        # Each of four loads is whole operations, which begin up to one after its time and end up to one after it.
        assert abs(network["counted"] - network["virtual_ns"]) <= 4 * network["instructions"]
        assert network["doubts"]["deep"] == 0
        assert stages["other"]["instructions"] < 0.001 * network["instructions"]
        # What the client saw of a round trip is all but what it does between two.
        assert 0.9 * network["instructions"] < network["medians"][0] < network["instructions"]
    assert host["stages"]["encapsulation"]["instructions"] == host["stages"]["bridge"]["instructions"] == 0
    assert vxlan["stages"]["encapsulation"]["instructions"] > 1000
    assert vxlan["stages"]["bridge"]["instructions"] > 500
    for stage in ("user space", "socket", "TCP and UDP", "wake-up and scheduler"):
        mine, theirs = vxlan["stages"][stage]["instructions"], host["stages"][stage]["instructions"]
        assert 0.8 < mine / theirs < 1.4, f"{stage} is the same work in both"
    stacks = [line.rpartition(" ") for line in (out / "flannel-vxlan.folded").read_text().splitlines()]
    assert sum(int(count) for _, _, count in stacks) == pytest.approx(vxlan["counted"], rel=0.001)
    assert any("__sys_sendto;" in stack and "vxlan_xmit [vxlan]" in stack for stack, _, _ in stacks), (
        "a call all the way"
    )

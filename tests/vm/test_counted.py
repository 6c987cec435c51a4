"""A counted study twice: the same numbers, and the order of networks that is known."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from barewire.cli.commands import application
from barewire.results.counted import INSTRUCTIONS, agreement, figures
from barewire.study.execution.run import RunDirectory
from tests.support.vm import image

KERNEL = "6.12"
NETWORKS = ("ipvlan/l2", "flannel/host-gw", "flannel/vxlan")


def studied(out: Path) -> RunDirectory:
    command = [
        "study", "--clock", "counted", "--kernel", KERNEL, "--networks", ",".join(NETWORKS), "--workloads", "tcp-rr",
        "--blocks", "2", "--seed", "1", "--out", str(out),
    ]  # fmt: skip
    done = CliRunner().invoke(application(["study"]), command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return RunDirectory.open(out)


def test_two_counted_studies_agree_and_have_the_known_costs(tmp_path: Path) -> None:
    image(KERNEL)
    with studied(tmp_path / "one") as one, studied(tmp_path / "other") as other:
        told, again = figures(one.data()), figures(other.data())
    assert len(told) == len(again) == 2 * 5 * 4
    # Of single trials; of a study's figures, which are of all blocks, it is better.
    assert agreement(told, again, INSTRUCTIONS).largest < 1.005, agreement(told, again, INSTRUCTIONS)
    summary = json.loads((tmp_path / "one" / "summary.json").read_text())
    loss = {c["network"]: c["ratio"] for c in summary["cells"] if c["metric"] == INSTRUCTIONS}
    assert 1 < loss["ipvlan/l2"] < 1.06
    # With the rules that flannel puts on its nodes.
    assert 1.5 < loss["flannel/host-gw"] < 2 < loss["flannel/vxlan"]
    assert all(load.counted and load.counted.idle_ns == 0 for trial in one.trials() for load in trial.loads)

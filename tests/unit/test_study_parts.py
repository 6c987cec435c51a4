"""Overhead by part: networks that differ in one part are compared with each other, by block and not by way of the host."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from barewire.render.run import rules
from barewire.render.run.data import load
from barewire.render.run.formats import html, markdown
from barewire.render.run.formats.text import plain
from barewire.results import parts
from barewire.results.analysis import LoadKey, Run
from barewire.study.execution.run import RunDirectory
from barewire.workloads.definition.metric import REQUEST_RATE
from tests.support import synthetic
from tests.support.records import run_of, trial_of

TRUTH = {
    "host/nat-hooks": 1.15, "bridge+nat": 1.3, "bridge+routes": 1.2, "bridge+vxlan": 1.5, "ptp": 1.1, "macvlan": 1.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write_run(tmp_path_factory.mktemp("parts") / "run", TRUTH, requests=3000)


@pytest.fixture(scope="module")
def summary(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((path / "summary.json").read_text())
    return read


def medians(summary: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (p["from_network"], p["to_network"]): p
        for p in summary["parts"]
        if (p["metric"], p["quantile"], p["load"]) == ("latency", 0.5, "50%")
    }


def test_pairs_differ_in_one_part_in_the_order_of_the_plan(summary: dict[str, Any]) -> None:
    found = {pair: (p["part"], p["from"], p["to"], p["given"]) for pair, p in medians(summary).items()}
    assert found == {
        ("bridge+nat", "bridge+routes"): ("transport", "nat", "routes", ["bridge", "none"]),
        ("bridge+nat", "bridge+vxlan"): ("transport", "nat", "vxlan", ["bridge", "none"]),
        ("bridge+routes", "bridge+vxlan"): ("transport", "routes", "vxlan", ["bridge", "none"]),
        ("bridge+routes", "ptp"): ("attach", "bridge", "ptp", ["routes", "none"]),
        ("host", "macvlan"): ("attach", "host", "macvlan", ["direct", "none"]),
        ("host", "host/nat-hooks"): ("policy", "none", "nat-hooks", ["host", "direct"]),
        ("host/nat-hooks", "bridge+nat"): ("network", "host+direct", "bridge+nat", ["nat-hooks"]),
    }


def test_what_a_part_costs_is_the_ratio_of_the_two_networks(summary: dict[str, Any]) -> None:
    for (before, after), part in medians(summary).items():
        truth = TRUTH.get(after, 1.0) / TRUTH.get(before, 1.0)
        assert part["joint_low"] <= truth <= part["joint_high"], (before, after)
        assert part["family"] == 7
        assert part["n"] == 6
    vxlan = medians(summary)["bridge+routes", "bridge+vxlan"]
    assert vxlan["verdict"] == "slower"
    assert vxlan["difference_low"] <= vxlan["difference"] <= vxlan["difference_high"]
    assert vxlan["difference"] > 0


def test_rules_of_flannel_are_a_policy_of_pods_and_of_the_host() -> None:
    names = ("host", "host/flannel", "flannel/vxlan", "flannel/vxlan:bare", "docker")
    networks = [synthetic.network_record(name) for name in names]
    found = {(c.source, c.network): c.part for c in parts.changes(Run(run_of({"networks": networks, "plan": {}}), []))}
    assert found == {
        ("host", "host/flannel"): "policy",
        ("flannel/vxlan", "flannel/vxlan:bare"): "policy",
        ("host/flannel", "flannel/vxlan"): "network",
    }
    old = [{key: value for key, value in network.items() if key != "rules"} for network in networks]
    assert parts.changes(Run(run_of({"networks": old, "plan": {}}), []))


def test_overhead_is_the_rules_and_the_network_in_every_text(path: Path) -> None:
    data = load(path)
    (split,) = rules.splits(data)
    assert split.total.ratio is not None and split.rules.ratio is not None and split.remainder is not None
    assert split.total.ratio == pytest.approx(1.3, rel=0.05)
    assert split.rules.ratio == pytest.approx(1.15, rel=0.05)
    assert (split.rules.ratio - 1) + (split.remainder - 1) == pytest.approx(split.total.ratio - 1)
    said = rules.sentence(split)
    assert said.startswith("bridge+nat: +") and "(host/nat-hooks); the network itself adds +" in said
    terminal = " ".join(plain(data, full=False).split())
    for text in (terminal, markdown.render(data), html.FORMAT.render(data)):
        assert "Overhead split: rules on the nodes, and the network itself" in " ".join(str(text).split())
        assert "Its rules cost any process on its nodes" in " ".join(str(text).split())


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ("total", "bridge+nat against the host"),
        ("rules", "host/nat-hooks against the host"),
        ("own", "bridge+nat against host/nat-hooks"),
    ],
)
def test_a_split_that_noise_may_have_made_is_not_reported(path: Path, which: str, said: str) -> None:
    (split,) = rules.splits(load(path))
    doubtful = replace(split, **{which: replace(getattr(split, which), verdict="no-difference-found")})
    assert rules.sentence(doubtful) == f"bridge+nat: this run cannot split its overhead ({said}: no difference found)"


def test_the_host_stays_out_of_a_comparison_of_two_others() -> None:
    # The host jumps about wildly; both networks are perfectly steady.
    def trial(number: int, block: int, network: str, role: str, rate: float) -> dict[str, Any]:
        load = {"load": "http-max", "workload": "http-max", "response_bytes": 100, "rate_per_s": rate}
        return {"trial": number, "block": block, "network": network, "role": role, "valid": True, "setup": {},
                "loads": [load]}  # fmt: skip

    trials = []
    for block in range(1, 7):
        for network, role, rate in (
            ("host", "baseline-a", 1000.0 * block), ("host", "baseline-b", 900.0 / block),
            ("flannel/host-gw", "candidate", 500.0 + block), ("flannel/vxlan", "candidate", 250.0 + block / 2),
        ):  # fmt: skip
            trials.append(trial(len(trials) + 1, block, network, role, rate))
    networks = [synthetic.network_record(name) for name in ("host", "flannel/host-gw", "flannel/vxlan")]
    run = Run(run_of({"seed": 1, "networks": networks, "plan": {"blocks": 6}}), [trial_of(one) for one in trials])
    found = next(p for p in parts.summarise(run) if p.metric == REQUEST_RATE.name)
    assert found.ratio_low == pytest.approx(0.5)
    assert found.ratio_high == pytest.approx(0.5)
    assert LoadKey("http-max", 100) in run.loads


def test_a_network_that_was_not_measured_has_no_part(path: Path, summary: dict[str, Any]) -> None:
    networks = {p[side] for p in summary["parts"] for side in ("from_network", "to_network")}
    assert synthetic.UNAVAILABLE not in networks


def test_one_block_has_no_interval_and_so_no_part(path: Path) -> None:
    data = RunDirectory.open(path).data()
    first = Run(data.record, [t for t in data.trials if t.block == 1], data.counts)
    assert list(parts.summarise(first)) == []
    assert list(parts.summarise(Run(data.record, []))) == []

"""Endpoints of a study with a peer as they are typed, and runs of other endpoints or another peer in a comparison."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from barewire.cli import serving
from barewire.errors import PlanError, RunError
from barewire.results.comparison.answer import compared
from barewire.study.design.peers import PeerEndpoint, parse_endpoint
from barewire.study.design.plan_file import load_plan
from tests.support import synthetic
from tests.unit.test_compare import edit

EXAMPLE = [("eth0", "10.0.0.2"), ("eth0", "10.0.0.3"), ("host", "10.0.0.4"), ("vxlan0", "172.16.0.7")]
ENDPOINTS = ["host=10.0.0.2", "flannel/vxlan=10.244.1.7%10.244.0.5"]


@pytest.mark.parametrize(
    ("text", "address", "netns"),
    [
        ("pod=10.244.1.7", "10.244.1.7", ""),
        ("pod=10.244.1.7%10.244.0.5", "10.244.1.7", "10.244.0.5"),
        ("pod=10.244.1.7%/proc/4711/ns/net", "10.244.1.7", "/proc/4711/ns/net"),
        ("pod=fd00::7%cni-1234", "fd00::7", "cni-1234"),
        ("pod=fd00::7%fd00::5", "fd00::7", "fd00::5"),
    ],
)
def test_an_endpoint_may_name_its_clients_namespace(text: str, address: str, netns: str) -> None:
    assert parse_endpoint(text) == PeerEndpoint("pod", ip_address(address), netns)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.244.1.7", "is no NAME=ADDRESS"),
        ("a b=10.244.1.7", "is no NAME=ADDRESS"),
        ("pod=web.example", "is no IP address"),
        ("pod=10.244.1.7%", "names no network namespace"),
        ("pod=10.244.1.7%a\nb", "names no network namespace"),
        (f"pod=10.244.1.7%{'x' * 256}", "names no network namespace"),
        ("pod=fe80::1%eth0", "link-local"),
    ],
)
def test_what_is_no_endpoint_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        parse_endpoint(text)


@pytest.mark.parametrize(
    ("endpoints", "said"),
    [
        ("host=10.0.0.2,pod=10.244.1.7,pod=10.244.1.8", "each endpoint has a name that no other one has"),
        ("there=10.0.0.2,pod=10.244.1.7", "write host=10.0.0.2 instead of there=10.0.0.2"),
        ("host=10.0.0.2,pod=fd00::7", "one IP version"),
    ],
)
def test_endpoints_that_do_not_fit_together_are_refused(endpoints: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        load_plan(None, {"peer": "there:19999", "token_file": "t", "endpoints": endpoints})


def test_a_key_that_is_missing_is_the_one_that_is_named() -> None:
    with pytest.raises(
        PlanError, match=r"endpoints does not fit.*token_file, and endpoints is missing.*addresses of the peer"
    ):
        load_plan(None, {"peer": "there:19999", "token_file": "t"})


def test_a_plan_keeps_endpoints_as_they_were_typed() -> None:
    given = {"peer": "there:19999", "token_file": "t", "endpoints": ",".join(reversed(ENDPOINTS))}
    plan = load_plan(None, given)
    assert plan.networks == ("host", "flannel/vxlan")
    assert plan.record()["endpoints"] == list(reversed(ENDPOINTS))


def test_what_serve_prints_to_type_is_a_plan() -> None:
    """Also where a link has two addresses, or has the name of the baseline."""
    printed = serving._endpoints(EXAMPLE)
    assert printed == "host=10.0.0.2,eth0=10.0.0.3,host.2=10.0.0.4,vxlan0=172.16.0.7"
    assert len(load_plan(None, {"peer": "there:19999", "token_file": "t", "endpoints": printed}).endpoints) == 4


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two runs of one peer, alike but for what was drawn."""
    paths = tmp_path / "before", tmp_path / "after"
    for seed, path in enumerate(paths):
        synthetic.write_run(path, {"flannel/vxlan": 1.2}, seed=seed, unavailable=None, rejected=False)
        edit(path / "run.json", with_peer)
    return paths


def with_peer(record: dict[str, Any]) -> None:
    own = record["environment"]
    own["peer"] = {"name": "there", **{key: own[key] for key in own if key not in ("testbed", "offloads")}}
    own["testbed"] = "peer"
    record["plan"] |= {"peer": "there:19999", "endpoints": list(ENDPOINTS), "token_file": "t"}


def other_endpoint(record: dict[str, Any]) -> None:
    record["plan"]["endpoints"][1] = "flannel/vxlan=10.244.1.9%10.244.0.5"


def other_client(record: dict[str, Any]) -> None:
    record["plan"]["endpoints"][1] = "flannel/vxlan=10.244.1.7%10.244.0.6"


def other_kernel(record: dict[str, Any]) -> None:
    record["environment"]["peer"]["kernel"] = "Linux 6.13.0"


def other_sysctl(record: dict[str, Any]) -> None:
    record["environment"]["peer"]["sysctls"]["net.ipv4.tcp_sack"] = "0"


def other_architecture(record: dict[str, Any]) -> None:
    record["environment"]["peer"]["machine"] = "aarch64"


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (other_endpoint, "endpoints"),
        (other_client, "endpoints"),
        (other_kernel, "peer"),
        (other_sysctl, "peer"),
        (other_architecture, "peer"),
    ],
)
def test_unlike_peers_are_refused_until_they_are_named(
    pair: tuple[Path, Path], change: Callable[[dict[str, Any]], None], subject: str
) -> None:
    edit(pair[1] / "run.json", change)
    with pytest.raises(RunError) as caught:
        compared(pair)
    assert caught.value.remedy.endswith(f"--unlike {subject}")
    assert subject in caught.value.said
    found = compared(pair, unlike=subject)
    assert {one.subject for one in found.pairings[0].differences} == {subject}


def test_endpoints_of_one_run_alone_make_no_two_runs_unlike(pair: tuple[Path, Path]) -> None:
    def more(record: dict[str, Any]) -> None:
        record["plan"]["endpoints"] = ["overlay=172.16.0.7", *reversed(ENDPOINTS)]

    edit(pair[1] / "run.json", more)
    assert not compared(pair).pairings[0].differences


def test_the_way_to_a_peer_makes_no_two_runs_unlike(pair: tuple[Path, Path]) -> None:
    """Where `serve` listened and where the token was is no part of what was measured."""

    def elsewhere(record: dict[str, Any]) -> None:
        record["plan"] |= {"peer": "10.0.0.2:18888", "token_file": "/other"}

    edit(pair[1] / "run.json", elsewhere)
    assert not compared(pair).pairings[0].differences

"""Whether a real cluster's overhead is that of a lab of the same parts.

    scripts/bench cluster_agrees [ROUNDS [NETWORK...]]

For each network that the cluster of `tests/kubernetes` can have, a study of the cluster and one of labs take turns, ROUNDS times.
Printed is what one TCP request at a time costs more than on the host, at p50 and for the fastest of all round trips: in the
cluster `pod` over `host`, in the lab the network over a host with the rules that the network puts on nodes. The fastest round
trip was disturbed by nothing, so it can be compared on a busy machine too.

The wire of labs is a switch, as the cluster's is (three nodes). Both sleep between requests, and client and server share one
CPU, in the cluster by their nodes. So that the parts are the same, the cluster's nodes lose what no lab has: kube-proxy with its
rules, and netfilter's look at bridged packets.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.kubernetes.cluster import groups
from tests.kubernetes.cluster.cluster import IMAGE, RunningCluster, running, why_none

ROUNDS = 5
_PLAN = ("--workloads", "tcp-rr", "--server", "serve", "--blocks", "2", "--seconds", "0.2", "--timing", "sleep", "--seed", "1",
         "--force")  # fmt: skip
_CPU = min(os.sched_getaffinity(0))
_LAB = ("--nodes", "3", "--client-cpus", str(_CPU), "--server-cpus", str(_CPU))
_SHOWN = {"p50": "0.5", "fastest": "min"}
"""Names in a trial's record."""

_NO_PROXY = """
for each in /proc/[0-9]*; do [ "$(cat $each/comm)" != kube-proxy ] || kill -9 "${each#/proc/}"; done
nft delete table ip kube-proxy && nft delete table ip6 kube-proxy
"""
"""In a node's own namespace of processes."""

_NOT_BRIDGED = "for file in /proc/sys/net/bridge/bridge-nf-call-*tables; do echo 0 >$file; done"


@dataclass(frozen=True, slots=True)
class Likeness:
    """The lab's baseline and network that are like a cluster's host and pod."""

    baseline: str
    network: str


LIKE: Mapping[str, Likeness] = {
    "bridge": Likeness("host", "bridge+routes"),
    "flannel/vxlan": Likeness("host/flannel", "flannel/vxlan"),
    "flannel/host-gw": Likeness("host/flannel", "flannel/host-gw"),
}


def main() -> int:
    """Take turns, print each round and the middle of them."""
    words = sys.argv[1:]
    rounds = int(words[0]) if words else ROUNDS
    if reason := why_none("flannel"):
        print(reason)
        return 2
    for network in words[1:] or LIKE:
        with (
            tempfile.TemporaryDirectory() as name,
            running(Path(name) / "cluster", network=network) as cluster,
        ):
            groups.part(cluster.mark, cluster.names, [_CPU] * cluster.nodes)
            reduce(cluster)
            compare(cluster, Path(name), rounds)
    return 0


def reduce(cluster: RunningCluster) -> None:
    """Take from the nodes what no lab has."""
    for name in cluster.names:
        cluster.in_node(name, "sh", "-c", _NO_PROXY)
    for space in (*cluster.names, "cp"):
        cluster.inside(space, "sh", "-c", _NOT_BRIDGED)


def compare(cluster: RunningCluster, folder: Path, rounds: int) -> None:
    """Studies of the cluster and of labs, in turns."""
    like = LIKE[cluster.network]
    lab = ("host", like.baseline, like.network)
    sides = {
        "cluster": ("host", "pod", ("--testbed", "kubernetes", "--image", IMAGE, "--networks", "host,pod")),
        "lab": (like.baseline, like.network, (*_LAB, "--networks", ",".join(dict.fromkeys(lab)))),
    }
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
    found: dict[tuple[str, str], list[float]] = {}
    for number in range(rounds):
        for side in sorted(sides, reverse=bool(number % 2)):
            baseline, network, options = sides[side]
            latencies = measure(options, folder / f"{number}-{side}", environment)
            costs = {
                name: of[network] - of[baseline] for name, of in latencies.items() if {network, baseline} <= set(of)
            }
            for name, cost in costs.items():
                found.setdefault((side, name), []).append(cost)
            shown = ", ".join(f"{name} {cost:+.2f} us" for name, cost in costs.items())
            print(f"{cluster.network} {number + 1} {side}: {shown}", flush=True)
    for (side, name), each in found.items():
        middle = statistics.median(each)
        print(f"{cluster.network} {side}, {name}: {middle:+.2f} us ({min(each):+.2f} ... {max(each):+.2f})")
    described = json.loads((folder / "0-cluster" / "run.json").read_text())["environment"]["cluster"]["network"]
    print(
        f"{cluster.network}: the study found CNI {described['cni'] or 'unknown'}, {described['path'] or 'path unknown'}"
    )


def measure(options: Sequence[str], out: Path, environment: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Run a study; microseconds of a round trip, at p50 and of the fastest, by network: the medians of its valid trials."""
    command = (sys.executable, "-P", "-m", "barewire", "study", *_PLAN, *options, "--out", str(out))
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if not (out / "summary.json").exists():
        raise SystemExit(f"the study failed: {' '.join(done.stderr.split())[-600:]}")
    seen: dict[str, dict[str, list[float]]] = {name: {} for name in _SHOWN}
    for trial in map(json.loads, (out / "trials.ndjson").read_text().splitlines()):
        for load in trial["loads"] if trial["valid"] else ():
            for name, latencies in seen.items():
                if (value := load["latency_ns"].get(_SHOWN[name])) is not None:
                    latencies.setdefault(trial["network"], []).append(value / 1e3)
    return {name: {network: statistics.median(each) for network, each in of.items()} for name, of in seen.items()}


if __name__ == "__main__":
    sys.exit(main())

"""Whether a real cluster's overhead is that of a lab of the same parts.

    scripts/bench cluster_agrees [ROUNDS [NETWORK...]]

For each network that the cluster of `tests/kubernetes` can have, a study of the cluster and one of labs take turns, ROUNDS times.
Printed is what one TCP request at a time costs more at p50 than on the host: in the cluster `pod` over `host`, whose nodes have
kube-proxy's rules and the network's; in the lab the network over a host with such rules. The wire of labs is a switch, as the
cluster's is (three nodes). Both sleep between requests, and client and server have a CPU each: in the cluster, by their nodes.

Labs keep bridged packets out of netfilter and clusters do not; so the cluster's nodes do it too here, except with --bridged.
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
from tests.kubernetes.cluster.cluster import IMAGE, RunningCluster, running, why_none

ROUNDS = 5
_PLAN = ("--workloads", "tcp-rr", "--server", "serve", "--blocks", "8", "--seconds", "0.5", "--timing", "sleep", "--seed", "1",
         "--force")  # fmt: skip
_CPUS = sorted(os.sched_getaffinity(0))
_LAB = ("--nodes", "3", "--client-cpus", str(_CPUS[0]), "--server-cpus", str(_CPUS[1]))
_NOT_BRIDGED = "for file in /proc/sys/net/bridge/bridge-nf-call-*tables; do echo 0 >$file; done"


@dataclass(frozen=True, slots=True)
class Likeness:
    """The lab's baseline and networks that are like a cluster's network."""

    baseline: str
    networks: tuple[str, ...]


LIKE: Mapping[str, Likeness] = {
    "bridge": Likeness("host/conntrack", ("bridge+routes+conntrack",)),
    "flannel/vxlan": Likeness("host/flannel", ("flannel/vxlan",)),
    "flannel/host-gw": Likeness("host/flannel", ("flannel/host-gw",)),
}


def main() -> int:
    """Take turns, print each round and the middle of them."""
    words = [word for word in sys.argv[1:] if word != "--bridged"]
    bridged = "--bridged" in sys.argv
    rounds = int(words[0]) if words else ROUNDS
    if reason := why_none("flannel"):
        print(reason)
        return 2
    for network in words[1:] or LIKE:
        with (
            tempfile.TemporaryDirectory() as name,
            running(Path(name) / "cluster", network=network, apart=True) as cluster,
        ):
            if not bridged:
                for space in (*cluster.names, "cp"):
                    cluster.inside(space, "sh", "-c", _NOT_BRIDGED)
            compare(cluster, Path(name), rounds)
    return 0


def compare(cluster: RunningCluster, folder: Path, rounds: int) -> None:
    """Studies of the cluster and of labs, in turns."""
    like = LIKE[cluster.network]
    sides = {
        "cluster": ("--testbed", "kubernetes", "--image", IMAGE, "--networks", "host,pod"),
        "lab": (*_LAB, "--networks", ",".join(("host", like.baseline, *like.networks))),
    }
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        for side in sorted(sides, reverse=bool(number % 2)):
            costs = measure(sides[side], folder / f"{number}-{side}", environment)
            base = costs.get(like.baseline, 0.0)
            shown = {name: cost - base for name, cost in costs.items() if name != like.baseline}
            for name, cost in shown.items():
                found.setdefault(name, []).append(cost)
            costs_of = ", ".join(f"{name} {cost:+.2f} us" for name, cost in shown.items())
            print(cluster.network, number + 1, costs_of, flush=True)
    for name, costs in found.items():
        middle = statistics.median(costs)
        print(f"{cluster.network}: {name} {middle:+.2f} us (of {len(costs)}: {min(costs):+.2f} ... {max(costs):+.2f})")
    described = json.loads((folder / "0-cluster" / "run.json").read_text())["environment"]["cluster"]["network"]
    print(
        f"{cluster.network}: the study found CNI {described['cni'] or 'unknown'}, {described['path'] or 'unknown path'}"
    )


def measure(options: Sequence[str], out: Path, environment: Mapping[str, str]) -> dict[str, float]:
    """Run a study; microseconds at p50 over its baseline, by network."""
    command = (sys.executable, "-P", "-m", "barewire", "study", *_PLAN, *options, "--out", str(out))
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if not (out / "summary.json").exists():
        raise SystemExit(f"the study failed: {' '.join(done.stderr.split())[-600:]}")
    cells = json.loads((out / "summary.json").read_text())["cells"]
    return {one["network"]: one["difference"] / 1e3 for one in cells
            if one["metric"] == "latency" and one["quantile"] == 0.5 and one["difference"] is not None}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

"""Build and take down many labs, one after the other: does anything grow, and what does a node cost?

    scripts/bench labs [LABS] [NODES] [NETWORK ...]
    scripts/bench labs cpu [TIMES] [NODES] [NETWORK ...] [--against CHECKOUT]

The second form builds and proves one lab at a time by `barewire lab up`, and prints the CPU time of all its processes and the
time on the clock, from the command to the end of the lab. With another checkout of barewire the two take turns, so that
whatever else the machine does meets both; `ip netns` (a shell script with `ip -batch`) takes its turn too, for the scale of
it, with the same routes between nodes for `ptp` and `flannel/host-gw`.

The third form prints where the CPU time of one lab goes, in this process and in the lab's first one.

The first form: for each network the median time to build, per node, and the file descriptors, memory and kernel objects
before and after. Kernel objects are the live ones of the slab caches that namespaces and links use; they are given back a
little later than the lab's end, so the reading waits until they have settled.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from barewire.lab.lab import built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed

NETWORKS = ("host", "flannel/host-gw", "flannel/vxlan", "ptp")
CACHES = ("net_namespace", "mnt_cache", "pid_namespace", "nsproxy", "user_namespace")


def kernel_objects() -> dict[str, int]:
    """Live objects by slab cache; those that the kernel does not show are left out."""
    rows = [line.split() for line in Path("/proc/slabinfo").read_text().splitlines()[2:]]
    return {row[0]: int(row[1]) for row in rows if row[0] in CACHES}


def settled() -> dict[str, int]:
    """The same, once two readings a while apart agree."""
    last, now = {}, kernel_objects()
    while last != now:
        time.sleep(1.0)
        last, now = now, kernel_objects()
    return now


def own() -> tuple[int, int]:
    """Open descriptors and resident kilobytes of this process."""
    status = Path("/proc/self/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return len(list(Path("/proc/self/fd").iterdir())), int(resident.split()[1])


UP = (
    "import sys; from barewire.cli import main; "
    "from barewire.lab import registry; "
    "registry.Registration.answer_until_down = lambda self, info: None; "
    "sys.argv[0] = 'barewire'; sys.exit(main())"
)
"""`barewire lab up` that ends as soon as the lab is proved."""


APART = ["unshare", "-mnp", "--fork", "--kill-child", "--mount-proc", "sh"]
"""A shell in namespaces of its own, which end with it."""


ROUTED = ("ptp", "flannel/host-gw")
"""Networks whose nodes hold a route to each other one, which the script has too."""

ROUTES = (
    "BEGIN { for (i = 1; i <= n; i++) if (i != me) "
    'printf "route add 10.%d.%d.0/24 via 10.10.%d.%d dev eth0\\n", 128 + i / 256, i % 256, i / 250, i % 250 + 2 }'
)


def by_ip(nodes: int, *, routes: bool = False) -> str:
    """The least that makes such a lab without barewire: namespaces, veth pairs into a bridge, addresses and, where wanted, a
    route to each other node; no pods, no proof."""
    lines = ["set -e", "mount -t tmpfs none /run"]
    lines += [f"ip netns add n{node}" for node in range(nodes + 1)]
    batch = ["link add br0 type bridge", "link set br0 up"]
    for node in range(1, nodes + 1):
        batch += [f"link add p{node} type veth peer name eth0 netns n{node}", f"link set p{node} master br0 up"]
    lines += ["ip -n n0 -batch - <<END", *batch, "END"]
    for node in range(1, nodes + 1):
        address = f"10.10.{node // 250}.{node % 250 + 2}/16"
        lines += [f"ip -n n{node} -batch - <<END", f"address add {address} dev eth0", "link set eth0 up", "END"]
        if routes:
            lines.append(f"awk -v n={nodes} -v me={node} '{ROUTES}' | ip -n n{node} -batch -")
    return "\n".join([*lines, ""])


def spent(argv: list[str], checkout: str, script: str = "") -> tuple[float, float]:
    """CPU seconds of a command with all that it started, and seconds on the clock; an error ends the benchmark."""
    environment = {**os.environ, **({"PYTHONPATH": str(Path(checkout).resolve() / "src")} if checkout else {})}
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with tempfile.TemporaryFile("w+") as words:
        done = subprocess.run(argv, input=script, text=True, stdout=words, stderr=words, env=environment, check=False)
        if done.returncode:
            words.seek(0)
            sys.exit(words.read())
    took, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took


def cpu(arguments: list[str]) -> None:
    """The second form."""
    parser = argparse.ArgumentParser(prog="labs.py cpu")
    parser.add_argument("times", nargs="?", type=int, default=5)
    parser.add_argument("nodes", nargs="?", type=int, default=200)
    parser.add_argument("networks", nargs="*", default=["host"])
    parser.add_argument("--against", default="", help="another checkout, whose src is run by this one's .venv")
    asked = parser.parse_args(arguments)
    for network in asked.networks:
        up = [
            sys.executable,
            "-P",
            "-c",
            UP,
            "lab",
            "up",
            network,
            "--nodes",
            str(asked.nodes),
            "--name",
            f"b{os.getpid()}",
        ]
        runs = {"this": (up, "", ""), **({"other": (up, asked.against, "")} if asked.against else {})}
        if network in ("host", *ROUTED):
            runs["ip netns"] = (APART, "", by_ip(asked.nodes, routes=network in ROUTED))
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
        for _ in range(asked.times):
            for name, run in runs.items():
                found[name].append(spent(*run))
        for name, pairs in found.items():
            seconds, clock = (sorted(column) for column in zip(*pairs, strict=True))
            print(
                f"{network}, {asked.nodes} nodes, {name}: CPU {statistics.median(seconds):.2f} s "
                f"({seconds[0]:.2f} to {seconds[-1]:.2f}), clock {statistics.median(clock):.2f} s"
            )


def phases(arguments: list[str]) -> None:
    """The third form."""
    nodes, name = int(arguments[0]) if arguments else 100, arguments[1] if len(arguments) > 1 else "host"
    seen = [("start and imports", time.process_time(), 0.0)]

    def mark(what: str, init: int) -> None:
        fields = Path(f"/proc/{init}/stat").read_text().rpartition(")")[2].split()
        seen.append((what, time.process_time(), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")))

    network = catalogue.network(catalogue.parse(name))
    with built(network, Topology.uniform(nodes, 1), LocalTestbed()) as lab:
        mark("build", lab.nodes.init_pid)
        lab.prove()
        mark("proof", lab.nodes.init_pid)
    spent_here = spent_there = 0.0
    for what, here, there in seen:
        print(f"{name}, {nodes} nodes, {what}: {here - spent_here:.2f} s here, {there - spent_there:.2f} s in the lab")
        spent_here, spent_there = here, there
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{name}, {nodes} nodes, in the lab to its end: {ended.ru_utime:.2f} s user, {ended.ru_stime:.2f} s kernel")


def main() -> None:
    if sys.argv[1:2] == ["phases"]:
        phases(sys.argv[2:])
        return
    if sys.argv[1:2] == ["cpu"]:
        cpu(sys.argv[2:])
        return
    labs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    nodes = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    print(f"{labs} labs of {nodes} nodes for each network")
    for name in sys.argv[3:] or NETWORKS:
        network, times = catalogue.network(catalogue.parse(name)), []
        before: tuple[tuple[int, int], dict[str, int]] | None = None
        for number in range(labs):
            begun = time.monotonic()
            with built(network, Topology.uniform(nodes, 1), LocalTestbed()):
                times.append(time.monotonic() - begun)
            if number == 0:
                before = own(), settled()
        assert before is not None
        (fds, memory), objects = before
        fds_after, memory_after = own()
        after = settled()
        changes = ", ".join(f"{cache} {after[cache] - count:+d}" for cache, count in objects.items())
        print(
            f"{name}: {statistics.median(times) / nodes * 1000:.1f} ms a node; after {labs} labs: "
            f"descriptors {fds_after - fds:+d}, memory {memory_after - memory:+d} kB, {changes}"
        )


if __name__ == "__main__":
    main()

"""A real Kubernetes on this machine, without Docker, registry or VM.

etcd, API server, controllers and scheduler are in one network namespace, and each node in its own namespaces, with kubelet,
containerd and kube-proxy. Nodes, pods and Services have IPv4 and IPv6.

    with running(folder, nodes=2, network="flannel/vxlan") as cluster:
        cluster.kubeconfig   # for any process of this machine

By hand: `python -m tests.kubernetes.cluster.cluster FOLDER [NETWORK [NODES [apart]]]` until it is interrupted. Everything ends
with its processes, and those with the process that started them; names have its id and a number, so that two clusters do not
meet. Of a cluster whose process was killed the next one removes what is left. The programs are those that `build.sh` makes.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from barewire.kernel.programs import built_static
from tests.kubernetes.cluster import control, groups, images, networks
from tests.kubernetes.cluster.networks import BRIDGE
from tests.kubernetes.cluster.state import GATEWAY, HERE, MARK, RunningCluster, await_that, run, why_none

IMAGE = "docker.io/barewire/sandbox:1"
"""The only image: the agent, which can hold a pod like the original."""
_SPACES = Path("/run/netns")
_GONE_SECONDS = 10
__all__ = ["IMAGE", "RunningCluster", "running", "why_none"]


@contextlib.contextmanager
def running(
    folder: Path, nodes: int = 2, network: str = BRIDGE, *, apart: bool = False, single: bool = False
) -> Iterator[RunningCluster]:
    """A cluster whose nodes are ready; `apart`: node k has CPU k of this machine and no other, as machines have their own;
    `single`: it has IPv4 alone."""
    _remove_dead()
    cluster = RunningCluster(folder, nodes, network, single)
    try:
        _start(cluster)
        if apart:
            groups.part(cluster.mark, cluster.names, sorted(os.sched_getaffinity(0)))
        yield cluster
    finally:
        with _undisturbed():
            _stop(cluster)


def _start(cluster: RunningCluster) -> None:
    cluster.folder.mkdir(parents=True, exist_ok=True)
    control.start(cluster)
    archives = cluster.folder / "images"
    archives.mkdir()
    images.write(archives / "sandbox.tar", IMAGE, Path(built_static("barewire-agent", "x86_64")), ["hold", "86400"])
    for name in cluster.names:
        _start_node(cluster, name)
    networks.join(cluster)
    await_that(lambda: _count_ready(cluster) == cluster.nodes, "the nodes")


def _start_node(cluster: RunningCluster, name: str) -> None:
    space, folder = f"{cluster.mark}-{name}", cluster.folder / name
    four, six = networks.addresses(name)
    (folder / "cni").mkdir(parents=True)
    run("ip", "netns", "add", space)
    run(
        "ip", "link", "add", name, "netns", f"{cluster.mark}-cp", "type", "veth", "peer", "name", "eth0", "netns", space
    )
    cluster.inside("cp", "ip", "link", "set", name, "master", "br0", "up")
    cluster.inside(name, "ip", "link", "set", "lo", "up")
    cluster.inside(name, "ip", "address", "add", f"{four}/24", "dev", "eth0")
    cluster.inside(name, "ip", "address", "add", f"{six}/64", "dev", "eth0", "nodad")
    cluster.inside(name, "ip", "link", "set", "eth0", "up")
    for gateway in GATEWAY:
        cluster.inside(name, "ip", "route", "add", "default", "via", gateway)
    group = f"{cluster.mark}/{name}"
    groups.make(cluster.mark, group)
    top = cluster.folder
    files = [str(folder), str(top / "images"), str(top / "node.kubeconfig")]
    command = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", str(HERE / "node.sh"), name,
               ",".join(cluster.of_both(four, six)), *files, group]  # fmt: skip
    cluster.kubelets[name] = cluster.spawn(name, cluster.within(name, *command))


def _count_ready(cluster: RunningCluster) -> int:
    return sum(
        any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"].get("conditions", []))
        and not node["spec"].get("taints")  # a controller takes away "not-ready" a moment after the condition
        for node in cluster.api("/api/v1/nodes")["items"]
    )


def _stop(cluster: RunningCluster) -> None:
    for process in cluster.started:
        process.kill()
    for process in cluster.started:
        process.wait()
    _remove(cluster.mark)


def _remove(mark: str) -> None:
    """The namespaces and control groups of a cluster whose processes have ended."""
    for path in sorted(_SPACES.glob(f"{mark}-*")):
        subprocess.run(["ip", "netns", "del", path.name], check=False, capture_output=True)
    deadline = time.monotonic() + _GONE_SECONDS
    while not groups.remove(mark) and time.monotonic() < deadline:
        time.sleep(0.1)


def _remove_dead() -> None:
    """What is left of clusters whose process was killed; all that they started has ended with it."""
    names = {path.name for path in _SPACES.glob(f"{MARK}*")} | groups.marks(MARK)
    for found in filter(None, (re.match(rf"{MARK}([0-9]+)(x[0-9]+)?", name) for name in names)):
        if not Path(f"/proc/{found[1]}").exists():
            _remove(found[0])


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C and SIGTERM, here and in programs that are started: a second one would end the removal half way."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main() -> None:
    """Hold a cluster until this is interrupted."""
    words = sys.argv[1:]
    folder, network, nodes, apart = (*words, *("", BRIDGE, "2", "")[len(words) :])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        running(Path(folder), int(nodes), network, apart=apart == "apart") as cluster,
    ):
        print(f"export KUBECONFIG={cluster.kubeconfig}", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()

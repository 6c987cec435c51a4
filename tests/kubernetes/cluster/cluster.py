"""A real Kubernetes on this machine, without Docker, registry or VM.

etcd, API server, controllers and scheduler are in one network namespace, and each node in its own namespaces, with kubelet,
containerd and kube-proxy. Pods have the reference bridge plugin, and routes lead from node to node.

    with running(folder, nodes=2) as cluster:
        cluster.kubeconfig   # for any process of this machine

By hand: `python -m tests.kubernetes.cluster.cluster FOLDER [apart]` until it is interrupted. All ends with its processes; names
have the process id, so that two clusters do not meet. The programs are those that `build.sh` makes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from barewire.kernel.programs import built_static
from tests.kubernetes.cluster import images

HERE = Path(__file__).parent
IMAGE = "docker.io/barewire/sandbox:1"
"""The only image: the agent, which can hold a pod like the original."""
DEBIAN = "etcd-server containerd runc containernetworking-plugins conntrack nftables"
_PROGRAMS = ("etcd", "containerd", "runc", "conntrack", "nft", "openssl", "nsenter")
_GATEWAY, _SERVICES = "10.77.0.254", "10.96.0.0/16"
_V1 = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd")
_GROUPS = Path("/sys/fs/cgroup")
_READY_SECONDS = 120
_KINDS = {
    "api/v1": ("pods", "configmaps", "services"),
    "apis/batch/v1": ("jobs",),
    "apis/networking.k8s.io/v1": ("networkpolicies",),
}


def home() -> Path:
    """Where `build.sh` puts its programs."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("BAREWIRE_KUBE") or f"{cache}/barewire-kube")


def why_none() -> str:
    """Why there can be no cluster here; empty if there can."""
    if os.geteuid() != 0:
        return "a cluster takes root"
    if os.environ.get("CI"):
        return "a cluster is not for CI: its programs take ten minutes to build"
    if not (home() / "built").exists():
        if shutil.which("go") is None:
            return "Kubernetes is built with Go, which is not installed"
        return f"Kubernetes is not built yet; type (once, ten minutes): {HERE / 'build.sh'}"
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    missing += [] if Path("/usr/lib/cni/bridge").exists() else ["/usr/lib/cni/bridge"]
    if missing:
        return f"{', '.join(missing)} is missing; type: apt-get install -y --no-install-recommends {DEBIAN}"
    return ""


@dataclass(slots=True)
class RunningCluster:
    """A cluster of `nodes` nodes under `folder`; each on a CPU of its own if they are `apart`."""

    folder: Path
    nodes: int
    apart: bool = False
    mark: str = field(default_factory=lambda: f"bwk{os.getpid()}")
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kubelets: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    port: int = 0

    @property
    def kubeconfig(self) -> Path:
        """An administrator's, for this machine."""
        return self.folder / "admin.kubeconfig"

    def kubeconfig_of(self, token: str) -> Path:
        """One for a user or service account that has this token."""
        path = self.folder / f"{token[-12:]}.kubeconfig"
        path.write_text(_kubeconfig(f"https://127.0.0.1:{self.port}", self.folder / "ca.crt", token))
        return path

    def innermost(self, node: str) -> int:
        """The first process of a node."""
        children = Path(f"/proc/{self.kubelets[node].pid}/task/{self.kubelets[node].pid}/children").read_text().split()
        return int(children[0])

    def in_node(self, node: str, *command: str) -> str:
        """Run a program in a node's namespaces; its output."""
        pid = str(self.innermost(node))
        return subprocess.run(["nsenter", "-t", pid, "-n", "-m", "-p", "-u", "-i", *command], check=True,
                              capture_output=True, text=True).stdout  # fmt: skip

    def kill_node(self, node: str) -> None:
        """End a node at once, as a power cut does."""
        self.kubelets[node].kill()
        self.kubelets[node].wait()

    def api(
        self, path: str, body: object = None, method: str = "GET", kind: str = "application/json"
    ) -> dict[str, Any]:
        """One request to the API as administrator."""
        found: dict[str, Any] = json.loads(self.read(path, body, method, kind) or b"{}")
        return found

    def read(self, path: str, body: object = None, method: str = "GET", kind: str = "application/json") -> bytes:
        """What the API answers."""
        url = f"https://127.0.0.1:{self.port}{path}"
        headers = {"Authorization": "Bearer admintoken", "Content-Type": kind}
        content = json.dumps(body).encode() if body else None
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        answer = httpx2.request(method, url, content=content, headers=headers, verify=context, timeout=30)
        return answer.raise_for_status().content

    def make_namespace(self, name: str, **labels: str) -> None:
        """A namespace; labels of Pod Security by their last word (`enforce`)."""
        named = {f"pod-security.kubernetes.io/{key}": value for key, value in labels.items()}
        self.api("/api/v1/namespaces", {"metadata": {"name": name, "labels": named}}, "POST")

    def owned(self, namespace: str) -> list[str]:
        """Objects of barewire in a namespace: KIND/NAME."""
        found = []
        for path in ("api/v1", "apis/batch/v1", "apis/networking.k8s.io/v1"):
            for kind in _KINDS[path]:
                query = "labelSelector=app.kubernetes.io/managed-by=barewire"
                listed = self.api(f"/{path}/namespaces/{namespace}/{kind}?{query}")
                found += [f"{kind}/{one['metadata']['name']}" for one in listed["items"]]
        return found


@contextlib.contextmanager
def running(folder: Path, nodes: int = 2, *, apart: bool = False) -> Iterator[RunningCluster]:
    """A cluster whose nodes are ready; `apart`: node k has CPU k of this machine and no other, as machines have their own."""
    cluster = RunningCluster(folder, nodes, apart)
    try:
        _start(cluster)
        if cluster.apart:
            _part(cluster)
        yield cluster
    finally:
        _stop(cluster)


def _start(cluster: RunningCluster) -> None:
    folder = cluster.folder
    folder.mkdir(parents=True, exist_ok=True)
    _certificates(folder)
    listening = socket.create_server(("127.0.0.1", 0))
    cluster.port = listening.getsockname()[1]
    for name, server in {"admin": f"https://127.0.0.1:{cluster.port}", "node": f"https://{_GATEWAY}:6443"}.items():
        (folder / f"{name}.kubeconfig").write_text(_kubeconfig(server, folder / "ca.crt", "admintoken"))
    control = f"{cluster.mark}-cp"
    _run("ip", "netns", "add", control)
    _inside(control, "ip", "link", "set", "lo", "up")
    _inside(control, "ip", "link", "add", "br0", "type", "bridge")
    _inside(control, "ip", "address", "add", f"{_GATEWAY}/24", "dev", "br0")
    _inside(control, "ip", "link", "set", "br0", "up")
    _api_server(cluster, control)
    with listening:
        fd = listening.fileno()
        _spawn(cluster, control, "relay", [sys.executable, str(HERE / "relay.py"), str(fd), _GATEWAY, "6443"], (fd,))
    # The controllers give up where it is not healthy ten seconds after their start.
    _await(lambda: cluster.read("/healthz") == b"ok", "the API server")
    _controllers(cluster, control)
    programs = folder / "images"
    programs.mkdir()
    images.write(programs / "sandbox.tar", IMAGE, Path(built_static("barewire-agent", "x86_64")), ["hold", "86400"])
    for number in range(1, cluster.nodes + 1):
        _node(cluster, control, number)
    _route(cluster, control)
    _await(lambda: _ready(cluster) == cluster.nodes, "the nodes")


def _api_server(cluster: RunningCluster, control: str) -> None:
    folder = cluster.folder
    data = folder / "etcd"
    data.mkdir()
    _run("mount", "-t", "tmpfs", "tmpfs", str(data))
    client, peer = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
    _spawn(cluster, control, "etcd", [
        "etcd", "--data-dir", f"{data}/d", "--unsafe-no-fsync", "--listen-client-urls", client,
        "--advertise-client-urls", client, "--listen-peer-urls", peer,
    ])  # fmt: skip
    _spawn(cluster, control, "kube-apiserver", [
        "kube-apiserver", f"--etcd-servers={client}", "--bind-address=0.0.0.0", f"--advertise-address={_GATEWAY}",
        f"--tls-cert-file={folder}/api.crt", f"--tls-private-key-file={folder}/api.key", f"--client-ca-file={folder}/ca.crt",
        f"--token-auth-file={folder}/tokens.csv", "--authorization-mode=Node,RBAC", f"--service-cluster-ip-range={_SERVICES}",
        "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={folder}/sa.pub",
        f"--service-account-signing-key-file={folder}/sa.key", "--allow-privileged=true",
        "--kubelet-preferred-address-types=InternalIP",
    ])  # fmt: skip


def _controllers(cluster: RunningCluster, control: str) -> None:
    folder, node = cluster.folder, f"{cluster.folder}/node.kubeconfig"
    _spawn(cluster, control, "kube-controller-manager", [
        "kube-controller-manager", f"--kubeconfig={node}", "--leader-elect=false", "--allocate-node-cidrs=true",
        "--cluster-cidr=10.244.0.0/16", f"--service-cluster-ip-range={_SERVICES}", "--bind-address=127.0.0.1",
        f"--service-account-private-key-file={folder}/sa.key", f"--root-ca-file={folder}/ca.crt",
        "--node-monitor-grace-period=20s",
    ])  # fmt: skip
    _spawn(cluster, control, "kube-scheduler", [
        "kube-scheduler", f"--kubeconfig={node}", "--leader-elect=false", "--bind-address=127.0.0.1",
    ])  # fmt: skip


def _node(cluster: RunningCluster, control: str, number: int) -> None:
    name, address = f"n{number}", f"10.77.0.{number}"
    space, folder = f"{cluster.mark}-{name}", cluster.folder / name
    (folder / "cni").mkdir(parents=True)
    _run("ip", "netns", "add", space)
    _run("ip", "link", "add", name, "netns", control, "type", "veth", "peer", "name", "eth0", "netns", space)
    _inside(control, "ip", "link", "set", name, "master", "br0", "up")
    _inside(space, "ip", "link", "set", "lo", "up")
    _inside(space, "ip", "address", "add", f"{address}/24", "dev", "eth0")
    _inside(space, "ip", "link", "set", "eth0", "up")
    _inside(space, "ip", "route", "add", "default", "via", _GATEWAY)
    group = f"{cluster.mark}/{name}"
    _make_groups(cluster.mark, group)
    command = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", str(HERE / "node.sh"), name,
               address, str(folder), str(cluster.folder / "images"), f"{cluster.folder}/node.kubeconfig", group]  # fmt: skip
    cluster.kubelets[name] = _spawn(cluster, space, name, command)


def _route(cluster: RunningCluster, control: str) -> None:
    """Pods' addresses by node, as host-gw does it."""
    names = [f"n{number}" for number in range(1, cluster.nodes + 1)]
    blocks = {}

    def known() -> bool:
        for one in cluster.api("/api/v1/nodes")["items"]:
            if block := one["spec"].get("podCIDR"):
                blocks[one["metadata"]["name"]] = block
        return set(blocks) >= set(names)

    _await(known, "the nodes' pod addresses")
    for name in names:
        ipam = {"type": "host-local", "ranges": [[{"subnet": blocks[name]}]], "routes": [{"dst": "0.0.0.0/0"}]}
        bridge = {
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": True,
            "hairpinMode": True,
            "ipMasq": False,
            "ipam": ipam,
        }
        conflist = {"cniVersion": "1.0.0", "name": "barewire-test", "plugins": [bridge]}
        for other in [*names, "cp"]:
            if other != name:
                _inside(f"{cluster.mark}-{other}", "ip", "route", "replace", blocks[name], "via", f"10.77.0.{name[1:]}")
        path = cluster.folder / name / "cni" / "10-test.conflist"
        path.with_suffix(".new").write_text(json.dumps(conflist))
        path.with_suffix(".new").rename(path)


def _ready(cluster: RunningCluster) -> int:
    return sum(
        any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"].get("conditions", []))
        for node in cluster.api("/api/v1/nodes")["items"]
    )


def _certificates(folder: Path) -> None:
    names = f"subjectAltName=IP:{_GATEWAY},IP:127.0.0.1,IP:10.96.0.1,DNS:kubernetes,DNS:kubernetes.default.svc"
    (folder / "names").write_text(names)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for words in (
        ["req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=barewire-test", "-days", "30"],
        ["req", *curve, "-keyout", "api.key", "-out", "api.csr", "-subj", "/CN=kube-apiserver"],
        ["x509", "-req", "-in", "api.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
         "-out", "api.crt", "-extfile", "names"],
        ["genrsa", "-out", "sa.key", "2048"],
        ["rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub"],
    ):  # fmt: skip
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    (folder / "tokens.csv").write_text('admintoken,admin,admin,"system:masters"\n')


def _kubeconfig(server: str, authority: Path, token: str) -> str:
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority": str(authority)}}],
        "users": [{"name": "test", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    })  # fmt: skip


def _environment() -> Mapping[str, str]:
    return {**os.environ, "PATH": f"{home() / 'bin'}:{os.environ['PATH']}:/usr/sbin"}


def _spawn(
    cluster: RunningCluster, namespace: str, name: str, command: list[str], keep: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    log = (cluster.folder / f"{name}.log").open("wb")
    with log:
        process = subprocess.Popen(["nsenter", f"--net=/run/netns/{namespace}", *command], stdout=log, stderr=log,
                                   stdin=subprocess.DEVNULL, pass_fds=keep, env=_environment())  # fmt: skip
    cluster.started.append(process)
    return process


def _await(holds: object, what: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    said: object = ""
    while time.monotonic() < deadline:
        try:
            if holds():  # type: ignore[operator]
                return
        except (OSError, httpx2.HTTPError) as error:
            said = error
        time.sleep(0.2)
    raise AssertionError(f"{what} not ready after {_READY_SECONDS} s: {said}")


def _part(cluster: RunningCluster) -> None:
    """Give each node one CPU: kubelet wants all for the group that it makes first; groups of pods are then as their parent."""
    for number, own in enumerate(sorted(os.sched_getaffinity(0))[: cluster.nodes], 1):
        group = f"{cluster.mark}/n{number}"
        top = _GROUPS / "cpuset" / group if (_GROUPS / "cpuset").exists() else _GROUPS / group
        for folder, _, _ in os.walk(top, topdown=False):
            (Path(folder) / "cpuset.cpus").write_text(str(own))


def _make_groups(top: str, group: str) -> None:
    if (_GROUPS / "cgroup.controllers").exists():
        (_GROUPS / group).mkdir(parents=True)
        for folder in (_GROUPS, _GROUPS / top, _GROUPS / group):
            for name in (folder / "cgroup.controllers").read_text().split():
                (folder / "cgroup.subtree_control").write_text(f"+{name}")
        return
    for controller in _V1:
        (_GROUPS / controller / group).mkdir(parents=True)
    for part in (top, group):
        for name in ("cpus", "mems"):
            (_GROUPS / f"cpuset/{part}/cpuset.{name}").write_text((_GROUPS / f"cpuset/cpuset.{name}").read_text())


def _remove_groups(mark: str) -> None:
    for base in (_GROUPS, *(_GROUPS / name for name in (*_V1, "unified"))):
        for top in (base / mark, base / "k8s.io"):
            for folder, _, _ in os.walk(top, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()


def _stop(cluster: RunningCluster) -> None:
    for process in cluster.started:
        process.kill()
    for process in cluster.started:
        process.wait()
    subprocess.run(["umount", str(cluster.folder / "etcd")], check=False, capture_output=True)
    for name in [*(f"n{number}" for number in range(1, cluster.nodes + 1)), "cp"]:
        subprocess.run(["ip", "netns", "del", f"{cluster.mark}-{name}"], check=False, capture_output=True)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(base.exists() for base in _marked(cluster.mark)):
        _remove_groups(cluster.mark)
        time.sleep(0.1)


def _marked(mark: str) -> list[Path]:
    return [_GROUPS / mark, *(_GROUPS / name / mark for name in _V1)]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _inside(namespace: str, *command: str) -> None:
    _run("nsenter", f"--net=/run/netns/{namespace}", *command)


if __name__ == "__main__":
    with running(Path(sys.argv[1]), apart="apart" in sys.argv[2:]) as by_hand:
        print(f"export KUBECONFIG={by_hand.kubeconfig}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()

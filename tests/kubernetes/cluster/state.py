"""A test cluster while it runs: its nodes, its API, and the processes that it is made of."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

HERE = Path(__file__).parent
MARK = "bwk"
GATEWAY = ("10.77.0.254", "fd00:77::fe")
"""The control plane's addresses on the nodes' segment; the API server has the first."""

DEBIAN = "etcd-server containerd runc containernetworking-plugins conntrack nftables"
_PROGRAMS = ("etcd", "containerd", "runc", "conntrack", "nft", "openssl", "nsenter", "setpriv")
_READY_SECONDS = 120
_NUMBERS = itertools.count(1)
_KINDS = {
    "api/v1": ("pods", "configmaps", "services"),
    "apis/batch/v1": ("jobs",),
    "apis/networking.k8s.io/v1": ("networkpolicies",),
}


def home() -> Path:
    """Where `build.sh` puts its programs."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("BAREWIRE_KUBE") or f"{cache}/barewire-kube")


def why_none(*built: str) -> str:
    """Why there can be no cluster here; empty if there can. `built` names more that `build.sh` makes (`flannel`)."""
    if os.geteuid() != 0:
        return "a cluster takes root"
    if os.environ.get("CI"):
        return "a cluster is not for CI: its programs take ten minutes to build"
    if not all((home() / name).exists() for name in ("built", *(f"built-{one}" for one in built))):
        if shutil.which("go") is None:
            return "Kubernetes is built with Go, which is not installed"
        return f"{' and '.join(['Kubernetes', *built])} must be built; type (once, ten minutes): {HERE / 'build.sh'}"
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    missing += [] if Path("/usr/lib/cni/bridge").exists() else ["/usr/lib/cni/bridge"]
    if missing:
        return f"{', '.join(missing)} is missing; type: apt-get install -y --no-install-recommends {DEBIAN}"
    return ""


@dataclass(slots=True)
class RunningCluster:
    """A cluster of `nodes` nodes under `folder`, whose pods are joined by `network`."""

    folder: Path
    nodes: int
    network: str
    single: bool = False
    """Whether nodes, pods and Services have IPv4 alone."""
    mark: str = field(default_factory=lambda: f"{MARK}{os.getpid()}x{next(_NUMBERS)}")
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kubelets: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    port: int = 0

    @property
    def names(self) -> list[str]:
        """Of the nodes."""
        return [f"n{number}" for number in range(1, self.nodes + 1)]

    def of_both(self, four: str, six: str) -> list[str]:
        """What there is of each IP version, as far as the cluster has it."""
        return [four] if self.single else [four, six]

    @property
    def kubeconfig(self) -> Path:
        """An administrator's, for this machine."""
        return self.folder / "admin.kubeconfig"

    def kubeconfig_of(self, token: str) -> Path:
        """One for a user or service account that has this token."""
        path = self.folder / f"{token[-12:]}.kubeconfig"
        path.write_text(kubeconfig(f"https://127.0.0.1:{self.port}", self.folder / "ca.crt", token))
        return path

    def innermost(self, node: str) -> int:
        """The first process of a node."""
        children = Path(f"/proc/{self.kubelets[node].pid}/task/{self.kubelets[node].pid}/children").read_text().split()
        return int(children[0])

    def in_node(self, node: str, *command: str) -> str:
        """Run a program in a node's namespaces; its output."""
        done = subprocess.run(self.entering(node, *command), check=True, capture_output=True, text=True)
        return done.stdout

    def entering(self, node: str, *command: str) -> list[str]:
        """The command line that runs `command` in a node's namespaces."""
        return ["nsenter", "-t", str(self.innermost(node)), "-n", "-m", "-p", "-u", "-i", *command]

    def kill_node(self, node: str) -> None:
        """End a node at once, as a power cut does."""
        self.kubelets[node].kill()
        self.kubelets[node].wait()

    def spawn(self, name: str, command: list[str], keep: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        """Start a program of the cluster, whose output goes to NAME.log. It ends with this process, and no terminal's Ctrl-C
        reaches it, so that what a study leaves can still be removed."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, pass_fds=keep, env=_environment(), start_new_session=True)  # fmt: skip
        self.started.append(process)
        return process

    def inside(self, space: str, *command: str) -> None:
        """Run a program in the network namespace of a node or of the control plane (`cp`)."""
        run(*self.within(space, *command))

    def within(self, space: str, *command: str) -> list[str]:
        """The command line that runs `command` in such a network namespace."""
        return ["nsenter", f"--net=/run/netns/{self.mark}-{space}", *command]

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
        for path, kinds in _KINDS.items():
            for kind in kinds:
                query = "labelSelector=app.kubernetes.io/managed-by=barewire"
                listed = self.api(f"/{path}/namespaces/{namespace}/{kind}?{query}")
                found += [f"{kind}/{one['metadata']['name']}" for one in listed["items"]]
        return found


def kubeconfig(server: str, authority: Path, token: str) -> str:
    """A kubeconfig with one context, `test`."""
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority": str(authority)}}],
        "users": [{"name": "test", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    })  # fmt: skip


def run(*command: str) -> None:
    """Run a program that must succeed."""
    subprocess.run(command, check=True, capture_output=True)


def await_that(holds: Callable[[], bool], what: str) -> None:
    """Wait until it holds; AssertionError with the last failure when it does not in time."""
    deadline = time.monotonic() + _READY_SECONDS
    said: object = ""
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except (OSError, httpx2.HTTPError) as error:
            said = error
        time.sleep(0.1)
    raise AssertionError(f"{what} not ready after {_READY_SECONDS} s: {said}")


def _environment() -> Mapping[str, str]:
    return {**os.environ, "PATH": f"{home() / 'bin'}:{os.environ['PATH']}:/usr/sbin"}

"""The control plane of a test cluster: certificates, etcd, API server, controllers and scheduler, in one network namespace."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from tests.kubernetes.cluster.state import GATEWAY, HERE, RunningCluster, await_that, kubeconfig, run

PODS = ("10.244.0.0/16", "fd00:244::/56")
"""The addresses of all pods; each node has a /24 and a /64 of them."""
_SERVICES = ("10.96.0.0/16", "fd00:96::/112")
_ETCD = 'mount -t tmpfs tmpfs "$1" && shift && exec "$@"'
"""Its data is in memory, in a mount of its own, which goes with it."""


def start(cluster: RunningCluster) -> None:
    """Start all of it, and wait for the API."""
    folder = cluster.folder
    _make_certificates(folder)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        cluster.port = listening.getsockname()[1]
        servers = {"admin": f"https://127.0.0.1:{cluster.port}", "node": f"https://{GATEWAY[0]}:6443"}
        for name, server in servers.items():
            (folder / f"{name}.kubeconfig").write_text(kubeconfig(server, folder / "ca.crt", "admintoken"))
        _make_segment(cluster)
        _start_api_server(cluster)
        fd = listening.fileno()
        relay = [sys.executable, str(HERE / "relay.py"), str(fd), GATEWAY[0], "6443"]
        cluster.spawn("relay", cluster.within("cp", *relay), (fd,))
    # The controllers give up where it is not healthy ten seconds after their start.
    await_that(lambda: cluster.read("/healthz") == b"ok", "the API server")
    _start_controllers(cluster)


def _make_segment(cluster: RunningCluster) -> None:
    """The bridge that joins the nodes, with the control plane's addresses."""
    run("ip", "netns", "add", f"{cluster.mark}-cp")
    cluster.inside("cp", "ip", "link", "set", "lo", "up")
    cluster.inside("cp", "ip", "link", "add", "br0", "type", "bridge")
    cluster.inside("cp", "ip", "address", "add", f"{GATEWAY[0]}/24", "dev", "br0")
    cluster.inside("cp", "ip", "address", "add", f"{GATEWAY[1]}/64", "dev", "br0", "nodad")
    cluster.inside("cp", "ip", "link", "set", "br0", "up")


def _start_api_server(cluster: RunningCluster) -> None:
    folder = cluster.folder
    data = folder / "etcd"
    data.mkdir()
    client, peer = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
    cluster.spawn("etcd", cluster.within(
        "cp", "unshare", "--mount", "sh", "-c", _ETCD, "sh", str(data), "etcd", "--data-dir", f"{data}/d", "--unsafe-no-fsync",
        "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
    ))  # fmt: skip
    cluster.spawn("kube-apiserver", cluster.within(
        "cp", "kube-apiserver", f"--etcd-servers={client}", "--bind-address=0.0.0.0", f"--advertise-address={GATEWAY[0]}",
        f"--tls-cert-file={folder}/api.crt", f"--tls-private-key-file={folder}/api.key", f"--client-ca-file={folder}/ca.crt",
        f"--token-auth-file={folder}/tokens.csv", "--authorization-mode=Node,RBAC",
        f"--service-cluster-ip-range={_services(cluster)}",
        "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={folder}/sa.pub",
        f"--service-account-signing-key-file={folder}/sa.key", "--allow-privileged=true",
        "--kubelet-preferred-address-types=InternalIP",
    ))  # fmt: skip


def _start_controllers(cluster: RunningCluster) -> None:
    folder, node = cluster.folder, f"{cluster.folder}/node.kubeconfig"
    cluster.spawn("kube-controller-manager", cluster.within(
        "cp", "kube-controller-manager", f"--kubeconfig={node}", "--leader-elect=false", "--allocate-node-cidrs=true",
        f"--cluster-cidr={','.join(cluster.of_both(*PODS))}", f"--service-cluster-ip-range={_services(cluster)}",
        "--bind-address=127.0.0.1",
        f"--service-account-private-key-file={folder}/sa.key", f"--root-ca-file={folder}/ca.crt",
        "--node-monitor-grace-period=10s", "--node-monitor-period=1s",
    ))  # fmt: skip
    cluster.spawn("kube-scheduler", cluster.within(
        "cp", "kube-scheduler", f"--kubeconfig={node}", "--leader-elect=false", "--bind-address=127.0.0.1",
    ))  # fmt: skip


def _services(cluster: RunningCluster) -> str:
    """The addresses of Services."""
    return ",".join(cluster.of_both(*_SERVICES))


def _make_certificates(folder: Path) -> None:
    names = f"subjectAltName=IP:{GATEWAY[0]},IP:127.0.0.1,IP:10.96.0.1,DNS:kubernetes,DNS:kubernetes.default.svc"
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

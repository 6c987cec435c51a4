"""The equivalent shell commands of kernel objects.

For error messages, for `lab up --dry-run`, and for golden files that a network engineer can read. They are real: a test
runs the script of each network in namespaces and sends packets through what it has built. Only the engine's marks are
missing, so what a person types is never taken for ours.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict

from barewire.model.daemons import Daemon
from barewire.model.data_path import BpfDataPath
from barewire.model.link_kinds import KINDS, LinkKind, is_fallback
from barewire.model.objects import (
    ROUTE_PROTOCOL,
    Address,
    DaemonLink,
    DesiredState,
    FdbEntry,
    FouPort,
    IpSet,
    IptablesTable,
    KernelObject,
    LearnedRoute,
    Link,
    Neighbour,
    NftTable,
    Nic,
    Route,
    RouteEncap,
    RoutingRule,
    Value,
    WireguardInterface,
    WireguardPeer,
)
from barewire.model.settings import Offloads, Qdisc, Steering, Sysctl
from barewire.model.stages import staged

NEW_NAME = "new0"
"""What a macvlan or ipvlan is called until it is in its own namespace: older kernels (6.1, say) refuse it the name
that another link has where it is asked for."""

_TAKE_NAMESPACE = ("ip", "bridge", "tc")


def command(thing: KernelObject, namespace: str = "") -> str:
    """The `ip`, `bridge`, `tc`, `nft`, `ethtool` or `sysctl` command that makes one object of `namespace`."""
    return commands(thing, namespace)[0]


def commands(thing: KernelObject, namespace: str = "") -> tuple[str, ...]:
    """All commands for one object, to be typed in `namespace`: a link is made, and then set up."""
    match thing:
        case Link(name, kind) if is_fallback(kind, name):
            line = f"ip link add {name} type {kind} 2>/dev/null; ip link set {name} mtu {thing.mtu} up"
            return (f"sh -c {shlex.quote(line)}",)
        case Link():
            return (_made(thing, namespace), *_raised(thing))
        case Nic():
            return (f"ip link set {thing.dev} mtu {thing.mtu} up",)
        case Address():
            nodad = " nodad" if thing.interface.version == 6 else ""
            return (f"ip address add {thing.interface} dev {thing.dev}{nodad}",)
        case Route(dst, ""):
            kind, table = "throw" if thing.throw else "blackhole", f" table {thing.table}" if thing.table else ""
            return (f"ip route add {kind} {dst}{table} proto {ROUTE_PROTOCOL}",)
        case Route():
            encap = _encap(thing.encap) if thing.encap else ""
            via = f" via {thing.via}" if thing.via else ""
            onlink = " onlink" if thing.onlink else ""
            src = f" src {thing.src}" if thing.src else ""
            table = f" table {thing.table}" if thing.table else ""
            return (f"ip route add {thing.dst}{encap}{via} dev {thing.dev}{onlink}{src}{table} proto {ROUTE_PROTOCOL}",)
        case RoutingRule():
            source = f"from {thing.source} " if thing.source else ""
            mark = f"not fwmark {thing.unmarked:#x}/{thing.unmarked:#x} " if thing.unmarked else ""
            rule = f"{source}{mark}lookup {thing.table} priority {thing.priority} protocol {ROUTE_PROTOCOL}"
            return (f"ip -{thing.family} rule add {rule}",)
        case Neighbour():
            return (f"ip neighbour add {thing.address} lladdr {thing.mac} dev {thing.dev} nud permanent",)
        case FdbEntry():
            return (f"bridge fdb append {thing.mac} dev {thing.dev} dst {thing.dst} self permanent",)
        case FouPort():
            return (f"ip fou add {' '.join(thing.words)}",)
        case WireguardInterface():
            mark = f" fwmark {thing.mark:#x}" if thing.mark else ""
            line = f"wg genkey | wg set {thing.dev} listen-port {thing.port} private-key /dev/stdin{mark}"
            return (f"sh -c {shlex.quote(line)}",)
        case WireguardPeer():
            return (_wireguard_peer(thing),)
        case BpfDataPath():
            return (f"sh -c {shlex.quote(_loaded(thing))}",)
        case Daemon():
            return (*_files(thing, namespace), _started(thing, namespace))
        case LearnedRoute(dst):
            ip = f"ip -{dst.version} route show {dst} proto {thing.protocol}"
            return (f"sh -c {shlex.quote(f'until {ip} | grep -q .; do sleep 0.1; done')}",)
        case DaemonLink(name):
            return (f"sh -c {shlex.quote(f'until ip link show {name} >/dev/null 2>&1; do sleep 0.1; done')}",)
        case NftTable():
            return (f"nft {shlex.quote(f'table {thing.family} {thing.name} {{ {_on_one_line(thing.body)} }}')}",)
        case IpSet():
            made = f"ipset create {thing.name} hash:net family {'inet' if thing.family == 'ip' else 'inet6'}"
            return (made, *(f"ipset add {thing.name} {member}" for member in thing.members))
        case IptablesTable():
            return (f"sh -c {shlex.quote(_restored(thing))}",)
        case Sysctl():
            return (f"sysctl -w {thing.key}={shlex.quote(thing.value)}",)
        case Qdisc():
            parent = thing.parent if thing.parent == "root" else f"parent {thing.parent}"
            return (f"tc qdisc add dev {thing.dev} {parent} handle {thing.handle} {thing.kind} {thing.options}",)
        case Offloads():
            state = "on" if thing.enabled else "off"
            return (f"ethtool -K {thing.dev} tx {state} sg {state} tso {state} gso {state} gro {state}",)
        case Steering():
            return _steered(thing)


def script(desired: DesiredState) -> str:
    """The whole of `desired` as shell commands for a root shell, in the engine's order, each naming its namespace."""
    lines = []
    for namespace in desired.objects:
        lines += [f"ip netns add {namespace}", f"ip -n {namespace} link set lo up"]
    for namespace, thing in staged(desired):
        lines += [_within(namespace, line) for line in commands(thing, namespace)]
    return "\n".join(lines) + "\n"


def _folder(daemon: Daemon, namespace: str) -> str:
    return f"/run/barewire/daemons/{namespace}/{daemon.name}"


def _files(daemon: Daemon, namespace: str) -> list[str]:
    """The commands that write a daemon's files, where the engine has them."""
    if not daemon.files:
        return []
    folder = _folder(daemon, namespace)
    lines = [f"mkdir -p {folder}", *(f"cat >{folder}/{name} <<'END'\n{text}END" for name, text in daemon.files)]
    return [f"sh -c {shlex.quote(line)}" for line in lines]


def _started(daemon: Daemon, namespace: str) -> str:
    argv = shlex.join(daemon.argv)
    if not daemon.files:
        return f"{argv} &"
    return f"sh -c {shlex.quote(f'cd {_folder(daemon, namespace)} && exec {argv}')} &"


def _encap(encap: RouteEncap) -> str:
    kind = "ip" if encap.dst.version == 4 else "ip6"
    ttl = "ttl" if encap.dst.version == 4 else "hoplimit"
    return f" encap {kind} id {encap.id} dst {encap.dst} {ttl} {encap.ttl}{' csum' if encap.checksum else ''}"


def _wireguard_peer(peer: WireguardPeer) -> str:
    key = f"$(ip netns exec {peer.node} wg show {peer.dev} public-key)"
    endpoint = f"{peer.endpoint}:{peer.port}" if peer.endpoint.version == 4 else f"[{peer.endpoint}]:{peer.port}"
    allowed = ",".join(map(str, peer.allowed))
    return f"sh -c {shlex.quote(f'wg set {peer.dev} peer {key} endpoint {endpoint} allowed-ips {allowed}')}"


def _loaded(path: BpfDataPath) -> str:
    """Programs on links have no line of `ip` or `tc` without a compiler; barewire's loader takes them as JSON."""
    document = asdict(path)
    parts = [f'"name": {json.dumps(path.name)}']
    for key in ("maps", "programs"):
        parts.append(f'"{key}": [\n' + ",\n".join(json.dumps(one) for one in document[key]) + "]")
    return "python3 -m barewire.kernel.data_paths <<END\n{" + ",\n".join(parts) + "}\nEND\n"


def restore_program(family: str) -> str:
    """The program that replaces a table of iptables, of `ip` or `ip6`."""
    return f"{family}tables-nft-restore"


def restored_text(table: IptablesTable, marks: Sequence[str] = ()) -> str:
    """What that program reads; `marks` are further lines before the table's own."""
    return "\n".join([f"*{table.name}", *marks, table.body, "COMMIT", ""])


def _restored(table: IptablesTable) -> str:
    return f"{restore_program(table.family)} <<END\n{restored_text(table)}END\n"


def _within(namespace: str, line: str) -> str:
    program, rest = line.split(" ", 1)
    if rest.startswith("-n "):
        return line
    return f"{program} -n {namespace} {rest}" if program in _TAKE_NAMESPACE else f"ip netns exec {namespace} {line}"


def _made(link: Link, namespace: str) -> str:
    words = ["ip link add", link.name]
    if link.parent:
        # Asked for where the parent is; the link appears in its own namespace.
        there, parent = link.parent
        words = ["ip -n", there, "link add link", parent, "name", NEW_NAME]
        words += ["netns", namespace] if namespace else []
    if link.mac:
        words += ["address", link.mac]
    words += ["mtu", str(link.mtu), "type", link.kind]
    words += [_attribute(key, value) for key, value in link.attributes]
    if link.underlay:
        words += ["dev", link.underlay]
    if link.peer:
        peer = link.peer
        words += ["peer name", peer.name, *(["address", peer.mac] if peer.mac else []), "mtu", str(peer.mtu)]
        words += ["netns", peer.namespace]
    return " ".join(words)


def _raised(link: Link) -> list[str]:
    master = f" master {link.master}" if link.master else ""
    lines = [f"ip link set {NEW_NAME} name {link.name}"] if link.parent else []
    lines.append(f"ip link set {link.name}{master} up")
    if link.hairpin:
        lines.append(f"bridge link set dev {link.name} hairpin on")
    if link.peer:
        master = f" master {link.peer.master}" if link.peer.master else ""
        lines.append(f"ip -n {link.peer.namespace} link set {link.peer.name}{master} up")
    return lines


def steering_files(thing: Steering) -> dict[str, str]:
    """What stands in which file of `/sys/class/net/DEV/queues`, a `*` for every queue."""
    files = {"rx-*/rps_cpus": mask(thing.rps), "rx-*/rps_flow_cnt": str(thing.rfs), "tx-*/xps_cpus": mask(thing.xps)}
    return {file: text for file, text in files.items() if text not in ("", "0")}


def mask(cpus: tuple[int, ...]) -> str:
    """CPUs as the kernel's bit mask: hexadecimal, a comma between 32 bits; empty for none."""
    if not cpus:
        return ""
    digits = f"{sum(1 << cpu for cpu in set(cpus)):x}"
    digits = digits.zfill(-(-len(digits) // 8) * 8) if len(digits) > 8 else digits
    return ",".join(digits[i : i + 8] for i in range(0, len(digits), 8)) if len(digits) > 8 else digits


def _steered(thing: Steering) -> tuple[str, ...]:
    folder = f"/sys/class/net/{thing.dev}/queues"
    lines = (f"for f in {folder}/{file}; do echo {text} > $f; done" for file, text in steering_files(thing).items())
    return tuple(f"sh -c {shlex.quote(line)}" for line in lines)


def _attribute(key: str, value: Value) -> str:
    kind, _, plain = key.partition("_")
    known = KINDS.get(kind, LinkKind())
    word = known.words.get(plain, plain or key)
    whole = known.values.get((plain, value))
    if whole is not None:
        return whole
    if isinstance(value, bool):
        return word if value else f"no{word}"
    return f"{word} {value}"


def _on_one_line(body: str) -> str:
    """nft ends a statement by a new line or a semicolon."""
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    return " ".join(line if line.endswith(("{", ";")) else f"{line};" for line in lines)

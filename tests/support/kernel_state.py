"""What a node and a pod hold in the kernel, described so that two systems can be compared: no MACs, no indices, no random names.

`described` asks `ip`, `bridge`, `nft` and `iptables` in a namespace, through a function that runs a command there, so it
describes a real system in namespaces of its own as well as a lab. `differences` lists where two descriptions differ, a line each.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from tests.support import link_facts

Run = Callable[..., str]
"""Runs a command with its arguments in a namespace; what it prints."""

_LINK = ("mtu", "qdisc", "master", "txqlen", "num_tx_queues", "num_rx_queues")
_EACH = "one a CPU"
"""Queues of a veth pair that has the kernel's default."""

_VXLAN = ("id", "link", "port", "learning", "ttl", "udp_csum", "df")
_BRIDGE = ("ageing_time", "stp_state", "vlan_filtering", "mcast_snooping", "nf_call_iptables", "nf_call_ip6tables")
_PORT = ("state", "hairpin", "learning", "flood", "isolated", "mcast_flood", "neigh_suppress")
_SYSCTLS = (
    "net.ipv4.ip_forward", "net.ipv4.conf.all.rp_filter", "net.ipv4.conf.all.send_redirects",
    "net.ipv4.conf.{dev}.rp_filter", "net.ipv4.conf.{dev}.proxy_arp", "net.ipv4.conf.{dev}.route_localnet",
    "net.ipv4.neigh.{dev}.proxy_delay",
)  # fmt: skip
_ASKED = ("net.netfilter.nf_conntrack_acct", "net.bridge.bridge-nf-call-iptables")
"""Of the whole node, and 0 in labs that do not set them, or not there."""

_KERNELS_TABLES = ("local", "main", "default")
_FEATURES = (
    "rx-checksum rx-gro rx-vlan-hw-parse tx-checksum-ip-generic tx-generic-segmentation tx-gso-list tx-scatter-gather"
    " tx-tcp-segmentation tx-tcp6-segmentation tx-udp-segmentation tx-udp_tnl-segmentation tx-vlan-hw-insert"
)
"""Those that every kernel since 6.1 has: newer ones know more."""


def described(run: Run, names: Mapping[str, str]) -> dict[str, Any]:
    """The namespace that `run` runs commands in. `names` gives links whose names are random one that both systems share."""
    # A module's own link (`tunl0`) is in every namespace once the module is there, and down where nothing uses it.
    links = [
        link for link in json.loads(run("ip", "-j", "-d", "link")) if link["ifname"] != "lo" and "UP" in link["flags"]
    ]
    known = {link["ifname"]: names.get(link["ifname"], link["ifname"]) for link in links}
    cpus = int(run("getconf", "_NPROCESSORS_CONF"))
    return {
        "links": {known[link["ifname"]]: _link(link, known, cpus) for link in links},
        "addresses": sorted(_addresses(json.loads(run("ip", "-j", "address")), known)),
        "routes": sorted(_route(route, known) for route in json.loads(run("ip", "-j", "-d", "-4", "route"))),
        **_tables(run, known),
        **_tunnels(run, [link["ifname"] for link in links if link.get("linkinfo", {}).get("info_kind") == "wireguard"]),
        "neighbours": sorted(
            f"{one['dst']} dev {known[one['dev']]} permanent"
            for one in json.loads(run("ip", "-j", "-4", "neighbour"))
            if "PERMANENT" in one["state"]
        ),
        "fdb": sorted(
            f"to {one['dst']} dev {known[one['ifname']]} {' '.join(one['flags'])} {one['state']}"
            for one in json.loads(run("bridge", "-j", "fdb"))
            if "dst" in one
        ),
        "hooks": sorted(_hooks(json.loads(run("nft", "-j", "list", "chains")))),
        "counting": json.loads(_facts(run, "chains")),
        "rules": _rules(run("iptables-nft-save"), known),
        "sysctls": {key.replace(f".{dev}.", f".{known[dev]}."): value for dev, key, value in _sysctls(run, list(known))}
        | _asked(run),
        "offloads": {known[dev]: on for dev, on in json.loads(_facts(run, "offloads", _FEATURES, *known)).items()},
    }


def differences(real: Any, ours: Any, where: str = "") -> list[str]:
    """`WHERE: REAL, here OURS` for each leaf that is not the same; a member of a list stands for itself."""
    if isinstance(real, dict) and isinstance(ours, dict):
        return [
            line
            for key in sorted({*real, *ours})
            for line in differences(real.get(key), ours.get(key), f"{where}/{key}" if where else key)
        ]
    if isinstance(real, list) and isinstance(ours, list):
        lacking = [f"{where}: {one}, here none" for one in real if one not in ours]
        more = [f"{where}: none, here {one}" for one in ours if one not in real]
        ordered = sorted(map(str, real)) == sorted(map(str, ours)) and real != ours
        return lacking + more + ([f"{where}: another order"] if ordered else [])
    return [] if real == ours else [f"{where}: {_word(real)}, here {_word(ours)}"]


def _word(value: Any) -> str:
    return "none" if value is None else json.dumps(value) if isinstance(value, dict) else str(value)


def _link(link: Mapping[str, Any], known: Mapping[str, str], cpus: int) -> dict[str, Any]:
    info = link.get("linkinfo", {})
    found: dict[str, Any] = {key: link[key] for key in _LINK if key in link}
    if "master" in found:
        found["master"] = known[found["master"]]
    found["kind"] = info.get("info_kind", "")
    if found["kind"] == "veth":
        found |= {key: _EACH for key in ("num_tx_queues", "num_rx_queues") if found[key] == cpus}
    wanted = {"vxlan": _VXLAN, "bridge": _BRIDGE}.get(found["kind"], ())
    found |= {key: value for key, value in info.get("info_data", {}).items() if key in wanted}
    if info.get("info_slave_kind") == "bridge":
        found["port"] = {key: value for key, value in info["info_slave_data"].items() if key in _PORT}
    return found


def _addresses(links: list[dict[str, Any]], known: Mapping[str, str]) -> list[str]:
    return [
        f"{one['local']}/{one['prefixlen']} dev {known[link['ifname']]} scope {one['scope']}"
        + (" broadcast" if "broadcast" in one else "")
        for link in links
        if link["ifname"] in known
        for one in link["addr_info"]
        if one["family"] == "inet"
    ]


def _route(route: Mapping[str, Any], known: Mapping[str, str]) -> str:
    kind = "" if route.get("type", "unicast") == "unicast" else f"{route['type']} "
    via = f" via {route['gateway']}" if "gateway" in route else ""
    dev = f" dev {known[route['dev']]}" if route.get("dev") in known else ""
    flags = "".join(f" {flag}" for flag in route.get("flags", ()) if flag != "linkdown")
    return f"{kind}{route['dst']}{via}{dev}{flags} scope {route.get('scope', 'global')} proto {route.get('protocol', 'boot')}"


def _tables(run: Run, known: Mapping[str, str]) -> dict[str, Any]:
    """Rules that lead to tables of routes of a system's own, and the routes in those; nothing where there are none."""
    rules = [one for one in json.loads(run("ip", "-j", "-4", "rule")) if one["table"] not in _KERNELS_TABLES]
    if not rules:
        return {}
    # The kernel has no table without routes, and refuses to list one.
    every = json.loads(run("ip", "-j", "-d", "-4", "route", "show", "table", "all"))
    routes = {
        one["table"]: sorted(_route(route, known) for route in every if route.get("table") == one["table"])
        for one in rules
    }
    return {
        "lookups": [f"{one['priority']} from {_source(one)}{_mark(one)} lookup {one['table']}" for one in rules],
        "tables": routes,
    }


def _tunnels(run: Run, devs: list[str]) -> dict[str, Any]:
    """What WireGuard knows; nothing where there is none."""
    return {"wireguard": json.loads(_facts(run, "wireguard", *devs))} if devs else {}


def _facts(run: Run, *arguments: str) -> str:
    return run(sys.executable, "-I", "-S", link_facts.__file__, *arguments)


def _source(rule: Mapping[str, Any]) -> str:
    return f"{rule['src']}/{rule['srclen']}" if "srclen" in rule else str(rule["src"])


def _mark(rule: Mapping[str, Any]) -> str:
    return f"{' not' * ('not' in rule)} fwmark {rule['fwmark']}/{rule['fwmask']}" if "fwmark" in rule else ""


def _hooks(listed: Mapping[str, Any]) -> list[str]:
    chains = (item["chain"] for item in listed["nftables"] if "chain" in item)
    return [
        f"{c['family']} {c['table']} {c['name']} {c['type']} {c['hook']} {c['prio']}" for c in chains if "hook" in c
    ]


def _rules(saved: str, known: Mapping[str, str]) -> dict[str, list[str]]:
    """By table, the rules as iptables-save prints them. Hashes of Calico, Romana and kube-router are left out, for they cover
    names, and what Calico's comments say, which costs the same whatever it is."""
    found: dict[str, list[str]] = {}
    for line in saved.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith("-A"):
            text = re.sub(r'-m comment --comment "?cali:[^" ]*"?', "-m comment --comment cali:HASH", line)
            if "cali:HASH" in text:
                text = re.sub(r'--comment "[^"]*"', "--comment TEXT", text)
            text = re.sub(r"ROMANA-(P-)?[0-9a-f]{16}", r"ROMANA-\1HASH", text)
            text = re.sub(r"(KUBE-POD-FW-|kube-router.* - |allow .* - )[A-Z2-7]{16}\b", r"\1HASH", text)
            for name, alias in known.items():
                text = re.sub(rf"{re.escape(name)}\b", alias, text)
            found.setdefault(table, []).append(text)
    return found


def _sysctls(run: Run, devs: list[str]) -> list[tuple[str, str, str]]:
    keys = [(dev, key.format(dev=dev)) for dev in devs for key in _SYSCTLS]
    paths = ["/proc/sys/" + "/".join(part.replace("\0", ".") for part in _split(key, dev)) for dev, key in keys]
    values = run("cat", *paths).split()
    return [(dev, key, value) for (dev, key), value in zip(keys, values, strict=True)]


def _asked(run: Run) -> dict[str, str]:
    """Whether connection tracking counts packets and bytes, and bridged packets pass iptables."""
    paths = ["/proc/sys/" + key.replace(".", "/") for key in _ASKED]
    values = run("sh", "-c", 'for f; do cat "$f" 2>/dev/null || echo 0; done', "sh", *paths).split()
    return {key: value for key, value in zip(_ASKED, values, strict=True) if value != "0"}


def _split(key: str, dev: str) -> list[str]:
    """The parts of a sysctl's name, where a link's name may hold a dot."""
    return key.replace(dev, dev.replace(".", "\0")).split(".")

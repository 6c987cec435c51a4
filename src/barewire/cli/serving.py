"""What `barewire serve` does: make the token, print what to type on the other machine, serve until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import re
import shlex
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from itertools import count
from pathlib import Path

from barewire.endpoints.machine import OWN, shared
from barewire.endpoints.peer import answers, authentication, listener, messages
from barewire.endpoints.peer.service import PeerService
from barewire.errors import UsageError
from barewire.kernel import activity, cgroup, claims
from barewire.model.network import PORTS_PER_POD
from barewire.results import BASELINE
from barewire.study.design.options import BY_KEY
from barewire.study.execution import preflight
from barewire.workloads.servers import serve

_SHOWN = 6
"""Addresses in the line to type; a machine with containers has hundreds."""


def run(token_file: Path, bind: str, port: int, ports: str) -> None:
    """Serve until an interrupt, which is its normal end."""
    allowed = parse_ports(ports)
    if port in allowed:
        raise UsageError(
            f"--port {port} is one of --ports {ports}, which servers of a study need", remedy="Choose another --port"
        )
    serve.program()
    made = authentication.make_token(token_file)
    token = authentication.read_token(token_file)
    context, fingerprint = authentication.peer_context()
    bound = listener.bind(bind, port)
    with bound:
        _print_what_to_type(token_file, made, bind, port, allowed)
        serving = listener.PeerListener(bound, context, fingerprint, token, lambda: PeerService(allowed, examine), _say)
        try:
            asyncio.run(serving.run())
        except (KeyboardInterrupt, asyncio.CancelledError):
            _say("no longer listening")


def parse_ports(text: str) -> range:
    """`20000-20999`."""
    match = re.fullmatch(r"([0-9]{1,5})-([0-9]{1,5})", text)
    if match is None or not messages.LEAST_PORT <= int(match[1]) < int(match[2]) < 1 << 16:
        raise UsageError(
            f"--ports cannot be {text!r}",
            remedy=f"Write two numbers from {messages.LEAST_PORT} to 65535, like 20000-20999",
        )
    found = range(int(match[1]), int(match[2]) + 1)
    if len(found) < PORTS_PER_POD:
        raise UsageError(
            f"--ports {text} are {len(found)} ports, and a study needs {PORTS_PER_POD}",
            remedy=f"Write {found.start}-{found.start + PORTS_PER_POD - 1}"
            if found.start + PORTS_PER_POD <= 1 << 16
            else "Begin lower, like 20000-20999",
        )
    return found


def examine(cpus: tuple[int, ...], seconds: float) -> answers.Examined:
    """The pre-flight of this machine as the one that serves."""
    needs = preflight.MachineNeeds(cpus, True, cgroup.cpu_quota(), taken=claims.holders(cpus))
    found = preflight.judge(needs, activity.observe(cpus, seconds))
    busy = {str(cpu): round(share, 4) for cpu, share in found.activity.busy.items()}
    return answers.Examined("examined", found.reasons, found.remarks, busy)


def _print_what_to_type(token_file: Path, made: bool, bind: str, port: int, ports: range) -> None:
    addresses = _list_addresses()
    shown = [one for one in addresses if ":" not in one[1]] or addresses
    host = shown[0][1] if bind in ("0.0.0.0", "::") and shown else bind
    words = ["barewire", "study", "--peer", f"[{host}]:{port}" if ":" in host else f"{host}:{port}", "--token-file",
             token_file.name, "--endpoints", _endpoints(shown[:_SHOWN]),
             *(["--port", str(ports.start)] if ports.start != BY_KEY["port"].default else [])]  # fmt: skip
    print(f"listening on {bind} port {port}; servers of a study have ports {ports.start} to {ports.stop - 1}")
    print(
        f"{'made the token file' if made else 'the token file is'} {token_file}: copy it to the other machine, and type there"
    )
    print(f"  {shlex.join(words)}", flush=True)
    if _is_loopback(host):
        _say("only this machine can connect; --bind takes another address of it, or 0.0.0.0 for all")


def _list_addresses() -> list[tuple[str, str]]:
    """Of this machine, each after its link's name."""
    with shared({}) as machine:
        links = machine.lab.links()[OWN]
    return [(link.name, str(one.ip)) for link in links if link.up for one in link.addresses if not one.ip.is_link_local]


def _endpoints(addresses: Sequence[tuple[str, str]]) -> str:
    """Addresses by their links' names, each name once: the first is the baseline, a link's second one is `eth0.2`."""
    found: dict[str, str] = {}
    for dev, address in addresses:
        names = (dev if n == 1 else f"{dev}.{n}" for n in count(1))
        found[next(name for name in names if name not in found) if found else BASELINE] = address
    return ",".join(f"{name}={address}" for name, address in found.items()) or f"{BASELINE}=ADDRESS"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _say(line: str) -> None:
    print(f"barewire: {line}", file=sys.stderr, flush=True)

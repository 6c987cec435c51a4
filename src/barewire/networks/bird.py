"""BIRD 2 as a daemon of a node or router: its configuration, and what it must report once its sessions have converged.

What it announces are routes of its own table that never reach the kernel (`unreachable`, exported to neighbours alone); what it
puts into the kernel are the routes that it learned by BGP. Times are those of Calico's configuration of BIRD: two seconds until
the first attempt to connect, five between attempts, five to thirty after an error (BIRD's own default is a minute, for which a
node without a cable for half a second was cut off). Metrics are the kernel's defaults, so that a learned route differs from a
static one in its `proto` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from barewire.model.daemons import Daemon, Exists
from barewire.model.objects import IPAddress, IPNetwork
from barewire.model.reported import Reported

PROTOCOL = 12
"""RTPROT_BIRD: `proto` of its routes in the kernel (linux/rtnetlink.h)."""

NAME, DELAY_SECONDS, RETRY_SECONDS, HOLD_SECONDS = "bird", 2, 5, 240
"""The last is BIRD's own default: how long a silent neighbour is taken to be alive."""

ERROR_WAIT = "5, 30"
"""Seconds: least and most."""

LONGEST_PASSWORD = 80
"""TCP_MD5SIG_MAXKEYLEN."""

_CONTROL, _CONFIG = "bird.ctl", "bird.conf"
_METRIC = {4: 0, 6: 1024}
_OWN, _LEARNED, _OWN_AND_LEARNED = "source = RTS_STATIC", "source = RTS_BGP", "source ~ [ RTS_STATIC, RTS_BGP ]"


@dataclass(frozen=True, slots=True)
class BgpSession:
    """One session: the `neighbour` at the other end, of the autonomous system `asn` (None: any but one's own), and what must
    pass once it has converged: routes `imported` and `exported` (None where a neighbour's choice decides). `client` is a
    client of this route reflector, `relays` says whether the neighbour gets routes of other neighbours too, and with `own` false
    no others; of `within` alone if that is given, and none that fits `hidden`, a pattern of prefixes.

    Of `accepted` only these networks are taken from the neighbour, with `accepts_parts` what is in them too."""

    name: str
    neighbour: IPAddress
    asn: int | None
    imported: int | None = None
    exported: int | None = None
    client: bool = False
    relays: bool = False
    own: bool = True
    within: IPNetwork | None = None
    hidden: str = ""
    accepted: tuple[IPNetwork, ...] = ()
    accepts_parts: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """How the daemons of a network speak: seconds until the first attempt to connect and of the `hold` time, whether neighbours
    keep a daemon's routes while it restarts (`graceful`), and the `password` of every session's packets (empty: none)."""

    delay: int = DELAY_SECONDS
    hold: int = HOLD_SECONDS
    graceful: bool = False
    password: str = ""


@dataclass(frozen=True, slots=True)
class Speaker:
    """One BIRD: its autonomous system, its own address of each family, what it announces and its sessions."""

    asn: int
    addresses: tuple[IPAddress, ...]
    number: int
    announced: tuple[IPNetwork, ...]
    sessions: tuple[BgpSession, ...]
    manner: Manner = Manner()


def daemon(speaker: Speaker) -> Daemon:
    """BIRD with the configuration of `speaker`. It is ready when it has its control socket, and reads a changed configuration
    without a restart. With `-R` it waits for its neighbours' routes before it takes those of its predecessor from the kernel."""
    argv = (NAME, "-f", *(("-R",) if speaker.manner.graceful else ()), "-c", _CONFIG, "-s", _CONTROL)
    configure = Reported("bird takes a new configuration", ("birdc", "-s", _CONTROL, "configure"), ("Reconfigur",))
    return Daemon(
        NAME, argv, Exists(_CONTROL), ((_CONFIG, configuration(speaker)),), tuple(_reports(speaker.sessions)), configure,
        tuple(session.neighbour for session in speaker.sessions), speaker.manner.delay,
    )  # fmt: skip


def configuration(speaker: Speaker) -> str:
    """`bird.conf`."""
    own = next((one for one in speaker.addresses if one.version == 4), IPv4Address(speaker.number))
    lines = ["log stderr all;", f"router id {own};", "", "protocol device {", "}"]
    for version in (address.version for address in speaker.addresses):
        lines += [
            "",
            f"protocol static own{version} {{",
            f"  ipv{version};",
            *(f"  route {network} unreachable;" for network in speaker.announced if network.version == version),
            "}",
            "",
            f"protocol kernel kernel{version} {{",
            "  merge paths on;",
            f"  metric {_METRIC[version]};",
            *(["  graceful restart on;"] if speaker.manner.graceful else []),
            f"  ipv{version} {{",
            "    import none;",
            "    export where source = RTS_BGP;",
            "  };",
            "}",
        ]
    for session in speaker.sessions:
        lines += ["", *_session(speaker, session)]
    return "\n".join([*lines, ""])


def _session(speaker: Speaker, session: BgpSession) -> list[str]:
    version, manner = session.neighbour.version, speaker.manner
    accepted = "all"
    if session.accepted:
        parts = "+" if session.accepts_parts else ""
        accepted = f"where net ~ [ {', '.join(f'{network}{parts}' for network in session.accepted)} ]"
    return [
        f"protocol bgp {session.name} {{",
        f"  local as {speaker.asn};",
        f"  neighbor {session.neighbour} {f'as {session.asn}' if session.asn else 'external'};",
        "  direct;",
        *(["  rr client;"] if session.client else []),
        *([f'  password "{manner.password}";'] if manner.password else []),
        *([f"  hold time {manner.hold};"] if manner.hold != HOLD_SECONDS else []),
        *(["  graceful restart on;"] if manner.graceful else []),
        f"  connect delay time {manner.delay};",
        f"  connect retry time {RETRY_SECONDS};",
        f"  error wait time {ERROR_WAIT};",
        f"  ipv{version} {{",
        f"    import {accepted};",
        f"    export where {_exported(session)};",
        "  };",
        "}",
    ]


def _exported(session: BgpSession) -> str:
    terms = [_OWN if not session.relays else _OWN_AND_LEARNED if session.own else _LEARNED]
    if session.within:
        terms.append(f"net ~ [ {session.within}+ ]")
    if session.hidden:
        terms.append(f"! (net ~ [ {session.hidden} ])")
    return " && ".join(terms)


def inside(network: IPNetwork) -> str:
    """What is more specific than a network, as a pattern of prefixes."""
    return f"{network}{{{min(network.prefixlen + 1, network.max_prefixlen)},{network.max_prefixlen}}}"


def _reports(sessions: Sequence[BgpSession]) -> Iterable[Reported]:
    if not sessions:
        return
    patterns = tuple(
        rf"(?m:^{session.name}\s+BGP\s.*\sup\s.*\sEstablished).*"
        rf"Routes:\s+{_number(session.imported)} imported,.*\s{_number(session.exported)} exported"
        for session in sessions
    )
    counts = {(session.imported, session.exported) for session in sessions}
    claim = (
        f"all {len(sessions)} sessions of bird are Established"
        if len(sessions) > 1
        else "bird's session is Established"
    )
    if len(counts) == 1 and (known := counts.pop()) != (None, None):
        each = " each" if len(sessions) > 1 else ""
        claim += f", with {known[0]} imported and {known[1]} exported routes{each}"
    yield Reported(claim, ("birdc", "-r", "-s", _CONTROL, "show", "protocols", "all"), patterns)


def _number(known: int | None) -> str:
    return r"\d+" if known is None else str(known)

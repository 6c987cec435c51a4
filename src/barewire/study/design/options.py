"""The options of a study: name, group, one line of help, what a value looks like, default. Each is defined here, once.

The plan (`plan.py`) takes its defaults and the descriptions of its fields from here, and `barewire study --help` its options, in
this order. Nothing large is imported, because the help and the shell's completion must not wait for pydantic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from barewire import workloads

WHAT = "What is measured"
LENGTH = "How long and how precisely"
LOAD = "Load generator and servers"
LAB = "Network and nodes of each lab"
SYSTEM = "Kernel, tuning and clock"
RUN = "The run and its report"
"""Groups, as headings of the help."""

WORKLOADS = workloads.names()
ALL = "all"
"""Every preset, or every workload."""
DEFAULT_WORKLOADS = ("http", "http-max", "http-crr", "tcp-stream", "tcp-rr", "udp-rr", "udp-stream")

REQUIRED: Any = ...
"""The default of a key that a plan cannot be without; `load_plan` fills it in."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a study and a key of its plan.

    `takes` says what a plan file may have (error messages print it); `default` is the plan's, and `shown` what the help has
    in parentheses where that is not the default itself. On the command line a value is of `type`; a bool is a flag.
    """

    key: str
    group: str
    text: str
    takes: str
    default: Any = None
    shown: str | None = None
    type: type = str

    @property
    def flag(self) -> str:
        """`--loads-of`."""
        return f"--{self.key.replace('_', '-')}"

    @property
    def help(self) -> str:
        """The line of `--help`, with the default."""
        shown = _typed(self.default) if self.shown is None else self.shown
        return f"{self.text} ({shown})." if shown else f"{self.text}."


def _typed(default: object) -> str:
    """A default as it would be typed."""
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return f"{default:g}" if isinstance(default, float) else str(default)


OPTIONS = (
    Option(
        "networks",
        WHAT,
        "Presets or parts (ptp+vxlan); or all presets",
        'networks by name or parts, like ["flannel/vxlan", "ptp+vxlan"], or "all" presets; default those of the default study',
        default=REQUIRED,
        shown="",
    ),
    Option(
        "workloads",
        WHAT,
        "Like http,http-max,tcp-rr; or all of them",
        f'workloads, some of {", ".join(WORKLOADS)}, or "{ALL}"',
        default=DEFAULT_WORKLOADS,
        shown="",
    ),
    Option(
        "loads",
        WHAT,
        "Shares of the maximum rate",
        'shares of the maximum rate (see loads_of), 0.01 % to 150 %, like ["30%", "50%"]',
        default=("30%", "50%", "90%"),
    ),
    Option(
        "loads_of",
        WHAT,
        "Which network's maximum: slowest or host",
        '"slowest" or "host": whose maximum rate the shares in loads are of',
        default="slowest",
    ),
    Option(
        "own_loads",
        WHAT,
        "Shares of each network's own maximum",
        'shares of each network\'s own maximum rate, like ["50%"], or [] for none',
        default=("50%",),
    ),
    Option(
        "sizes",
        WHAT,
        "Response bodies: 100,4k; bytes",
        "response bodies in bytes, 1 to 1048576, like [100, 4096]",
        default=(100, 4096),
    ),
    Option(
        "server",
        WHAT,
        "HTTP server: nginx or serve",
        '"nginx" or "serve" (barewire-serve), which answers HTTP',
        default="nginx",
    ),
    Option(
        "request_bytes",
        WHAT,
        "A request, http-post's body, or a packet",
        "bytes, 8 to 65000, of a request of tcp-rr, udp-rr and tcp-crr, of a body of http-post, and of a packet",
        default=64,
    ),
    Option(
        "response_bytes",
        WHAT,
        "Their response, and that of http-rr",
        "bytes, 8 to 65000, of a response of tcp-rr, udp-rr, http-rr, http-post and tcp-crr",
        default=64,
    ),
    Option(
        "timestamps",
        WHAT,
        "Also measure between the kernel's packet timestamps",
        'true or false ("on", "off"): the kernel\'s stamps, for latency on the wire',
        default=False,
        shown="",
        type=bool,
    ),
    Option(
        "budget",
        LENGTH,
        "Duration of the study: 10m, 1h; minutes",
        "minutes for the whole study, above 0 and up to 10080",
        default=15.0,
    ),
    Option(
        "blocks",
        LENGTH,
        "Blocks: every network once, the host twice",
        "a whole number of blocks, 1 or more",
        default=6,
        type=int,
    ),
    Option(
        "restarts",
        LENGTH,
        "Groups of blocks; a VM reboots before each",
        "a whole number of groups of blocks, 1 or more: a VM boots again for each",
        default=1,
        type=int,
    ),
    Option(
        "seconds",
        LENGTH,
        "Seconds per workload",
        "seconds per load, above 0 and up to 3600; default what the budget allows",
        shown="what the budget allows",
    ),
    Option(
        "until",
        LENGTH,
        "Stop at this precision: p50=2%,p99=5%,rate=1%",
        'half widths of intervals at which the study may stop, like ["p50=2%", "p99=5%", "rate=1%"], or []',
        default=(),
        shown="",
    ),
    Option(
        "margin",
        LENGTH,
        "Differences within it count as equivalent",
        'a share from 0.1 % to 100 %, like "5%": differences within it count as equivalent',
        default="5%",
    ),
    Option(
        "warmup",
        LENGTH,
        "Seconds before recording; auto: pilot trials",
        'seconds of load before recording, 0 to 60, or "auto" (found on pilots)',
        default="auto",
    ),
    Option(
        "connections",
        LOAD,
        "Connections of the load generator",
        "a whole number of connections, 1 to 10000",
        default=64,
        type=int,
    ),
    Option(
        "threads",
        LOAD,
        "Threads of the load generator",
        "a whole number of generator threads, 1 to 256",
        default=1,
        type=int,
    ),
    Option(
        "pipeline",
        LOAD,
        "Requests in flight on a connection",
        "a whole number of requests under way on a connection, 1 to 256",
        default=1,
        type=int,
    ),
    Option("arrivals", LOAD, "Times between requests: even or poisson", '"even" or "poisson"', default="even"),
    Option(
        "timing",
        LOAD,
        "How the generator waits: spin, sleep, auto",
        '"spin", "sleep" or "auto" (spin if a CPU can be spared for it)',
        default="auto",
    ),
    Option(
        "streams",
        LOAD,
        "Streams of the second tcp-stream load",
        "a whole number of streams for the second tcp-stream load, 1 to 128",
        default=4,
        type=int,
    ),
    Option("server_cpus", LOAD, "CPUs of the server", '"auto" or CPUs like "0,2-3"', default="auto"),
    Option("client_cpus", LOAD, "CPUs of the client", '"auto" or CPUs like "0,2-3"', default="auto"),
    Option(
        "port",
        LOAD,
        "First port of the servers",
        "the first port of the first pod's range, 1024 to 64536",
        default=20000,
        type=int,
    ),
    Option("nodes", LAB, "Nodes in each lab", "a whole number of nodes, 2 to 250", default=2, type=int),
    Option("pods", LAB, "Pods on each node", "a whole number of pods on each node, 1 to 40", default=1, type=int),
    Option(
        "family",
        LAB,
        "IP version of the workloads: 4 or 6",
        "4 or 6, the IP version of the workloads",
        default=4,
        type=int,
    ),
    Option(
        "wire",
        LAB,
        "Underlay: rate=10gbit,delay=50us,loss=1%,mtu=1500",
        'a table, or text like "rate=10gbit,delay=50us,loss=1%,mtu=1500,offloads=off"',
        shown="",
    ),
    Option(
        "topology",
        LAB,
        "Racks with a router each: racks=2,nodes=2,pair=across",
        'text like "racks=2,nodes=2,spines=0,pair=across", pair=within for two nodes of one rack, or "" for one segment',
        default="",
        shown="",
    ),
    Option(
        "kernel",
        SYSTEM,
        "host, 6.12, a file; several: 6.1,6.12",
        '"host", a version like "6.12", a file like "/boot/vmlinuz-6.12.9" (":" and its modules\' directory '
        'may follow), or several to compare, like ["6.1", "6.12"]; default host',
        default=("host",),
    ),
    Option(
        "tune",
        SYSTEM,
        "A tuning, or several: none,study-2016",
        'a tuning like "study-2016", or several to compare, like ["none", "study-2016"]; default none',
        default=("none",),
    ),
    Option(
        "clock",
        SYSTEM,
        "wall, counted (instructions in a VM) or auto",
        '"wall", or "counted": instructions of an emulated CPU',
        default="wall",
    ),
    Option(
        "memory",
        SYSTEM,
        "Memory of the VM in MiB, if there is one",
        "memory of the VM in MiB, 256 or more",
        default=1024,
    ),
    Option(
        "seed",
        RUN,
        "Seed of every random choice",
        "a whole number from 0; default drawn, and recorded",
        default=REQUIRED,
        shown="drawn, and recorded",
        type=int,
    ),
)

BY_KEY = {option.key: option for option in OPTIONS}

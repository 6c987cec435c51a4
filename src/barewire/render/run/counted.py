"""What a report says of a run whose clock counted instructions, the same words in every format; nothing under a wall clock.

A counted number looks like a measured time and is none: it is exact, repeats to the digit, and leaves out what only
hardware shows. So every page and every format that has room for it says which clock it was, before the first number.
"""

from __future__ import annotations

from barewire.render import verdicts
from barewire.render.run import overhead
from barewire.render.run.data import ReportData
from barewire.results import waits, words
from barewire.results.clock import ADDED

LABEL = "counted"
"""The clock in one word, for names and labels in other programs' formats."""

TITLE = "counted clock, virtual time"
"""What stands beside each heading."""

LIMITS = (
    "No caches, no TLB, no branch predictor: every instruction takes one virtual nanosecond, even if it would wait for memory.",
    "No network card, cable, interrupt controller or DMA: none of their cost, and none of their offloads.",
    "No contention between cores: one virtual CPU does what client, server and kernel do, one after the other.",
    "Instructions correlate with wall time and do not replace it: a change that saves instructions may still cost time.",
    "Intervals are those of the mean over layouts (ports, addresses, payload, order of links) and of the kernel’s own chance.",
    "The router of flannel/aws-vpc is a namespace that plays the VPC’s: software, and part of what that network costs.",
    "No network policy was in force. docker and flannel put NAT and forward rules on their nodes, other networks put none.",
)


def banner(data: ReportData) -> str:
    """What the clock was and what it does not show, in one paragraph; empty under a wall clock."""
    if not data.counted:
        return ""
    return (
        "Measured by a counted clock: time is instructions executed on one emulated CPU, one instruction is one nanosecond, "
        "and all times are virtual. It shows what software costs, alike on any machine. It does not show caches, "
        "network cards, DMA or contention between cores; it correlates with wall time and does not replace it."
    )


def short(data: ReportData) -> str:
    """The same in a line, for formats of one line; empty under a wall clock."""
    if not data.counted:
        return ""
    return "counted clock: times are virtual, 1 ns is 1 instruction; no caches, no network card, no contention; not wall time"


def marked(data: ReportData, name: str) -> str:
    """A name that another program keeps results under: those of two clocks must never be one series."""
    return f"{name} ({LABEL})" if data.counted else name


def digest(data: ReportData) -> str:
    """The hash over all exact counts; empty if there is none."""
    return data.summary.counted.hash if data.summary.counted else ""


def spread(data: ReportData) -> str:
    """Where the intervals come from, and what the hash is for; empty under a wall clock."""
    if not data.counted:
        return ""
    layouts = words.count(data.summary.blocks, "layout")
    text = (
        f"Counts do not depend on how busy a machine is. Intervals are those of the mean over {layouts} (ports, addresses, "
        f"payload, order of links, phase of arrivals) and what the kernel draws by chance when a lab is made{_own(data)}."
    )
    text += idle(data)
    if found := digest(data):
        text += f" Hash of all counts: {found}; a run of the same plan with the same hash has the same numbers to the last digit."
    return text


def idle(data: ReportData) -> str:
    """Which loads waited, and what that does to their numbers; empty where none did."""
    waited = [
        c for c in data.summary.cells if verdicts.idle(c) and (c.metric == words.INSTRUCTIONS or c.quantile == 0.5)
    ]
    if not waited:
        return ""
    most = max(waited, key=lambda cell: cell.idle_share or 0.0)
    loads = words.listing(sorted({cell.load for cell in waited}))
    return (
        f" In {loads} the CPU was idle, up to {verdicts.idle(most).removeprefix('idle' + words.JOIN)} of the time "
        f"({most.network}): something waits there. Instructions hold no idle time; latencies and rates do, and a wait hides "
        f"up to {waits.OVERLAP_NS // 1000}{words.JOIN}µs of other work of a round trip, which their intervals allow for."
    )


def machine(data: ReportData) -> str:
    """The VM in a line, `QEMU 7.2.22, tcg, CPU model Nehalem`; empty for labs that were on the machine itself."""
    vm = data.run.environment.get("vm")
    if vm is None:
        return ""
    found = ("QEMU ", vm.get("qemu")), ("", vm.get("acceleration")), ("CPU model ", vm.get("cpu_model"))
    return ", ".join(f"{before}{value}" for before, value in found if value) or "of unknown make"


def in_a_vm(data: ReportData) -> str:
    """How a VM affects wall-clock numbers; empty without a VM, or with the counted clock."""
    made = machine(data)
    if not made or data.counted:
        return ""
    if data.run.environment["vm"].get("acceleration") == "tcg":
        return (
            f"Labs were in a VM ({made}) whose CPU is emulated: some 20 to 50 times slower than this machine’s, and not by "
            "one factor for all that a CPU does."
        )
    return f"Labs were in a VM ({made}): what virtualization costs is in every number, the host’s too."


def beside(data: ReportData) -> str:
    """The page, as a path from the run's folder, that has all networks where this run lacks some; empty without one."""
    page = f"{ADDED}/report.html"
    return page if data.unmeasured and (data.path / page).is_file() else ""


BESIDE = "All networks in a VM whose kernel has them, in instructions"
"""What `beside` leads to."""


def _own(data: ReportData) -> str:
    column = overhead.answer_column(data)
    own = data.floors.get((column.load, column.response_bytes, column.metric, column.quantile)) if column else None
    if own is None or own.floor is None:
        return ""
    if own.floor <= 1:
        return "; the host, built twice in each of them, never differs from itself"
    least, largest = (words.floor(ratio, words.digits(counted=True)) for ratio in (1.0, own.floor))
    largest = f"up to {largest}" if largest != least else f"less than 0.01{words.JOIN}%"
    return f"; the host, built twice in each of them, differs from itself by {largest}"

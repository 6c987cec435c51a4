"""Whether two runs may be compared: they differ in nothing but what the comparison is about.

An overhead is taken against the host of its own run, so much of a machine cancels; not all of it does, and nobody can say how
much. So every difference in environment or plan must be named (`--unlike kernel,tuning`), which also shows a
reader what the comparison is about. Names are groups of keys: settings of the kernel are `tuning`, whatever
their file; a key that belongs to no group is its own name, so what a later version records is compared as well.

What a plan says about how long and in which order does not count: blocks, seed, budget, the choice of networks.

Two clocks never compare, whatever is named: a nanosecond of one is time, of the other an executed instruction. Counted runs
are about an emulated machine, which its emulator and the root that its programs come from make the same everywhere. So of them
`environment.vm` must be alike, and the machine that QEMU ran on is not looked at, nor anything that executes no
instruction of a load: Python only makes labs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256

from barewire.errors import RunError, UsageError
from barewire.records import TuningRecord
from barewire.records.comparison import RunDifference
from barewire.results import BASELINE, words
from barewire.results.analysis import LoadKey, Run
from barewire.results.clock import COUNTED, clock_of
from barewire.results.environment import NOTHING, differences, that_counts

_GROUPS: Mapping[str, str] = {
    "sysctls": "tuning",
    "offloads": "tuning",
    "governor": "tuning",
    "congestion_control": "tuning",
    "clocksource": "tuning",
    "memory_bytes": "memory",
    "machine": "cpu",
    "versions": "version",
    "lab_sysctls": "tuning",
}
CLOCK = "clock"
RATES = "rates"
"""The offered rates: shares of each run's own maximum, which a machine that is slower today makes lower. Those that differ from
network to network, shares of its own maximum, are looked at where a network is compared (`Comparison.unlike_rates`)."""

PROGRAM = "program"
"""The text of a file that builds a network: a CNI configuration, a script."""

ENDPOINTS = "endpoints"

_SAME_RATE = 0.05
_QEMU = "vm.qemu"
_MITIGATIONS = "cpu.mitigations."
_UNCOUNTED = frozenset({"memory_bytes"})
"""Of a counted run: what the kernel left of the VM's memory, which `vm.memory_bytes` has whole."""

_FREE = frozenset(
    {
        "networks",
        "blocks",
        "restarts",
        "seed",
        "budget",
        "port",
        "until",
        "tune",
        "kernel",
        "clock",
        "server_cpus",
        "client_cpus",
        "peer",
        "endpoints",
        "token_file",
    }
)
"""Keys of a plan that say how much is measured, not what, or what is recorded better: the environment has the kernel and what
tuning came to, the trials have the CPUs that they used; runs of versions that knew one clock had that. Endpoints are looked at
one by one (`_endpoints`)."""

_KNOWN = ("kernel", "cpu", "memory", "virtualization", "distribution", "tuning", "version", "privilege", "pinning",
          "peer", ENDPOINTS,
          "qemu", "vm", "limits", RATES, PROGRAM, "sizes",
          "loads", "seconds", "connections", "threads", "server", "wire", "topology", "warmup")  # fmt: skip
_OF_CONDITIONS = {
    "tune": frozenset({"tuning"}), "kernel": frozenset({"kernel", "tuning", "memory"}), "pair": frozenset({"topology"}),
}  # fmt: skip
"""What conditions of one study may differ in, by their factor: a kernel has defaults of its own, and keeps memory for itself."""

_SHOWN = 6


def unlike(before: Run, after: Run) -> tuple[RunDifference, ...]:
    """Every difference that moves results, by key: of the machines, of the plans, and of the CPUs that were used."""
    clocks = [clock_of(run.record) for run in (before, after)]
    counted = clocks == [COUNTED, COUNTED]
    in_vm = all(run.record.environment.get("testbed") == "vm" for run in (before, after))
    found = [RunDifference(CLOCK, CLOCK, *clocks)] if clocks[0] != clocks[1] else []
    found += [
        RunDifference(_subject(key, in_vm), key, was, now)
        for key, was, now in differences(_environment(before, counted), _environment(after, counted))
    ]
    plans = [{key: value for key, value in run.record.plan.items() if key not in _FREE} for run in (before, after)]
    found += [
        RunDifference(_subject(key, in_vm), f"plan.{key}", was, now)
        for key, was, now in differences(plans[0], plans[1])
    ]
    found += [
        RunDifference("tuning", f"tuning.{key}", was, now)
        for key, was, now in differences(_tuning(before), _tuning(after))
    ]
    found += _rates(before, after)
    found += _programs(before, after)
    found += _endpoints(before, after)
    pinned = [_pinning(run) for run in (before, after)]
    if pinned[0] != pinned[1] and not any(d.subject == "pinning" for d in found):
        found.append(RunDifference("pinning", "pinning", pinned[0], pinned[1]))
    return tuple(found)


def _rates(before: Run, after: Run) -> Iterator[RunDifference]:
    """Offered rates that are more than 5 % apart, by load: a latency at another rate is another latency."""
    for load in before.loads:
        if load.workload.at_rate and load in after.loads:
            was, now = _offered(before, load), _offered(after, load)
            if was and now and not same_rate(was, now):
                key = f"offered rate at {words.share(load.load)}, {words.size(load.response_bytes)}"
                yield RunDifference(RATES, key, words.value(was, "1/s"), words.value(now, "1/s"))


def _programs(before: Run, after: Run) -> Iterator[RunDifference]:
    """Networks of one name that a program builds, from another file: the text's hash stands for it."""
    texts = [{one.name: one.program for one in run.record.networks if one.program} for run in (before, after)]
    for name, was in texts[0].items():
        now = texts[1].get(name)
        if now and now != was:
            hashes = (sha256(text.encode()).hexdigest()[:12] for text in (was, now))
            yield RunDifference(PROGRAM, f"networks.{name}.{PROGRAM}", *hashes)


def _endpoints(before: Run, after: Run) -> Iterator[RunDifference]:
    """Endpoints of a peer that are in both runs by one name, and have another address or another place for the client."""
    texts = [run.record.plan.get("endpoints", []) for run in (before, after)]
    was, now = ({name: address for name, _, address in (text.partition("=") for text in some)} for some in texts)
    for name in sorted(was.keys() & now.keys()):
        if was[name] != now[name]:
            yield RunDifference(ENDPOINTS, f"{ENDPOINTS}.{name}", was[name], now[name])


def same_rate(one: float, other: float) -> bool:
    """Whether latencies at two rates may be compared."""
    return 1 / (1 + _SAME_RATE) <= other / one <= 1 + _SAME_RATE


def _offered(run: Run, load: LoadKey) -> float | None:
    found = run.all_of(BASELINE, load)
    offered = found[0].load.offered_per_s if found else None
    return float(offered) if offered else None


def refuse_clocks(before: Run, after: Run, where: str) -> None:
    """Raise `RunError` if the runs were measured by different clocks."""
    was, now = clock_of(before.record), clock_of(after.record)
    if was != now:
        raise RunError(
            "the runs use different clocks and cannot be compared",
            where=where,
            said=f"the clock was {was}, is {now}: by the counted one a nanosecond is an executed instruction",
            remedy=f"Measure both with the same clock: barewire study --clock {was}",
        )


def of_conditions(before: Run, after: Run) -> frozenset[str]:
    """What may differ between these runs because they are conditions of one study, which says itself what it is about."""
    return _OF_CONDITIONS[_factor(before)] if of_one_study(before, after) else frozenset()


def of_one_study(before: Run, after: Run) -> bool:
    """Whether both are conditions of one study. Runs that merely ran at the same time are none."""
    one, other = before.record.condition, after.record.condition
    return one is not None and other is not None and one.study == other.study and one.name != other.name


def took_turns(before: Run, after: Run) -> bool:
    """Whether their blocks were interleaved in time, block 3 of one beside block 3 of the other. Kernels run one after another,
    each in a VM of its own, so a block of one has nothing to do with that of the next."""
    return of_one_study(before, after) and _factor(before) != "kernel"


def _factor(run: Run) -> str:
    return run.record.condition.factor if run.record.condition else "tune"


def same_layouts(before: Run, after: Run) -> bool:
    """Whether block 3 of one has the layout of block 3 of the other: both are counted, and their seeds are the same."""
    counted = clock_of(before.record) == clock_of(after.record) == COUNTED
    return counted and before.record.seed == after.record.seed


def refuse_unlike(differing: Sequence[RunDifference], allowed: Collection[str], where: str) -> None:
    """Raise `RunError` that lists the differences that nobody has allowed, and the names that would."""
    refused = [one for one in differing if one.subject not in allowed and one.key not in allowed]
    if not refused:
        return
    said = "; ".join(f"{one.key} was {short(one.before)}, is {short(one.after)}" for one in refused[:_SHOWN])
    if len(refused) > _SHOWN:
        said += f"; and {len(refused) - _SHOWN} more"
    subjects = sorted({*allowed, *(one.subject for one in refused)})
    raise RunError(
        "the runs are of unlike machines or plans, so their overheads cannot be compared",
        where=where,
        said=said,
        remedy=f"If that is what the comparison is about, say so: --unlike {','.join(subjects)}",
    )


def subjects_of(text: str, differing: Sequence[RunDifference]) -> frozenset[str]:
    """`"kernel,tuning"` as names; `UsageError` for one that neither is known nor differs."""
    names = frozenset(part.strip() for part in text.split(",") if part.strip())
    known = {*_KNOWN, *_GROUPS, *_GROUPS.values(), *(one.subject for one in differing), *(d.key for d in differing)}
    strange = sorted(names - known)
    if strange:
        raise UsageError(f"--unlike does not know {strange[0]!r}", remedy=f"Names: {', '.join(_KNOWN)}")
    return names


def same_machine(differing: Sequence[RunDifference]) -> bool:
    """Whether absolute values may be compared: hardware and loads are the same, whatever else was changed."""
    return all(one.subject in {"kernel", "tuning", "version", "distribution", "topology", RATES} for one in differing)


def _subject(key: str, in_vm: bool) -> str:
    if key == _QEMU:
        return "qemu"
    if in_vm and key.startswith(_MITIGATIONS):
        return "kernel"  # the CPU's model is another key; which of its faults are listed is the kernel's choice
    first = key.partition(".")[0]
    return _GROUPS.get(first, first)


def _environment(run: Run, counted: bool) -> Mapping[str, object]:
    """What is recorded of the machine, without what moves nothing."""
    whole = run.record.environment
    known = that_counts(whole)
    if not counted:
        return known
    known = {key: value for key, value in known.items() if key not in _UNCOUNTED}
    versions = {name: version for name, version in whole.get("versions", {}).items() if name != "python"}
    return {**known, "versions": versions}


def _tuning(run: Run) -> Mapping[str, str | None]:
    """The profile, and every setting that it wanted as it really was; runs of earlier versions had none."""
    tuning = run.record.tuning or TuningRecord("none")
    return {
        "profile": tuning.profile,
        "by_hand": tuning.by_hand,
        **{f"{one.setting} ({one.node or one.file})": one.after for one in tuning.machine if one.set},
        **{f"{one.setting} ({one.where})": one.after for one in tuning.lab if one.set},
    }


def _pinning(run: Run) -> str:
    """The CPUs of the trials: what `auto` came to."""
    used = {
        "; ".join(f"{who} {','.join(map(str, cpus))}" for who, cpus in sorted(trial.pinning.items()))
        for trial in run.slots.values()
        if trial.pinning
    }
    return " or ".join(sorted(used)) or NOTHING


def short(value: str) -> str:
    """A value that fits into a sentence, in one line."""
    value = "".join(one if one.isprintable() or one == "\u00a0" else repr(one)[1:-1] for one in value)
    return value if len(value) <= 60 else value[:57] + "..."

"""What the report reads of a run's files: the published formats as frozen data.

Only what a report shows is named here; every other key passes by unread, so that a run with more in it (a later minor
version, another writer) still renders. pydantic checks types at this edge and names the key of whatever is wrong; NaN
and infinities are refused. Limit: fields that the study may leave out have defaults, so a missing piece shows as a
missing piece of the report and not as an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from barewire import statistics

Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=1 << 63)]
_EARLIER = {"indistinguishable": "no-difference-found"}
"""What earlier versions called a cell in which no difference was found; whether it was equivalent they did not ask."""

Verdict = Annotated[
    statistics.Verdict, BeforeValidator(lambda said: _EARLIER.get(said, said) if isinstance(said, str) else said)
]


@dataclass(frozen=True, slots=True)
class Setup:
    """`networks[].setup` of run.json: what the network asks of a node before the first packet."""

    objects_per_node: Mapping[str, Number] = field(default_factory=dict)
    objects_by_kind: Mapping[str, Number] = field(default_factory=dict)
    growth_per_node: Number | None = None
    privileges: str | None = None
    kernel: tuple[str, ...] = ()
    l2: str | None = None
    mtu_lost_bytes: int | None = None
    pod_mtu: int | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A network of the plan, measured or not; `reason` and `remedy` say why not and what to do."""

    name: str
    measured: bool
    reason: str | None = None
    remedy: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    setup: Setup | None = None


def _planned(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    """A plan in which what the analysis reads, `blocks` and `until`, has its type; the rest is the study's business."""
    blocks, until = plan.get("blocks", 0), plan.get("until", [])
    if type(blocks) is not int or not 0 <= blocks < 1 << 31:
        raise ValueError("blocks is not a number of blocks")
    if not isinstance(until, list | tuple) or not all(isinstance(text, str) for text in until):
        raise ValueError("until is not a list of targets")
    return plan


@dataclass(frozen=True, slots=True)
class RunRecord:
    """run.json; what is a mapping here stays as it is."""

    schema: str
    networks: tuple[Network, ...] = ()
    created: str = ""
    command: str | tuple[str, ...] = ""
    plan: Annotated[Mapping[str, Any], AfterValidator(_planned)] = field(default_factory=dict)
    seed: int | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    maximum: Mapping[str, Any] = field(default_factory=dict)
    warmup: Mapping[str, Any] = field(default_factory=dict)
    instrument: Mapping[str, Any] = field(default_factory=dict)
    tuning: Mapping[str, Any] = field(default_factory=dict)
    preflight: Mapping[str, Any] = field(default_factory=dict)
    condition: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reject:
    """A rule that a trial broke, how, and by how many times its limit."""

    rule: str
    detail: str = ""
    excess: float | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """An interface that the proof's packet crossed; `ns` counts from its first hop."""

    namespace: str
    dev: str
    kind: str = ""
    direction: str = ""
    ns: int = 0


@dataclass(frozen=True, slots=True)
class Path:
    """The way there and the way back."""

    forward: tuple[Hop, ...] = ()
    reverse: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """What the capture had to show, and what it showed."""

    claim: str
    seen: str = ""
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """A lab's proof."""

    claims: tuple[Claim, ...] = ()
    path: Path = field(default_factory=Path)


@dataclass(frozen=True, slots=True)
class Drop:
    """Packets that an interface, its qdisc or a rule dropped during a load; `reason` says which."""

    namespace: str
    dev: str
    packets: Count
    direction: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KernelDrop:
    """What the kernel dropped elsewhere during a load: in connection tracking, a socket, a table. `namespace` is empty for
    what the whole machine shares."""

    namespace: str
    counter: str
    count: Count


@dataclass(frozen=True, slots=True)
class Machine:
    """Counters of the machine during a load; CPU in seconds by mode."""

    seconds: Number = 0
    cpu: Mapping[str, Mapping[str, Number]] = field(default_factory=dict)
    context_switches: Count = 0
    retransmissions: Count = 0
    drops: tuple[Drop, ...] = ()
    kernel_drops: tuple[KernelDrop, ...] = ()
    throttled_ns: Number | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """One load of a trial: what was offered, what came back, what the counters saw."""

    load: str
    workload: str
    response_bytes: int | None = None
    offered_per_s: Number | None = None
    achieved_per_s: Number | None = None
    seconds: Number | None = None
    connections: int | None = None
    threads: int | None = None
    arrivals: str | None = None
    timing: str | None = None
    requests: Count = 0
    completed: Count = 0
    unfinished: Count = 0
    lost: Count = 0
    late: Count = 0
    errors: Mapping[str, Count] = field(default_factory=dict)
    rate_per_s: Number | None = None
    bits_per_s: Number | None = None
    cpu_ns_per_request: Number | None = None
    latency_ns: Mapping[str, Number] = field(default_factory=dict)
    lag_ns: Mapping[str, Number] = field(default_factory=dict)
    histogram: str | None = None
    machine: Machine = field(default_factory=Machine)


@dataclass(frozen=True, slots=True)
class Built:
    """`setup` of a trial: how long its lab took, and the kernel objects by namespace and kind."""

    seconds: Number
    objects: Mapping[str, Mapping[str, Count]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """A line of trials.ndjson."""

    schema: str
    trial: int
    network: str
    valid: bool
    block: int = 0
    role: str = "candidate"
    started: str = ""
    seconds: Number | None = None
    rejected: tuple[Reject, ...] = ()
    tolerated: tuple[Reject, ...] = ()
    setup: Built | None = None
    proof: Proof | None = None
    pinning: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    loads: tuple[Load, ...] = ()


@dataclass(frozen=True, slots=True)
class Twin:
    """The ratio of a cell by the method that is not shown."""

    method: str
    ratio: Number | None = None
    ratio_low: Number | None = None
    ratio_high: Number | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the summary: one network, load, size, metric and quantile. `ratio` is network / host."""

    network: str
    load: str
    metric: str
    unit: str
    verdict: Verdict
    offered_per_s: Number | None = None
    response_bytes: int | None = None
    quantile: Number | None = None
    value: Number | None = None
    baseline_value: Number | None = None
    ratio: Number | None = None
    ratio_low: Number | None = None
    ratio_high: Number | None = None
    joint_low: Number | None = None
    joint_high: Number | None = None
    family: int = 0
    difference: Number | None = None
    difference_low: Number | None = None
    difference_high: Number | None = None
    difference_joint_low: Number | None = None
    difference_joint_high: Number | None = None
    n: int = 0
    supported: bool = False
    method: str | None = None
    disagree: bool = False
    twin: Twin | None = None
    samples: int | None = None
    samples_effective: int | None = None
    inefficiency: Number | None = None
    stationary: Number | None = None
    achieved_share: Number | None = None
    idle_share: Number | None = None
    detectable: Number | None = None
    saturated: str | None = None

    @property
    def low(self) -> float | None:
        """The lower bound that is shown: the one that holds together with the other networks', in runs that have it."""
        return self.joint_low if self.joint_low is not None else self.ratio_low

    @property
    def high(self) -> float | None:
        """The upper bound that is shown."""
        return self.joint_high if self.joint_high is not None else self.ratio_high

    @property
    def difference_bounds(self) -> tuple[float | None, float | None]:
        """The difference's bounds that are shown: those at the confidence of the ratio's, in runs that have them."""
        if self.difference_joint_low is not None:
            return self.difference_joint_low, self.difference_joint_high
        return self.difference_low, self.difference_high


@dataclass(frozen=True, slots=True)
class PartCost:
    """Two networks that differ in one part, block by block; `ratio` is to / from."""

    part: str
    before: Annotated[str, Field(alias="from")]
    after: Annotated[str, Field(alias="to")]
    from_network: str
    to_network: str
    load: str
    metric: str
    unit: str
    verdict: Verdict
    given: tuple[str, ...] = ()
    response_bytes: int | None = None
    quantile: Number | None = None
    ratio: Number | None = None
    joint_low: Number | None = None
    joint_high: Number | None = None
    difference: Number | None = None
    difference_low: Number | None = None
    difference_high: Number | None = None
    difference_joint_low: Number | None = None
    difference_joint_high: Number | None = None
    n: int = 0
    family: int = 0
    disagree: bool = False
    detectable: Number | None = None

    @property
    def difference_bounds(self) -> tuple[float | None, float | None]:
        """As a cell's."""
        if self.difference_joint_low is not None:
            return self.difference_joint_low, self.difference_joint_high
        return self.difference_low, self.difference_high


@dataclass(frozen=True, slots=True)
class Floor:
    """Host against host for one load, size, metric and quantile; `floor` is the largest ratio that is noise."""

    load: str
    metric: str
    ratio: Number | None = None
    ratio_low: Number | None = None
    ratio_high: Number | None = None
    floor: Number | None = None
    response_bytes: int | None = None
    quantile: Number | None = None
    n: int = 0


@dataclass(frozen=True, slots=True)
class Knee:
    """The maximum rate of a network, with its interval and its share of the host's; with a `note` it was not found."""

    network: str
    response_bytes: int
    rate_per_s: Number
    rate_low_per_s: Number | None = None
    rate_high_per_s: Number | None = None
    share: Number | None = None
    share_low: Number | None = None
    share_high: Number | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """summary.json."""

    schema: str
    networks: tuple[Network, ...] = ()
    cells: tuple[Cell, ...] = ()
    noise_floor: tuple[Floor, ...] = ()
    parts: tuple[PartCost, ...] = ()
    knees: tuple[Knee, ...] = ()
    clock: str = "wall"
    counted: Mapping[str, Any] | None = None
    baseline: str = "host"
    trials: Mapping[str, Any] = field(default_factory=dict)
    blocks: int = 0
    confidence: Number = 0.95
    margin: Number = statistics.MARGIN
    dependence: Mapping[str, Any] = field(default_factory=dict)
    rejected: int = 0
    complete: bool = False


@dataclass(frozen=True, slots=True)
class ConditionRecord:
    """A condition of a study; `run` is its run's directory within the study's."""

    name: str
    run: str


@dataclass(frozen=True, slots=True)
class Study:
    """study.json."""

    schema: str
    conditions: tuple[ConditionRecord, ...] = ()
    created: str = ""
    command: str = ""
    factor: str = "tune"
    plan: Mapping[str, Any] = field(default_factory=dict)

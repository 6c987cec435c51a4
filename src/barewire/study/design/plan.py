"""What a study will do, as plain data: the plan.

A plan comes from a TOML file, from options, or from neither; `plan_file` reads it and turns whatever is wrong into a
`PlanError` with the line. This module holds the shape; `values` has what each key accepts. The description of a field is
what the error message asks the user to write, and a test keeps docs/plan.md in step with it.

A plan is complete: every default is filled in, the seed is drawn, so that `run.json` repeats the study exactly. Only
`seconds` may be None until `budget.fit` has set it. Limit: a plan cannot know what this kernel can build; that is
found out when the study starts.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, model_validator

from barewire import workloads
from barewire.model.network import PORTS_PER_POD, Wire
from barewire.model.topology_text import topologies
from barewire.model.typed_file import STRICT
from barewire.records import PlanRecord
from barewire.results import BASELINE
from barewire.results.clock import COUNTED, Clock
from barewire.results.precision import targets
from barewire.study.design import fitting, peers
from barewire.study.design import machines as remote
from barewire.study.design.options import BY_KEY
from barewire.study.design.options.clusters import KUBERNETES, SSH
from barewire.study.design.values import (
    Bandwidth,
    CniFolderText,
    Cpus,
    Delay,
    Different,
    Endpoint,
    Listed,
    Loss,
    Margin,
    Networks,
    Nodes,
    OwnLoads,
    PeerText,
    PolicyCount,
    Positive,
    Precision,
    Share,
    Size,
    Switch,
    TopologyText,
    Warmup,
    Whole,
    WireTable,
    Workloads,
    parse_loss,
    refused,
)
from barewire.units import BitsPerSecond, Bytes, Nanoseconds, parse_bandwidth, parse_duration, parse_share
from barewire.workloads.definition.shares import OWN
from barewire.workloads.definition.workload import Workload

LARGEST_SEED = (1 << 53) - 1
"""Any integer up to here survives JSON readers that keep numbers as doubles."""

HOST_KERNEL = "host"
"""The kernel that this machine runs: labs are on the machine itself and in no VM, unless the clock counts."""


class WirePlan(BaseModel):
    """The wire between nodes, as written; `wire()` gives it in numbers."""

    model_config = STRICT

    rate: Bandwidth = Field(default="", description='a bandwidth like "10gbit", or "" for as fast as the kernel is')
    delay: Delay = Field(default="", description='a one-way delay like "50us", or "" for none')
    loss: Loss = Field(
        default="", description='a share of packets above 0 % and at most 50 %, like "1%", or "" for none'
    )
    mtu: Whole = Field(default=1500, ge=1280, le=65535, description="bytes, 1280 to 65535")
    offloads: Switch = Field(default=True, description='true or false ("on", "off")')

    def wire(self) -> Wire:
        """The wire in bit/s, ns and bytes; 0 leaves the kernel's own."""
        return Wire(
            rate=parse_bandwidth(self.rate) if self.rate else BitsPerSecond(0),
            delay=parse_duration(self.delay) if self.delay else Nanoseconds(0),
            loss=parse_loss(self.loss) if self.loss else 0.0,
            mtu=Bytes(self.mtu),
            offloads=self.offloads,
        )


def _option(key: str, **constraints: Any) -> Any:
    """The field of an option, with its default and description."""
    option = BY_KEY[key]
    return Field(**{"default": option.default, "description": option.takes, **constraints})


class StudyPlan(BaseModel):
    """Everything that a study needs to know before it looks at the machine. Frozen; equality is by value."""

    model_config = STRICT

    networks: Networks = _option("networks", min_length=1)
    blocks: int = _option("blocks", ge=1, le=1000)
    restarts: int = _option("restarts", ge=1, le=1000)
    seconds: Positive | None = _option("seconds", le=3600)
    loads: Annotated[tuple[Share, ...], Listed, Different] = _option("loads", min_length=1)
    loads_of: Literal["slowest", "host"] = _option("loads_of")
    own_loads: OwnLoads = _option("own_loads")
    sizes: Annotated[tuple[Size, ...], Listed, Different] = _option("sizes", min_length=1)
    seed: int = _option("seed", ge=0, le=LARGEST_SEED)
    workloads: Workloads = _option("workloads", min_length=1)
    server: Literal["nginx", "serve"] = _option("server")
    request_bytes: Whole = _option("request_bytes", ge=8, le=65000)
    response_bytes: Whole = _option("response_bytes", ge=8, le=65000)
    pipeline: int = _option("pipeline", ge=1, le=256)
    timestamps: Switch = _option("timestamps")
    family: Literal[4, 6, 46] = _option("family")
    nodes: Nodes = _option("nodes")
    pods: int = _option("pods", ge=1, le=40)
    wire: Annotated[WirePlan, WireTable] = _option("wire", default=WirePlan())
    topology: TopologyText = _option("topology")
    connections: int = _option("connections", ge=1, le=10000)
    threads: int = _option("threads", ge=1, le=256)
    arrivals: Literal["even", "poisson"] = _option("arrivals")
    timing: Literal["spin", "sleep", "auto"] = _option("timing")
    streams: int = _option("streams", ge=1, le=128)
    warmup: Warmup = _option("warmup")
    budget: Positive = _option("budget", le=10080)
    until: Annotated[tuple[Precision, ...], Listed, Different] = _option("until")
    margin: Margin = _option("margin")
    machines: Annotated[tuple[str, ...], Listed, Different] = _option("machines")
    kernel: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Listed, Different] = _option(
        "kernel", min_length=1
    )
    clock: Clock = _option("clock")
    memory: int = _option("memory", ge=256, le=1 << 20)
    tune: Annotated[tuple[str, ...], Listed, Different] = _option("tune", min_length=1)
    server_cpus: Cpus = _option("server_cpus")
    client_cpus: Cpus = _option("client_cpus")
    port: int = _option("port", ge=1024, le=64536)
    testbed: Literal["local", "ssh", "kubernetes"] = _option("testbed")
    context: str = _option("context")
    namespace: str = _option("namespace")
    pairs: int = _option("pairs", ge=1, le=100)
    policies: Annotated[tuple[PolicyCount, ...], Listed, Different] = _option("policies")
    image: str = _option("image", min_length=1)
    cni_config: CniFolderText = _option("cni_config")
    peer: PeerText = _option("peer")
    endpoints: Annotated[tuple[Endpoint, ...], Listed, Different] = _option("endpoints", max_length=peers.MOST)
    token_file: str = _option("token_file")

    @model_validator(mode="after")
    def _fits_together(self) -> StudyPlan:
        if misfit := peers.check_keys(self):
            raise refused(misfit[1], key=misfit[0])
        fitting.check(self)
        if misfit := remote.check_keys(self):
            raise refused(misfit[1], key=misfit[0])
        if self.threads > self.connections:
            raise refused(f"{self.threads} threads cannot share {self.connections} connections", key="threads")
        if self.topology and self.nodes != BY_KEY["nodes"].default:
            raise refused("a topology says how many nodes are in a rack, so nodes cannot be given too", key="nodes")
        if self.port + PORTS_PER_POD * self.pods > 65_536:
            raise refused(
                f"{self.pods} pods need {PORTS_PER_POD} ports each, and from {self.port} up there are fewer",
                key="port",
            )
        if len(self.kernel) > 1 and len(self.tune) > 1:
            raise refused("several kernels and several tunings cannot be compared at once", key="kernel")
        if len(self.topologies) > 1 and len(self.kernel) + len(self.tune) > 2:
            raise refused("pair=both cannot be compared beside several kernels or tunings", key="topology")
        if len(self.kernel) > 1 and HOST_KERNEL in self.kernel:
            raise refused(
                "several kernels are compared each in a VM, and host is this machine itself; name its file in /boot",
                key="kernel",
            )
        for target in map(targets.parse, self.until):
            if not set(targets.workloads_of(target)) & set(self.workloads):
                raise refused(f"{target.word} is measured by none of the chosen workloads", key="until")
        if self.restarts > self.blocks:
            raise refused(f"{self.restarts} groups cannot share {self.blocks} blocks", key="restarts")
        if self.restarts > 1 and self.until:
            raise refused("with until the number of blocks to group is not known in advance", key="restarts")
        if self.until and self.blocks < targets.FEWEST_BLOCKS:
            few = f"with until there must be at least {targets.FEWEST_BLOCKS} blocks; fewer show no precision"
            raise refused(few, key="blocks")
        return self

    @property
    def in_cluster(self) -> bool:
        """Whether candidates are ways of a cluster and no labs are built."""
        return self.testbed == KUBERNETES

    @property
    def node_count(self) -> int:
        """Nodes of each lab."""
        return len(self.machines) or (self.nodes if isinstance(self.nodes, int) else len(self.nodes))

    @property
    def node_names(self) -> tuple[str, ...]:
        """Nodes of a cluster, if any were named."""
        return () if isinstance(self.nodes, int) else self.nodes

    @property
    def candidates(self) -> tuple[str, ...]:
        """The networks that are compared with the host."""
        return tuple(name for name in self.networks if name != BASELINE)

    @property
    def drivers(self) -> tuple[Workload, ...]:
        """What the networks are driven with, in the order of `workloads`."""
        return tuple(map(workloads.by_name, self.workloads))

    @property
    def has_rates(self) -> bool:
        """Whether any load is a share of a maximum rate, which must be found then."""
        return any(one.at_rate for one in self.drivers)

    @property
    def topologies(self) -> dict[str, str]:
        """The topologies that are measured, by the name of their pair: two with `pair=both`, else the plan's own."""
        return topologies(self.topology)

    @property
    def has_http(self) -> bool:
        """Whether any workload is served by the plan's HTTP server."""
        return any("server" in one.options for one in self.drivers)

    @property
    def counted(self) -> bool:
        """Whether the clock counts instructions."""
        return self.clock == COUNTED

    @property
    def in_vm(self) -> bool:
        """Whether labs are in a VM that is started for them."""
        return self.clock == COUNTED or self.kernel != (HOST_KERNEL,)

    @property
    def on_machines(self) -> bool:
        """Whether labs are on machines that are reached by ssh."""
        return self.testbed == SSH

    @property
    def with_peer(self) -> bool:
        """Whether candidates are addresses of another machine, and no labs are built."""
        return bool(self.peer)

    @property
    def builds_labs(self) -> bool:
        """Whether candidates are networks in labs that are built for the study."""
        return not self.in_cluster and not self.with_peer

    @property
    def can_count(self) -> bool:
        """Whether the same study could count instructions: its labs are on this machine, so a VM may hold them."""
        return self.builds_labs and not self.on_machines

    @property
    def switches_offloads(self) -> bool:
        """Whether a load can also be run without the offloads of the wire: it has them, and is ours."""
        ours = not self.with_peer and not self.in_cluster and not remote.share_cards(self)
        return self.wire.offloads and ours

    def record(self) -> PlanRecord:
        """The plan as `run.json` keeps it; keys of machines and of a peer in a study with such alone."""
        left_out = (set() if self.on_machines else {"machines"}) | (set() if self.with_peer else set(peers.KEYS))
        return cast("PlanRecord", self.model_dump(mode="json", exclude=left_out))


def share_of(load: str) -> float:
    """`"50%"` and `"own-50%"` to 0.5; for loads that a plan has accepted."""
    return parse_share(load.removeprefix(OWN))

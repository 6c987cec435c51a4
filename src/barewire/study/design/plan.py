"""What a study will do, as plain data: the plan.

A plan comes from a TOML file, from options, or from neither; `plan_file` reads it and turns whatever is wrong into a
`PlanError` with the line. This module holds only the shape and what each key accepts. The description of a field is
what the error message asks the user to write, and a test keeps docs/plan.md in step with it.

A plan is complete: every default is filled in, the seed is drawn, so that `run.json` repeats the study exactly. Only
`seconds` may be None until `budget.fit` has set it. Limit: a plan cannot know what this kernel can build; that is
found out when the study starts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from barewire import workloads
from barewire.errors import PlanError
from barewire.model.network import PORTS_PER_POD, Wire
from barewire.records import PlanRecord
from barewire.results import BASELINE, upgrade
from barewire.results.clock import COUNTED, Clock
from barewire.results.precision import targets
from barewire.study.design.options import BY_KEY
from barewire.units import BitsPerSecond, Bytes, Nanoseconds, parse_bandwidth, parse_duration, parse_share
from barewire.workloads.definition.shares import OWN
from barewire.workloads.definition.workload import Workload

LARGEST_RESPONSE = 1 << 20
SMALLEST_SHARE, LARGEST_SHARE = 0.0001, 1.5
LARGEST_LOSS = 0.5
SMALLEST_MARGIN, LARGEST_MARGIN = 0.001, 1.0
MOST_BLOCKS_UNTIL = 60
"""Blocks of a study that stops by its precision, unless the plan says so itself: the budget mostly ends it before."""

LARGEST_SEED = (1 << 53) - 1
"""Any integer up to here survives JSON readers that keep numbers as doubles."""

QUICK: Mapping[str, object] = {
    "blocks": 3, "sizes": [100], "workloads": ["http", "http-max", "tcp-rr"], "loads": ["50%"], "own_loads": [], "streams": 1,
    "budget": 2.0,
}  # fmt: skip
"""`--quick`: about two minutes. Fewer blocks make the intervals wider; `tcp-stream` is left out, because iperf3 measures whole
seconds, which for all networks would be half of the time; with `--workloads tcp-stream` it has one stream."""

HOST_KERNEL = "host"
"""The kernel that this machine runs: labs are on the machine itself and in no VM, unless the clock counts."""

COUNTED_DEFAULTS: Mapping[str, object] = {
    "blocks": 8, "seconds": 0.03, "workloads": ["tcp-rr", "udp-rr", "http-rr", "tcp-crr", "tcp-stream", "udp-stream"],
    "server": "serve", "connections": 1, "streams": 1, "warmup": 0.005, "loads_of": "host", "own_loads": [],
}  # fmt: skip
"""What a plan's defaults are where the clock counts. Nothing there wanders, so a load needs no length to find its mean and
no pilot to find its beginning; and each of its seconds takes twenty of an emulated CPU."""

COUNTED_QUICK: Mapping[str, object] = {"blocks": 3, "workloads": ["tcp-rr", "udp-rr", "tcp-stream"]}
"""`--quick` where the clock counts."""


def _refuse(reason: str, **context: object) -> PydanticCustomError:
    return PydanticCustomError("plan", "{reason}", {"reason": reason, **context})


def _listed(value: object) -> object:
    """Lists come as TOML arrays or, from the command line, joined by commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value


def _own_loads(value: object) -> object:
    return () if value == "none" else _listed(value)


def _all_workloads(value: object) -> object:
    return tuple(one.name for one in workloads.every()) if value == "all" else _listed(value)


def _workload(name: str) -> str:
    known = [one.name for one in workloads.every()]
    if name not in known:
        renamed = f"; {name} is called {upgrade.WORKLOADS[name]} now" if name in upgrade.WORKLOADS else ""
        raise _refuse(f"{name!r} is not a workload; there are {', '.join(known)}{renamed}")
    return name


def _target(text: str) -> str:
    try:
        return str(targets.parse(text))
    except PlanError as error:
        raise _refuse(error.what) from None


def _margin(text: str) -> str:
    try:
        share = parse_share(text)
    except PlanError as error:
        raise _refuse(error.what) from None
    if not SMALLEST_MARGIN <= share <= LARGEST_MARGIN:
        raise _refuse(
            f"a margin must be between {SMALLEST_MARGIN * 100:g} % and {LARGEST_MARGIN * 100:g} % (got {text})"
        )
    return f"{share * 100:.6g}%"


def _whole(value: object) -> object:
    """A size from the command line is text; one in a file is a number."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value) else value


def _number(value: object) -> object:
    """A number from the command line is text where a word is possible too."""
    return float(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value) else value


def _share(text: str) -> str:
    try:
        share = parse_share(text)
    except PlanError as error:
        raise _refuse(error.what) from None
    if not SMALLEST_SHARE <= share <= LARGEST_SHARE:
        raise _refuse(
            f"a load must be {SMALLEST_SHARE * 100:g} % to {LARGEST_SHARE * 100:.0f} % of the maximum rate (got {text})"
        )
    return f"{share * 100:.6g}%"


def _different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    twice = [v for i, v in enumerate(values) if v in values[:i]]
    if twice:
        raise _refuse(f"{twice[0]!r} is listed twice")
    return values


def _differently_named(names: tuple[str, ...]) -> tuple[str, ...]:
    """A network may be compared with itself, but then its two rows need two names."""
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise _refuse(
            f"two networks have the name {twice[0]}; leave one out, or write one as its parts, like host+direct"
        )
    return names


def _cpus(value: object) -> object:
    """`"auto"`, or CPUs as the kernel lists them: `"0,2-3"`; a file may give an array."""
    if not isinstance(value, str) or value == "auto":
        return tuple(value) if isinstance(value, list) else value
    cpus: list[int] = []
    for part in value.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,5})(?:-([0-9]{1,5}))?\s*", part)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise _refuse(f"{part!r} is not a CPU or a range of CPUs")
        cpus.extend(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(cpus)


def _wire(value: object) -> object:
    """`"rate=10gbit,delay=50us"` as on the command line, or a table."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    lacking = [key for key, equals, _ in pairs if not equals]
    if lacking:
        raise _refuse(f"{lacking[0].strip()!r} has no value")
    return {key.strip(): text.strip() for key, _, text in pairs}


def _loss(text: str) -> float:
    share = parse_share(text)
    if not 0 < share <= LARGEST_LOSS:
        raise PlanError(f"loss must be above 0 % and at most {LARGEST_LOSS * 100:.0f} % (got {text})")
    return share


def _delay(text: str) -> Nanoseconds:
    """`tc` would cut what is left of a microsecond without a word."""
    delay = parse_duration(text)
    if delay % 1000:
        raise PlanError(f"a wire cannot delay by {text}: tc takes whole microseconds")
    return delay


def _quantity(parse: Any) -> Any:
    def check(text: str) -> str:
        if text:
            try:
                parse(text)
            except PlanError as error:
                raise _refuse(error.what) from None
        return text

    return check


def _switched(value: object) -> object:
    return {"on": True, "off": False}.get(value, value) if isinstance(value, str) else value


Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[str, AfterValidator(_share)]
WorkloadName = Annotated[str, AfterValidator(_workload)]
Precision = Annotated[str, AfterValidator(_target)]
Size = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=LARGEST_RESPONSE)]
Cpu = Annotated[int, Field(ge=0, le=65535)]
Cpus = Annotated[
    Literal["auto"] | Annotated[tuple[Cpu, ...], Field(min_length=1), AfterValidator(_different)],
    BeforeValidator(_cpus),
]
Warmup = Annotated[
    Literal["auto"] | Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)], BeforeValidator(_number)
]
Listed = BeforeValidator(_listed)
Different = AfterValidator(_different)
_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)


class WirePlan(BaseModel):
    """The wire between nodes, as written; `wire()` gives it in numbers."""

    model_config = _STRICT

    rate: Annotated[str, AfterValidator(_quantity(parse_bandwidth))] = Field(
        default="", description='a bandwidth like "10gbit", or "" for as fast as the kernel is'
    )
    delay: Annotated[str, AfterValidator(_quantity(_delay))] = Field(
        default="", description='a one-way delay like "50us", or "" for none'
    )
    loss: Annotated[str, AfterValidator(_quantity(_loss))] = Field(
        default="", description='a share of packets above 0 % and at most 50 %, like "1%", or "" for none'
    )
    mtu: Annotated[int, BeforeValidator(_whole)] = Field(
        default=1500, ge=1280, le=65535, description="bytes, 1280 to 65535"
    )
    offloads: Annotated[bool, BeforeValidator(_switched)] = Field(
        default=True, description='true or false ("on", "off")'
    )

    def wire(self) -> Wire:
        """The wire in bit/s, ns and bytes; 0 leaves the kernel's own."""
        return Wire(
            rate=parse_bandwidth(self.rate) if self.rate else BitsPerSecond(0),
            delay=parse_duration(self.delay) if self.delay else Nanoseconds(0),
            loss=_loss(self.loss) if self.loss else 0.0,
            mtu=Bytes(self.mtu),
            offloads=self.offloads,
        )


def _option(key: str, **constraints: Any) -> Any:
    """The field of an option, with its default and description."""
    option = BY_KEY[key]
    return Field(**{"default": option.default, "description": option.takes, **constraints})


class StudyPlan(BaseModel):
    """Everything that a study needs to know before it looks at the machine. Frozen; equality is by value."""

    model_config = _STRICT

    networks: Annotated[tuple[str, ...], Listed, AfterValidator(_differently_named)] = _option("networks", min_length=1)
    blocks: int = _option("blocks", ge=1, le=1000)
    restarts: int = _option("restarts", ge=1, le=1000)
    seconds: Positive | None = _option("seconds", le=3600)
    loads: Annotated[tuple[Share, ...], Listed, Different] = _option("loads", min_length=1)
    loads_of: Literal["slowest", "host"] = _option("loads_of")
    own_loads: Annotated[tuple[Share, ...], BeforeValidator(_own_loads), Different] = _option("own_loads")
    sizes: Annotated[tuple[Size, ...], Listed, Different] = _option("sizes", min_length=1)
    seed: int = _option("seed", ge=0, le=LARGEST_SEED)
    workloads: Annotated[tuple[WorkloadName, ...], BeforeValidator(_all_workloads), Different] = _option(
        "workloads", min_length=1
    )
    server: Literal["nginx", "serve"] = _option("server")
    request_bytes: Annotated[int, BeforeValidator(_whole)] = _option("request_bytes", ge=8, le=65000)
    response_bytes: Annotated[int, BeforeValidator(_whole)] = _option("response_bytes", ge=8, le=65000)
    pipeline: int = _option("pipeline", ge=1, le=256)
    timestamps: Annotated[bool, BeforeValidator(_switched)] = _option("timestamps")
    family: Literal[4, 6] = _option("family")
    nodes: int = _option("nodes", ge=2, le=250)
    pods: int = _option("pods", ge=1, le=40)
    wire: Annotated[WirePlan, BeforeValidator(_wire)] = _option("wire", default=WirePlan())
    connections: int = _option("connections", ge=1, le=10000)
    threads: int = _option("threads", ge=1, le=256)
    arrivals: Literal["even", "poisson"] = _option("arrivals")
    timing: Literal["spin", "sleep", "auto"] = _option("timing")
    streams: int = _option("streams", ge=1, le=128)
    warmup: Warmup = _option("warmup")
    budget: Positive = _option("budget", le=10080)
    until: Annotated[tuple[Precision, ...], Listed, Different] = _option("until")
    margin: Annotated[str, AfterValidator(_margin)] = _option("margin")
    kernel: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Listed, Different] = _option(
        "kernel", min_length=1
    )
    clock: Clock = _option("clock")
    memory: int = _option("memory", ge=256, le=1 << 20)
    tune: Annotated[tuple[str, ...], Listed, Different] = _option("tune", min_length=1)
    server_cpus: Cpus = _option("server_cpus")
    client_cpus: Cpus = _option("client_cpus")
    port: int = _option("port", ge=1024, le=64536)

    @model_validator(mode="after")
    def _fits_together(self) -> StudyPlan:
        if self.threads > self.connections:
            raise _refuse(f"{self.threads} threads cannot share {self.connections} connections", key="threads")
        if self.port + PORTS_PER_POD * self.pods > 65_536:
            raise _refuse(
                f"{self.pods} pods need {PORTS_PER_POD} ports each, and from {self.port} up there are fewer",
                key="port",
            )
        if len(self.kernel) > 1 and len(self.tune) > 1:
            raise _refuse("several kernels and several tunings cannot be compared at once", key="kernel")
        if len(self.kernel) > 1 and HOST_KERNEL in self.kernel:
            raise _refuse(
                "several kernels are compared each in a VM, and host is this machine itself; name its file in /boot",
                key="kernel",
            )
        for target in map(targets.parse, self.until):
            if not set(targets.workloads_of(target)) & set(self.workloads):
                raise _refuse(f"{target.word} is measured by none of the chosen workloads", key="until")
        if self.restarts > self.blocks:
            raise _refuse(f"{self.restarts} groups cannot share {self.blocks} blocks", key="restarts")
        if self.restarts > 1 and self.until:
            raise _refuse("with until the number of blocks to group is not known in advance", key="restarts")
        if self.until and self.blocks < targets.FEWEST_BLOCKS:
            few = f"with until there must be at least {targets.FEWEST_BLOCKS} blocks; fewer show no precision"
            raise _refuse(few, key="blocks")
        return self

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
    def counted(self) -> bool:
        """Whether the clock counts instructions."""
        return self.clock == COUNTED

    @property
    def in_vm(self) -> bool:
        """Whether labs are in a VM that is started for them."""
        return self.clock == COUNTED or self.kernel != (HOST_KERNEL,)

    def record(self) -> PlanRecord:
        """The plan as `run.json` keeps it."""
        return cast("PlanRecord", self.model_dump(mode="json"))


def share_of(load: str) -> float:
    """`"50%"` and `"own-50%"` to 0.5; for loads that a plan has accepted."""
    return parse_share(load.removeprefix(OWN))

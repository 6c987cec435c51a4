"""What single keys of a plan accept, as types: text of the command line, values of a TOML file, and why others are refused.

pydantic puts the reason that a value is refused for into its error, and `plan_file` makes a `PlanError` of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from barewire import workloads
from barewire.errors import PlanError
from barewire.model.topology_text import kept_text, parse_topology
from barewire.results import upgrade
from barewire.results.precision import targets
from barewire.study.design.options import ALL, WORKLOADS
from barewire.study.design.peers import parse_endpoint, parse_peer
from barewire.testbeds.kubernetes.cni_files import parse_folder
from barewire.testbeds.kubernetes.ways import MOST_POLICIES
from barewire.units import parse_bandwidth, parse_delay, parse_share

T = TypeVar("T")

LARGEST_RESPONSE = 1 << 20
SMALLEST_SHARE, LARGEST_SHARE = 0.0001, 1.5
LARGEST_LOSS = 0.5
SMALLEST_MARGIN, LARGEST_MARGIN = 0.001, 1.0


def refused(reason: str, **context: object) -> PydanticCustomError:
    return PydanticCustomError("plan", "{reason}", {"reason": reason, **context})


def _listed(value: object) -> object:
    """Lists come as TOML arrays or, from the command line, joined by commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value


def _own_loads(value: object) -> object:
    return () if value == "none" else _listed(value)


def _all_workloads(value: object) -> object:
    return tuple(one.name for one in workloads.every()) if value == ALL else _listed(value)


def _workload(name: str) -> str:
    if name not in WORKLOADS:
        renamed = f"; {name} is called {upgrade.WORKLOADS[name]} now" if name in upgrade.WORKLOADS else ""
        raise refused(f"{name!r} is not a workload; there are {', '.join(WORKLOADS)}{renamed}")
    return name


def _parsed(parse: Callable[[str], T], text: str) -> T:
    """What is typed, parsed, with its error as one of the plan's."""
    try:
        return parse(text)
    except PlanError as error:
        raise refused(error.what) from None


def _target(text: str) -> str:
    return str(_parsed(targets.parse, text))


def _margin(text: str) -> str:
    share = _parsed(parse_share, text)
    if not SMALLEST_MARGIN <= share <= LARGEST_MARGIN:
        raise refused(
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
    share = _parsed(parse_share, text)
    if not SMALLEST_SHARE <= share <= LARGEST_SHARE:
        raise refused(
            f"a load must be {SMALLEST_SHARE * 100:g} % to {LARGEST_SHARE * 100:.0f} % of the maximum rate (got {text})"
        )
    return f"{share * 100:.6g}%"


def _different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    twice = [v for i, v in enumerate(values) if v in values[:i]]
    if twice:
        raise refused(f"{twice[0]!r} is listed twice")
    return values


def _differently_named(names: tuple[str, ...]) -> tuple[str, ...]:
    """A network may be compared with itself, but then its two rows need two names."""
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise refused(
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
            raise refused(f"{part!r} is not a CPU or a range of CPUs")
        cpus.extend(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(cpus)


def _wire(value: object) -> object:
    """`"rate=10gbit,delay=50us"` as on the command line, or a table."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    lacking = [key for key, equals, _ in pairs if not equals]
    if lacking:
        raise refused(f"{lacking[0].strip()!r} has no value")
    _different(tuple(key.strip() for key, _, _ in pairs))
    return {key.strip(): text.strip() for key, _, text in pairs}


def parse_loss(text: str) -> float:
    share = parse_share(text)
    if not 0 < share <= LARGEST_LOSS:
        raise PlanError(f"loss must be above 0 % and at most {LARGEST_LOSS * 100:.0f} % (got {text})")
    return share


def _quantity(parse: Any) -> Any:
    def check(text: str) -> str:
        if text:
            try:
                parse(text)
            except PlanError as error:
                raise refused(error.what) from None
        return text

    return check


def _topology(text: str) -> str:
    """A file's content instead of its name, so that the plan needs the file no more."""
    try:
        parse_topology(text)
        return kept_text(text)
    except PlanError as error:
        where = f" (in {error.where})" if error.where else ""
        raise refused(f"{error.what}{where}{': ' if error.said else ''}{error.said}") from None


def _nodes(value: object) -> object:
    """A number, or the names of a cluster's nodes."""
    value = _whole(value)
    if not isinstance(value, str | list):
        return value
    names = _listed(value)
    if isinstance(names, tuple) and len(set(map(str, names))) < max(2, len(names)):
        raise refused("a pair is two different nodes, the client's and the server's")
    return names


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
Networks = Annotated[tuple[str, ...], Listed, AfterValidator(_differently_named)]
Workloads = Annotated[tuple[WorkloadName, ...], BeforeValidator(_all_workloads), Different]
OwnLoads = Annotated[tuple[Share, ...], BeforeValidator(_own_loads), Different]
Margin = Annotated[str, AfterValidator(_margin)]
Whole = Annotated[int, BeforeValidator(_whole)]
Nodes = Annotated[
    Annotated[int, Field(ge=2, le=250)]
    | Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=2), AfterValidator(_different)],
    BeforeValidator(_nodes),
]
PolicyCount = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=MOST_POLICIES)]
Switch = Annotated[bool, BeforeValidator(_switched)]
Bandwidth = Annotated[str, AfterValidator(_quantity(parse_bandwidth))]
Delay = Annotated[str, AfterValidator(_quantity(parse_delay))]
Loss = Annotated[str, AfterValidator(_quantity(parse_loss))]
Endpoint = Annotated[str, AfterValidator(_quantity(parse_endpoint))]
CniFolderText = Annotated[str, AfterValidator(_quantity(parse_folder))]
PeerText = Annotated[str, AfterValidator(_quantity(parse_peer))]
TopologyText = Annotated[str, AfterValidator(_topology)]
WireTable = BeforeValidator(_wire)

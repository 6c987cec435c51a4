"""`plan` of run.json and study.json: the keys of a plan file, every default filled in. What they mean is the study's business.

A mapping and no dataclass, because it is compared, shown and repeated as a whole, also with keys that a later version added.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from barewire.records.fields import Amount, Count, Rate, Written

_ANY_KEY = ConfigDict(extra="allow")
Positive = Annotated[int, Field(ge=1, lt=1 << 31)]
Share = Annotated[str, Field(json_schema_extra={"pattern": "^[0-9.]+%$"})]
Names = Annotated[list[str], Field(json_schema_extra={"minItems": 1})]
Cpus = Literal["auto"] | list[Count]


@with_config(_ANY_KEY)
class WireRecord(TypedDict, total=False):
    """The wire between nodes, as written; empty for what it is without."""

    rate: Written[str]
    delay: Written[str]
    loss: str
    mtu: Written[Count]
    offloads: Written[bool]


@with_config(_ANY_KEY)
class PlanRecord(TypedDict, total=False):
    """The plan. `kernel` is the kernel as it was asked for; `margin` is within which differences count as equivalent."""

    networks: Written[Names]
    blocks: Written[Annotated[int, Field(ge=0, lt=1 << 31)]]
    restarts: Written[Positive]
    seconds: Written[Rate | None]
    loads: Written[list[Share]]
    loads_of: Written[Literal["slowest", "host"]]
    own_loads: Written[list[Share]]
    sizes: Written[list[Positive]]
    seed: Written[Count]
    workloads: Written[Names]
    server: Written[Literal["nginx", "serve"]]
    request_bytes: Written[Positive]
    response_bytes: Written[Positive]
    pipeline: Written[Positive]
    timestamps: Written[bool]
    family: Written[Literal[4, 6, 46]]
    nodes: Written[Positive | Names]
    pods: Written[Positive]
    wire: Written[WireRecord]
    topology: str
    connections: Written[Positive]
    threads: Written[Positive]
    arrivals: Written[Literal["even", "poisson"]]
    timing: Written[Literal["spin", "sleep", "auto"]]
    streams: Written[Positive]
    warmup: Written[Literal["auto"] | Amount]
    budget: Written[Rate]
    until: Written[list[Annotated[str, Field(json_schema_extra={"pattern": "^[a-z0-9.]+=[0-9.]+%$"})]]]
    margin: Written[Share]
    machines: Names
    kernel: Written[Names]
    clock: Written[Literal["wall", "counted"]]
    memory: Written[Positive]
    tune: Written[Names]
    server_cpus: Written[Cpus]
    client_cpus: Written[Cpus]
    port: Written[Count]
    testbed: Literal["local", "ssh", "kubernetes"]
    context: str
    namespace: str
    pairs: Positive
    policies: list[Count]
    image: str
    cni_config: str
    peer: str
    endpoints: list[str]
    token_file: str

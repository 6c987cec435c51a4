"""A topology from a TOML file: zones with the racks and spines of each, clusters, and delays between them.

    pair = "clusters"
    cluster_delay = "2ms"

    [[cluster]]
    name = "east"

    [[cluster.zone]]
    name = "a"
    spines = 2
    racks = [2, 2]      # nodes of each rack

A file of one cluster has `[[zone]]` alone. A plan keeps what a file said as JSON on one line, so that a run does not depend on
it.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from barewire.errors import PlanError
from barewire.model.racks import (
    MOST_CLUSTERS,
    MOST_IN_RACK,
    MOST_RACKS,
    MOST_SPINES,
    RackCluster,
    Racks,
    RackZone,
)
from barewire.model.typed_file import LARGEST_FILE, STRICT
from barewire.units import Nanoseconds, parse_delay


def _delay(text: str) -> str:
    try:
        parse_delay(text)
    except PlanError as error:
        raise ValueError(error.what) from None
    return text


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$")]
LinkDelay = Annotated[str, AfterValidator(_delay)]


class ZoneTable(BaseModel):
    """`[[zone]]` or `[[cluster.zone]]`: the nodes of each rack, and the number of spines."""

    model_config = STRICT

    name: Name | None = None
    spines: Annotated[int, Field(ge=0, le=MOST_SPINES)] = 0
    racks: Annotated[list[Annotated[int, Field(ge=1, le=MOST_IN_RACK)]], Field(min_length=1, max_length=MOST_RACKS)]

    def zone(self) -> RackZone:
        return RackZone(tuple(self.racks), self.spines, self.name or "")


class ClusterTable(BaseModel):
    """`[[cluster]]`: its zones."""

    model_config = STRICT

    name: Name | None = None
    zone: Annotated[list[ZoneTable], Field(min_length=1, max_length=MOST_RACKS)]


class TopologyTable(BaseModel):
    """The whole file: either `cluster` or, of one cluster, `zone`."""

    model_config = STRICT

    pair: Literal["within", "across", "zones", "clusters", "both"] = "across"
    zone_delay: LinkDelay | None = None
    cluster_delay: LinkDelay | None = None
    zone: Annotated[list[ZoneTable], Field(max_length=MOST_RACKS)] = []
    cluster: Annotated[list[ClusterTable], Field(max_length=MOST_CLUSTERS)] = []

    def racks(self) -> Racks:
        """PlanError where the numbers do not go together."""
        clusters = [RackCluster(tuple(zone.zone() for zone in one.zone), one.name or "") for one in self.cluster]
        if bool(clusters) == bool(self.zone):
            raise PlanError(
                "a topology has clusters, or the zones of one", remedy="Write [[cluster]] tables or [[zone]]"
            )
        _refuse_twins("clusters", [one.name for one in self.cluster])
        for zones in (self.zone, *(one.zone for one in self.cluster)):
            _refuse_twins("zones of a cluster", [zone.name for zone in zones])
        if self.zone:
            clusters = [RackCluster(tuple(zone.zone() for zone in self.zone))]
        found = Racks(tuple(clusters), _nanoseconds(self.zone_delay), _nanoseconds(self.cluster_delay))
        for key, delay, number, what in (
            ("zone_delay", self.zone_delay, max(len(one.zones) for one in clusters), "zones in a cluster"),
            ("cluster_delay", self.cluster_delay, len(clusters), "clusters"),
        ):
            if delay and number < 2:
                raise PlanError(f"{key} delays nothing", said=f"there are no two {what}", remedy="Leave it out")
        return found

    def text(self) -> str:
        """The same on one line, as a plan keeps it."""
        return json.dumps(self.model_dump(mode="json", exclude_defaults=True), separators=(",", ":"))


def read(text: str) -> TopologyTable:
    """The topology of a file by its name, or of its text in a plan; PlanError that names what is wrong, and where."""
    text = text.strip()
    if text.startswith("{"):
        try:
            return _checked(json.loads(text), "--topology")
        except (ValueError, RecursionError) as error:
            raise PlanError("the topology is not JSON", said=str(error), remedy=_REMEDY) from None
    path = Path(text)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PlanError(f"{path} is larger than {LARGEST_FILE // 1024} KiB", remedy="Give a topology, a small file")
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise PlanError(f"the topology {path} cannot be read", said=error.strerror or str(error)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PlanError("the topology is not TOML", where=str(path), said=str(error), remedy=_REMEDY) from error
    return _checked(document, str(path))


def _checked(document: Any, where: str) -> TopologyTable:
    try:
        return TopologyTable.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        said = first["msg"].removeprefix("Value error, ")
        raise PlanError(f"{key or 'it'} of a topology is wrong", where=where, said=said, remedy=_REMEDY) from None


def _refuse_twins(what: str, names: Sequence[str | None]) -> None:
    twin = next((name for number, name in enumerate(names) if name and name in names[:number]), None)
    if twin:
        raise PlanError(f"two {what} are called {twin}", remedy="Give each another name, or none")


def _nanoseconds(delay: str | None) -> Nanoseconds:
    return parse_delay(delay) if delay else Nanoseconds(0)


_REMEDY = (
    "A topology has pair, zone_delay, cluster_delay, and [[cluster]] tables with name and [[cluster.zone]], "
    "each with name, spines and racks = [2, 2]"
)

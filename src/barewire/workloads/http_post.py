"""`http-post`: one HTTP POST at a time over one connection, with a body of `request_bytes`; latency."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from barewire.workloads.definition.path import PathUnderTest
from barewire.workloads.definition.sequential import RoundTripWorkload
from barewire.workloads.definition.settings import Settings
from barewire.workloads.definition.site import LoadSite
from barewire.workloads.definition.step import Step
from barewire.workloads.definition.workload import HTTP_ROUND_TRIPS, POST_OFFSET
from barewire.workloads.servers.service import Service, http_post

if TYPE_CHECKING:
    from barewire.workloads.generator.load import LoadSpec


class _HttpPost(RoundTripWorkload):
    name, order, protocol = "http-post", 13, "http-post"
    phrase = "one HTTP POST at a time"
    resolution = HTTP_ROUND_TRIPS
    options = frozenset({"request_bytes", "response_bytes", "timestamps", "timing", "warmup"})

    @property
    def offset(self) -> int:
        return POST_OFFSET

    def services(self, plan: Settings, site: LoadSite) -> tuple[Service, ...]:
        return (http_post(site.port(self.offset), [plan.response_bytes]),)

    def spec(self, step: Step, path: PathUnderTest, plan: Settings, site: LoadSite) -> LoadSpec:
        target = path.target(site.port(self.offset))
        return replace(
            super().spec(step, path, plan, site),
            protocol=self.protocol,
            target=str(target.address),
            port=target.port,
            request_bytes=plan.request_bytes,
        )


WORKLOAD = _HttpPost()

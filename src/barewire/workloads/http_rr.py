"""`http-rr`: one HTTP request at a time over one connection; latency."""

from __future__ import annotations

from barewire.workloads.definition.sequential import RoundTripWorkload
from barewire.workloads.definition.settings import Settings
from barewire.workloads.definition.site import LoadSite
from barewire.workloads.definition.workload import HTTP_ROUND_TRIPS, ExplainedLoad
from barewire.workloads.servers.service import Service, http


class _HttpRr(RoundTripWorkload):
    name, order = "http-rr", 12
    phrase = "one HTTP request at a time"
    resolution = HTTP_ROUND_TRIPS
    options = frozenset({"server", "response_bytes", "timestamps", "timing", "warmup"})
    explained = (ExplainedLoad("http-rr", 2),)

    def services(self, plan: Settings, site: LoadSite) -> tuple[Service, ...]:
        return (http(site.port(self.offset), list(dict.fromkeys((*plan.sizes, plan.response_bytes)))),)


WORKLOAD = _HttpRr()

"""Values that a plan has where neither its file nor an option says otherwise: by the counted clock, and with `--quick`."""

from __future__ import annotations

from collections.abc import Mapping

MOST_BLOCKS_UNTIL = 60
"""Blocks of a study that stops by its precision, unless the plan says so itself: the budget mostly ends it before."""

QUICK: Mapping[str, object] = {
    "blocks": 3, "sizes": [100], "workloads": ["http", "http-max", "tcp-rr"], "loads": ["50%"], "own_loads": [], "streams": 1,
    "budget": 2.0,
}  # fmt: skip
"""`--quick`: about two minutes. Fewer blocks make the intervals wider; `tcp-stream` is left out, because iperf3 measures whole
seconds, which for all networks would be half of the time; with `--workloads tcp-stream` it has one stream."""

COUNTED_DEFAULTS: Mapping[str, object] = {
    "blocks": 8, "seconds": 0.03, "workloads": ["tcp-rr", "udp-rr", "http-rr", "tcp-crr", "tcp-stream", "udp-stream"],
    "server": "serve", "connections": 1, "streams": 1, "warmup": 0.005, "loads_of": "host", "own_loads": [],
}  # fmt: skip
"""What a plan's defaults are where the clock counts. Nothing there wanders, so a load needs no length to find its mean and
no pilot to find its beginning; and each of its seconds takes twenty of an emulated CPU."""

CLUSTER_DEFAULTS: Mapping[str, object] = {
    "server": "serve",
}
"""What a plan's defaults are for a cluster: what runs in any image."""

COUNTED_QUICK: Mapping[str, object] = {"blocks": 3, "workloads": ["tcp-rr", "udp-rr", "tcp-stream"]}
"""`--quick` where the clock counts."""

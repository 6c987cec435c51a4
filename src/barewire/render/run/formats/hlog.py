"""The whole run as one HdrHistogram log (1.3, V2 compressed): one line for each network, load, size and kind of time.

https://github.com/HdrHistogram/HdrHistogram. Tags are the run's own with the network behind, `latency/50%/100/flannel/vxlan`:
three fields, then all the rest. Values are nanoseconds; the times of a line are those of its first and last interval, which lie
in different blocks. A tag holds neither commas nor spaces, so these and what else would end a line are written as `\\uXXXX`.
"""

from __future__ import annotations

import re

from barewire.render.format import Format
from barewire.render.run import counted, histograms
from barewire.render.run.data import ReportData
from barewire.workloads.generator.histogram import Entry, log_text

_NOT_IN_A_TAG = re.compile(r"[\s,\\]|[^\x21-\x7e]")


def render(data: ReportData) -> str:
    """The log, in order of time."""
    entries = [
        Entry(f"{entry.tag}/{tag_of(place.network)}", entry.histogram, entry.start_ns, entry.end_ns)
        for (place, _), entry in histograms.merged(data).items()
    ]
    # Readers that want a range of time stop at the first line behind it.
    text = log_text(sorted(entries, key=lambda entry: entry.start_ns))
    if not data.counted:
        return text
    head, _, rest = text.partition("\n")
    return f"{head}\n#[Clock: {counted.short(data)}]\n{rest}"


def tag_of(name: str) -> str:
    """A name as part of a tag: printable ASCII without commas, spaces and backslashes."""
    return _NOT_IN_A_TAG.sub(lambda match: "".join(f"\\u{unit:04x}" for unit in _units(match[0])), name)


def _units(character: str) -> list[int]:
    raw = character.encode("utf-16-be")
    return [int.from_bytes(raw[i : i + 2]) for i in range(0, len(raw), 2)]


FORMAT = Format("hlog", "run.hlog", "one HdrHistogram log of the whole run, merged, with tags", render)

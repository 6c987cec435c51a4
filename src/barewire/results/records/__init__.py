"""The files of a run as frozen data: what the study writes and what reports read are the same types.

One module a file: `run` (run.json), `trial` (a line of trials.ndjson), `summary` (summary.json), `study` (study.json). pydantic
checks types where files are read and names the key of whatever is wrong; NaN and infinities are refused. The published JSON
Schemas are made of these types (`tools/schemas.py`): a field that is `Written` is in every file that this version writes, and
its default is for files that lack it. Keys that no type names pass by unread, so that a run with more in it (a later minor
version, another writer) still renders.
"""

from barewire.results.records.fields import Count, Number, Verdict, plain
from barewire.results.records.run import NetworkRecord, RunRecord, SetupRecord
from barewire.results.records.study import ConditionRecord, StudyRecord
from barewire.results.records.summary import (
    Cell,
    CountedHash,
    DependenceRecord,
    Fingerprint,
    Floor,
    Knee,
    LookRecord,
    MeasuredNetwork,
    PartCost,
    Stopping,
    Summary,
    Twin,
)
from barewire.results.records.trial import (
    Built,
    ClaimRecord,
    CountedFigure,
    Drop,
    ExactRecord,
    HopRecord,
    KernelDrop,
    LayoutRecord,
    Load,
    MachineRecord,
    PathRecord,
    Placement,
    ProofRecord,
    Reject,
    Ticks,
    Trial,
)

__all__ = [
    "Built",
    "Cell",
    "ClaimRecord",
    "ConditionRecord",
    "Count",
    "CountedFigure",
    "CountedHash",
    "DependenceRecord",
    "Drop",
    "ExactRecord",
    "Fingerprint",
    "Floor",
    "HopRecord",
    "KernelDrop",
    "Knee",
    "LayoutRecord",
    "Load",
    "LookRecord",
    "MachineRecord",
    "MeasuredNetwork",
    "NetworkRecord",
    "Number",
    "PartCost",
    "PathRecord",
    "Placement",
    "ProofRecord",
    "Reject",
    "RunRecord",
    "SetupRecord",
    "Stopping",
    "StudyRecord",
    "Summary",
    "Ticks",
    "Trial",
    "Twin",
    "Verdict",
    "plain",
]

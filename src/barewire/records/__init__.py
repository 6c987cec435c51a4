"""The files of a run as frozen data: what the study writes and what reports read are the same types.

One module a file or part of one: `run` (run.json) with its `plan`, `environment`, `maximum` rates, `instrument` and `tuning`,
`trial` (a line of trials.ndjson), `summary` (summary.json), `study` (study.json); `load`, `kernels`, `comparison` and `history`
are documents that commands print. pydantic checks types where files are read and names the key of whatever is wrong; NaN and
infinities are refused. The published JSON Schemas are made of these types (`tools/schemas.py`): a field that is `Written` or
`Always` is in every file that this version writes, and its default is for files that lack it. Keys that no type names pass by
unread, so that a run with more in it (a later minor version, another writer) still renders; those of a plan and of an environment
are kept. The kernel and the testbeds do not import this: a guest that is emulated would spend seconds on it.
"""

from barewire.records.environment import EnvironmentRecord
from barewire.records.fields import Count, Number, Verdict, plain, why
from barewire.records.instrument import InstrumentRecord
from barewire.records.load import LoadCounters, LoadDocument, LoadSettings, SecondRecord, TimesRecord
from barewire.records.maximum import KneeRecord, KneesRecord, MaximaRecord, MaximumRecord, ProbeRecord
from barewire.records.plan import PlanRecord
from barewire.records.run import (
    ExtensionRecord,
    Finding,
    GatesRecord,
    NetworkRecord,
    PilotRecord,
    PreflightRecord,
    RunCondition,
    RunRecord,
    SetupRecord,
    WarmupRecord,
)
from barewire.records.study import ConditionRecord, StudyRecord
from barewire.records.summary import (
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
from barewire.records.trial import (
    Built,
    ClaimRecord,
    CountedFigure,
    Drop,
    ErrorExamples,
    ExactRecord,
    ExactValues,
    HopRecord,
    IdleStateRecord,
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
from barewire.records.tuning import LabSettingRecord, MachineSettingRecord, TuningRecord

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
    "EnvironmentRecord",
    "ErrorExamples",
    "ExactRecord",
    "ExactValues",
    "ExtensionRecord",
    "Finding",
    "Fingerprint",
    "Floor",
    "GatesRecord",
    "HopRecord",
    "IdleStateRecord",
    "InstrumentRecord",
    "KernelDrop",
    "Knee",
    "KneeRecord",
    "KneesRecord",
    "LabSettingRecord",
    "LayoutRecord",
    "Load",
    "LoadCounters",
    "LoadDocument",
    "LoadSettings",
    "LookRecord",
    "MachineRecord",
    "MachineSettingRecord",
    "MaximaRecord",
    "MaximumRecord",
    "MeasuredNetwork",
    "NetworkRecord",
    "Number",
    "PartCost",
    "PathRecord",
    "PilotRecord",
    "Placement",
    "PlanRecord",
    "PreflightRecord",
    "ProbeRecord",
    "ProofRecord",
    "Reject",
    "RunCondition",
    "RunRecord",
    "SecondRecord",
    "SetupRecord",
    "Stopping",
    "StudyRecord",
    "Summary",
    "Ticks",
    "TimesRecord",
    "Trial",
    "TuningRecord",
    "Twin",
    "Verdict",
    "WarmupRecord",
    "plain",
    "why",
]

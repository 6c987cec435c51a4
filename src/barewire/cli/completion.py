"""What the shell's completion offers beside options: networks, labs and their pods, runs, formats of reports, workloads, tunings.

A Tab must not be felt, so each function imports only what it asks, and nothing here may raise: an error would be printed into the
line that is being typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from barewire.study.design.options import WORKLOADS

_RUN, _STUDY = "run.json", "study.json"


def _quietly(offer: Callable[[str], Iterable[str]]) -> Callable[[str], list[str]]:
    def offered(incomplete: str) -> list[str]:
        try:
            return [one for one in offer(incomplete) if one.startswith(incomplete)]
        except Exception:
            return []

    return offered


def _listed(known: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Completes the last item of a list that is joined by commas; what stands in it already is not offered again."""

    def offer(incomplete: str) -> Iterator[str]:
        before, comma, _ = incomplete.rpartition(",")
        return (before + comma + name for name in known() if name not in before.split(","))

    return _quietly(offer)


def _networks() -> Iterable[str]:
    from barewire.networks import preset_files

    return preset_files.names()


def _tunings() -> Iterable[str]:
    from barewire import tuning

    return tuning.profiles()


def _formats_of(document: str) -> Iterable[str]:
    there = Path(__file__).parents[1] / "render" / document / "formats"
    found = {path.stem.replace("_", "-") for path in there.iterdir() if not path.name.startswith("_")}
    return [*sorted(found), "help"]


def _labs(incomplete: str) -> Iterable[str]:
    from barewire.lab import registry

    return [info.name for info in registry.labs()]


def _pods(incomplete: str) -> Iterator[str]:
    """Pods and nodes; with the lab's name where several labs are up, as `lab exec` wants them."""
    from barewire.lab import registry

    labs = registry.labs()
    for info in labs:
        prefix = f"{info.name}/" if len(labs) > 1 or "/" in incomplete else ""
        yield from (prefix + name for name in (*info.pods, *(f"n{index}" for index in range(1, info.nodes + 1))))


def _runs(incomplete: str) -> Iterator[str]:
    """Runs and studies in the folder that is typed, newest first, and the folders that may lead to some."""
    written, _, _ = incomplete.rpartition("/")
    folders = [f"{written}/"] if "/" in incomplete else ["", "barewire-runs/"]
    for folder in folders:
        for path in sorted(Path(folder or ".").glob("*/"), reverse=True):
            if (path / _RUN).exists() or (path / _STUDY).exists():
                yield f"{folder}{path.name}"
            elif folder != "barewire-runs/" and not path.name.startswith("."):
                yield f"{folder}{path.name}/"


def _topology_files(incomplete: str) -> Iterator[str]:
    """Folders, and the TOML files of the folder that is typed."""
    written, slash, _ = incomplete.rpartition("/")
    for path in sorted(Path(written + slash).glob("*")):
        if not path.name.startswith("."):
            if path.is_dir():
                yield f"{written}{slash}{path.name}/"
            elif path.suffix == ".toml":
                yield f"{written}{slash}{path.name}"


networks = _listed(_networks)
network = _quietly(lambda _: _networks())
tunings = _listed(_tunings)
tuning = _quietly(lambda _: _tunings())
workloads = _listed(lambda: WORKLOADS)
formats = _quietly(lambda _: _formats_of("run"))
comparison_formats = _quietly(lambda _: _formats_of("comparison"))
history_formats = _quietly(lambda _: _formats_of("history"))
explanation_formats = _quietly(lambda _: _formats_of("explanation"))
cost_formats = _quietly(lambda _: _formats_of("coordination"))
prefixes_formats = _quietly(lambda _: _formats_of("prefixes"))
export_formats = _listed(lambda: _formats_of("run"))
labs = _quietly(_labs)
pods = _quietly(_pods)
topology_files = _quietly(_topology_files)
runs = _quietly(_runs)

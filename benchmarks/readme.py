"""README's tables and pictures, made again from run directories, and the small copies of them that a test compares them with.

    scripts/bench readme [counted=RUN] [wall=RUN] [cluster=RUN] [explained=DIR]

`counted` is a run by the counted clock in which `barewire explain --out RUN/explain` has left its stages;
`wall` is a run by the wall clock, `cluster` one of a Kubernetes cluster; `explained` is what `barewire explain
--kernel 6.12 --load tcp-stream,tcp-stream-no-offloads,udp-stream --out DIR` wrote. What a report needs of them is copied to
tests/unit/readme (text, below 1 MB). From these copies alone come the pictures in docs/ and the tables
between `<!-- table: NAME -->` and `<!-- end -->` in README.md, docs/counted.md and docs/explain.md, so
without a run they are made again after a change of how they are drawn. tests/unit/test_readme.py fails
if any of these differs from what they give.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from barewire.records import RunRecord, Summary
from barewire.render.run import overhead, picture, stages
from barewire.render.run.data import ReportData
from barewire.render.run.formats import markdown, svg
from barewire.render.run.page import cost_figures
from barewire.results.analysis import SHOWN_QUANTILES
from barewire.results.explained import Cost, Document

ROOT = Path(__file__).parents[1]
COPIES = ROOT / "tests" / "unit" / "readme"
NAMES = ("counted", "wall", "cluster")
EXPLAINED = ("tcp-stream", "tcp-stream-no-offloads", "udp-stream")
PAGES = ("README.md", "docs/counted.md", "docs/explain.md")
_BLOCK = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_RUN = ("schema", "created", "command", "seed", "networks")
_ENVIRONMENT = ("kernel", "cpu", "virtualization", "testbed", "vm")
_SUMMARY = ("schema", "clock", "counted", "baseline", "blocks", "confidence", "margin", "rejected", "complete")
_QUANTILES = (None, *SHOWN_QUANTILES)
_SHOWN = 0.001
"""Of the host's whole: a difference below it is left out of a table of stages."""


def load(copy: Path) -> ReportData:
    """A copy as reports read a run; it has no trials."""
    run = TypeAdapter(RunRecord).validate_json((copy / "run.json").read_bytes())
    summary = TypeAdapter(Summary).validate_json((copy / "summary.json").read_bytes())
    return ReportData(copy, run, summary)


def table(data: ReportData) -> str:
    """The table and the line below it, as `barewire report --format markdown` writes them."""
    parts = markdown.render(data).rstrip("\n").split("\n\n")
    return "\n\n".join(part for part in parts if part.startswith(("| ", "<sub>")))


def pictures(data: ReportData, name: str) -> dict[str, str]:
    """Each picture by its file in docs/: the overhead, and of a counted run where the instructions go."""
    found = {f"overhead-{name}.svg": svg.render(data)}
    for explained in stages.read(data)[0][:1]:
        figure = cost_figures.by_stage(explained, 0)
        about = [" · ".join(picture.subject(data)), figure.title]
        note = f"barewire explain --kernel {explained.kernel} --load {explained.load}"
        notes = [
            "Client, server and kernel together; what a stage executes is counted by a plugin in the emulated CPU.",
            note,
        ]
        found["stages.svg"] = figure.standalone("Where the instructions go", about, notes)
    return found


def blocks() -> dict[str, str]:
    """What stands between the marks of a page, by name: a table for each run, and of a run by the wall clock, if there is one,
    its heading and picture, too."""
    found = {name: table(load(COPIES / name)) for name in NAMES if (COPIES / name).is_dir()}
    if "wall" in found:
        shown = "![Median latency against the host, ranked](docs/overhead-wall.svg)"
        found["wall"] = f"### Wall-clock time: one machine\n\n{found['wall']}\n\n{shown}"
    explained = {"stages": stage_table(explanation("counted/explain"))}
    explained |= {name: stage_table(explanation(f"explained/{name}")) for name in EXPLAINED}
    return dict.fromkeys(NAMES, "") | found | explained


def explanation(name: str) -> Document:
    """A copy of an explanation; its functions were left out."""
    return TypeAdapter(Document).validate_json((COPIES / name / "explain.json").read_bytes())


def stage_table(found: Document) -> str:
    """Instructions of an operation by stage, a row for each network: what it takes more than the host, where that is 0.1 % of
    the host's whole or more."""
    host = found.networks[0]
    ranked = [host, *sorted(found.networks[1:], key=lambda one: one.instructions)]
    shown = [
        stage.name
        for stage in found.stages
        if any(abs(one.stages[stage.name].difference) >= _SHOWN * host.instructions for one in ranked)
    ]
    places = 0 if host.instructions >= 100 else 4
    head = ["network", "all", "more", *shown]
    rows = [
        [
            one.network,
            f"{one.instructions:,.{places}f}",
            "" if one is host else f"{100 * one.difference / host.instructions:+.1f} %",
        ]
        + [_stage(one.stages[name], one is host, host.instructions, places) for name in shown]
        for one in ranked
    ]
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    names = " ".join(one.network for one in found.networks[1:])
    about = (
        f"Instructions per {found.operation}: of the host all, of the others what they take more. Linux {found.kernel}, QEMU "
        f"{found.qemu}. Repeat it with `barewire explain {names} --kernel 6.12 --load {found.load} --out explained`."
    )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + f"\n\n<sub>{about}</sub>"


def _stage(cost: Cost, is_host: bool, whole: float, places: int) -> str:
    if is_host:
        return f"{cost.instructions:,.{places}f}"
    return f"{cost.difference:+,.{places}f}" if abs(cost.difference) >= _SHOWN * whole else ""


def filled(page: str, tables: Mapping[str, str]) -> str:
    """A page with its tables."""
    return _BLOCK.sub(
        lambda block: f"{block[1]}{tables[block[2]]}{chr(10) if tables[block[2]] else ''}{block[3]}", page
    )


def copy(run: Path, to: Path) -> None:
    """What a report's table and pictures need of a run, and nothing of the machine's paths."""
    whole, summary = (json.loads((run / name).read_text()) for name in ("run.json", "summary.json"))
    if re.search(r"(?:^|[ =])/", whole["command"]):
        sys.exit(f"the command has a path of this machine, which a README must not show: {whole['command']}")
    to.mkdir(parents=True, exist_ok=True)
    environment = {key: whole["environment"][key] for key in _ENVIRONMENT if key in whole["environment"]}
    networks = [
        {key: one.get(key) for key in ("name", "measured", "reason", "remedy", "parts")} for one in whole["networks"]
    ]
    kept = {key: whole[key] for key in _RUN if key in whole} | {"environment": environment, "networks": networks}
    _write(to / "run.json", kept)
    short = {key: summary[key] for key in _SUMMARY if key in summary} | {"networks": networks}
    for key in ("cells", "noise_floor"):
        short[key] = [one for one in summary[key] if one.get("quantile") in _QUANTILES and one["load"] != "setup"]
    _write(to / "summary.json", short)
    explained = run / "explain" / "explain.json"
    if explained.is_file():
        _copy_explained(explained, to / "explain")


def _copy_explained(file: Path, to: Path) -> None:
    found = json.loads(file.read_text())
    for network in found["networks"]:
        network["functions"] = []
    _write(to / "explain.json", found)


def main() -> None:
    """Copy, draw, fill."""
    runs = {name: Path(path) for name, _, path in (argument.partition("=") for argument in sys.argv[1:])}
    if not runs.keys() <= {*NAMES, "explained"} or not all(map(Path.is_dir, runs.values())):
        sys.exit(__doc__)
    for name, run in runs.items():
        if name != "explained":
            copy(run, COPIES / name)
            continue
        for load_name in EXPLAINED:
            _copy_explained(run / load_name / "explain.json", COPIES / "explained" / load_name)
    for name in (name for name in NAMES if (COPIES / name).is_dir()):
        data = load(COPIES / name)
        if overhead.answer_column(data) is None:
            sys.exit(f"{COPIES / name}: nothing has been compared with the host")
        for file, text in pictures(data, name).items():
            (ROOT / "docs" / file).write_text(text, encoding="utf-8")
    for name in PAGES:
        page = ROOT / name
        page.write_text(filled(page.read_text(encoding="utf-8"), blocks()), encoding="utf-8")


def _write(file: Path, document: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

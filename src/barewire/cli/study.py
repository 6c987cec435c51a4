"""`barewire study`: measure the overhead of each network against the bare host. `cli.measuring` has what it does.

The options of the plan are those of `study.design.options`; here are the others, and the signature that Typer reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

import typer

from barewire.cli import completion
from barewire.errors import UsageError
from barewire.study.design.options import LENGTH, OPTIONS, RUN, WHAT, Option

_KNOWN: Mapping[str, Callable[[str], list[str]]] = {
    "networks": completion.networks,
    "workloads": completion.workloads,
    "tune": completion.tunings,
    "topology": completion.topology_files,
}
"""What the shell's completion offers for an option of the plan."""


def _declare(
    name: str, type: Any, group: str, text: str, *names: str, metavar: str | None = None, known: Any = None
) -> Parameter:
    """A parameter of the command; one of type bool is a flag."""
    flag = (f"--{name.replace('_', '-')}", *names) if type is bool else names
    info: Any = typer.Option(
        *flag, help=text, show_default=False, rich_help_panel=group, metavar=metavar, autocompletion=known
    )
    hint: Any = type if type is bool else type | None
    annotation: Any = Annotated[hint, info]
    default = False if type is bool else None
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


_AFTER: Mapping[str, tuple[Parameter, ...]] = {
    "networks": (
        _declare(
            "network", list[str], WHAT, "One network; repeat it for more.", metavar="<str>", known=completion.network
        ),
    ),
    "timestamps": (_declare("quick", bool, LENGTH, "About two minutes, with wider intervals."),),
    "memory": (
        _declare("out", Path, RUN, "Run directory (barewire-runs/TIME-SEED)."),
        _declare("resume", Path, RUN, "Resume an interrupted run.", known=completion.runs),
    ),
    "seed": (
        _declare("json", str, RUN, "Write the summary as JSON: a file, or - for stdout."),
        _declare(
            "export", str, RUN, "Also write report formats into the run: csv,pyperf.", known=completion.export_formats
        ),
        _declare("dry_run", bool, RUN, "Print the plan and its expected duration, and exit."),
        _declare("force", bool, RUN, "Measure even if checks of the machine fail."),
        _declare("verbose", bool, RUN, "List every rejected trial with its reason.", "-v"),
    ),
}
"""Options that are no key of a plan, by the one that they follow in the help."""


def _parameters() -> Iterator[Parameter]:
    plan: Any = typer.Argument(help="A plan (TOML). Options override it.", show_default=False)
    yield Parameter("plan", Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=Annotated[Path | None, plan])
    for option in OPTIONS:
        yield _of_plan(option)
        yield from _AFTER.get(option.key, ())


def _of_plan(option: Option) -> Parameter:
    return _declare(option.key, option.type, option.group, option.help, known=_KNOWN.get(option.key))


def command(plan: Path | None = None, **given: Any) -> None:
    """Measure the overhead of networks against the bare host."""
    from barewire.cli import measuring, typed

    texts = (given["networks"], *(given["network"] or []))
    names = [name.strip() for text in texts if text is not None for name in text.split(",")]
    if not all(names):
        raise UsageError("a network's name is empty", where="--networks", remedy="barewire networks lists them")
    keys = {option.key: given[option.key] for option in OPTIONS}
    flags = {option.key: given[option.key] or None for option in OPTIONS if option.type is bool}
    measuring.run(
        plan,
        typed.options({**keys, **flags, "networks": names or None, "quick": given["quick"]}),
        **{key: given[key] for key in ("out", "resume", "json", "export", "dry_run", "force", "verbose")},
    )


command.__signature__ = Signature([*_parameters()])  # type: ignore[attr-defined] # what Typer reads

"""The command line as Typer wants it, gathered from one module a command.

Only the module of the command that was typed is imported. For `--help` and for the shell's completion all of them are: so a
module of a command imports at its top nothing but Typer, and what the command needs when it runs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

import typer

from barewire.cli.grouped import GroupedCommand

COMMANDS = (
    "study",
    "report",
    "compare",
    "history",
    "explain",
    "load",
    "doctor",
    "tune",
    "networks",
    "kernels",
    "selftest",
    "serve",
    "lab",
    "testbed",
)
"""In the order of the help; each is the module of its name, which has a `command`, or an `app` of several."""


def application(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """Build the command line with the given commands."""
    app = typer.Typer(
        name="barewire",
        help="How much latency and throughput does a container network cost against the bare host?",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=_options,
    )
    for name in commands:
        module = import_module(f"barewire.cli.{name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name, cls=getattr(module, "COMMAND_CLASS", GroupedCommand))(module.command)
    return app


def needed(arguments: Sequence[str]) -> tuple[str, ...]:
    """The commands that these words need: the one that they begin with, or all of them to show or to choose from."""
    return (arguments[0],) if arguments and arguments[0] in COMMANDS else COMMANDS


def _show_version(wanted: bool) -> None:
    if wanted:
        from barewire import __version__

        typer.echo(f"barewire {__version__}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Print the version."),
) -> None:
    from barewire.errors import BarewireError
    from barewire.kernel.tuning import hold

    try:
        said = hold.recover()
    except BarewireError as error:
        said = str(error).rstrip(".")
    if said:
        print(f"barewire: {said}.", file=sys.stderr)

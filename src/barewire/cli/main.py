"""The entry point: gathers the commands, turns errors into one sentence and an exit code.

Only the command that was asked for is imported: all of them together take four times as long as `compare` alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import NoReturn

import typer

from barewire import __version__
from barewire.cli import ends
from barewire.cli.grouped import GroupedCommand
from barewire.errors import BarewireError
from barewire.kernel.tuning import hold

INTERRUPTED = 130

COMMANDS = (
    "study",
    "report",
    "compare",
    "history",
    "explain",
    "load",
    "doctor",
    "networks",
    "kernels",
    "selftest",
    "lab",
)
"""In the order of the help; each is the module of its name, which has a `command`, or an `app` of several."""


def application(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with so many of its commands."""
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


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"barewire {__version__}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Print the version."),
) -> None:
    try:
        said = hold.recover()
    except BarewireError as error:
        said = str(error).rstrip(".")
    if said:
        print(f"barewire: {said}.", file=sys.stderr)


def main() -> NoReturn:
    """Run the command line."""
    ends.watch()
    asked = sys.argv[1:2]
    try:
        try:
            application(asked if set(asked) & set(COMMANDS) else COMMANDS)()
        finally:
            if sys.stdout:  # None where it was closed before we began
                sys.stdout.flush()
    except BarewireError as error:
        print(f"barewire: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("barewire: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        _nobody_reads()
    except SystemExit as ended:
        # The library of the command line makes 1 of it, which here is a check that failed.
        if isinstance(ended.__context__, BrokenPipeError):
            _nobody_reads()
        raise
    sys.exit(0)


def _nobody_reads() -> NoReturn:
    """The reader of our output has gone (a pager, head): what is left of it goes nowhere, and there is nobody to tell."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(INTERRUPTED)

"""The entry point: gathers the commands, turns errors into one sentence and an exit code."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

from barewire import __version__
from barewire.cli import compare, doctor, history, lab, load, networks, report, selftest, study
from barewire.errors import BarewireError
from barewire.kernel.tuning import hold

INTERRUPTED = 130

app = typer.Typer(
    name="barewire",
    help="How much latency and throughput does a container network cost against the bare host?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("study")(study.command)
app.command("report")(report.command)
app.command("compare")(compare.command)
app.command("history")(history.command)
app.command("load")(load.command)
app.command("doctor")(doctor.command)
app.command("networks")(networks.command)
app.command("selftest")(selftest.command)
app.add_typer(lab.app, name="lab")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"barewire {__version__}")
        raise typer.Exit


@app.callback()
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
    signal.signal(signal.SIGTERM, _terminate)
    try:
        app()
    except BarewireError as error:
        print(f"barewire: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("barewire: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone (a pager, head); there is nobody left to tell.
        sys.stderr.close()
        sys.exit(INTERRUPTED)
    sys.exit(0)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM ends a study as Ctrl-C does: with a complete partial run."""
    raise KeyboardInterrupt

"""The command line with every command loaded; the reference in the docs is generated from it."""

from __future__ import annotations

from barewire.cli.commands import application

app = application()

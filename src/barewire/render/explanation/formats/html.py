"""The page of an explanation: the table of stages and the flame graphs."""

from __future__ import annotations

from barewire.render.explanation.page import render
from barewire.render.format import Format

FORMAT = Format("html", "explain.html", "one self-contained page with flame graphs", render)

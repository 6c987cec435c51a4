"""Stacks for speedscope, https://www.speedscope.app."""

from __future__ import annotations

from barewire.explain.folded import speedscope
from barewire.render.format import Format

FORMAT = Format("speedscope", "speedscope.json", "stacks of every network, for speedscope", speedscope)

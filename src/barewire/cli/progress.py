"""What a study shows while it runs, on standard error: block and trial, interval widths, minutes left.

One line for each trial, with a symbol: valid, used although the machine was not quiet, or rejected. Rejections are summed up at
the end, and explained at once with `--verbose`. On a terminal a picture below the lines is drawn again after each step and never
in between, because a refreshing thread would run on the CPUs that are being measured. By a counted clock two times pass, the
virtual one that is measured and the real one that the reader waits, and both are shown.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from barewire.records import Trial
from barewire.render.terminal import new_console
from barewire.results import knees, words
from barewire.results.clock import COUNTED
from barewire.results.precision.stopping import Look
from barewire.study.design import budget, forecast, gates
from barewire.study.design.blocks import PlannedTrial
from barewire.study.design.options import BY_KEY, CLUSTER
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import plan_of
from barewire.study.execution.loads import Site
from barewire.study.execution.run import RunDirectory
from barewire.study.execution.source import Candidate
from barewire.units import format_rate

_CONSOLE = new_console(stderr=True, highlight=False)
_SYMBOLS = {"valid": "✓", "tolerated": "~", "rejected": "✗"}
_PLAIN_SYMBOLS = {"valid": "+", "tolerated": "~", "rejected": "x"}


class Display:
    """Implements the `Progress` of a session."""

    def __init__(self, *, verbose: bool = False) -> None:
        self.verbose = verbose
        self._live: Live | None = None
        self._blocks = 0
        self._done = 0
        self._left = 0
        self._spent = 0.0
        self._now = ""
        self._block = 0
        self._settled = 0
        self._rules: Counter[str] = Counter()
        self._rejected = 0
        self._widths: Mapping[str, float] = {}
        self._budget: float | None = None
        self._condition = ""
        self._counted = False
        self._virtual = 0.0

    def say(self, text: str) -> None:
        """Print a line about the testbed: a VM has booted, or has no KVM."""
        _CONSOLE.print(text, markup=False)

    @contextmanager
    def running(self, run: RunDirectory, site: Site, *others: tuple[RunDirectory, Site]) -> Iterator[None]:
        """Show progress for the body of the `with`; `others` are further conditions of the same study."""
        for one, where in ((run, site), *others):
            self._announce(one, where)
        if not _CONSOLE.is_terminal:
            yield
            return
        with Live(self._picture(), console=_CONSOLE, auto_refresh=False, transient=True) as self._live:
            yield

    def _announce(self, run: RunDirectory, site: Site) -> None:
        for note in run.notes:
            _CONSOLE.print(note, markup=False)
        plan = plan_of(run.record.plan, str(run.path))
        self._blocks = plan.blocks
        # A study that stops by its precision ends with its budget; another one does all its blocks.
        if plan.until:
            self._budget = (self._budget or 0.0) + budget.for_trials(plan)
        earlier = run.trials()
        self._spent += sum(trial.seconds or 0.0 for trial in earlier)
        self._done += len(earlier)
        self._settled += sum(trial.valid for trial in earlier)
        self._counted = plan.clock == COUNTED
        self._virtual += sum(map(virtual_seconds, earlier)) if self._counted else 0.0
        rates = ", ".join(f"{format_rate(rate)} at {size} B" for size, rate in sorted(site.maximum.items()))
        what = "a guess at the maximum" if knees.guessed(run.record) else "the maximum"
        found = f"100 % is {what} of {knees.full_of(run.record)}, {rates}; " if rates else ""
        virtual = " of virtual time (1 ns is 1 instruction)" if self._counted else ""
        _CONSOLE.print(f"run {run.path}: {found}{plan.seconds:g} s a load{virtual}", markup=False)
        for network in run.record.networks:
            if not network.measured:
                _CONSOLE.print(f"not measured: {network.name}: {network.reason}", markup=False)

    def condition_begins(self, name: str) -> None:
        """A study over conditions turns to another one."""
        self._condition = name

    def planned(self, plan: StudyPlan, seconds: float) -> None:
        """The study is about to begin: keep its estimated duration, and report a budget that is too small for it."""
        if said := budget.exceeded(plan, seconds):
            _CONSOLE.print(f"note: {said}", markup=False, soft_wrap=True)

    def probing(self, network: str, size: int, rate_per_s: float, sustained: bool) -> None:
        """A probe of the search for the host's maximum."""
        if _CONSOLE.is_terminal:
            word = "sustained" if sustained else "too much"
            _CONSOLE.print(f"{network} at {size} B: {format_rate(rate_per_s)} {word}   ", markup=False, end="\r")

    def trial_begins(self, planned: PlannedTrial, left: int) -> None:
        """A trial is about to run."""
        self._now, self._left, self._block = planned.network, left, planned.block
        if planned.role != "candidate":
            self._now += " (baseline)"
        if self._condition:
            self._now += f", under {self._condition}"
        self._draw()

    def trial_ended(self, trial: Trial, widths: Mapping[str, float]) -> None:
        """A trial is on disk."""
        self._done += 1
        self._spent += trial.seconds or 0.0
        self._widths = widths
        took = f"{trial.seconds or 0.0:.1f} s"
        if self._counted:
            self._virtual += virtual_seconds(trial)
            took = f"{_virtual(virtual_seconds(trial))} virtual in {took}"
        if trial.valid:
            self._left -= 1
            self._settled += 1
        else:
            self._rejected += 1
            self._rules.update({broken.rule for broken in trial.rejected})
        where = f"{self._condition}: {trial.network}" if self._condition else trial.network
        at = f"{_symbol(trial)} {self._block_word} {trial.block}/{self._blocks}"
        said = f"{at} {where}: {took}{_why(trial)}; {self._whole()}{self._remaining()}"
        _CONSOLE.print(said, markup=False, soft_wrap=True)
        if self.verbose:
            for broken in [*trial.rejected, *trial.tolerated]:
                _CONSOLE.print(f"    {broken.rule}: {broken.detail}", markup=False, soft_wrap=True)
        self._draw()

    def ended(self) -> None:
        """The study is over: sum up what was rejected."""
        if self._rejected:
            rules = ", ".join(f"{rule} {count}" for rule, count in self._rules.most_common())
            more = "" if self.verbose else "; -v lists them"
            _CONSOLE.print(f"{self._rejected} rejected: {rules}{more}", markup=False, soft_wrap=True)

    def looked(self, look: Look, blocks_needed: int) -> None:
        """A study that stops by its precision has looked at its intervals."""
        reached = ", ".join(
            f"{word} now {f'± {width * 100:.1f} %' if math.isfinite(width) else 'not known yet'}"
            for word, width in look.widths.items()
        )
        ends = "precise enough" if look.met else f"about {blocks_needed} blocks are needed"
        _CONSOLE.print(f"after {look.blocks} blocks: {reached}; {ends}", markup=False)

    @property
    def _block_word(self) -> str:
        return "layout" if self._counted else "block"

    def _whole(self) -> str:
        """Both times of the study so far, where there are two."""
        return f"all {_virtual(self._virtual)} virtual in {self._spent:.0f} s; " if self._counted and self._done else ""

    def _remaining(self) -> str:
        if not self._done:
            return "time left not known yet"
        # What a valid trial has cost so far, its rejected attempts included; without one, all attempts that it may have.
        each = self._spent / self._settled if self._settled else gates.MOST_ATTEMPTS * self._spent / self._done
        minutes = self._left * each / 60
        if self._budget is not None:
            minutes = min(minutes, max(0.0, self._budget - self._spent) / 60)
        return f"about {minutes:.0f} min left" if minutes >= 1 else "less than a minute left"

    def _draw(self) -> None:
        if self._live is not None:
            self._live.update(self._picture(), refresh=True)

    def _picture(self) -> Group:
        total = self._done + self._left
        place = f"{self._block_word} {self._block or 1} of {self._blocks}   trial {self._done + 1} of {total}"
        head = Text(f"{place}   {self._remaining()}")
        top = Table.grid()
        for row in (head, ProgressBar(total=max(1, total), completed=self._done, width=60), Text(f"now: {self._now}")):
            top.add_row(row)
        if whole := self._whole():
            top.add_row(Text(f"so far {whole.removeprefix('all ').removesuffix('; ')}"))
        lines: list[Any] = [top]
        known = [(name, width) for name, width in self._widths.items() if math.isfinite(width)]
        if known:
            table = Table("p50 so far", "over layouts" if self._counted else "interval", box=None, padding=(0, 2, 0, 0))
            for name, width in known:
                table.add_row(name, f"± {width * 100:.1f} %" if width < 10 else "over ± 1000 %")
            lines.append(table)
        if self._rejected:
            lines.append(Text(f"{self._rejected} trials rejected and run again"))
        return Group(*lines)


def _symbol(trial: Trial) -> str:
    """What became of a trial, in one character that standard error can show."""
    which = "rejected" if not trial.valid else "tolerated" if trial.tolerated else "valid"
    try:
        _SYMBOLS[which].encode(_CONSOLE.encoding)
    except (UnicodeEncodeError, LookupError):
        return _PLAIN_SYMBOLS[which]
    return _SYMBOLS[which]


def _why(trial: Trial) -> str:
    """The rules that a trial broke, if any, without their details."""
    broken = trial.rejected or trial.tolerated
    rules = ", ".join(dict.fromkeys(one.rule for one in broken))
    if not rules:
        return ""
    return f", used although not quiet ({rules})" if trial.valid else f", rejected ({rules})"


def virtual_seconds(trial: Trial) -> float:
    """How long the loads of a trial lasted by the clock that they were measured by."""
    return sum(load.usage.seconds or load.seconds or 0.0 for load in trial.loads)


def _virtual(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def show_plan(plan: StudyPlan, candidates: Sequence[Candidate], seconds: float, *, as_json: bool) -> None:
    """`--dry-run`: the plan with its defaults, what can be measured, and how long it takes."""
    if as_json:
        networks = [
            {"name": one.name, "measured": one.measured, "reason": one.reason, "remedy": one.remedy}
            for one in candidates
        ]
        print(json.dumps({"plan": plan.record(), "networks": networks, "seconds": round(seconds)}, indent=1))
        return
    console = new_console(highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    given = {key for key, option in BY_KEY.items() if getattr(plan, key) != option.default}
    for key, value in plan.record().items():
        # Keys of a cluster matter to its studies alone; in others they have their defaults.
        if key == "testbed" or plan.in_cluster or BY_KEY[key].group != CLUSTER or key in given:
            table.add_row(key, Text(_shown(value)))
    console.print(table)
    for candidate in candidates:
        if not candidate.measured:
            console.print(f"not measured: {candidate.name}: {candidate.reason}", markup=False)
    measured = sum(candidate.measured for candidate in candidates)
    blocks = words.count(plan.blocks, "block")
    if plan.until:
        blocks = f"up to {blocks}, until {', '.join(plan.until)}"
    minutes = f"at most about {plan.budget:.0f} min" if plan.until else f"about {seconds / 60:.0f} min"
    console.print(f"{words.count(measured, 'network')} in {blocks}, {minutes}", markup=False)
    if plan.clock != COUNTED:
        for sentence in forecast.sentences(plan.blocks, max(1, measured - 1)):
            console.print(sentence, markup=False)


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={item}" for key, item in value.items() if item != "")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)

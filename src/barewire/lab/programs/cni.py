"""Run a chain of CNI plugins for each pod of a lab, as a container runtime does: ADD, CHECK, and at the end DEL.

The plugins run in the node's network namespace and with the node's own /var/lib/cni and /run, so two nodes share no more than two
machines do. An error of a plugin is shown as it printed it.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

from barewire.errors import BarewireError, LoadError, ProgramError
from barewire.model.leases import NodeView
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress
from barewire.networks.chained import ChainAttach
from barewire.networks.cni import execution
from barewire.networks.cni.chain import CniChain, PluginList
from barewire.networks.cni.execution import CniCommand
from barewire.networks.cni.result import CniResult, parse_error, parse_result
from barewire.networks.network import Network
from barewire.testbeds.testbed import Command, Finished, LabNodes

PLUGIN_SECONDS = 60.0
PLUGIN_FILE_BYTES = 64 << 20
"""A plugin that prints without end would fill the machine's memory before its time is up."""

_SHOWN, _SHOWN_ERRORS = 400, 2000


class ChainRun:
    """A chain at work in one lab; see `attached.ProgramRun`."""

    def __init__(
        self,
        network: Network,
        attach: ChainAttach,
        topology: Topology,
        nodes: LabNodes,
        arguments: Mapping[Pod, str] | None = None,
        chains: Mapping[str, CniChain] | None = None,
    ) -> None:
        """`arguments` are the CNI_ARGS of pods, `chains` the chains of nodes, by name, where they have their own."""
        self._network, self._topology, self._nodes = network, topology, nodes
        self._arguments = arguments or {}
        self._path = attach.folders
        self._views = {node.index: network.view(topology, node) for node in topology.nodes}
        self._lists = {
            index: (chains or {}).get(view.name, attach.chain).filled(execution.variables(view))
            for index, view in self._views.items()
        }
        self._begun: list[Pod] = []
        self._results: dict[Pod, CniResult] = {}

    def up(self) -> Mapping[Pod, tuple[IPAddress, ...]]:
        """ADD for every pod, and CHECK where the version of the configuration has it."""
        for pod in self._topology.pods:
            self._begun.append(pod)
            self._results[pod] = self._add(pod)
        for pod in self._topology.pods:
            listed = self._lists[pod.node]
            if listed.checks and execution.checks(listed.version):
                for number in range(len(listed.plugins)):
                    self._call("CHECK", number, pod, self._results[pod].document)
        return {pod: result.addresses for pod, result in self._results.items()}

    def down(self) -> None:
        """DEL for every pod whose ADD has begun, the last one first, and all plugins of the chain in reverse order."""
        failed: list[BarewireError] = []
        for pod in reversed(self._begun):
            result = self._results.get(pod)
            for number in reversed(range(len(self._lists[pod.node].plugins))):
                try:
                    self._call("DEL", number, pod, result.document if result else None)
                except BarewireError as error:
                    failed.append(error)
        self._begun.clear()
        if failed:
            raise failed[0]

    def _add(self, pod: Pod) -> CniResult:
        previous: Mapping[str, Any] | None = None
        result = CniResult({}, ())
        for number, plugin in enumerate(self._lists[pod.node].plugins):
            done = self._call("ADD", number, pod, previous)
            try:
                result = parse_result(done.stdout)
            except ValueError as error:
                raise ProgramError(
                    f"the CNI plugin {plugin['type']} printed no result of ADD", where=pod.name,
                    said=f"{error}; it printed {_shown(done.stdout)}",
                    remedy="A plugin prints its result as JSON on standard output, and everything else on standard error",
                ) from error  # fmt: skip
            previous = result.document
        return result

    def _call(self, command: CniCommand, number: int, pod: Pod, previous: Mapping[str, Any] | None) -> Finished:
        """Run one plugin of the chain; ProgramError with what it printed when it fails."""
        view, listed = self._views[pod.node], self._lists[pod.node]
        kind = str(listed.plugins[number]["type"])
        node = self._nodes.node(view.name)
        offered = execution.capabilities(view, listed.capabilities)
        process = node.spawn(
            Command(
                view.name,
                (node.program(kind, self._path),),
                stdin=execution.configuration(number, listed, offered, previous, command),
                environment=execution.environment(
                    command,
                    pod.name,
                    f"/run/netns/{pod.name}",
                    self._path,
                    self._arguments.get(pod, listed.arguments),
                ),
                on_node=True,
                file_bytes=PLUGIN_FILE_BYTES,
            )
        )
        where = f"{pod.name}, plugin {number + 1} of {len(listed.plugins)} of {listed.name}"
        try:
            done = node.wait(process, PLUGIN_SECONDS)
        except LoadError as error:
            raise ProgramError(
                f"the CNI plugin {kind} did not finish {command} within {PLUGIN_SECONDS:g} s", where=where, said=error.said,
                remedy="What does it wait for?",
            ) from error  # fmt: skip
        if done.status:
            raise ProgramError(
                f"the CNI plugin {kind} failed at {command}",
                where=where,
                said=_why(done),
                remedy=_remedy(command, view, listed),
            )
        return done


def _why(done: Finished) -> str:
    """The error document as it is, and what stands beside it; how it ended where it says nothing."""
    if done.status == -signal.SIGXFSZ:
        return f"it wrote more than {PLUGIN_FILE_BYTES >> 20} MB, and printed {_shown(done.stdout[:_SHOWN_ERRORS])}"
    how = f"it was ended by signal {-done.status}" if done.status < 0 else f"it ended with status {done.status}"
    document = parse_error(done.stdout)
    printed = [
        document or (f"it printed {_shown(done.stdout)}" if done.stdout.strip() else ""),
        " ".join(done.stderr[-_SHOWN_ERRORS:].split()),
    ]
    return "; ".join(text for text in printed if text) or how


def _shown(text: str) -> str:
    short = " ".join(text[: 8 * _SHOWN].split())
    return repr(short[:_SHOWN] + ("..." if len(short) > _SHOWN else "")) if short else "nothing"


def _remedy(command: CniCommand, view: NodeView, listed: PluginList) -> str:
    if command == "CHECK":
        return 'ADD succeeded: if the plugin cannot check what it made, put "disableCheck": true into the configuration list'
    return (
        f"The configuration {listed.name} was filled in for {view.name}; the plugin's documentation explains its error"
    )

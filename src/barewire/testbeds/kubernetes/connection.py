"""A connection to a cluster's API: lightkube for objects, and its HTTP client once more for interactive exec.

lightkube runs a command to its end; a session with a pod goes on, so it is opened here over the same WebSocket protocol. What the
API refuses becomes a sentence that says what was tried.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx2
import msgspec
from httpx2.websockets import WebSocketDisconnect, WebSocketNetworkError, WebSocketSession, WebSocketUpgradeError
from lightkube import ApiError, Client
from lightkube.config.client_adapter import Client as HttpClient
from lightkube.config.client_adapter import ConnectionParams
from lightkube.core.exceptions import ConfigError

from barewire.errors import MeasurementError, PrerequisiteError
from barewire.testbeds.kubernetes import kubeconfig

_SECONDS = 30.0
_PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"]
_STDIN, _STDOUT, _STDERR, _ERROR = range(4)
_LOOK_SECONDS = 0.2
"""How often a reader looks whether its stream was closed by another thread."""

_MESSAGE_BYTES = 16 << 20
_UNAUTHORIZED, _UNTRUSTED = 401, "CERTIFICATE_VERIFY_FAILED"
_CREDENTIALS = "The cluster does not accept these credentials; has their token or certificate expired?"
_AUTHORITY = "Is the certificate-authority of the kubeconfig this cluster's, and this machine's clock right?"
_NOT_KUBERNETES = "Is the server of the kubeconfig a Kubernetes API, and no login page or proxy?"
_PLUGIN_FRAMES = ("sync_auth_flow", "sync_check_output")
_REACHABLE = "Is the cluster's API server reachable from here (kubectl version)?"


class ClusterError(MeasurementError):
    """The API server refused a request, or does not answer. `code` is HTTP's, 0 without an answer."""

    code: int = 0


class ClusterDisconnect(MeasurementError):
    """The connection to a pod has ended."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster, by one context of a kubeconfig."""

    api: Client
    http: httpx2.Client
    context: str
    server: str
    namespace: str

    def exec(self, pod: str, container: str, command: Sequence[str]) -> ExecStream:
        """Run a program in a pod; the stream of its standard input and output."""
        streams = {"stdin": "true", "stdout": "true", "stderr": "true"}
        parameters = {"container": container, **streams, "command": list(command)}
        url = f"/api/v1/namespaces/{self.namespace}/pods/{pod}/exec"
        opened = self.http.websocket(
            url, params=parameters, subprotocols=_PROTOCOLS, max_message_size_bytes=_MESSAGE_BYTES
        )
        with refusals(f"cannot run {command[0]}", f"pod {pod}"):
            return ExecStream(opened, pod)


@contextmanager
def connected(context: str, namespace: str) -> Iterator[Cluster]:
    """Connect as kubectl would with --context and --namespace."""
    config, proxy = kubeconfig.find(context)
    namespace = namespace or config.namespace
    server = config.cluster.server
    timeout = httpx2.Timeout(_SECONDS)
    parameters = ConnectionParams(timeout=timeout, proxy=proxy or None)
    try:
        api = Client(config, namespace=namespace, timeout=timeout, proxy=proxy or None, field_manager="barewire")
        http = HttpClient(config, parameters)
    except (ConfigError, OSError, ValueError) as error:
        raise PrerequisiteError("the kubeconfig cannot be used", where=config.context_name, said=str(error)) from error
    with api, http:
        yield Cluster(api, http, config.context_name, server, namespace)


@contextmanager
def refusals(what: str, where: str = "", remedy: str = "") -> Iterator[None]:
    """Turn what the API, the connection or an exec plugin refuses within the `with` into a `ClusterError`."""
    try:
        yield
    except ApiError as error:
        raise _failed(what, where, error.status.message or str(error), remedy, error.status.code or 0) from error
    except WebSocketUpgradeError as error:
        raise _failed(what, where, _body(error.response), remedy, error.response.status_code) from error
    except httpx2.HTTPStatusError as error:
        raise _failed(what, where, _body(error.response), remedy, error.response.status_code) from error
    except httpx2.HTTPError as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise _failed(what, where, said, remedy or (_AUTHORITY if _UNTRUSTED in said else _REACHABLE)) from error
    except (WebSocketNetworkError, WebSocketDisconnect) as error:
        raise _failed(what, where, f"the connection was closed {error}".rstrip(), remedy) from error
    except Exception as error:
        if _is_of_plugin(error):
            said = f"the kubeconfig's plugin for credentials gave no token ({_state_plugin_failure(error)})"
            raise _failed(what, where, said, "Does kubectl work with this kubeconfig?") from error
        if isinstance(error, json.JSONDecodeError | msgspec.MsgspecError):
            raise _failed(what, where, "the answer is not JSON", _NOT_KUBERNETES) from error
        raise


def _is_of_plugin(error: Exception) -> bool:
    """Whether it comes from lightkube's run of an exec plugin, which may be missing, fail, or answer anything."""
    return any(frame.f_code.co_name in _PLUGIN_FRAMES for frame, _ in traceback.walk_tb(error.__traceback__))


def _state_plugin_failure(error: Exception) -> str:
    """What the plugin said; of its answer nothing, because that has secrets."""
    if isinstance(error, OSError):
        return f"{error.filename or 'it'} cannot be run: {error.strerror}"
    return str(error).strip() if isinstance(error, ConfigError) else "its answer is no ExecCredential with a token"


def _failed(what: str, where: str, said: str, remedy: str, code: int = 0) -> ClusterError:
    error = ClusterError(
        what, where=where, said=" ".join(said.split()), remedy=_CREDENTIALS if code == _UNAUTHORIZED else remedy
    )
    error.code = code
    return error


def _body(response: httpx2.Response) -> str:
    try:
        return str(json.loads(response.read())["message"])
    except (httpx2.StreamError, KeyError, TypeError, ValueError):
        return f"HTTP {response.status_code} {response.reason_phrase}"


class ExecStream:
    """Bytes to and from a program in a pod."""

    def __init__(self, opened: Any, pod: str) -> None:
        self._opened = opened
        self._pod = pod
        self._socket: WebSocketSession = opened.__enter__()
        self._said = b""
        self._closed = False

    def send(self, data: bytes) -> None:
        """To standard input."""
        try:
            self._socket.send_bytes(bytes([_STDIN]) + data)
        except (WebSocketNetworkError, WebSocketDisconnect, httpx2.HTTPError, OSError) as error:
            raise self._ended(str(error)) from error

    def receive(self) -> bytes:
        """What came next on standard output. ClusterDisconnect at the end of the program or of the connection."""
        while True:
            try:
                message = self._socket.receive_bytes(timeout=_LOOK_SECONDS)
            except TimeoutError:
                if self._closed:
                    raise self._ended("it was closed") from None
                continue
            except (WebSocketNetworkError, WebSocketDisconnect, httpx2.HTTPError, OSError) as error:
                raise self._ended(str(error)) from error
            channel, data = message[0], message[1:]
            if channel == _STDOUT and data:
                return data
            if channel == _STDERR:
                self._said += data[: 4096 - len(self._said)]
            if channel == _ERROR:
                raise self._ended(_status(data))

    def close(self) -> None:
        """End the connection, and with it the program's standard input."""
        self._closed = True
        with suppress(WebSocketNetworkError, WebSocketDisconnect, httpx2.HTTPError, OSError):  # it has ended otherwise
            self._opened.__exit__(None, None, None)

    def _ended(self, said: str) -> ClusterDisconnect:
        said = " ".join(self._said.decode(errors="replace").split()) or said
        return ClusterDisconnect("the session with a pod has ended", where=f"pod {self._pod}", said=said)


def _status(data: bytes) -> str:
    """The sentence of the status that ends an exec."""
    try:
        status = json.loads(data)
        return str(status.get("message") or status.get("status", ""))
    except ValueError:
        return data.decode(errors="replace")

"""What a user reads when the kubeconfig's plugin fails, or something that is no cluster answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from lightkube.resources.core_v1 import Node

from barewire.testbeds.kubernetes.connection import ClusterError, connected, refusals

V1 = "client.authentication.k8s.io/v1"
LOGIN = "echo login expired >&2; echo run: cloud login >&2; exit 3"
SECRET = "never-shown"

Ask = Callable[..., str]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The sentence about a cluster that cannot be used."""

    def sentence(user: dict[str, Any], server: str = "http://127.0.0.1:9") -> str:
        document = {
            "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": server}}], "users": [{"name": "u", "user": user}],
        }  # fmt: skip
        (tmp_path / "config").write_text(json.dumps(document))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
        with connected("", "") as cluster, pytest.raises(ClusterError) as caught, refusals("nodes cannot be listed"):
            list(cluster.api.list(Node))
        return str(caught.value)

    return sentence


@pytest.mark.parametrize(("command", "said"), [
    (["sh", "-c", LOGIN], "Exec sh returned 3: login expired run: cloud login"),
    (["no-such-plugin"], "no-such-plugin cannot be run: No such file or directory"),
    (["/etc/passwd"], "/etc/passwd cannot be run: Permission denied"),
    (["echo", SECRET], "its answer is no ExecCredential with a token"),
    (["true"], "its answer is no ExecCredential with a token"),
    (["echo", '{"status": {}}'], "its answer is no ExecCredential with a token"),
    (["echo", '{"status": null}'], "its answer is no ExecCredential with a token"),
    (["echo", f'["{SECRET}"]'], "its answer is no ExecCredential with a token"),
])  # fmt: skip
def test_a_plugin_that_fails_is_a_sentence(ask: Ask, command: list[str], said: str) -> None:
    found = ask({"exec": {"apiVersion": V1, "command": command[0], "args": command[1:]}})
    assert found == (
        f"nodes cannot be listed: the kubeconfig's plugin for credentials gave no token ({said}). "
        "Does kubectl work with this kubeconfig?"
    )


def test_a_page_instead_of_an_api_is_named(ask: Ask) -> None:
    class LoginPage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html>Please log in</html>")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), LoginPage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            found = ask({"token": "any"}, f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()
    assert "nodes cannot be listed: the answer is not JSON" in found and "no login page or proxy?" in found

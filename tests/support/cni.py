"""CNI plugins for tests: where the reference ones are, and ones that a test writes."""

from __future__ import annotations

import json
import os
import shutil
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from barewire.networks.chained import FOLDERS

HOST_LOCAL = {"type": "host-local", "ranges": [[{"subnet": "${NODE_SUBNET}"}]], "routes": [{"dst": "0.0.0.0/0"}]}


def need(*plugins: str) -> None:
    """Skip the test where a reference plugin is missing."""
    for plugin in plugins:
        if shutil.which(plugin, path=os.environ.get("CNI_PATH") or FOLDERS) is None:
            pytest.skip(
                f"there is no CNI plugin {plugin}; type: sudo apt-get install --no-install-recommends containernetworking-plugins"
            )


def configuration(folder: Path, *plugins: Mapping[str, Any], version: str = "1.0.0", **more: Any) -> Path:
    """A configuration list with these plugins."""
    path = folder / "net.conflist"
    path.write_text(json.dumps({"cniVersion": version, "name": "net", "plugins": list(plugins), **more}))
    return path


def plugin(folder: Path, name: str, script: str) -> None:
    """A plugin in `folder`: a shell script. It has its configuration in `$config`, and `$log` is a file that all calls share."""
    path = folder / name
    body = textwrap.dedent(script)
    path.write_text(
        f'#!/bin/sh\nset -eu\nlog={folder}/log\nconfig=$(cat)\necho "{name} $CNI_COMMAND $CNI_CONTAINERID" >>"$log"\n{body}\n'
    )
    path.chmod(0o755)


ATTACH = """
case $CNI_COMMAND in ADD) ;; *) exit 0 ;; esac
pod=${CNI_CONTAINERID#n*-p}; node=${CNI_CONTAINERID%-p*}; node=${node#n}
address=10.128.$node.$((pod + 1))
ip link add "veth$pod" type veth peer name "$CNI_IFNAME" netns "${CNI_NETNS##*/}"
ip link set "veth$pod" up
ip route add "$address" dev "veth$pod"
ip address replace 10.10.9.9/32 dev lo
echo 1 >/proc/sys/net/ipv4/ip_forward
ip -n "${CNI_NETNS##*/}" address add "$address/32" dev "$CNI_IFNAME"
ip -n "${CNI_NETNS##*/}" link set "$CNI_IFNAME" up
ip -n "${CNI_NETNS##*/}" route add 10.10.9.9 dev "$CNI_IFNAME"
ip -n "${CNI_NETNS##*/}" route add default via 10.10.9.9
cat <<END
{"cniVersion": "1.0.0", "interfaces": [{"name": "veth$pod"}, {"name": "$CNI_IFNAME", "sandbox": "$CNI_NETNS"}],
 "ips": [{"address": "10.10.9.9/32", "interface": 0}, {"address": "$address/32", "interface": 1}]}
END
"""
"""A plugin that works: a veth pair, and an address of the node's subnet in the lab's plan."""

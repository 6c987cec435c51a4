ip netns add n1
ip -n n1 link set lo up
ip netns add n2
ip -n n2 link set lo up
ip netns add n1-p1
ip -n n1-p1 link set lo up
ip netns add n2-p1
ip -n n2-p1 link set lo up
ip netns exec n1 sysctl -w net.ipv4.ip_forward=1
ip netns exec n1 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n1 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec n1 sysctl -w net.ipv6.conf.all.forwarding=1
ip netns exec n2 sysctl -w net.ipv4.ip_forward=1
ip netns exec n2 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n2 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec n2 sysctl -w net.ipv6.conf.all.forwarding=1
ip -n n1 link add cilium_host address 0a:29:76:3a:d9:fc mtu 1500 type veth peer name cilium_net address 0a:23:b0:5a:5b:6d mtu 1500 netns n1
ip -n n1 link set cilium_host up
ip -n n1 link set cilium_net up
ip -n n1 link add lxc1 mtu 1500 type netkit peer name eth0 mtu 1500 netns n1-p1
ip -n n1 link set lxc1 up
ip -n n1-p1 link set eth0 up
ip -n n2 link add cilium_host address 0a:c2:35:1e:51:7b mtu 1500 type veth peer name cilium_net address 0a:77:4b:63:4b:b6 mtu 1500 netns n2
ip -n n2 link set cilium_host up
ip -n n2 link set cilium_net up
ip -n n2 link add lxc1 mtu 1500 type netkit peer name eth0 mtu 1500 netns n2-p1
ip -n n2 link set lxc1 up
ip -n n2-p1 link set eth0 up
ip -n n1 address add 10.128.1.1/32 dev cilium_host
ip -n n1 address add fd00:128:0:1::1/128 dev cilium_host nodad
ip -n n2 address add 10.128.2.1/32 dev cilium_host
ip -n n2 address add fd00:128:0:2::1/128 dev cilium_host nodad
ip -n n1-p1 address add 10.128.1.2/32 dev eth0
ip -n n1-p1 address add fd00:128:0:1::2/128 dev eth0 nodad
ip -n n2-p1 address add 10.128.2.2/32 dev eth0
ip -n n2-p1 address add fd00:128:0:2::2/128 dev eth0 nodad
ip -n n1 route add 10.128.1.2/32 dev lxc1 proto 213
ip -n n1 route add fd00:128:0:1::2/128 dev lxc1 proto 213
ip -n n2 route add 10.128.2.2/32 dev lxc1 proto 213
ip -n n2 route add fd00:128:0:2::2/128 dev lxc1 proto 213
ip -n n1-p1 route add 10.128.1.1/32 dev eth0 proto 213
ip -n n1-p1 route add fd00:128:0:1::1/128 dev eth0 proto 213
ip -n n2-p1 route add 10.128.2.1/32 dev eth0 proto 213
ip -n n2-p1 route add fd00:128:0:2::1/128 dev eth0 proto 213
ip -n n1 route add 10.128.2.0/24 via 10.10.0.3 dev eth0 proto 213
ip -n n1 route add fd00:128:0:2::/64 via fd00:10::3 dev eth0 proto 213
ip -n n2 route add 10.128.1.0/24 via 10.10.0.2 dev eth0 proto 213
ip -n n2 route add fd00:128:0:1::/64 via fd00:10::2 dev eth0 proto 213
ip -n n1-p1 route add 0.0.0.0/0 via 10.128.1.1 dev eth0 proto 213
ip -n n1-p1 route add ::/0 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n2-p1 route add 0.0.0.0/0 via 10.128.2.1 dev eth0 proto 213
ip -n n2-p1 route add ::/0 via fd00:128:0:2::1 dev eth0 proto 213
ip netns exec n1 sh -c 'python3 -m barewire.kernel.data_paths <<END
{"name": "programs",
"maps": [
{"name": "endpoints", "kind": "hash", "key_bytes": 20, "value_bytes": 24, "entries": 16384, "items": [[["0a800102000000000000000000000000", "01000000"], ["@lxc1", "02000000", "~lxc1=0a0d3cb7996b0000", "~lxc1=0a98b88034f00000"]], [["fd000128000000010000000000000002", "02000000"], ["@lxc1", "02000000", "~lxc1=0a0d3cb7996b0000", "~lxc1=0a98b88034f00000"]], [["0a0a0002000000000000000000000000", "01000000"], ["000000000000000000000000000000000000000000000000"]], [["0a800101000000000000000000000000", "01000000"], ["000000000000000000000000000000000000000000000000"]], [["fd000010000000000000000000000002", "02000000"], ["000000000000000000000000000000000000000000000000"]], [["fd000128000000010000000000000001", "02000000"], ["000000000000000000000000000000000000000000000000"]]]},
{"name": "identities", "kind": "lpm_trie", "key_bytes": 24, "value_bytes": 24, "entries": 16384, "items": [[["40000000", "00000001", "0a0a0002000000000000000000000000"], ["01000000", "00000000", "00000000000000000000000000000000"]], [["40000000", "00000001", "0a800102000000000000000000000000"], ["10270000", "00000000", "00000000000000000000000000000000"]], [["40000000", "00000001", "0a0a0003000000000000000000000000"], ["06000000", "00000000", "00000000000000000000000000000000"]], [["38000000", "00000001", "0a800200000000000000000000000000"], ["10270000", "00000000", "00000000000000000000000000000000"]], [["a0000000", "00000002", "fd000010000000000000000000000002"], ["01000000", "00000000", "00000000000000000000000000000000"]], [["a0000000", "00000002", "fd000128000000010000000000000002"], ["10270000", "00000000", "00000000000000000000000000000000"]], [["a0000000", "00000002", "fd000010000000000000000000000003"], ["06000000", "00000000", "00000000000000000000000000000000"]], [["60000000", "00000002", "fd000128000000020000000000000000"], ["10270000", "00000000", "00000000000000000000000000000000"]]]},
{"name": "connections_4", "kind": "lru_hash", "key_bytes": 14, "value_bytes": 16, "entries": 65536, "items": []},
{"name": "connections_6", "kind": "lru_hash", "key_bytes": 38, "value_bytes": 16, "entries": 65536, "items": []},
{"name": "policy_1", "kind": "lpm_trie", "key_bytes": 12, "value_bytes": 8, "entries": 16384, "items": [[["28000000", "00000000", "00", "000000"], ["0000000000000000"]], [["28000000", "00000000", "01", "000000"], ["0000000000000000"]]]},
{"name": "calls", "kind": "prog_array", "key_bytes": 4, "value_bytes": 4, "entries": 8, "items": []},
{"name": "deliveries", "kind": "prog_array", "key_bytes": 4, "value_bytes": 4, "entries": 8, "items": []}],
"programs": [
{"name": "from_wire_4", "source": "to_node", "constants": [["IPV6", 0], ["FROM_TUNNEL", 0], ["TUNNEL_FLAGS", 0], ["LEGACY", 0]], "maps": [["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 0]], "dev": "", "hook": "ingress"},
{"name": "from_wire_6", "source": "to_node", "constants": [["IPV6", 1], ["FROM_TUNNEL", 0], ["TUNNEL_FLAGS", 0], ["LEGACY", 0]], "maps": [["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 1]], "dev": "", "hook": "ingress"},
{"name": "from_wire", "source": "entry", "constants": [["IPV6", 0], ["FROM_POD", 0], ["CALL", 0]], "maps": [["calls", "calls"]], "calls": [], "dev": "eth0", "hook": "ingress"},
{"name": "from_1_4", "source": "from_pod", "constants": [["IPV6", 0], ["ADDRESS", 33652746], ["IDENTITY", 10000], ["WIRE", "@eth0"], ["LEGACY", 0], ["TUNNEL", 0], ["TUNNEL_FLAGS", 2]], "maps": [["connections", "connections_4"], ["policy", "policy_1"], ["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 4]], "dev": "", "hook": "ingress"},
{"name": "to_1_4", "source": "to_pod", "constants": [["IPV6", 0], ["LEGACY", 0], ["POD", "@lxc1"]], "maps": [["connections", "connections_4"], ["policy", "policy_1"]], "calls": [["deliveries", 2]], "dev": "", "hook": "ingress"},
{"name": "from_1_6", "source": "from_pod", "constants": [["IPV6", 1], ["ADDRESS", 72057594709082365], ["ADDRESS_LOW", 144115188075855872], ["IDENTITY", 10000], ["WIRE", "@eth0"], ["LEGACY", 0], ["TUNNEL", 0], ["TUNNEL_FLAGS", 2]], "maps": [["connections", "connections_6"], ["policy", "policy_1"], ["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 5]], "dev": "", "hook": "ingress"},
{"name": "to_1_6", "source": "to_pod", "constants": [["IPV6", 1], ["LEGACY", 0], ["POD", "@lxc1"]], "maps": [["connections", "connections_6"], ["policy", "policy_1"]], "calls": [["deliveries", 3]], "dev": "", "hook": "ingress"},
{"name": "from_1", "source": "entry", "constants": [["IPV6", 0], ["FROM_POD", 1], ["CALL", 4]], "maps": [["calls", "calls"]], "calls": [], "dev": "lxc1", "hook": "pod"}]}
END
'
ip netns exec n2 sh -c 'python3 -m barewire.kernel.data_paths <<END
{"name": "programs",
"maps": [
{"name": "endpoints", "kind": "hash", "key_bytes": 20, "value_bytes": 24, "entries": 16384, "items": [[["0a800202000000000000000000000000", "01000000"], ["@lxc1", "02000000", "~lxc1=0afb47e2df990000", "~lxc1=0af4cf92927a0000"]], [["fd000128000000020000000000000002", "02000000"], ["@lxc1", "02000000", "~lxc1=0afb47e2df990000", "~lxc1=0af4cf92927a0000"]], [["0a0a0003000000000000000000000000", "01000000"], ["000000000000000000000000000000000000000000000000"]], [["0a800201000000000000000000000000", "01000000"], ["000000000000000000000000000000000000000000000000"]], [["fd000010000000000000000000000003", "02000000"], ["000000000000000000000000000000000000000000000000"]], [["fd000128000000020000000000000001", "02000000"], ["000000000000000000000000000000000000000000000000"]]]},
{"name": "identities", "kind": "lpm_trie", "key_bytes": 24, "value_bytes": 24, "entries": 16384, "items": [[["40000000", "00000001", "0a0a0003000000000000000000000000"], ["01000000", "00000000", "00000000000000000000000000000000"]], [["40000000", "00000001", "0a800202000000000000000000000000"], ["10270000", "00000000", "00000000000000000000000000000000"]], [["40000000", "00000001", "0a0a0002000000000000000000000000"], ["06000000", "00000000", "00000000000000000000000000000000"]], [["38000000", "00000001", "0a800100000000000000000000000000"], ["10270000", "00000000", "00000000000000000000000000000000"]], [["a0000000", "00000002", "fd000010000000000000000000000003"], ["01000000", "00000000", "00000000000000000000000000000000"]], [["a0000000", "00000002", "fd000128000000020000000000000002"], ["10270000", "00000000", "00000000000000000000000000000000"]], [["a0000000", "00000002", "fd000010000000000000000000000002"], ["06000000", "00000000", "00000000000000000000000000000000"]], [["60000000", "00000002", "fd000128000000010000000000000000"], ["10270000", "00000000", "00000000000000000000000000000000"]]]},
{"name": "connections_4", "kind": "lru_hash", "key_bytes": 14, "value_bytes": 16, "entries": 65536, "items": []},
{"name": "connections_6", "kind": "lru_hash", "key_bytes": 38, "value_bytes": 16, "entries": 65536, "items": []},
{"name": "policy_1", "kind": "lpm_trie", "key_bytes": 12, "value_bytes": 8, "entries": 16384, "items": [[["28000000", "00000000", "00", "000000"], ["0000000000000000"]], [["28000000", "00000000", "01", "000000"], ["0000000000000000"]]]},
{"name": "calls", "kind": "prog_array", "key_bytes": 4, "value_bytes": 4, "entries": 8, "items": []},
{"name": "deliveries", "kind": "prog_array", "key_bytes": 4, "value_bytes": 4, "entries": 8, "items": []}],
"programs": [
{"name": "from_wire_4", "source": "to_node", "constants": [["IPV6", 0], ["FROM_TUNNEL", 0], ["TUNNEL_FLAGS", 0], ["LEGACY", 0]], "maps": [["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 0]], "dev": "", "hook": "ingress"},
{"name": "from_wire_6", "source": "to_node", "constants": [["IPV6", 1], ["FROM_TUNNEL", 0], ["TUNNEL_FLAGS", 0], ["LEGACY", 0]], "maps": [["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 1]], "dev": "", "hook": "ingress"},
{"name": "from_wire", "source": "entry", "constants": [["IPV6", 0], ["FROM_POD", 0], ["CALL", 0]], "maps": [["calls", "calls"]], "calls": [], "dev": "eth0", "hook": "ingress"},
{"name": "from_1_4", "source": "from_pod", "constants": [["IPV6", 0], ["ADDRESS", 33718282], ["IDENTITY", 10000], ["WIRE", "@eth0"], ["LEGACY", 0], ["TUNNEL", 0], ["TUNNEL_FLAGS", 2]], "maps": [["connections", "connections_4"], ["policy", "policy_1"], ["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 4]], "dev": "", "hook": "ingress"},
{"name": "to_1_4", "source": "to_pod", "constants": [["IPV6", 0], ["LEGACY", 0], ["POD", "@lxc1"]], "maps": [["connections", "connections_4"], ["policy", "policy_1"]], "calls": [["deliveries", 2]], "dev": "", "hook": "ingress"},
{"name": "from_1_6", "source": "from_pod", "constants": [["IPV6", 1], ["ADDRESS", 144115188747010301], ["ADDRESS_LOW", 144115188075855872], ["IDENTITY", 10000], ["WIRE", "@eth0"], ["LEGACY", 0], ["TUNNEL", 0], ["TUNNEL_FLAGS", 2]], "maps": [["connections", "connections_6"], ["policy", "policy_1"], ["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 5]], "dev": "", "hook": "ingress"},
{"name": "to_1_6", "source": "to_pod", "constants": [["IPV6", 1], ["LEGACY", 0], ["POD", "@lxc1"]], "maps": [["connections", "connections_6"], ["policy", "policy_1"]], "calls": [["deliveries", 3]], "dev": "", "hook": "ingress"},
{"name": "from_1", "source": "entry", "constants": [["IPV6", 0], ["FROM_POD", 1], ["CALL", 4]], "maps": [["calls", "calls"]], "calls": [], "dev": "lxc1", "hook": "pod"}]}
END
'

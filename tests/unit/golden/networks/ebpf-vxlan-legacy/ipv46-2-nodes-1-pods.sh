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
ip -n n1 link add lxc1 address 0a:98:b8:80:34:f0 mtu 1450 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1450 netns n1-p1
ip -n n1 link set lxc1 up
ip -n n1-p1 link set eth0 up
ip -n n1 link add cilium_vxlan address 0a:6b:c9:3d:21:3b mtu 1450 type vxlan external dstport 8472
ip -n n1 link set cilium_vxlan up
ip -n n2 link add cilium_host address 0a:c2:35:1e:51:7b mtu 1500 type veth peer name cilium_net address 0a:77:4b:63:4b:b6 mtu 1500 netns n2
ip -n n2 link set cilium_host up
ip -n n2 link set cilium_net up
ip -n n2 link add lxc1 address 0a:f4:cf:92:92:7a mtu 1450 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1450 netns n2-p1
ip -n n2 link set lxc1 up
ip -n n2-p1 link set eth0 up
ip -n n2 link add cilium_vxlan address 0a:af:ad:da:ab:2e mtu 1450 type vxlan external dstport 8472
ip -n n2 link set cilium_vxlan up
ip -n n1 address add 10.128.1.1/32 dev cilium_host
ip -n n1 address add fd00:128:0:1::1/128 dev cilium_host nodad
ip -n n2 address add 10.128.2.1/32 dev cilium_host
ip -n n2 address add fd00:128:0:2::1/128 dev cilium_host nodad
ip -n n1-p1 address add 10.128.1.2/32 dev eth0
ip -n n1-p1 address add fd00:128:0:1::2/128 dev eth0 nodad
ip -n n2-p1 address add 10.128.2.2/32 dev eth0
ip -n n2-p1 address add fd00:128:0:2::2/128 dev eth0 nodad
ip -n n1 neighbour add 10.128.1.2 lladdr 0a:0d:3c:b7:99:6b dev lxc1 nud permanent
ip -n n1 neighbour add fd00:128:0:1::2 lladdr 0a:0d:3c:b7:99:6b dev lxc1 nud permanent
ip -n n2 neighbour add 10.128.2.2 lladdr 0a:fb:47:e2:df:99 dev lxc1 nud permanent
ip -n n2 neighbour add fd00:128:0:2::2 lladdr 0a:fb:47:e2:df:99 dev lxc1 nud permanent
ip -n n1-p1 neighbour add 10.128.1.1 lladdr 0a:98:b8:80:34:f0 dev eth0 nud permanent
ip -n n1-p1 neighbour add fd00:128:0:1::1 lladdr 0a:98:b8:80:34:f0 dev eth0 nud permanent
ip -n n2-p1 neighbour add 10.128.2.1 lladdr 0a:f4:cf:92:92:7a dev eth0 nud permanent
ip -n n2-p1 neighbour add fd00:128:0:2::1 lladdr 0a:f4:cf:92:92:7a dev eth0 nud permanent
ip -n n1 route add 10.128.1.2/32 dev lxc1 proto 213
ip -n n1 route add fd00:128:0:1::2/128 dev lxc1 proto 213
ip -n n1 route add 10.128.2.0/24 dev cilium_host src 10.128.1.1 proto 213
ip -n n1 route add fd00:128:0:2::/64 dev cilium_host src fd00:128:0:1::1 proto 213
ip -n n2 route add 10.128.2.2/32 dev lxc1 proto 213
ip -n n2 route add fd00:128:0:2::2/128 dev lxc1 proto 213
ip -n n2 route add 10.128.1.0/24 dev cilium_host src 10.128.2.1 proto 213
ip -n n2 route add fd00:128:0:1::/64 dev cilium_host src fd00:128:0:2::1 proto 213
ip -n n1-p1 route add 10.128.1.1/32 dev eth0 proto 213
ip -n n1-p1 route add fd00:128:0:1::1/128 dev eth0 proto 213
ip -n n2-p1 route add 10.128.2.1/32 dev eth0 proto 213
ip -n n2-p1 route add fd00:128:0:2::1/128 dev eth0 proto 213
ip -n n1-p1 route add 0.0.0.0/0 via 10.128.1.1 dev eth0 proto 213
ip -n n1-p1 route add ::/0 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n2-p1 route add 0.0.0.0/0 via 10.128.2.1 dev eth0 proto 213
ip -n n2-p1 route add ::/0 via fd00:128:0:2::1 dev eth0 proto 213
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*raw
:CILIUM_PRE_raw - [0:0]
:CILIUM_OUTPUT_raw - [0:0]
-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_raw" -j CILIUM_PRE_raw
-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT_raw" -j CILIUM_OUTPUT_raw
-A CILIUM_PRE_raw -p udp -m udp --dport 8472 -m comment --comment "cilium: NOTRACK for tunnel traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -p udp -m udp --dport 8472 -m comment --comment "cilium: NOTRACK for tunnel traffic" -j CT --notrack
-A CILIUM_PRE_raw -m mark --mark 0x200/0xf00 -m comment --comment "cilium: NOTRACK for proxy traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -o cilium_host -m mark --mark 0xa00/0xfffffeff -m comment --comment "cilium: NOTRACK for proxy return traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -o cilium_host -m mark --mark 0x800/0xe00 -m comment --comment "cilium: NOTRACK for L7 proxy upstream traffic" -j CT --notrack
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*mangle
:CILIUM_PRE_mangle - [0:0]
:CILIUM_POST_mangle - [0:0]
-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_mangle" -j CILIUM_PRE_mangle
-A POSTROUTING -m comment --comment "cilium-feeder: CILIUM_POST_mangle" -j CILIUM_POST_mangle
-A CILIUM_PRE_mangle ! -o lo -m socket --transparent -m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0x800/0xf00 -m comment --comment "cilium: any->pod redirect proxied traffic to host proxy" -j MARK --set-xmark 0x200/0xffffffff
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*nat
:CILIUM_PRE_nat - [0:0]
:CILIUM_OUTPUT_nat - [0:0]
:CILIUM_POST_nat - [0:0]
-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_nat" -j CILIUM_PRE_nat
-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT_nat" -j CILIUM_OUTPUT_nat
-A POSTROUTING -m comment --comment "cilium-feeder: CILIUM_POST_nat" -j CILIUM_POST_nat
-A CILIUM_POST_nat -s 10.128.1.0/24 ! -d 10.128.1.0/24 ! -o cilium_+ -m comment --comment "cilium masquerade non-cluster" -j MASQUERADE
-A CILIUM_POST_nat -m mark --mark 0xa00/0xe00 -m comment --comment "exclude proxy return traffic from masquerade" -j ACCEPT
-A CILIUM_POST_nat ! -s 10.128.1.0/24 ! -d 10.128.1.0/24 -o cilium_host -m comment --comment "cilium host->cluster masquerade" -j SNAT --to-source 10.128.1.1
-A CILIUM_POST_nat -s 127.0.0.1 -o cilium_host -m comment --comment "cilium host->cluster from 127.0.0.1 masquerade" -j SNAT --to-source 10.128.1.1
-A CILIUM_POST_nat -o cilium_host -m mark --mark 0xf00/0xf00 -m conntrack --ctstate DNAT -m comment --comment "hairpin traffic that originated from a local pod" -j SNAT --to-source 10.128.1.1
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*filter
:CILIUM_INPUT - [0:0]
:CILIUM_FORWARD - [0:0]
:CILIUM_OUTPUT - [0:0]
-A INPUT -m comment --comment "cilium-feeder: CILIUM_INPUT" -j CILIUM_INPUT
-A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD
-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT" -j CILIUM_OUTPUT
-A CILIUM_INPUT -m mark --mark 0x200/0xf00 -m comment --comment "cilium: ACCEPT for proxy traffic" -j ACCEPT
-A CILIUM_FORWARD -o cilium_host -m comment --comment "cilium: any->cluster on cilium_host forward accept" -j ACCEPT
-A CILIUM_FORWARD -i cilium_host -m comment --comment "cilium: cluster->any on cilium_host forward accept (nodeport)" -j ACCEPT
-A CILIUM_FORWARD -i lxc+ -m comment --comment "cilium: cluster->any on lxc+ forward accept" -j ACCEPT
-A CILIUM_FORWARD -i cilium_net -m comment --comment "cilium: cluster->any on cilium_net forward accept (nodeport)" -j ACCEPT
-A CILIUM_OUTPUT -p udp -m udp --dport 8472 -m comment --comment "cilium: ACCEPT for tunnel traffic" -j ACCEPT
-A CILIUM_OUTPUT -m mark --mark 0xa00/0xe00 -m comment --comment "cilium: ACCEPT for proxy traffic" -j ACCEPT
-A CILIUM_OUTPUT -m mark --mark 0x800/0xe00 -m comment --comment "cilium: ACCEPT for l7 proxy upstream traffic" -j ACCEPT
-A CILIUM_OUTPUT -m mark ! --mark 0xd00/0xf00 -m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0x400/0xf00 -m mark ! --mark 0xa00/0xe00 -m mark ! --mark 0x800/0xe00 -m comment --comment "cilium: host->any mark as from host" -j MARK --set-xmark 0xc00/0xf00
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*raw
:CILIUM_PRE_raw - [0:0]
:CILIUM_OUTPUT_raw - [0:0]
-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_raw" -j CILIUM_PRE_raw
-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT_raw" -j CILIUM_OUTPUT_raw
-A CILIUM_PRE_raw -p udp -m udp --dport 8472 -m comment --comment "cilium: NOTRACK for tunnel traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -p udp -m udp --dport 8472 -m comment --comment "cilium: NOTRACK for tunnel traffic" -j CT --notrack
-A CILIUM_PRE_raw -m mark --mark 0x200/0xf00 -m comment --comment "cilium: NOTRACK for proxy traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -o cilium_host -m mark --mark 0xa00/0xfffffeff -m comment --comment "cilium: NOTRACK for proxy return traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -o cilium_host -m mark --mark 0x800/0xe00 -m comment --comment "cilium: NOTRACK for L7 proxy upstream traffic" -j CT --notrack
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*mangle
:CILIUM_PRE_mangle - [0:0]
-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_mangle" -j CILIUM_PRE_mangle
-A CILIUM_PRE_mangle ! -o lo -m socket --transparent -m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0x800/0xf00 -m comment --comment "cilium: any->pod redirect proxied traffic to host proxy" -j MARK --set-xmark 0x200/0xffffffff
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*nat
:CILIUM_POST_nat - [0:0]
-A POSTROUTING -m comment --comment "cilium-feeder: CILIUM_POST_nat" -j CILIUM_POST_nat
-A CILIUM_POST_nat -s fd00:128:0:1::/64 ! -d fd00:128:0:1::/64 ! -o cilium_+ -m comment --comment "cilium masquerade non-cluster" -j MASQUERADE
-A CILIUM_POST_nat -m mark --mark 0xa00/0xe00 -m comment --comment "exclude proxy return traffic from masquerade" -j ACCEPT
-A CILIUM_POST_nat ! -s fd00:128:0:1::/64 ! -d fd00:128:0:1::/64 -o cilium_host -m comment --comment "cilium host->cluster masquerade" -j SNAT --to-source fd00:128:0:1::1
-A CILIUM_POST_nat -s ::1 -o cilium_host -m comment --comment "cilium host->cluster from ::1 masquerade" -j SNAT --to-source fd00:128:0:1::1
-A CILIUM_POST_nat -o cilium_host -m mark --mark 0xf00/0xf00 -m conntrack --ctstate DNAT -m comment --comment "hairpin traffic that originated from a local pod" -j SNAT --to-source fd00:128:0:1::1
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*filter
:CILIUM_INPUT - [0:0]
:CILIUM_FORWARD - [0:0]
:CILIUM_OUTPUT - [0:0]
-A INPUT -m comment --comment "cilium-feeder: CILIUM_INPUT" -j CILIUM_INPUT
-A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD
-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT" -j CILIUM_OUTPUT
-A CILIUM_INPUT -m mark --mark 0x200/0xf00 -m comment --comment "cilium: ACCEPT for proxy traffic" -j ACCEPT
-A CILIUM_FORWARD -o cilium_host -m comment --comment "cilium: any->cluster on cilium_host forward accept" -j ACCEPT
-A CILIUM_FORWARD -i cilium_host -m comment --comment "cilium: cluster->any on cilium_host forward accept (nodeport)" -j ACCEPT
-A CILIUM_FORWARD -i lxc+ -m comment --comment "cilium: cluster->any on lxc+ forward accept" -j ACCEPT
-A CILIUM_FORWARD -i cilium_net -m comment --comment "cilium: cluster->any on cilium_net forward accept (nodeport)" -j ACCEPT
-A CILIUM_OUTPUT -p udp -m udp --dport 8472 -m comment --comment "cilium: ACCEPT for tunnel traffic" -j ACCEPT
-A CILIUM_OUTPUT -m mark --mark 0xa00/0xe00 -m comment --comment "cilium: ACCEPT for proxy traffic" -j ACCEPT
-A CILIUM_OUTPUT -m mark ! --mark 0xd00/0xf00 -m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0x400/0xf00 -m mark ! --mark 0xa00/0xe00 -m mark ! --mark 0x800/0xe00 -m comment --comment "cilium: host->any mark as from host" -j MARK --set-xmark 0xc00/0xf00
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*raw
:CILIUM_PRE_raw - [0:0]
:CILIUM_OUTPUT_raw - [0:0]
-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_raw" -j CILIUM_PRE_raw
-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT_raw" -j CILIUM_OUTPUT_raw
-A CILIUM_PRE_raw -p udp -m udp --dport 8472 -m comment --comment "cilium: NOTRACK for tunnel traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -p udp -m udp --dport 8472 -m comment --comment "cilium: NOTRACK for tunnel traffic" -j CT --notrack
-A CILIUM_PRE_raw -m mark --mark 0x200/0xf00 -m comment --comment "cilium: NOTRACK for proxy traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -o cilium_host -m mark --mark 0xa00/0xfffffeff -m comment --comment "cilium: NOTRACK for proxy return traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -o cilium_host -m mark --mark 0x800/0xe00 -m comment --comment "cilium: NOTRACK for L7 proxy upstream traffic" -j CT --notrack
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*mangle
:CILIUM_PRE_mangle - [0:0]
:CILIUM_POST_mangle - [0:0]
-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_mangle" -j CILIUM_PRE_mangle
-A POSTROUTING -m comment --comment "cilium-feeder: CILIUM_POST_mangle" -j CILIUM_POST_mangle
-A CILIUM_PRE_mangle ! -o lo -m socket --transparent -m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0x800/0xf00 -m comment --comment "cilium: any->pod redirect proxied traffic to host proxy" -j MARK --set-xmark 0x200/0xffffffff
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*nat
:CILIUM_PRE_nat - [0:0]
:CILIUM_OUTPUT_nat - [0:0]
:CILIUM_POST_nat - [0:0]
-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_nat" -j CILIUM_PRE_nat
-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT_nat" -j CILIUM_OUTPUT_nat
-A POSTROUTING -m comment --comment "cilium-feeder: CILIUM_POST_nat" -j CILIUM_POST_nat
-A CILIUM_POST_nat -s 10.128.2.0/24 ! -d 10.128.2.0/24 ! -o cilium_+ -m comment --comment "cilium masquerade non-cluster" -j MASQUERADE
-A CILIUM_POST_nat -m mark --mark 0xa00/0xe00 -m comment --comment "exclude proxy return traffic from masquerade" -j ACCEPT
-A CILIUM_POST_nat ! -s 10.128.2.0/24 ! -d 10.128.2.0/24 -o cilium_host -m comment --comment "cilium host->cluster masquerade" -j SNAT --to-source 10.128.2.1
-A CILIUM_POST_nat -s 127.0.0.1 -o cilium_host -m comment --comment "cilium host->cluster from 127.0.0.1 masquerade" -j SNAT --to-source 10.128.2.1
-A CILIUM_POST_nat -o cilium_host -m mark --mark 0xf00/0xf00 -m conntrack --ctstate DNAT -m comment --comment "hairpin traffic that originated from a local pod" -j SNAT --to-source 10.128.2.1
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*filter
:CILIUM_INPUT - [0:0]
:CILIUM_FORWARD - [0:0]
:CILIUM_OUTPUT - [0:0]
-A INPUT -m comment --comment "cilium-feeder: CILIUM_INPUT" -j CILIUM_INPUT
-A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD
-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT" -j CILIUM_OUTPUT
-A CILIUM_INPUT -m mark --mark 0x200/0xf00 -m comment --comment "cilium: ACCEPT for proxy traffic" -j ACCEPT
-A CILIUM_FORWARD -o cilium_host -m comment --comment "cilium: any->cluster on cilium_host forward accept" -j ACCEPT
-A CILIUM_FORWARD -i cilium_host -m comment --comment "cilium: cluster->any on cilium_host forward accept (nodeport)" -j ACCEPT
-A CILIUM_FORWARD -i lxc+ -m comment --comment "cilium: cluster->any on lxc+ forward accept" -j ACCEPT
-A CILIUM_FORWARD -i cilium_net -m comment --comment "cilium: cluster->any on cilium_net forward accept (nodeport)" -j ACCEPT
-A CILIUM_OUTPUT -p udp -m udp --dport 8472 -m comment --comment "cilium: ACCEPT for tunnel traffic" -j ACCEPT
-A CILIUM_OUTPUT -m mark --mark 0xa00/0xe00 -m comment --comment "cilium: ACCEPT for proxy traffic" -j ACCEPT
-A CILIUM_OUTPUT -m mark --mark 0x800/0xe00 -m comment --comment "cilium: ACCEPT for l7 proxy upstream traffic" -j ACCEPT
-A CILIUM_OUTPUT -m mark ! --mark 0xd00/0xf00 -m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0x400/0xf00 -m mark ! --mark 0xa00/0xe00 -m mark ! --mark 0x800/0xe00 -m comment --comment "cilium: host->any mark as from host" -j MARK --set-xmark 0xc00/0xf00
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*raw
:CILIUM_PRE_raw - [0:0]
:CILIUM_OUTPUT_raw - [0:0]
-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_raw" -j CILIUM_PRE_raw
-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT_raw" -j CILIUM_OUTPUT_raw
-A CILIUM_PRE_raw -p udp -m udp --dport 8472 -m comment --comment "cilium: NOTRACK for tunnel traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -p udp -m udp --dport 8472 -m comment --comment "cilium: NOTRACK for tunnel traffic" -j CT --notrack
-A CILIUM_PRE_raw -m mark --mark 0x200/0xf00 -m comment --comment "cilium: NOTRACK for proxy traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -o cilium_host -m mark --mark 0xa00/0xfffffeff -m comment --comment "cilium: NOTRACK for proxy return traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -o cilium_host -m mark --mark 0x800/0xe00 -m comment --comment "cilium: NOTRACK for L7 proxy upstream traffic" -j CT --notrack
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*mangle
:CILIUM_PRE_mangle - [0:0]
-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_mangle" -j CILIUM_PRE_mangle
-A CILIUM_PRE_mangle ! -o lo -m socket --transparent -m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0x800/0xf00 -m comment --comment "cilium: any->pod redirect proxied traffic to host proxy" -j MARK --set-xmark 0x200/0xffffffff
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*nat
:CILIUM_POST_nat - [0:0]
-A POSTROUTING -m comment --comment "cilium-feeder: CILIUM_POST_nat" -j CILIUM_POST_nat
-A CILIUM_POST_nat -s fd00:128:0:2::/64 ! -d fd00:128:0:2::/64 ! -o cilium_+ -m comment --comment "cilium masquerade non-cluster" -j MASQUERADE
-A CILIUM_POST_nat -m mark --mark 0xa00/0xe00 -m comment --comment "exclude proxy return traffic from masquerade" -j ACCEPT
-A CILIUM_POST_nat ! -s fd00:128:0:2::/64 ! -d fd00:128:0:2::/64 -o cilium_host -m comment --comment "cilium host->cluster masquerade" -j SNAT --to-source fd00:128:0:2::1
-A CILIUM_POST_nat -s ::1 -o cilium_host -m comment --comment "cilium host->cluster from ::1 masquerade" -j SNAT --to-source fd00:128:0:2::1
-A CILIUM_POST_nat -o cilium_host -m mark --mark 0xf00/0xf00 -m conntrack --ctstate DNAT -m comment --comment "hairpin traffic that originated from a local pod" -j SNAT --to-source fd00:128:0:2::1
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*filter
:CILIUM_INPUT - [0:0]
:CILIUM_FORWARD - [0:0]
:CILIUM_OUTPUT - [0:0]
-A INPUT -m comment --comment "cilium-feeder: CILIUM_INPUT" -j CILIUM_INPUT
-A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD
-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT" -j CILIUM_OUTPUT
-A CILIUM_INPUT -m mark --mark 0x200/0xf00 -m comment --comment "cilium: ACCEPT for proxy traffic" -j ACCEPT
-A CILIUM_FORWARD -o cilium_host -m comment --comment "cilium: any->cluster on cilium_host forward accept" -j ACCEPT
-A CILIUM_FORWARD -i cilium_host -m comment --comment "cilium: cluster->any on cilium_host forward accept (nodeport)" -j ACCEPT
-A CILIUM_FORWARD -i lxc+ -m comment --comment "cilium: cluster->any on lxc+ forward accept" -j ACCEPT
-A CILIUM_FORWARD -i cilium_net -m comment --comment "cilium: cluster->any on cilium_net forward accept (nodeport)" -j ACCEPT
-A CILIUM_OUTPUT -p udp -m udp --dport 8472 -m comment --comment "cilium: ACCEPT for tunnel traffic" -j ACCEPT
-A CILIUM_OUTPUT -m mark --mark 0xa00/0xe00 -m comment --comment "cilium: ACCEPT for proxy traffic" -j ACCEPT
-A CILIUM_OUTPUT -m mark ! --mark 0xd00/0xf00 -m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0x400/0xf00 -m mark ! --mark 0xa00/0xe00 -m mark ! --mark 0x800/0xe00 -m comment --comment "cilium: host->any mark as from host" -j MARK --set-xmark 0xc00/0xf00
COMMIT
END
'
ip netns exec n1 sh -c 'python3 -m barewire.kernel.data_paths <<END
{"name": "programs",
"maps": [
{"name": "endpoints", "kind": "hash", "key_bytes": 20, "value_bytes": 24, "entries": 16384, "items": [[["0a800102000000000000000000000000", "01000000"], ["@lxc1", "02000000", "~lxc1=0a0d3cb7996b0000", "~lxc1=0a98b88034f00000"]], [["fd000128000000010000000000000002", "02000000"], ["@lxc1", "02000000", "~lxc1=0a0d3cb7996b0000", "~lxc1=0a98b88034f00000"]], [["0a0a0002000000000000000000000000", "01000000"], ["000000000000000000000000000000000000000000000000"]], [["0a800101000000000000000000000000", "01000000"], ["000000000000000000000000000000000000000000000000"]], [["fd000010000000000000000000000002", "02000000"], ["000000000000000000000000000000000000000000000000"]], [["fd000128000000010000000000000001", "02000000"], ["000000000000000000000000000000000000000000000000"]]]},
{"name": "identities", "kind": "lpm_trie", "key_bytes": 24, "value_bytes": 24, "entries": 16384, "items": [[["40000000", "00000001", "0a0a0002000000000000000000000000"], ["01000000", "00000000", "00000000000000000000000000000000"]], [["40000000", "00000001", "0a800102000000000000000000000000"], ["10270000", "00000000", "00000000000000000000000000000000"]], [["40000000", "00000001", "0a0a0003000000000000000000000000"], ["06000000", "00000000", "00000000000000000000000000000000"]], [["38000000", "00000001", "0a800200000000000000000000000000"], ["10270000", "01000000", "03000a0a000000000000000000000000"]], [["a0000000", "00000002", "fd000010000000000000000000000002"], ["01000000", "00000000", "00000000000000000000000000000000"]], [["a0000000", "00000002", "fd000128000000010000000000000002"], ["10270000", "00000000", "00000000000000000000000000000000"]], [["a0000000", "00000002", "fd000010000000000000000000000003"], ["06000000", "00000000", "00000000000000000000000000000000"]], [["60000000", "00000002", "fd000128000000020000000000000000"], ["10270000", "01000000", "03000a0a000000000000000000000000"]]]},
{"name": "connections_4", "kind": "lru_hash", "key_bytes": 14, "value_bytes": 16, "entries": 65536, "items": []},
{"name": "connections_6", "kind": "lru_hash", "key_bytes": 38, "value_bytes": 16, "entries": 65536, "items": []},
{"name": "policy_1", "kind": "lpm_trie", "key_bytes": 12, "value_bytes": 8, "entries": 16384, "items": [[["28000000", "00000000", "00", "000000"], ["0000000000000000"]], [["28000000", "00000000", "01", "000000"], ["0000000000000000"]]]},
{"name": "calls", "kind": "prog_array", "key_bytes": 4, "value_bytes": 4, "entries": 8, "items": []},
{"name": "deliveries", "kind": "prog_array", "key_bytes": 4, "value_bytes": 4, "entries": 8, "items": []}],
"programs": [
{"name": "from_tunnel_4", "source": "to_node", "constants": [["IPV6", 0], ["FROM_TUNNEL", 1], ["TUNNEL_FLAGS", 0], ["LEGACY", 1]], "maps": [["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 2]], "dev": "", "hook": "ingress"},
{"name": "from_tunnel_6", "source": "to_node", "constants": [["IPV6", 1], ["FROM_TUNNEL", 1], ["TUNNEL_FLAGS", 0], ["LEGACY", 1]], "maps": [["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 3]], "dev": "", "hook": "ingress"},
{"name": "from_tunnel", "source": "entry", "constants": [["IPV6", 0], ["FROM_POD", 0], ["CALL", 2]], "maps": [["calls", "calls"]], "calls": [], "dev": "cilium_vxlan", "hook": "ingress"},
{"name": "from_1_4", "source": "from_pod", "constants": [["IPV6", 0], ["ADDRESS", 33652746], ["IDENTITY", 10000], ["WIRE", "@eth0"], ["LEGACY", 1], ["TUNNEL", "@cilium_vxlan"], ["TUNNEL_FLAGS", 2]], "maps": [["connections", "connections_4"], ["policy", "policy_1"], ["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 4]], "dev": "", "hook": "ingress"},
{"name": "to_1_4", "source": "to_pod", "constants": [["IPV6", 0], ["LEGACY", 1], ["POD", "@lxc1"]], "maps": [["connections", "connections_4"], ["policy", "policy_1"]], "calls": [["deliveries", 2]], "dev": "", "hook": "ingress"},
{"name": "from_1_6", "source": "from_pod", "constants": [["IPV6", 1], ["ADDRESS", 72057594709082365], ["ADDRESS_LOW", 144115188075855872], ["IDENTITY", 10000], ["WIRE", "@eth0"], ["LEGACY", 1], ["TUNNEL", "@cilium_vxlan"], ["TUNNEL_FLAGS", 2]], "maps": [["connections", "connections_6"], ["policy", "policy_1"], ["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 5]], "dev": "", "hook": "ingress"},
{"name": "to_1_6", "source": "to_pod", "constants": [["IPV6", 1], ["LEGACY", 1], ["POD", "@lxc1"]], "maps": [["connections", "connections_6"], ["policy", "policy_1"]], "calls": [["deliveries", 3]], "dev": "", "hook": "ingress"},
{"name": "from_1", "source": "entry", "constants": [["IPV6", 0], ["FROM_POD", 1], ["CALL", 4]], "maps": [["calls", "calls"]], "calls": [], "dev": "lxc1", "hook": "pod"}]}
END
'
ip netns exec n2 sh -c 'python3 -m barewire.kernel.data_paths <<END
{"name": "programs",
"maps": [
{"name": "endpoints", "kind": "hash", "key_bytes": 20, "value_bytes": 24, "entries": 16384, "items": [[["0a800202000000000000000000000000", "01000000"], ["@lxc1", "02000000", "~lxc1=0afb47e2df990000", "~lxc1=0af4cf92927a0000"]], [["fd000128000000020000000000000002", "02000000"], ["@lxc1", "02000000", "~lxc1=0afb47e2df990000", "~lxc1=0af4cf92927a0000"]], [["0a0a0003000000000000000000000000", "01000000"], ["000000000000000000000000000000000000000000000000"]], [["0a800201000000000000000000000000", "01000000"], ["000000000000000000000000000000000000000000000000"]], [["fd000010000000000000000000000003", "02000000"], ["000000000000000000000000000000000000000000000000"]], [["fd000128000000020000000000000001", "02000000"], ["000000000000000000000000000000000000000000000000"]]]},
{"name": "identities", "kind": "lpm_trie", "key_bytes": 24, "value_bytes": 24, "entries": 16384, "items": [[["40000000", "00000001", "0a0a0003000000000000000000000000"], ["01000000", "00000000", "00000000000000000000000000000000"]], [["40000000", "00000001", "0a800202000000000000000000000000"], ["10270000", "00000000", "00000000000000000000000000000000"]], [["40000000", "00000001", "0a0a0002000000000000000000000000"], ["06000000", "00000000", "00000000000000000000000000000000"]], [["38000000", "00000001", "0a800100000000000000000000000000"], ["10270000", "01000000", "02000a0a000000000000000000000000"]], [["a0000000", "00000002", "fd000010000000000000000000000003"], ["01000000", "00000000", "00000000000000000000000000000000"]], [["a0000000", "00000002", "fd000128000000020000000000000002"], ["10270000", "00000000", "00000000000000000000000000000000"]], [["a0000000", "00000002", "fd000010000000000000000000000002"], ["06000000", "00000000", "00000000000000000000000000000000"]], [["60000000", "00000002", "fd000128000000010000000000000000"], ["10270000", "01000000", "02000a0a000000000000000000000000"]]]},
{"name": "connections_4", "kind": "lru_hash", "key_bytes": 14, "value_bytes": 16, "entries": 65536, "items": []},
{"name": "connections_6", "kind": "lru_hash", "key_bytes": 38, "value_bytes": 16, "entries": 65536, "items": []},
{"name": "policy_1", "kind": "lpm_trie", "key_bytes": 12, "value_bytes": 8, "entries": 16384, "items": [[["28000000", "00000000", "00", "000000"], ["0000000000000000"]], [["28000000", "00000000", "01", "000000"], ["0000000000000000"]]]},
{"name": "calls", "kind": "prog_array", "key_bytes": 4, "value_bytes": 4, "entries": 8, "items": []},
{"name": "deliveries", "kind": "prog_array", "key_bytes": 4, "value_bytes": 4, "entries": 8, "items": []}],
"programs": [
{"name": "from_tunnel_4", "source": "to_node", "constants": [["IPV6", 0], ["FROM_TUNNEL", 1], ["TUNNEL_FLAGS", 0], ["LEGACY", 1]], "maps": [["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 2]], "dev": "", "hook": "ingress"},
{"name": "from_tunnel_6", "source": "to_node", "constants": [["IPV6", 1], ["FROM_TUNNEL", 1], ["TUNNEL_FLAGS", 0], ["LEGACY", 1]], "maps": [["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 3]], "dev": "", "hook": "ingress"},
{"name": "from_tunnel", "source": "entry", "constants": [["IPV6", 0], ["FROM_POD", 0], ["CALL", 2]], "maps": [["calls", "calls"]], "calls": [], "dev": "cilium_vxlan", "hook": "ingress"},
{"name": "from_1_4", "source": "from_pod", "constants": [["IPV6", 0], ["ADDRESS", 33718282], ["IDENTITY", 10000], ["WIRE", "@eth0"], ["LEGACY", 1], ["TUNNEL", "@cilium_vxlan"], ["TUNNEL_FLAGS", 2]], "maps": [["connections", "connections_4"], ["policy", "policy_1"], ["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 4]], "dev": "", "hook": "ingress"},
{"name": "to_1_4", "source": "to_pod", "constants": [["IPV6", 0], ["LEGACY", 1], ["POD", "@lxc1"]], "maps": [["connections", "connections_4"], ["policy", "policy_1"]], "calls": [["deliveries", 2]], "dev": "", "hook": "ingress"},
{"name": "from_1_6", "source": "from_pod", "constants": [["IPV6", 1], ["ADDRESS", 144115188747010301], ["ADDRESS_LOW", 144115188075855872], ["IDENTITY", 10000], ["WIRE", "@eth0"], ["LEGACY", 1], ["TUNNEL", "@cilium_vxlan"], ["TUNNEL_FLAGS", 2]], "maps": [["connections", "connections_6"], ["policy", "policy_1"], ["endpoints", "endpoints"], ["identities", "identities"], ["deliveries", "deliveries"]], "calls": [["calls", 5]], "dev": "", "hook": "ingress"},
{"name": "to_1_6", "source": "to_pod", "constants": [["IPV6", 1], ["LEGACY", 1], ["POD", "@lxc1"]], "maps": [["connections", "connections_6"], ["policy", "policy_1"]], "calls": [["deliveries", 3]], "dev": "", "hook": "ingress"},
{"name": "from_1", "source": "entry", "constants": [["IPV6", 0], ["FROM_POD", 1], ["CALL", 4]], "maps": [["calls", "calls"]], "calls": [], "dev": "lxc1", "hook": "pod"}]}
END
'

ip netns add n1
ip -n n1 link set lo up
ip netns add n2
ip -n n2 link set lo up
ip netns add n1-p1
ip -n n1-p1 link set lo up
ip netns add n2-p1
ip -n n2-p1 link set lo up
ip netns exec n1 sysctl -w net.ipv6.conf.all.forwarding=1
ip netns exec n2 sysctl -w net.ipv6.conf.all.forwarding=1
ip -n n1 link add calic40b9344560 address ee:ee:ee:ee:ee:ee mtu 1420 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1420 netns n1-p1
ip -n n1 link set calic40b9344560 up
ip -n n1-p1 link set eth0 up
ip -n n1 link add wg-v6.cali mtu 1420 type wireguard
ip -n n1 link set wg-v6.cali up
ip -n n2 link add cali61a37ed5a6c address ee:ee:ee:ee:ee:ee mtu 1420 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1420 netns n2-p1
ip -n n2 link set cali61a37ed5a6c up
ip -n n2-p1 link set eth0 up
ip -n n2 link add wg-v6.cali mtu 1420 type wireguard
ip -n n2 link set wg-v6.cali up
ip netns exec n1 sh -c 'wg genkey | wg set wg-v6.cali listen-port 51821 private-key /dev/stdin fwmark 0x200000'
ip netns exec n2 sh -c 'wg genkey | wg set wg-v6.cali listen-port 51821 private-key /dev/stdin fwmark 0x200000'
ip -n n1 address add fd00:128:0:1::/128 dev wg-v6.cali nodad
ip -n n2 address add fd00:128:0:2::/128 dev wg-v6.cali nodad
ip -n n1-p1 address add fd00:128:0:1::2/128 dev eth0 nodad
ip -n n2-p1 address add fd00:128:0:2::2/128 dev eth0 nodad
ip netns exec n1 sysctl -w net.ipv6.conf.calic40b9344560.proxy_ndp=1
ip netns exec n1 sysctl -w net.ipv6.conf.calic40b9344560.forwarding=1
ip netns exec n1 sysctl -w net.ipv6.conf.calic40b9344560.accept_ra=0
ip netns exec n2 sysctl -w net.ipv6.conf.cali61a37ed5a6c.proxy_ndp=1
ip netns exec n2 sysctl -w net.ipv6.conf.cali61a37ed5a6c.forwarding=1
ip netns exec n2 sysctl -w net.ipv6.conf.cali61a37ed5a6c.accept_ra=0
ip -n n1 neighbour add fd00:128:0:1::2 lladdr 0a:0d:3c:b7:99:6b dev calic40b9344560 nud permanent
ip netns exec n1 sh -c 'wg set wg-v6.cali peer $(ip netns exec n2 wg show wg-v6.cali public-key) endpoint [fd00:10::3]:51821 allowed-ips fd00:128:0:2::/128,fd00:128:0:2::/64'
ip -n n2 neighbour add fd00:128:0:2::2 lladdr 0a:fb:47:e2:df:99 dev cali61a37ed5a6c nud permanent
ip netns exec n2 sh -c 'wg set wg-v6.cali peer $(ip netns exec n1 wg show wg-v6.cali public-key) endpoint [fd00:10::2]:51821 allowed-ips fd00:128:0:1::/128,fd00:128:0:1::/64'
ip -n n1 route add blackhole fd00:128:0:1::/64 proto 213
ip -n n1 route add fd00:128:0:1::2/128 dev calic40b9344560 proto 213
ip -n n1 route add throw fd00:128:0:1::/64 table 1 proto 213
ip -n n1 route add fd00:128:0:2::/128 dev wg-v6.cali table 1 proto 213
ip -n n1 route add fd00:128:0:2::/64 dev wg-v6.cali table 1 proto 213
ip -n n2 route add blackhole fd00:128:0:2::/64 proto 213
ip -n n2 route add fd00:128:0:2::2/128 dev cali61a37ed5a6c proto 213
ip -n n2 route add throw fd00:128:0:2::/64 table 1 proto 213
ip -n n2 route add fd00:128:0:1::/128 dev wg-v6.cali table 1 proto 213
ip -n n2 route add fd00:128:0:1::/64 dev wg-v6.cali table 1 proto 213
ip -n n1-p1 route add ::/0 via fe80::ecee:eeff:feee:eeee dev eth0 proto 213
ip -n n2-p1 route add ::/0 via fe80::ecee:eeff:feee:eeee dev eth0 proto 213
ip -n n1 -6 rule add not fwmark 0x200000/0x200000 lookup 1 priority 99 protocol 213
ip -n n2 -6 rule add not fwmark 0x200000/0x200000 lookup 1 priority 99 protocol 213
ip netns exec n1 ipset create cali60masq-ipam-pools hash:net family inet6
ip netns exec n1 ipset add cali60masq-ipam-pools fd00:128::/48
ip netns exec n1 ipset create cali60network-ip-pools hash:net family inet6
ip netns exec n1 ipset add cali60network-ip-pools fd00:128::/48
ip netns exec n1 ipset create cali60dscp-src-net hash:net family inet6
ip netns exec n1 ipset create cali60this-host hash:net family inet6
ip netns exec n1 ipset add cali60this-host fd00:10::2/128
ip netns exec n2 ipset create cali60masq-ipam-pools hash:net family inet6
ip netns exec n2 ipset add cali60masq-ipam-pools fd00:128::/48
ip netns exec n2 ipset create cali60network-ip-pools hash:net family inet6
ip netns exec n2 ipset add cali60network-ip-pools fd00:128::/48
ip netns exec n2 ipset create cali60dscp-src-net hash:net family inet6
ip netns exec n2 ipset create cali60this-host hash:net family inet6
ip netns exec n2 ipset add cali60this-host fd00:10::3/128
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*raw
:cali-PREROUTING - [0:0]
:cali-OUTPUT - [0:0]
:cali-rpf-skip - [0:0]
:cali-from-host-endpoint - [0:0]
:cali-to-host-endpoint - [0:0]
-A PREROUTING -m comment --comment "cali:db397266fc210b3c" -j cali-PREROUTING
-A OUTPUT -m comment --comment "cali:f44bc662373b0f22" -j cali-OUTPUT
-A cali-OUTPUT -m comment --comment "cali:db6ee7e4ebe8af93" -j MARK --set-xmark 0x0/0x1b0000
-A cali-OUTPUT -m comment --comment "cali:3a35fba5bf7bb510" -j cali-to-host-endpoint
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-PREROUTING -m comment --comment "cali:e07fa4aad38f990a" -j MARK --set-xmark 0x0/0x1b0000
-A cali-PREROUTING -m comment --comment "cali:4eb364ee63c74d57" -i cali+ -j MARK --set-xmark 0x80000/0x80000
-A cali-PREROUTING -m comment --comment "cali:190ae685824a07cf" -m mark --mark 0x80000/0x80000 -j cali-rpf-skip
-A cali-PREROUTING -m comment --comment "cali:ea2ea4d43508a26b" -m mark --mark 0x80000/0x80000 -m rpfilter --validmark --invert -j DROP
-A cali-PREROUTING -m comment --comment "cali:9b01b84c34eacce4" -m mark --mark 0x0/0x80000 -j cali-from-host-endpoint
-A cali-PREROUTING -m comment --comment "cali:9e9867aae5aba801" -m mark --mark 0x10000/0x10000 -j ACCEPT
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*mangle
:cali-PREROUTING - [0:0]
:cali-POSTROUTING - [0:0]
:cali-egress-dscp - [0:0]
:cali-from-host-endpoint - [0:0]
:cali-to-host-endpoint - [0:0]
-A PREROUTING -m comment --comment "cali:db397266fc210b3c" -j cali-PREROUTING
-A POSTROUTING -m comment --comment "cali:1aee614434caa1c9" -j cali-POSTROUTING
-A cali-PREROUTING -m comment --comment "cali:039159c38585a5a8" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-PREROUTING -m comment --comment "cali:9e9867aae5aba801" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-PREROUTING -m comment --comment "cali:65ea46abe32e34d2" -j cali-from-host-endpoint
-A cali-PREROUTING -m comment --comment "cali:9e9867aae5aba801" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-POSTROUTING -m comment --comment "cali:d4f978daad7a9899" -m comment --comment "set dscp for traffic leaving cluster." -m set --match-set cali60dscp-src-net src -m set ! --match-set cali60network-ip-pools dst -m set ! --match-set cali60this-host dst -j cali-egress-dscp
-A cali-POSTROUTING -m comment --comment "cali:dc6988a0aa7274b2" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-POSTROUTING -m comment --comment "cali:da0dc753a5433410" -j MARK --set-xmark 0x0/0x1b0000
-A cali-POSTROUTING -m comment --comment "cali:ded767eff5bddf07" -m conntrack --ctstate DNAT -j cali-to-host-endpoint
-A cali-POSTROUTING -m comment --comment "cali:dc6988a0aa7274b2" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j RETURN
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*nat
:cali-PREROUTING - [0:0]
:cali-OUTPUT - [0:0]
:cali-POSTROUTING - [0:0]
:cali-fip-dnat - [0:0]
:cali-fip-snat - [0:0]
:cali-nat-outgoing - [0:0]
-A PREROUTING -m comment --comment "cali:db397266fc210b3c" -j cali-PREROUTING
-A OUTPUT -m comment --comment "cali:f44bc662373b0f22" -j cali-OUTPUT
-A POSTROUTING -m comment --comment "cali:1aee614434caa1c9" -j cali-POSTROUTING
-A cali-PREROUTING -m comment --comment "cali:a415f27b6ec7436e" -j cali-fip-dnat
-A cali-OUTPUT -m comment --comment "cali:8971bf3bb78ebc9f" -j cali-fip-dnat
-A cali-POSTROUTING -m comment --comment "cali:1a68585535bc2cc1" -j cali-fip-snat
-A cali-POSTROUTING -m comment --comment "cali:18e1f4d9cde76790" -j cali-nat-outgoing
-A cali-POSTROUTING -m comment --comment "cali:7f6d715b712cb907" -o wg-v6.cali -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --random-fully
-A cali-nat-outgoing -m comment --comment "cali:1e0c7494847aa5b2" -m set --match-set cali60masq-ipam-pools src -m set ! --match-set cali60network-ip-pools dst -j MASQUERADE --random-fully
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*filter
:cali-INPUT - [0:0]
:cali-FORWARD - [0:0]
:cali-OUTPUT - [0:0]
:cali-wl-to-host - [0:0]
:cali-from-wl-dispatch - [0:0]
:cali-to-wl-dispatch - [0:0]
:cali-cidr-block - [0:0]
:cali-from-hep-forward - [0:0]
:cali-to-hep-forward - [0:0]
:cali-from-host-endpoint - [0:0]
:cali-to-host-endpoint - [0:0]
:cali-pri-kns.default - [0:0]
:cali-pro-kns.default - [0:0]
:cali-fw-calic40b9344560 - [0:0]
:cali-tw-calic40b9344560 - [0:0]
-A INPUT -m comment --comment "cali:8dea008ebeb73712" -j cali-INPUT
-A FORWARD -m comment --comment "cali:888131f95ac02e0c" -j cali-FORWARD
-A OUTPUT -m comment --comment "cali:f44bc662373b0f22" -j cali-OUTPUT
-A FORWARD -m comment --comment "cali:0655cbb3cac30233" -m comment --comment "Policy explicitly accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A FORWARD -m comment --comment "cali:aa49fe01d821d051" -j MARK --set-xmark 0x10000/0x10000
-A cali-FORWARD -m comment --comment "cali:de775b92dd0a1fce" -j MARK --set-xmark 0x0/0x1a0000
-A cali-FORWARD -m comment --comment "cali:86690df444e1b009" -m mark --mark 0x0/0x10000 -j cali-from-hep-forward
-A cali-FORWARD -m comment --comment "cali:923157872a4c0686" -i cali+ -j cali-from-wl-dispatch
-A cali-FORWARD -m comment --comment "cali:fcc013201503d1e1" -o cali+ -j cali-to-wl-dispatch
-A cali-FORWARD -m comment --comment "cali:089658ea58fc1d1b" -j cali-to-hep-forward
-A cali-FORWARD -m comment --comment "cali:4353cc9af89d69fd" -j cali-cidr-block
-A cali-INPUT -m comment --comment "cali:cba15594aef53094" -m comment --comment "Allow incoming WireGuard" -p udp -m multiport --dports 51821 -m addrtype --dst-type LOCAL -j ACCEPT
-A cali-INPUT -m comment --comment "cali:1074388a57c067b2" -i cali+ -g cali-wl-to-host
-A cali-INPUT -m comment --comment "cali:720e09c188a30e42" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-INPUT -m comment --comment "cali:e607db61017c9373" -j MARK --set-xmark 0x0/0x1b0000
-A cali-INPUT -m comment --comment "cali:3085a266cc3b971e" -j cali-from-host-endpoint
-A cali-INPUT -m comment --comment "cali:720e09c188a30e42" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:775c76e48f64c688" -o cali+ -j RETURN
-A cali-OUTPUT -m comment --comment "cali:022f8b7ee05de875" -m comment --comment "Allow outgoing WireGuard" -p udp -m multiport --dports 51821 -m addrtype --src-type LOCAL -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:db6ee7e4ebe8af93" -j MARK --set-xmark 0x0/0x1b0000
-A cali-OUTPUT -m comment --comment "cali:361ece1fb09c5e4e" -m conntrack ! --ctstate DNAT -j cali-to-host-endpoint
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-from-wl-dispatch -m comment --comment "cali:9afa43781af0796a" -i calic40b9344560 -g cali-fw-calic40b9344560
-A cali-from-wl-dispatch -m comment --comment "cali:b58db20cca76baf4" -m comment --comment "Unknown interface" -j DROP
-A cali-to-wl-dispatch -m comment --comment "cali:f7bf67bad5c15dc1" -o calic40b9344560 -g cali-tw-calic40b9344560
-A cali-to-wl-dispatch -m comment --comment "cali:e9fd433a88a83fd9" -m comment --comment "Unknown interface" -j DROP
-A cali-fw-calic40b9344560 -m comment --comment "cali:2875408b532c6b84" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-fw-calic40b9344560 -m comment --comment "cali:18b3a81f737c9049" -m conntrack --ctstate INVALID -j DROP
-A cali-fw-calic40b9344560 -m comment --comment "cali:e80670ef075f3556" -j MARK --set-xmark 0x0/0x30000
-A cali-fw-calic40b9344560 -m comment --comment "cali:1dec376e740cb3bc" -m comment --comment "Drop VXLAN from pods" -p udp -m multiport --dports 4789 -j DROP
-A cali-fw-calic40b9344560 -m comment --comment "cali:6b76d223867d1698" -m comment --comment "Drop IP in IP from pods" -p 4 -j DROP
-A cali-fw-calic40b9344560 -m comment --comment "cali:b29f06378d9fa676" -j cali-pro-kns.default
-A cali-fw-calic40b9344560 -m comment --comment "cali:e10fb3fe880f2953" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-fw-calic40b9344560 -m comment --comment "cali:ad8e53e8b8cbf53b" -m comment --comment "Drop if no profiles matched" -j DROP
-A cali-tw-calic40b9344560 -m comment --comment "cali:999ba66bc5621c19" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-tw-calic40b9344560 -m comment --comment "cali:ce565c64c8ef09ed" -m conntrack --ctstate INVALID -j DROP
-A cali-tw-calic40b9344560 -m comment --comment "cali:7193dcbe321c3d11" -j MARK --set-xmark 0x0/0x30000
-A cali-tw-calic40b9344560 -m comment --comment "cali:f6a4986c54d2dde3" -j cali-pri-kns.default
-A cali-tw-calic40b9344560 -m comment --comment "cali:b17697d2e8d1bd0d" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-tw-calic40b9344560 -m comment --comment "cali:e2bb077041d194c7" -m comment --comment "Drop if no profiles matched" -j DROP
-A cali-pri-kns.default -m comment --comment "cali:05d0ae038ab34d99" -m comment --comment "Profile kns.default ingress" -j MARK --set-xmark 0x10000/0x10000
-A cali-pro-kns.default -m comment --comment "cali:c37ded3f390635e3" -m comment --comment "Profile kns.default egress" -j MARK --set-xmark 0x10000/0x10000
-A cali-wl-to-host -m comment --comment "cali:e79950ba21f99a38" -p ipv6-icmp -m icmp6 --icmpv6-type 130 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:fa5fda6dc59c31e6" -p ipv6-icmp -m icmp6 --icmpv6-type 131 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:88757db204a231d1" -p ipv6-icmp -m icmp6 --icmpv6-type 132 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:65221779bb50d0ce" -p ipv6-icmp -m icmp6 --icmpv6-type 133 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:2e96a69025ac6cf8" -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:0b30827d9fe86636" -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:cb41f14189a3aea8" -j cali-from-wl-dispatch
-A cali-wl-to-host -m comment --comment "cali:ee6899475485ea92" -m comment --comment "Configured DefaultEndpointToHostAction" -j ACCEPT
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*raw
:cali-PREROUTING - [0:0]
:cali-OUTPUT - [0:0]
:cali-rpf-skip - [0:0]
:cali-from-host-endpoint - [0:0]
:cali-to-host-endpoint - [0:0]
-A PREROUTING -m comment --comment "cali:db397266fc210b3c" -j cali-PREROUTING
-A OUTPUT -m comment --comment "cali:f44bc662373b0f22" -j cali-OUTPUT
-A cali-OUTPUT -m comment --comment "cali:db6ee7e4ebe8af93" -j MARK --set-xmark 0x0/0x1b0000
-A cali-OUTPUT -m comment --comment "cali:3a35fba5bf7bb510" -j cali-to-host-endpoint
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-PREROUTING -m comment --comment "cali:e07fa4aad38f990a" -j MARK --set-xmark 0x0/0x1b0000
-A cali-PREROUTING -m comment --comment "cali:4eb364ee63c74d57" -i cali+ -j MARK --set-xmark 0x80000/0x80000
-A cali-PREROUTING -m comment --comment "cali:190ae685824a07cf" -m mark --mark 0x80000/0x80000 -j cali-rpf-skip
-A cali-PREROUTING -m comment --comment "cali:ea2ea4d43508a26b" -m mark --mark 0x80000/0x80000 -m rpfilter --validmark --invert -j DROP
-A cali-PREROUTING -m comment --comment "cali:9b01b84c34eacce4" -m mark --mark 0x0/0x80000 -j cali-from-host-endpoint
-A cali-PREROUTING -m comment --comment "cali:9e9867aae5aba801" -m mark --mark 0x10000/0x10000 -j ACCEPT
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*mangle
:cali-PREROUTING - [0:0]
:cali-POSTROUTING - [0:0]
:cali-egress-dscp - [0:0]
:cali-from-host-endpoint - [0:0]
:cali-to-host-endpoint - [0:0]
-A PREROUTING -m comment --comment "cali:db397266fc210b3c" -j cali-PREROUTING
-A POSTROUTING -m comment --comment "cali:1aee614434caa1c9" -j cali-POSTROUTING
-A cali-PREROUTING -m comment --comment "cali:039159c38585a5a8" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-PREROUTING -m comment --comment "cali:9e9867aae5aba801" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-PREROUTING -m comment --comment "cali:65ea46abe32e34d2" -j cali-from-host-endpoint
-A cali-PREROUTING -m comment --comment "cali:9e9867aae5aba801" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-POSTROUTING -m comment --comment "cali:d4f978daad7a9899" -m comment --comment "set dscp for traffic leaving cluster." -m set --match-set cali60dscp-src-net src -m set ! --match-set cali60network-ip-pools dst -m set ! --match-set cali60this-host dst -j cali-egress-dscp
-A cali-POSTROUTING -m comment --comment "cali:dc6988a0aa7274b2" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-POSTROUTING -m comment --comment "cali:da0dc753a5433410" -j MARK --set-xmark 0x0/0x1b0000
-A cali-POSTROUTING -m comment --comment "cali:ded767eff5bddf07" -m conntrack --ctstate DNAT -j cali-to-host-endpoint
-A cali-POSTROUTING -m comment --comment "cali:dc6988a0aa7274b2" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j RETURN
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*nat
:cali-PREROUTING - [0:0]
:cali-OUTPUT - [0:0]
:cali-POSTROUTING - [0:0]
:cali-fip-dnat - [0:0]
:cali-fip-snat - [0:0]
:cali-nat-outgoing - [0:0]
-A PREROUTING -m comment --comment "cali:db397266fc210b3c" -j cali-PREROUTING
-A OUTPUT -m comment --comment "cali:f44bc662373b0f22" -j cali-OUTPUT
-A POSTROUTING -m comment --comment "cali:1aee614434caa1c9" -j cali-POSTROUTING
-A cali-PREROUTING -m comment --comment "cali:a415f27b6ec7436e" -j cali-fip-dnat
-A cali-OUTPUT -m comment --comment "cali:8971bf3bb78ebc9f" -j cali-fip-dnat
-A cali-POSTROUTING -m comment --comment "cali:1a68585535bc2cc1" -j cali-fip-snat
-A cali-POSTROUTING -m comment --comment "cali:18e1f4d9cde76790" -j cali-nat-outgoing
-A cali-POSTROUTING -m comment --comment "cali:7f6d715b712cb907" -o wg-v6.cali -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --random-fully
-A cali-nat-outgoing -m comment --comment "cali:1e0c7494847aa5b2" -m set --match-set cali60masq-ipam-pools src -m set ! --match-set cali60network-ip-pools dst -j MASQUERADE --random-fully
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*filter
:cali-INPUT - [0:0]
:cali-FORWARD - [0:0]
:cali-OUTPUT - [0:0]
:cali-wl-to-host - [0:0]
:cali-from-wl-dispatch - [0:0]
:cali-to-wl-dispatch - [0:0]
:cali-cidr-block - [0:0]
:cali-from-hep-forward - [0:0]
:cali-to-hep-forward - [0:0]
:cali-from-host-endpoint - [0:0]
:cali-to-host-endpoint - [0:0]
:cali-pri-kns.default - [0:0]
:cali-pro-kns.default - [0:0]
:cali-fw-cali61a37ed5a6c - [0:0]
:cali-tw-cali61a37ed5a6c - [0:0]
-A INPUT -m comment --comment "cali:8dea008ebeb73712" -j cali-INPUT
-A FORWARD -m comment --comment "cali:888131f95ac02e0c" -j cali-FORWARD
-A OUTPUT -m comment --comment "cali:f44bc662373b0f22" -j cali-OUTPUT
-A FORWARD -m comment --comment "cali:0655cbb3cac30233" -m comment --comment "Policy explicitly accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A FORWARD -m comment --comment "cali:aa49fe01d821d051" -j MARK --set-xmark 0x10000/0x10000
-A cali-FORWARD -m comment --comment "cali:de775b92dd0a1fce" -j MARK --set-xmark 0x0/0x1a0000
-A cali-FORWARD -m comment --comment "cali:86690df444e1b009" -m mark --mark 0x0/0x10000 -j cali-from-hep-forward
-A cali-FORWARD -m comment --comment "cali:923157872a4c0686" -i cali+ -j cali-from-wl-dispatch
-A cali-FORWARD -m comment --comment "cali:fcc013201503d1e1" -o cali+ -j cali-to-wl-dispatch
-A cali-FORWARD -m comment --comment "cali:089658ea58fc1d1b" -j cali-to-hep-forward
-A cali-FORWARD -m comment --comment "cali:4353cc9af89d69fd" -j cali-cidr-block
-A cali-INPUT -m comment --comment "cali:cba15594aef53094" -m comment --comment "Allow incoming WireGuard" -p udp -m multiport --dports 51821 -m addrtype --dst-type LOCAL -j ACCEPT
-A cali-INPUT -m comment --comment "cali:1074388a57c067b2" -i cali+ -g cali-wl-to-host
-A cali-INPUT -m comment --comment "cali:720e09c188a30e42" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-INPUT -m comment --comment "cali:e607db61017c9373" -j MARK --set-xmark 0x0/0x1b0000
-A cali-INPUT -m comment --comment "cali:3085a266cc3b971e" -j cali-from-host-endpoint
-A cali-INPUT -m comment --comment "cali:720e09c188a30e42" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:775c76e48f64c688" -o cali+ -j RETURN
-A cali-OUTPUT -m comment --comment "cali:022f8b7ee05de875" -m comment --comment "Allow outgoing WireGuard" -p udp -m multiport --dports 51821 -m addrtype --src-type LOCAL -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:db6ee7e4ebe8af93" -j MARK --set-xmark 0x0/0x1b0000
-A cali-OUTPUT -m comment --comment "cali:361ece1fb09c5e4e" -m conntrack ! --ctstate DNAT -j cali-to-host-endpoint
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-from-wl-dispatch -m comment --comment "cali:58fc5f8338c3ceb3" -i cali61a37ed5a6c -g cali-fw-cali61a37ed5a6c
-A cali-from-wl-dispatch -m comment --comment "cali:b58db20cca76baf4" -m comment --comment "Unknown interface" -j DROP
-A cali-to-wl-dispatch -m comment --comment "cali:7a95555c2823a8f8" -o cali61a37ed5a6c -g cali-tw-cali61a37ed5a6c
-A cali-to-wl-dispatch -m comment --comment "cali:e9fd433a88a83fd9" -m comment --comment "Unknown interface" -j DROP
-A cali-fw-cali61a37ed5a6c -m comment --comment "cali:283e395df62281f2" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-fw-cali61a37ed5a6c -m comment --comment "cali:d890dddadfd301a3" -m conntrack --ctstate INVALID -j DROP
-A cali-fw-cali61a37ed5a6c -m comment --comment "cali:e11ac586c583e05e" -j MARK --set-xmark 0x0/0x30000
-A cali-fw-cali61a37ed5a6c -m comment --comment "cali:a1863223397d2119" -m comment --comment "Drop VXLAN from pods" -p udp -m multiport --dports 4789 -j DROP
-A cali-fw-cali61a37ed5a6c -m comment --comment "cali:89127d89e9b3274a" -m comment --comment "Drop IP in IP from pods" -p 4 -j DROP
-A cali-fw-cali61a37ed5a6c -m comment --comment "cali:7482a0f8ddc75d3c" -j cali-pro-kns.default
-A cali-fw-cali61a37ed5a6c -m comment --comment "cali:957de0e5e6e5b2b7" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-fw-cali61a37ed5a6c -m comment --comment "cali:a461c44468355cd5" -m comment --comment "Drop if no profiles matched" -j DROP
-A cali-tw-cali61a37ed5a6c -m comment --comment "cali:e26fbff208d6f508" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-tw-cali61a37ed5a6c -m comment --comment "cali:38ddc3ca3e5ff717" -m conntrack --ctstate INVALID -j DROP
-A cali-tw-cali61a37ed5a6c -m comment --comment "cali:13782920e324ea04" -j MARK --set-xmark 0x0/0x30000
-A cali-tw-cali61a37ed5a6c -m comment --comment "cali:54147aa42501a1bb" -j cali-pri-kns.default
-A cali-tw-cali61a37ed5a6c -m comment --comment "cali:1be014883914dfe5" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-tw-cali61a37ed5a6c -m comment --comment "cali:a4d966012635e097" -m comment --comment "Drop if no profiles matched" -j DROP
-A cali-pri-kns.default -m comment --comment "cali:05d0ae038ab34d99" -m comment --comment "Profile kns.default ingress" -j MARK --set-xmark 0x10000/0x10000
-A cali-pro-kns.default -m comment --comment "cali:c37ded3f390635e3" -m comment --comment "Profile kns.default egress" -j MARK --set-xmark 0x10000/0x10000
-A cali-wl-to-host -m comment --comment "cali:e79950ba21f99a38" -p ipv6-icmp -m icmp6 --icmpv6-type 130 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:fa5fda6dc59c31e6" -p ipv6-icmp -m icmp6 --icmpv6-type 131 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:88757db204a231d1" -p ipv6-icmp -m icmp6 --icmpv6-type 132 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:65221779bb50d0ce" -p ipv6-icmp -m icmp6 --icmpv6-type 133 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:2e96a69025ac6cf8" -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:0b30827d9fe86636" -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j ACCEPT
-A cali-wl-to-host -m comment --comment "cali:cb41f14189a3aea8" -j cali-from-wl-dispatch
-A cali-wl-to-host -m comment --comment "cali:ee6899475485ea92" -m comment --comment "Configured DefaultEndpointToHostAction" -j ACCEPT
COMMIT
END
'
ip netns exec n1 sysctl -w net.netfilter.nf_conntrack_acct=1
ip netns exec n2 sysctl -w net.netfilter.nf_conntrack_acct=1

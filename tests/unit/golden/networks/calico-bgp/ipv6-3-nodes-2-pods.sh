ip netns add n1
ip -n n1 link set lo up
ip netns add n2
ip -n n2 link set lo up
ip netns add n3
ip -n n3 link set lo up
ip netns add n1-p1
ip -n n1-p1 link set lo up
ip netns add n1-p2
ip -n n1-p2 link set lo up
ip netns add n2-p1
ip -n n2-p1 link set lo up
ip netns add n2-p2
ip -n n2-p2 link set lo up
ip netns add n3-p1
ip -n n3-p1 link set lo up
ip netns add n3-p2
ip -n n3-p2 link set lo up
ip netns exec n1 sysctl -w net.ipv6.conf.all.forwarding=1
ip netns exec n2 sysctl -w net.ipv6.conf.all.forwarding=1
ip netns exec n3 sysctl -w net.ipv6.conf.all.forwarding=1
ip -n n1 link add calic40b9344560 address ee:ee:ee:ee:ee:ee mtu 1500 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1500 netns n1-p1
ip -n n1 link set calic40b9344560 up
ip -n n1-p1 link set eth0 up
ip -n n1 link add calidc61e060241 address ee:ee:ee:ee:ee:ee mtu 1500 type veth peer name eth0 address 0a:3b:3b:60:35:e9 mtu 1500 netns n1-p2
ip -n n1 link set calidc61e060241 up
ip -n n1-p2 link set eth0 up
ip -n n2 link add cali61a37ed5a6c address ee:ee:ee:ee:ee:ee mtu 1500 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1500 netns n2-p1
ip -n n2 link set cali61a37ed5a6c up
ip -n n2-p1 link set eth0 up
ip -n n2 link add calia5602d76351 address ee:ee:ee:ee:ee:ee mtu 1500 type veth peer name eth0 address 0a:8d:af:7d:fb:5c mtu 1500 netns n2-p2
ip -n n2 link set calia5602d76351 up
ip -n n2-p2 link set eth0 up
ip -n n3 link add cali4029aacc88a address ee:ee:ee:ee:ee:ee mtu 1500 type veth peer name eth0 address 0a:6b:f3:78:cd:72 mtu 1500 netns n3-p1
ip -n n3 link set cali4029aacc88a up
ip -n n3-p1 link set eth0 up
ip -n n3 link add cali5e92502600c address ee:ee:ee:ee:ee:ee mtu 1500 type veth peer name eth0 address 0a:bc:d4:fd:4e:67 mtu 1500 netns n3-p2
ip -n n3 link set cali5e92502600c up
ip -n n3-p2 link set eth0 up
ip -n n1-p1 address add fd00:128:0:1::2/128 dev eth0 nodad
ip -n n1-p2 address add fd00:128:0:1::3/128 dev eth0 nodad
ip -n n2-p1 address add fd00:128:0:2::2/128 dev eth0 nodad
ip -n n2-p2 address add fd00:128:0:2::3/128 dev eth0 nodad
ip -n n3-p1 address add fd00:128:0:3::2/128 dev eth0 nodad
ip -n n3-p2 address add fd00:128:0:3::3/128 dev eth0 nodad
ip netns exec n1 sysctl -w net.ipv6.conf.calic40b9344560.proxy_ndp=1
ip netns exec n1 sysctl -w net.ipv6.conf.calic40b9344560.forwarding=1
ip netns exec n1 sysctl -w net.ipv6.conf.calic40b9344560.accept_ra=0
ip netns exec n1 sysctl -w net.ipv6.conf.calidc61e060241.proxy_ndp=1
ip netns exec n1 sysctl -w net.ipv6.conf.calidc61e060241.forwarding=1
ip netns exec n1 sysctl -w net.ipv6.conf.calidc61e060241.accept_ra=0
ip netns exec n2 sysctl -w net.ipv6.conf.cali61a37ed5a6c.proxy_ndp=1
ip netns exec n2 sysctl -w net.ipv6.conf.cali61a37ed5a6c.forwarding=1
ip netns exec n2 sysctl -w net.ipv6.conf.cali61a37ed5a6c.accept_ra=0
ip netns exec n2 sysctl -w net.ipv6.conf.calia5602d76351.proxy_ndp=1
ip netns exec n2 sysctl -w net.ipv6.conf.calia5602d76351.forwarding=1
ip netns exec n2 sysctl -w net.ipv6.conf.calia5602d76351.accept_ra=0
ip netns exec n3 sysctl -w net.ipv6.conf.cali4029aacc88a.proxy_ndp=1
ip netns exec n3 sysctl -w net.ipv6.conf.cali4029aacc88a.forwarding=1
ip netns exec n3 sysctl -w net.ipv6.conf.cali4029aacc88a.accept_ra=0
ip netns exec n3 sysctl -w net.ipv6.conf.cali5e92502600c.proxy_ndp=1
ip netns exec n3 sysctl -w net.ipv6.conf.cali5e92502600c.forwarding=1
ip netns exec n3 sysctl -w net.ipv6.conf.cali5e92502600c.accept_ra=0
ip -n n1 neighbour add fd00:128:0:1::2 lladdr 0a:0d:3c:b7:99:6b dev calic40b9344560 nud permanent
ip -n n1 neighbour add fd00:128:0:1::3 lladdr 0a:3b:3b:60:35:e9 dev calidc61e060241 nud permanent
ip -n n2 neighbour add fd00:128:0:2::2 lladdr 0a:fb:47:e2:df:99 dev cali61a37ed5a6c nud permanent
ip -n n2 neighbour add fd00:128:0:2::3 lladdr 0a:8d:af:7d:fb:5c dev calia5602d76351 nud permanent
ip -n n3 neighbour add fd00:128:0:3::2 lladdr 0a:6b:f3:78:cd:72 dev cali4029aacc88a nud permanent
ip -n n3 neighbour add fd00:128:0:3::3 lladdr 0a:bc:d4:fd:4e:67 dev cali5e92502600c nud permanent
ip -n n1 route add blackhole fd00:128:0:1::/64 proto 213
ip -n n1 route add fd00:128:0:1::2/128 dev calic40b9344560 proto 213
ip -n n1 route add fd00:128:0:1::3/128 dev calidc61e060241 proto 213
ip -n n2 route add blackhole fd00:128:0:2::/64 proto 213
ip -n n2 route add fd00:128:0:2::2/128 dev cali61a37ed5a6c proto 213
ip -n n2 route add fd00:128:0:2::3/128 dev calia5602d76351 proto 213
ip -n n3 route add blackhole fd00:128:0:3::/64 proto 213
ip -n n3 route add fd00:128:0:3::2/128 dev cali4029aacc88a proto 213
ip -n n3 route add fd00:128:0:3::3/128 dev cali5e92502600c proto 213
ip -n n1 route add fd00:128:0:2::/64 via fd00:10::3 dev eth0 proto 213
ip -n n1 route add fd00:128:0:3::/64 via fd00:10::4 dev eth0 proto 213
ip -n n2 route add fd00:128:0:1::/64 via fd00:10::2 dev eth0 proto 213
ip -n n2 route add fd00:128:0:3::/64 via fd00:10::4 dev eth0 proto 213
ip -n n3 route add fd00:128:0:1::/64 via fd00:10::2 dev eth0 proto 213
ip -n n3 route add fd00:128:0:2::/64 via fd00:10::3 dev eth0 proto 213
ip -n n1-p1 route add ::/0 via fe80::ecee:eeff:feee:eeee dev eth0 proto 213
ip -n n1-p2 route add ::/0 via fe80::ecee:eeff:feee:eeee dev eth0 proto 213
ip -n n2-p1 route add ::/0 via fe80::ecee:eeff:feee:eeee dev eth0 proto 213
ip -n n2-p2 route add ::/0 via fe80::ecee:eeff:feee:eeee dev eth0 proto 213
ip -n n3-p1 route add ::/0 via fe80::ecee:eeff:feee:eeee dev eth0 proto 213
ip -n n3-p2 route add ::/0 via fe80::ecee:eeff:feee:eeee dev eth0 proto 213
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
ip netns exec n3 ipset create cali60masq-ipam-pools hash:net family inet6
ip netns exec n3 ipset add cali60masq-ipam-pools fd00:128::/48
ip netns exec n3 ipset create cali60network-ip-pools hash:net family inet6
ip netns exec n3 ipset add cali60network-ip-pools fd00:128::/48
ip netns exec n3 ipset create cali60dscp-src-net hash:net family inet6
ip netns exec n3 ipset create cali60this-host hash:net family inet6
ip netns exec n3 ipset add cali60this-host fd00:10::4/128
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
:cali-fw-calidc61e060241 - [0:0]
:cali-tw-calidc61e060241 - [0:0]
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
-A cali-INPUT -m comment --comment "cali:1074388a57c067b2" -i cali+ -g cali-wl-to-host
-A cali-INPUT -m comment --comment "cali:720e09c188a30e42" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-INPUT -m comment --comment "cali:e607db61017c9373" -j MARK --set-xmark 0x0/0x1b0000
-A cali-INPUT -m comment --comment "cali:3085a266cc3b971e" -j cali-from-host-endpoint
-A cali-INPUT -m comment --comment "cali:720e09c188a30e42" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:775c76e48f64c688" -o cali+ -j RETURN
-A cali-OUTPUT -m comment --comment "cali:db6ee7e4ebe8af93" -j MARK --set-xmark 0x0/0x1b0000
-A cali-OUTPUT -m comment --comment "cali:361ece1fb09c5e4e" -m conntrack ! --ctstate DNAT -j cali-to-host-endpoint
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-from-wl-dispatch -m comment --comment "cali:9afa43781af0796a" -i calic40b9344560 -g cali-fw-calic40b9344560
-A cali-from-wl-dispatch -m comment --comment "cali:437f96ef3f54eae8" -i calidc61e060241 -g cali-fw-calidc61e060241
-A cali-from-wl-dispatch -m comment --comment "cali:b58db20cca76baf4" -m comment --comment "Unknown interface" -j DROP
-A cali-to-wl-dispatch -m comment --comment "cali:f7bf67bad5c15dc1" -o calic40b9344560 -g cali-tw-calic40b9344560
-A cali-to-wl-dispatch -m comment --comment "cali:b9e76ad3b2c832fd" -o calidc61e060241 -g cali-tw-calidc61e060241
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
-A cali-fw-calidc61e060241 -m comment --comment "cali:4a88b591413464af" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-fw-calidc61e060241 -m comment --comment "cali:c11fa76faf4f6c8c" -m conntrack --ctstate INVALID -j DROP
-A cali-fw-calidc61e060241 -m comment --comment "cali:5c3417518608d267" -j MARK --set-xmark 0x0/0x30000
-A cali-fw-calidc61e060241 -m comment --comment "cali:5544233bd1949089" -m comment --comment "Drop VXLAN from pods" -p udp -m multiport --dports 4789 -j DROP
-A cali-fw-calidc61e060241 -m comment --comment "cali:276670d893eb7e14" -m comment --comment "Drop IP in IP from pods" -p 4 -j DROP
-A cali-fw-calidc61e060241 -m comment --comment "cali:8279b10cee3287f7" -j cali-pro-kns.default
-A cali-fw-calidc61e060241 -m comment --comment "cali:5323bd300dd61018" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-fw-calidc61e060241 -m comment --comment "cali:e30f080654a5a002" -m comment --comment "Drop if no profiles matched" -j DROP
-A cali-tw-calidc61e060241 -m comment --comment "cali:0f35634edf7a9d9e" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-tw-calidc61e060241 -m comment --comment "cali:2c458c4cbd116a87" -m conntrack --ctstate INVALID -j DROP
-A cali-tw-calidc61e060241 -m comment --comment "cali:3ac16074314fd683" -j MARK --set-xmark 0x0/0x30000
-A cali-tw-calidc61e060241 -m comment --comment "cali:df147895d075dd6c" -j cali-pri-kns.default
-A cali-tw-calidc61e060241 -m comment --comment "cali:c8011efdf701834f" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-tw-calidc61e060241 -m comment --comment "cali:2fa9d7f9baa536a4" -m comment --comment "Drop if no profiles matched" -j DROP
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
:cali-fw-calia5602d76351 - [0:0]
:cali-tw-calia5602d76351 - [0:0]
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
-A cali-INPUT -m comment --comment "cali:1074388a57c067b2" -i cali+ -g cali-wl-to-host
-A cali-INPUT -m comment --comment "cali:720e09c188a30e42" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-INPUT -m comment --comment "cali:e607db61017c9373" -j MARK --set-xmark 0x0/0x1b0000
-A cali-INPUT -m comment --comment "cali:3085a266cc3b971e" -j cali-from-host-endpoint
-A cali-INPUT -m comment --comment "cali:720e09c188a30e42" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:775c76e48f64c688" -o cali+ -j RETURN
-A cali-OUTPUT -m comment --comment "cali:db6ee7e4ebe8af93" -j MARK --set-xmark 0x0/0x1b0000
-A cali-OUTPUT -m comment --comment "cali:361ece1fb09c5e4e" -m conntrack ! --ctstate DNAT -j cali-to-host-endpoint
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-from-wl-dispatch -m comment --comment "cali:58fc5f8338c3ceb3" -i cali61a37ed5a6c -g cali-fw-cali61a37ed5a6c
-A cali-from-wl-dispatch -m comment --comment "cali:354664acf78423cc" -i calia5602d76351 -g cali-fw-calia5602d76351
-A cali-from-wl-dispatch -m comment --comment "cali:b58db20cca76baf4" -m comment --comment "Unknown interface" -j DROP
-A cali-to-wl-dispatch -m comment --comment "cali:7a95555c2823a8f8" -o cali61a37ed5a6c -g cali-tw-cali61a37ed5a6c
-A cali-to-wl-dispatch -m comment --comment "cali:f758a2426675392b" -o calia5602d76351 -g cali-tw-calia5602d76351
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
-A cali-fw-calia5602d76351 -m comment --comment "cali:44cc3537cf2160bf" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-fw-calia5602d76351 -m comment --comment "cali:e8b6252def0d4e78" -m conntrack --ctstate INVALID -j DROP
-A cali-fw-calia5602d76351 -m comment --comment "cali:43e7fa54b05fb855" -j MARK --set-xmark 0x0/0x30000
-A cali-fw-calia5602d76351 -m comment --comment "cali:8f18d244a594a6b9" -m comment --comment "Drop VXLAN from pods" -p udp -m multiport --dports 4789 -j DROP
-A cali-fw-calia5602d76351 -m comment --comment "cali:1d77f592035fff15" -m comment --comment "Drop IP in IP from pods" -p 4 -j DROP
-A cali-fw-calia5602d76351 -m comment --comment "cali:d4680815e22e469e" -j cali-pro-kns.default
-A cali-fw-calia5602d76351 -m comment --comment "cali:638b4bd17ef05f56" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-fw-calia5602d76351 -m comment --comment "cali:9716261793f32448" -m comment --comment "Drop if no profiles matched" -j DROP
-A cali-tw-calia5602d76351 -m comment --comment "cali:dc22a34cb26b1aba" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-tw-calia5602d76351 -m comment --comment "cali:bba44dba93ccee07" -m conntrack --ctstate INVALID -j DROP
-A cali-tw-calia5602d76351 -m comment --comment "cali:fa8301a2b9854a41" -j MARK --set-xmark 0x0/0x30000
-A cali-tw-calia5602d76351 -m comment --comment "cali:55e6251a4c1a0bc3" -j cali-pri-kns.default
-A cali-tw-calia5602d76351 -m comment --comment "cali:2c1f27aabd5d393d" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-tw-calia5602d76351 -m comment --comment "cali:f584bfb0eeb97805" -m comment --comment "Drop if no profiles matched" -j DROP
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
ip netns exec n3 sh -c 'ip6tables-nft-restore <<END
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
ip netns exec n3 sh -c 'ip6tables-nft-restore <<END
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
ip netns exec n3 sh -c 'ip6tables-nft-restore <<END
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
-A cali-nat-outgoing -m comment --comment "cali:1e0c7494847aa5b2" -m set --match-set cali60masq-ipam-pools src -m set ! --match-set cali60network-ip-pools dst -j MASQUERADE --random-fully
COMMIT
END
'
ip netns exec n3 sh -c 'ip6tables-nft-restore <<END
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
:cali-fw-cali4029aacc88a - [0:0]
:cali-tw-cali4029aacc88a - [0:0]
:cali-fw-cali5e92502600c - [0:0]
:cali-tw-cali5e92502600c - [0:0]
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
-A cali-INPUT -m comment --comment "cali:1074388a57c067b2" -i cali+ -g cali-wl-to-host
-A cali-INPUT -m comment --comment "cali:720e09c188a30e42" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-INPUT -m comment --comment "cali:e607db61017c9373" -j MARK --set-xmark 0x0/0x1b0000
-A cali-INPUT -m comment --comment "cali:3085a266cc3b971e" -j cali-from-host-endpoint
-A cali-INPUT -m comment --comment "cali:720e09c188a30e42" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-OUTPUT -m comment --comment "cali:775c76e48f64c688" -o cali+ -j RETURN
-A cali-OUTPUT -m comment --comment "cali:db6ee7e4ebe8af93" -j MARK --set-xmark 0x0/0x1b0000
-A cali-OUTPUT -m comment --comment "cali:361ece1fb09c5e4e" -m conntrack ! --ctstate DNAT -j cali-to-host-endpoint
-A cali-OUTPUT -m comment --comment "cali:b203f2ab9a669f86" -m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-from-wl-dispatch -m comment --comment "cali:54bdfa39f673f7be" -i cali4029aacc88a -g cali-fw-cali4029aacc88a
-A cali-from-wl-dispatch -m comment --comment "cali:c8de53faaf14f077" -i cali5e92502600c -g cali-fw-cali5e92502600c
-A cali-from-wl-dispatch -m comment --comment "cali:b58db20cca76baf4" -m comment --comment "Unknown interface" -j DROP
-A cali-to-wl-dispatch -m comment --comment "cali:914d3979c09df0d8" -o cali4029aacc88a -g cali-tw-cali4029aacc88a
-A cali-to-wl-dispatch -m comment --comment "cali:497e3318ea9fb1b4" -o cali5e92502600c -g cali-tw-cali5e92502600c
-A cali-to-wl-dispatch -m comment --comment "cali:e9fd433a88a83fd9" -m comment --comment "Unknown interface" -j DROP
-A cali-fw-cali4029aacc88a -m comment --comment "cali:855ec32b866fdecf" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-fw-cali4029aacc88a -m comment --comment "cali:17b06da3dffb0ecb" -m conntrack --ctstate INVALID -j DROP
-A cali-fw-cali4029aacc88a -m comment --comment "cali:c43b28ad962f747a" -j MARK --set-xmark 0x0/0x30000
-A cali-fw-cali4029aacc88a -m comment --comment "cali:c0011dfc1e5a890f" -m comment --comment "Drop VXLAN from pods" -p udp -m multiport --dports 4789 -j DROP
-A cali-fw-cali4029aacc88a -m comment --comment "cali:df878d381280fd88" -m comment --comment "Drop IP in IP from pods" -p 4 -j DROP
-A cali-fw-cali4029aacc88a -m comment --comment "cali:a80c988273afe814" -j cali-pro-kns.default
-A cali-fw-cali4029aacc88a -m comment --comment "cali:f82124591ca868ac" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-fw-cali4029aacc88a -m comment --comment "cali:497edb6b3e183f5a" -m comment --comment "Drop if no profiles matched" -j DROP
-A cali-tw-cali4029aacc88a -m comment --comment "cali:48199419866ea5e5" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-tw-cali4029aacc88a -m comment --comment "cali:de7ec5bf62cfb40e" -m conntrack --ctstate INVALID -j DROP
-A cali-tw-cali4029aacc88a -m comment --comment "cali:55c1434d34230f34" -j MARK --set-xmark 0x0/0x30000
-A cali-tw-cali4029aacc88a -m comment --comment "cali:46f061f05d52e053" -j cali-pri-kns.default
-A cali-tw-cali4029aacc88a -m comment --comment "cali:2ff1ce31686ada98" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-tw-cali4029aacc88a -m comment --comment "cali:8ebef794aede649c" -m comment --comment "Drop if no profiles matched" -j DROP
-A cali-fw-cali5e92502600c -m comment --comment "cali:e60c4137cd73dd55" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-fw-cali5e92502600c -m comment --comment "cali:0b0ef2ef657bf842" -m conntrack --ctstate INVALID -j DROP
-A cali-fw-cali5e92502600c -m comment --comment "cali:2c417098849a60bc" -j MARK --set-xmark 0x0/0x30000
-A cali-fw-cali5e92502600c -m comment --comment "cali:364a0e716e9518ef" -m comment --comment "Drop VXLAN from pods" -p udp -m multiport --dports 4789 -j DROP
-A cali-fw-cali5e92502600c -m comment --comment "cali:d19302d66d950929" -m comment --comment "Drop IP in IP from pods" -p 4 -j DROP
-A cali-fw-cali5e92502600c -m comment --comment "cali:6f30d443c258cc9c" -j cali-pro-kns.default
-A cali-fw-cali5e92502600c -m comment --comment "cali:bc557338389f6c71" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-fw-cali5e92502600c -m comment --comment "cali:aeba9d1deff76abf" -m comment --comment "Drop if no profiles matched" -j DROP
-A cali-tw-cali5e92502600c -m comment --comment "cali:6d87c0b458b4f1cc" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-tw-cali5e92502600c -m comment --comment "cali:5d07be71ee7c7b80" -m conntrack --ctstate INVALID -j DROP
-A cali-tw-cali5e92502600c -m comment --comment "cali:390110d64c3541a7" -j MARK --set-xmark 0x0/0x30000
-A cali-tw-cali5e92502600c -m comment --comment "cali:417619da754e293b" -j cali-pri-kns.default
-A cali-tw-cali5e92502600c -m comment --comment "cali:7005e67353f55166" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-tw-cali5e92502600c -m comment --comment "cali:b475476b5c02fcdf" -m comment --comment "Drop if no profiles matched" -j DROP
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
ip netns exec n3 sysctl -w net.netfilter.nf_conntrack_acct=1

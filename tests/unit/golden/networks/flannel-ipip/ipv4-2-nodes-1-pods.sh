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
ip netns exec n2 sysctl -w net.ipv4.ip_forward=1
ip netns exec n2 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n2 sysctl -w net.ipv4.conf.default.send_redirects=0
ip -n n1 link add cni0 address 0a:42:31:7c:b0:7b mtu 1480 type bridge
ip -n n1 link set cni0 up
ip -n n1 link add veth1 address 0a:18:61:7f:f1:59 mtu 1480 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1480 netns n1-p1
ip -n n1 link set veth1 master cni0 up
bridge -n n1 link set dev veth1 hairpin on
ip -n n1-p1 link set eth0 up
ip -n n2 link add cni0 address 0a:b2:69:a9:81:26 mtu 1480 type bridge
ip -n n2 link set cni0 up
ip -n n2 link add veth1 address 0a:18:d8:cf:09:d4 mtu 1480 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1480 netns n2-p1
ip -n n2 link set veth1 master cni0 up
bridge -n n2 link set dev veth1 hairpin on
ip -n n2-p1 link set eth0 up
ip -n n1 link add flannel.ipip mtu 1480 type ipip local 10.10.0.2 dev eth0
ip -n n1 link set flannel.ipip up
ip -n n2 link add flannel.ipip mtu 1480 type ipip local 10.10.0.3 dev eth0
ip -n n2 link set flannel.ipip up
ip -n n1 address add 10.128.1.1/24 dev cni0
ip -n n1 address add 10.128.1.0/32 dev flannel.ipip
ip -n n2 address add 10.128.2.1/24 dev cni0
ip -n n2 address add 10.128.2.0/32 dev flannel.ipip
ip -n n1-p1 address add 10.128.1.2/24 dev eth0
ip -n n2-p1 address add 10.128.2.2/24 dev eth0
ip -n n1 route add 10.128.2.0/24 via 10.10.0.3 dev flannel.ipip onlink proto 213
ip -n n2 route add 10.128.1.0/24 via 10.10.0.2 dev flannel.ipip onlink proto 213
ip -n n1-p1 route add 0.0.0.0/0 via 10.128.1.1 dev eth0 proto 213
ip -n n1-p1 route add 10.128.0.0/12 via 10.128.1.1 dev eth0 proto 213
ip -n n2-p1 route add 0.0.0.0/0 via 10.128.2.1 dev eth0 proto 213
ip -n n2-p1 route add 10.128.0.0/12 via 10.128.2.1 dev eth0 proto 213
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*filter
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s 10.128.0.0/12 -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d 10.128.0.0/12 -m comment --comment "flanneld forward" -j ACCEPT
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*nat
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s 10.128.1.0/24 -d 10.128.0.0/12 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s 10.128.0.0/12 -d 10.128.1.0/24 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG ! -s 10.128.0.0/12 -d 10.128.1.0/24 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s 10.128.0.0/12 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s 10.128.0.0/12 -d 10.128.0.0/12 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*filter
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s 10.128.0.0/12 -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d 10.128.0.0/12 -m comment --comment "flanneld forward" -j ACCEPT
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*nat
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s 10.128.2.0/24 -d 10.128.0.0/12 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s 10.128.0.0/12 -d 10.128.2.0/24 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG ! -s 10.128.0.0/12 -d 10.128.2.0/24 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s 10.128.0.0/12 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s 10.128.0.0/12 -d 10.128.0.0/12 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
COMMIT
END
'

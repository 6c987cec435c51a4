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
ip -n n1 link add cni0 address 0a:42:31:7c:b0:7b mtu 1500 type bridge
ip -n n1 link set cni0 up
ip -n n1 link add veth1 address 0a:18:61:7f:f1:59 mtu 1500 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1500 netns n1-p1
ip -n n1 link set veth1 master cni0 up
bridge -n n1 link set dev veth1 hairpin on
ip -n n1-p1 link set eth0 up
ip -n n1 link add veth2 address 0a:6f:da:c1:35:d2 mtu 1500 type veth peer name eth0 address 0a:3b:3b:60:35:e9 mtu 1500 netns n1-p2
ip -n n1 link set veth2 master cni0 up
bridge -n n1 link set dev veth2 hairpin on
ip -n n1-p2 link set eth0 up
ip -n n2 link add cni0 address 0a:b2:69:a9:81:26 mtu 1500 type bridge
ip -n n2 link set cni0 up
ip -n n2 link add veth1 address 0a:18:d8:cf:09:d4 mtu 1500 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1500 netns n2-p1
ip -n n2 link set veth1 master cni0 up
bridge -n n2 link set dev veth1 hairpin on
ip -n n2-p1 link set eth0 up
ip -n n2 link add veth2 address 0a:c1:88:96:d4:22 mtu 1500 type veth peer name eth0 address 0a:8d:af:7d:fb:5c mtu 1500 netns n2-p2
ip -n n2 link set veth2 master cni0 up
bridge -n n2 link set dev veth2 hairpin on
ip -n n2-p2 link set eth0 up
ip -n n3 link add cni0 address 0a:a1:53:5f:bb:d6 mtu 1500 type bridge
ip -n n3 link set cni0 up
ip -n n3 link add veth1 address 0a:1b:2d:a9:72:47 mtu 1500 type veth peer name eth0 address 0a:6b:f3:78:cd:72 mtu 1500 netns n3-p1
ip -n n3 link set veth1 master cni0 up
bridge -n n3 link set dev veth1 hairpin on
ip -n n3-p1 link set eth0 up
ip -n n3 link add veth2 address 0a:0d:78:9b:c6:b1 mtu 1500 type veth peer name eth0 address 0a:bc:d4:fd:4e:67 mtu 1500 netns n3-p2
ip -n n3 link set veth2 master cni0 up
bridge -n n3 link set dev veth2 hairpin on
ip -n n3-p2 link set eth0 up
ip -n n1 address add fd00:128:0:1::1/64 dev cni0 nodad
ip -n n2 address add fd00:128:0:2::1/64 dev cni0 nodad
ip -n n3 address add fd00:128:0:3::1/64 dev cni0 nodad
ip -n n1-p1 address add fd00:128:0:1::2/64 dev eth0 nodad
ip -n n1-p2 address add fd00:128:0:1::3/64 dev eth0 nodad
ip -n n2-p1 address add fd00:128:0:2::2/64 dev eth0 nodad
ip -n n2-p2 address add fd00:128:0:2::3/64 dev eth0 nodad
ip -n n3-p1 address add fd00:128:0:3::2/64 dev eth0 nodad
ip -n n3-p2 address add fd00:128:0:3::3/64 dev eth0 nodad
ip -n n1 route add fd00:128:0:2::/64 via fd00:10::3 dev eth0 proto 213
ip -n n1 route add fd00:128:0:3::/64 via fd00:10::4 dev eth0 proto 213
ip -n n2 route add fd00:128:0:1::/64 via fd00:10::2 dev eth0 proto 213
ip -n n2 route add fd00:128:0:3::/64 via fd00:10::4 dev eth0 proto 213
ip -n n3 route add fd00:128:0:1::/64 via fd00:10::2 dev eth0 proto 213
ip -n n3 route add fd00:128:0:2::/64 via fd00:10::3 dev eth0 proto 213
ip -n n1-p1 route add ::/0 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n1-p1 route add fd00:128::/48 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n1-p2 route add ::/0 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n1-p2 route add fd00:128::/48 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n2-p1 route add ::/0 via fd00:128:0:2::1 dev eth0 proto 213
ip -n n2-p1 route add fd00:128::/48 via fd00:128:0:2::1 dev eth0 proto 213
ip -n n2-p2 route add ::/0 via fd00:128:0:2::1 dev eth0 proto 213
ip -n n2-p2 route add fd00:128::/48 via fd00:128:0:2::1 dev eth0 proto 213
ip -n n3-p1 route add ::/0 via fd00:128:0:3::1 dev eth0 proto 213
ip -n n3-p1 route add fd00:128::/48 via fd00:128:0:3::1 dev eth0 proto 213
ip -n n3-p2 route add ::/0 via fd00:128:0:3::1 dev eth0 proto 213
ip -n n3-p2 route add fd00:128::/48 via fd00:128:0:3::1 dev eth0 proto 213
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*filter
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s fd00:128::/48 -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d fd00:128::/48 -m comment --comment "flanneld forward" -j ACCEPT
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*nat
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s fd00:128:0:1::/64 -d fd00:128::/48 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s fd00:128::/48 -d fd00:128:0:1::/64 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG ! -s fd00:128::/48 -d fd00:128:0:1::/64 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s fd00:128::/48 ! -d ff00::/8 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s fd00:128::/48 -d fd00:128::/48 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*filter
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s fd00:128::/48 -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d fd00:128::/48 -m comment --comment "flanneld forward" -j ACCEPT
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*nat
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s fd00:128:0:2::/64 -d fd00:128::/48 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s fd00:128::/48 -d fd00:128:0:2::/64 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG ! -s fd00:128::/48 -d fd00:128:0:2::/64 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s fd00:128::/48 ! -d ff00::/8 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s fd00:128::/48 -d fd00:128::/48 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
COMMIT
END
'
ip netns exec n3 sh -c 'ip6tables-nft-restore <<END
*filter
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s fd00:128::/48 -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d fd00:128::/48 -m comment --comment "flanneld forward" -j ACCEPT
COMMIT
END
'
ip netns exec n3 sh -c 'ip6tables-nft-restore <<END
*nat
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s fd00:128:0:3::/64 -d fd00:128::/48 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s fd00:128::/48 -d fd00:128:0:3::/64 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG ! -s fd00:128::/48 -d fd00:128:0:3::/64 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s fd00:128::/48 ! -d ff00::/8 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s fd00:128::/48 -d fd00:128::/48 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
COMMIT
END
'

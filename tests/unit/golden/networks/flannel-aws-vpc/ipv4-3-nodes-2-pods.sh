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
ip netns add wire
ip -n wire link set lo up
ip netns exec n1 sysctl -w net.ipv4.ip_forward=1
ip netns exec n1 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n1 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec n2 sysctl -w net.ipv4.ip_forward=1
ip netns exec n2 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n2 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec n3 sysctl -w net.ipv4.ip_forward=1
ip netns exec n3 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n3 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec wire sysctl -w net.ipv4.ip_forward=1
ip netns exec wire sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec wire sysctl -w net.ipv4.conf.default.send_redirects=0
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
ip -n n1 address add 10.128.1.1/24 dev cni0
ip -n n2 address add 10.128.2.1/24 dev cni0
ip -n n3 address add 10.128.3.1/24 dev cni0
ip -n n1-p1 address add 10.128.1.2/24 dev eth0
ip -n n1-p2 address add 10.128.1.3/24 dev eth0
ip -n n2-p1 address add 10.128.2.2/24 dev eth0
ip -n n2-p2 address add 10.128.2.3/24 dev eth0
ip -n n3-p1 address add 10.128.3.2/24 dev eth0
ip -n n3-p2 address add 10.128.3.3/24 dev eth0
ip -n wire address add 10.10.0.1/16 dev br0
ip -n n1 route add 10.128.0.0/12 via 10.10.0.1 dev eth0 proto 213
ip -n n2 route add 10.128.0.0/12 via 10.10.0.1 dev eth0 proto 213
ip -n n3 route add 10.128.0.0/12 via 10.10.0.1 dev eth0 proto 213
ip -n n1-p1 route add 0.0.0.0/0 via 10.128.1.1 dev eth0 proto 213
ip -n n1-p1 route add 10.128.0.0/12 via 10.128.1.1 dev eth0 proto 213
ip -n n1-p2 route add 0.0.0.0/0 via 10.128.1.1 dev eth0 proto 213
ip -n n1-p2 route add 10.128.0.0/12 via 10.128.1.1 dev eth0 proto 213
ip -n n2-p1 route add 0.0.0.0/0 via 10.128.2.1 dev eth0 proto 213
ip -n n2-p1 route add 10.128.0.0/12 via 10.128.2.1 dev eth0 proto 213
ip -n n2-p2 route add 0.0.0.0/0 via 10.128.2.1 dev eth0 proto 213
ip -n n2-p2 route add 10.128.0.0/12 via 10.128.2.1 dev eth0 proto 213
ip -n n3-p1 route add 0.0.0.0/0 via 10.128.3.1 dev eth0 proto 213
ip -n n3-p1 route add 10.128.0.0/12 via 10.128.3.1 dev eth0 proto 213
ip -n n3-p2 route add 0.0.0.0/0 via 10.128.3.1 dev eth0 proto 213
ip -n n3-p2 route add 10.128.0.0/12 via 10.128.3.1 dev eth0 proto 213
ip -n wire route add 10.128.1.0/24 via 10.10.0.2 dev br0 proto 213
ip -n wire route add 10.128.2.0/24 via 10.10.0.3 dev br0 proto 213
ip -n wire route add 10.128.3.0/24 via 10.10.0.4 dev br0 proto 213
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
ip netns exec n3 sh -c 'iptables-nft-restore <<END
*filter
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s 10.128.0.0/12 -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d 10.128.0.0/12 -m comment --comment "flanneld forward" -j ACCEPT
COMMIT
END
'
ip netns exec n3 sh -c 'iptables-nft-restore <<END
*nat
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s 10.128.3.0/24 -d 10.128.0.0/12 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s 10.128.0.0/12 -d 10.128.3.0/24 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG ! -s 10.128.0.0/12 -d 10.128.3.0/24 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s 10.128.0.0/12 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s 10.128.0.0/12 -d 10.128.0.0/12 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
COMMIT
END
'

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
ip -n n1 link add cni0 address 0a:42:31:7c:b0:7b mtu 1420 type bridge
ip -n n1 link set cni0 up
ip -n n1 link add veth1 address 0a:18:61:7f:f1:59 mtu 1420 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1420 netns n1-p1
ip -n n1 link set veth1 master cni0 up
bridge -n n1 link set dev veth1 hairpin on
ip -n n1-p1 link set eth0 up
ip -n n1 link add flannel-wg-v6 mtu 1420 type wireguard
ip -n n1 link set flannel-wg-v6 up
ip -n n2 link add cni0 address 0a:b2:69:a9:81:26 mtu 1420 type bridge
ip -n n2 link set cni0 up
ip -n n2 link add veth1 address 0a:18:d8:cf:09:d4 mtu 1420 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1420 netns n2-p1
ip -n n2 link set veth1 master cni0 up
bridge -n n2 link set dev veth1 hairpin on
ip -n n2-p1 link set eth0 up
ip -n n2 link add flannel-wg-v6 mtu 1420 type wireguard
ip -n n2 link set flannel-wg-v6 up
ip netns exec n1 sh -c 'wg genkey | wg set flannel-wg-v6 listen-port 51821 private-key /dev/stdin'
ip netns exec n2 sh -c 'wg genkey | wg set flannel-wg-v6 listen-port 51821 private-key /dev/stdin'
ip -n n1 address add fd00:128:0:1::1/64 dev cni0 nodad
ip -n n1 address add fd00:128:0:1::/128 dev flannel-wg-v6 nodad
ip -n n2 address add fd00:128:0:2::1/64 dev cni0 nodad
ip -n n2 address add fd00:128:0:2::/128 dev flannel-wg-v6 nodad
ip -n n1-p1 address add fd00:128:0:1::2/64 dev eth0 nodad
ip -n n2-p1 address add fd00:128:0:2::2/64 dev eth0 nodad
ip netns exec n1 sh -c 'wg set flannel-wg-v6 peer $(ip netns exec n2 wg show flannel-wg-v6 public-key) endpoint [fd00:10::3]:51821 allowed-ips fd00:128:0:2::/64'
ip netns exec n2 sh -c 'wg set flannel-wg-v6 peer $(ip netns exec n1 wg show flannel-wg-v6 public-key) endpoint [fd00:10::2]:51821 allowed-ips fd00:128:0:1::/64'
ip -n n1 route add fd00:128::/48 dev flannel-wg-v6 proto 213
ip -n n2 route add fd00:128::/48 dev flannel-wg-v6 proto 213
ip -n n1-p1 route add ::/0 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n1-p1 route add fd00:128::/48 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n2-p1 route add ::/0 via fd00:128:0:2::1 dev eth0 proto 213
ip -n n2-p1 route add fd00:128::/48 via fd00:128:0:2::1 dev eth0 proto 213
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

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
ip -n n1 link add veth1 address 0a:18:61:7f:f1:59 mtu 1500 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1500 netns n1-p1
ip -n n1 link set veth1 up
ip -n n1-p1 link set eth0 up
ip -n n1 link add veth2 address 0a:6f:da:c1:35:d2 mtu 1500 type veth peer name eth0 address 0a:3b:3b:60:35:e9 mtu 1500 netns n1-p2
ip -n n1 link set veth2 up
ip -n n1-p2 link set eth0 up
ip -n n2 link add veth1 address 0a:18:d8:cf:09:d4 mtu 1500 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1500 netns n2-p1
ip -n n2 link set veth1 up
ip -n n2-p1 link set eth0 up
ip -n n2 link add veth2 address 0a:c1:88:96:d4:22 mtu 1500 type veth peer name eth0 address 0a:8d:af:7d:fb:5c mtu 1500 netns n2-p2
ip -n n2 link set veth2 up
ip -n n2-p2 link set eth0 up
ip -n n3 link add veth1 address 0a:1b:2d:a9:72:47 mtu 1500 type veth peer name eth0 address 0a:6b:f3:78:cd:72 mtu 1500 netns n3-p1
ip -n n3 link set veth1 up
ip -n n3-p1 link set eth0 up
ip -n n3 link add veth2 address 0a:0d:78:9b:c6:b1 mtu 1500 type veth peer name eth0 address 0a:bc:d4:fd:4e:67 mtu 1500 netns n3-p2
ip -n n3 link set veth2 up
ip -n n3-p2 link set eth0 up
ip -n n1-p1 address add fd00:128:0:1::2/128 dev eth0 nodad
ip -n n1-p2 address add fd00:128:0:1::3/128 dev eth0 nodad
ip -n n2-p1 address add fd00:128:0:2::2/128 dev eth0 nodad
ip -n n2-p2 address add fd00:128:0:2::3/128 dev eth0 nodad
ip -n n3-p1 address add fd00:128:0:3::2/128 dev eth0 nodad
ip -n n3-p2 address add fd00:128:0:3::3/128 dev eth0 nodad
ip -n n1 neighbour add fd00:128:0:1::2 lladdr 0a:0d:3c:b7:99:6b dev veth1 nud permanent
ip -n n1 neighbour add fd00:128:0:1::3 lladdr 0a:3b:3b:60:35:e9 dev veth2 nud permanent
ip -n n2 neighbour add fd00:128:0:2::2 lladdr 0a:fb:47:e2:df:99 dev veth1 nud permanent
ip -n n2 neighbour add fd00:128:0:2::3 lladdr 0a:8d:af:7d:fb:5c dev veth2 nud permanent
ip -n n3 neighbour add fd00:128:0:3::2 lladdr 0a:6b:f3:78:cd:72 dev veth1 nud permanent
ip -n n3 neighbour add fd00:128:0:3::3 lladdr 0a:bc:d4:fd:4e:67 dev veth2 nud permanent
ip -n n1-p1 neighbour add fe80::1 lladdr 0a:18:61:7f:f1:59 dev eth0 nud permanent
ip -n n1-p2 neighbour add fe80::1 lladdr 0a:6f:da:c1:35:d2 dev eth0 nud permanent
ip -n n2-p1 neighbour add fe80::1 lladdr 0a:18:d8:cf:09:d4 dev eth0 nud permanent
ip -n n2-p2 neighbour add fe80::1 lladdr 0a:c1:88:96:d4:22 dev eth0 nud permanent
ip -n n3-p1 neighbour add fe80::1 lladdr 0a:1b:2d:a9:72:47 dev eth0 nud permanent
ip -n n3-p2 neighbour add fe80::1 lladdr 0a:0d:78:9b:c6:b1 dev eth0 nud permanent
ip -n n1 route add fd00:128:0:1::2/128 dev veth1 proto 213
ip -n n1 route add fd00:128:0:1::3/128 dev veth2 proto 213
ip -n n2 route add fd00:128:0:2::2/128 dev veth1 proto 213
ip -n n2 route add fd00:128:0:2::3/128 dev veth2 proto 213
ip -n n3 route add fd00:128:0:3::2/128 dev veth1 proto 213
ip -n n3 route add fd00:128:0:3::3/128 dev veth2 proto 213
ip -n n1-p1 route add fe80::1/128 dev eth0 proto 213
ip -n n1-p2 route add fe80::1/128 dev eth0 proto 213
ip -n n2-p1 route add fe80::1/128 dev eth0 proto 213
ip -n n2-p2 route add fe80::1/128 dev eth0 proto 213
ip -n n3-p1 route add fe80::1/128 dev eth0 proto 213
ip -n n3-p2 route add fe80::1/128 dev eth0 proto 213
ip -n n1-p1 route add ::/0 via fe80::1 dev eth0 onlink proto 213
ip -n n1-p2 route add ::/0 via fe80::1 dev eth0 onlink proto 213
ip -n n2-p1 route add ::/0 via fe80::1 dev eth0 onlink proto 213
ip -n n2-p2 route add ::/0 via fe80::1 dev eth0 onlink proto 213
ip -n n3-p1 route add ::/0 via fe80::1 dev eth0 onlink proto 213
ip -n n3-p2 route add ::/0 via fe80::1 dev eth0 onlink proto 213
ip netns exec n1 nft 'table ip6 barewire { chain publish { type nat hook prerouting priority dstnat; policy accept; ip6 daddr fd00:10::2 tcp dport 20000-20999 dnat to fd00:128:0:1::2; ip6 daddr fd00:10::2 udp dport 20000-20999 dnat to fd00:128:0:1::2; ip6 daddr fd00:10::2 tcp dport 21000-21999 dnat to fd00:128:0:1::3; ip6 daddr fd00:10::2 udp dport 21000-21999 dnat to fd00:128:0:1::3; }; chain leave { type nat hook postrouting priority srcnat; policy accept; ip6 saddr fd00:128:0:1::/64 oifname "eth0" masquerade; ip6 saddr fd00:128:0:1::/64 ip6 daddr fd00:128:0:1::/64 ct status dnat masquerade; }; }'
ip netns exec n2 nft 'table ip6 barewire { chain publish { type nat hook prerouting priority dstnat; policy accept; ip6 daddr fd00:10::3 tcp dport 20000-20999 dnat to fd00:128:0:2::2; ip6 daddr fd00:10::3 udp dport 20000-20999 dnat to fd00:128:0:2::2; ip6 daddr fd00:10::3 tcp dport 21000-21999 dnat to fd00:128:0:2::3; ip6 daddr fd00:10::3 udp dport 21000-21999 dnat to fd00:128:0:2::3; }; chain leave { type nat hook postrouting priority srcnat; policy accept; ip6 saddr fd00:128:0:2::/64 oifname "eth0" masquerade; ip6 saddr fd00:128:0:2::/64 ip6 daddr fd00:128:0:2::/64 ct status dnat masquerade; }; }'
ip netns exec n3 nft 'table ip6 barewire { chain publish { type nat hook prerouting priority dstnat; policy accept; ip6 daddr fd00:10::4 tcp dport 20000-20999 dnat to fd00:128:0:3::2; ip6 daddr fd00:10::4 udp dport 20000-20999 dnat to fd00:128:0:3::2; ip6 daddr fd00:10::4 tcp dport 21000-21999 dnat to fd00:128:0:3::3; ip6 daddr fd00:10::4 udp dport 21000-21999 dnat to fd00:128:0:3::3; }; chain leave { type nat hook postrouting priority srcnat; policy accept; ip6 saddr fd00:128:0:3::/64 oifname "eth0" masquerade; ip6 saddr fd00:128:0:3::/64 ip6 daddr fd00:128:0:3::/64 ct status dnat masquerade; }; }'

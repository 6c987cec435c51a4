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
ip netns add n1
ip -n n1 link set lo up
ip netns add n2
ip -n n2 link set lo up
ip netns add n3
ip -n n3 link set lo up
ip -n n1 link add link eth0 name new0 netns n1-p1 mtu 1500 type ipvlan mode l3s
ip -n n1-p1 link set new0 name eth0
ip -n n1-p1 link set eth0 up
ip -n n1 link add link eth0 name new0 netns n1-p2 mtu 1500 type ipvlan mode l3s
ip -n n1-p2 link set new0 name eth0
ip -n n1-p2 link set eth0 up
ip -n n2 link add link eth0 name new0 netns n2-p1 mtu 1500 type ipvlan mode l3s
ip -n n2-p1 link set new0 name eth0
ip -n n2-p1 link set eth0 up
ip -n n2 link add link eth0 name new0 netns n2-p2 mtu 1500 type ipvlan mode l3s
ip -n n2-p2 link set new0 name eth0
ip -n n2-p2 link set eth0 up
ip -n n3 link add link eth0 name new0 netns n3-p1 mtu 1500 type ipvlan mode l3s
ip -n n3-p1 link set new0 name eth0
ip -n n3-p1 link set eth0 up
ip -n n3 link add link eth0 name new0 netns n3-p2 mtu 1500 type ipvlan mode l3s
ip -n n3-p2 link set new0 name eth0
ip -n n3-p2 link set eth0 up
ip -n n1-p1 address add 10.128.1.2/12 dev eth0
ip -n n1-p1 address add fd00:128:0:1::2/48 dev eth0 nodad
ip -n n1-p2 address add 10.128.1.3/12 dev eth0
ip -n n1-p2 address add fd00:128:0:1::3/48 dev eth0 nodad
ip -n n2-p1 address add 10.128.2.2/12 dev eth0
ip -n n2-p1 address add fd00:128:0:2::2/48 dev eth0 nodad
ip -n n2-p2 address add 10.128.2.3/12 dev eth0
ip -n n2-p2 address add fd00:128:0:2::3/48 dev eth0 nodad
ip -n n3-p1 address add 10.128.3.2/12 dev eth0
ip -n n3-p1 address add fd00:128:0:3::2/48 dev eth0 nodad
ip -n n3-p2 address add 10.128.3.3/12 dev eth0
ip -n n3-p2 address add fd00:128:0:3::3/48 dev eth0 nodad
ip -n n1-p1 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n1-p1 route add ::/0 dev eth0 proto 213
ip -n n1-p2 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n1-p2 route add ::/0 dev eth0 proto 213
ip -n n2-p1 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n2-p1 route add ::/0 dev eth0 proto 213
ip -n n2-p2 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n2-p2 route add ::/0 dev eth0 proto 213
ip -n n3-p1 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n3-p1 route add ::/0 dev eth0 proto 213
ip -n n3-p2 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n3-p2 route add ::/0 dev eth0 proto 213
ip -n n1 route add 10.128.2.0/24 via 10.10.0.3 dev eth0 proto 213
ip -n n1 route add fd00:128:0:2::/64 via fd00:10::3 dev eth0 proto 213
ip -n n1 route add 10.128.3.0/24 via 10.10.0.4 dev eth0 proto 213
ip -n n1 route add fd00:128:0:3::/64 via fd00:10::4 dev eth0 proto 213
ip -n n2 route add 10.128.1.0/24 via 10.10.0.2 dev eth0 proto 213
ip -n n2 route add fd00:128:0:1::/64 via fd00:10::2 dev eth0 proto 213
ip -n n2 route add 10.128.3.0/24 via 10.10.0.4 dev eth0 proto 213
ip -n n2 route add fd00:128:0:3::/64 via fd00:10::4 dev eth0 proto 213
ip -n n3 route add 10.128.1.0/24 via 10.10.0.2 dev eth0 proto 213
ip -n n3 route add fd00:128:0:1::/64 via fd00:10::2 dev eth0 proto 213
ip -n n3 route add 10.128.2.0/24 via 10.10.0.3 dev eth0 proto 213
ip -n n3 route add fd00:128:0:2::/64 via fd00:10::3 dev eth0 proto 213

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
ip -n n1 link add veth1 address 0a:18:61:7f:f1:59 mtu 1430 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1430 netns n1-p1
ip -n n1 link set veth1 up
ip -n n1-p1 link set eth0 up
ip -n n1 link add geneve0 address 0a:b5:a2:a3:93:db mtu 1430 type geneve external dstport 6081
ip -n n1 link set geneve0 up
ip -n n2 link add veth1 address 0a:18:d8:cf:09:d4 mtu 1430 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1430 netns n2-p1
ip -n n2 link set veth1 up
ip -n n2-p1 link set eth0 up
ip -n n2 link add geneve0 address 0a:bf:db:63:25:d8 mtu 1430 type geneve external dstport 6081
ip -n n2 link set geneve0 up
ip -n n1 address add fd00:128:0:1::/128 dev geneve0 nodad
ip -n n2 address add fd00:128:0:2::/128 dev geneve0 nodad
ip -n n1-p1 address add fd00:128:0:1::2/128 dev eth0 nodad
ip -n n2-p1 address add fd00:128:0:2::2/128 dev eth0 nodad
ip -n n1 neighbour add fd00:128:0:1::2 lladdr 0a:0d:3c:b7:99:6b dev veth1 nud permanent
ip -n n1 neighbour add fd00:128:0:2:: lladdr 0a:bf:db:63:25:d8 dev geneve0 nud permanent
ip -n n2 neighbour add fd00:128:0:2::2 lladdr 0a:fb:47:e2:df:99 dev veth1 nud permanent
ip -n n2 neighbour add fd00:128:0:1:: lladdr 0a:b5:a2:a3:93:db dev geneve0 nud permanent
ip -n n1-p1 neighbour add fe80::1 lladdr 0a:18:61:7f:f1:59 dev eth0 nud permanent
ip -n n2-p1 neighbour add fe80::1 lladdr 0a:18:d8:cf:09:d4 dev eth0 nud permanent
ip -n n1 route add fd00:128:0:1::2/128 dev veth1 proto 213
ip -n n2 route add fd00:128:0:2::2/128 dev veth1 proto 213
ip -n n1-p1 route add fe80::1/128 dev eth0 proto 213
ip -n n2-p1 route add fe80::1/128 dev eth0 proto 213
ip -n n1 route add fd00:128:0:2::/64 encap ip6 id 0 dst fd00:10::3 hoplimit 64 csum via fd00:128:0:2:: dev geneve0 onlink proto 213
ip -n n2 route add fd00:128:0:1::/64 encap ip6 id 0 dst fd00:10::2 hoplimit 64 csum via fd00:128:0:1:: dev geneve0 onlink proto 213
ip -n n1-p1 route add ::/0 via fe80::1 dev eth0 onlink proto 213
ip -n n2-p1 route add ::/0 via fe80::1 dev eth0 onlink proto 213

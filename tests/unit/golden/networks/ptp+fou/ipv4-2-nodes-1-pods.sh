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
ip -n n1 fou add port 5555 ipproto 4
ip -n n2 fou add port 5555 ipproto 4
ip -n n1 link add veth1 address 0a:18:61:7f:f1:59 mtu 1472 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1472 netns n1-p1
ip -n n1 link set veth1 up
ip -n n1-p1 link set eth0 up
ip -n n2 link add veth1 address 0a:18:d8:cf:09:d4 mtu 1472 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1472 netns n2-p1
ip -n n2 link set veth1 up
ip -n n2-p1 link set eth0 up
ip -n n1 link add fou.4 mtu 1472 type ipip local 10.10.0.2 encap fou encap-sport auto encap-dport 5555 dev eth0
ip -n n1 link set fou.4 up
ip -n n2 link add fou.4 mtu 1472 type ipip local 10.10.0.3 encap fou encap-sport auto encap-dport 5555 dev eth0
ip -n n2 link set fou.4 up
ip -n n1 address add 10.128.1.0/32 dev fou.4
ip -n n2 address add 10.128.2.0/32 dev fou.4
ip -n n1-p1 address add 10.128.1.2/32 dev eth0
ip -n n2-p1 address add 10.128.2.2/32 dev eth0
ip -n n1 neighbour add 10.128.1.2 lladdr 0a:0d:3c:b7:99:6b dev veth1 nud permanent
ip -n n2 neighbour add 10.128.2.2 lladdr 0a:fb:47:e2:df:99 dev veth1 nud permanent
ip -n n1-p1 neighbour add 169.254.1.1 lladdr 0a:18:61:7f:f1:59 dev eth0 nud permanent
ip -n n2-p1 neighbour add 169.254.1.1 lladdr 0a:18:d8:cf:09:d4 dev eth0 nud permanent
ip -n n1 route add 10.128.1.2/32 dev veth1 proto 213
ip -n n2 route add 10.128.2.2/32 dev veth1 proto 213
ip -n n1-p1 route add 169.254.1.1/32 dev eth0 proto 213
ip -n n2-p1 route add 169.254.1.1/32 dev eth0 proto 213
ip -n n1 route add 10.128.2.0/24 via 10.10.0.3 dev fou.4 onlink proto 213
ip -n n2 route add 10.128.1.0/24 via 10.10.0.2 dev fou.4 onlink proto 213
ip -n n1-p1 route add 0.0.0.0/0 via 169.254.1.1 dev eth0 onlink proto 213
ip -n n2-p1 route add 0.0.0.0/0 via 169.254.1.1 dev eth0 onlink proto 213

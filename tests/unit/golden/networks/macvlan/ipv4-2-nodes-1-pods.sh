ip netns add n1-p1
ip -n n1-p1 link set lo up
ip netns add n2-p1
ip -n n2-p1 link set lo up
ip -n n1 link add link eth0 name new0 netns n1-p1 address 0a:0d:3c:b7:99:6b mtu 1500 type macvlan mode bridge
ip -n n1-p1 link set new0 name eth0
ip -n n1-p1 link set eth0 up
ip -n n2 link add link eth0 name new0 netns n2-p1 address 0a:fb:47:e2:df:99 mtu 1500 type macvlan mode bridge
ip -n n2-p1 link set new0 name eth0
ip -n n2-p1 link set eth0 up
ip -n n1-p1 address add 10.128.1.2/12 dev eth0
ip -n n2-p1 address add 10.128.2.2/12 dev eth0

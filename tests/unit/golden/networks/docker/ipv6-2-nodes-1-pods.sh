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
ip -n n1 link add docker0 address 0a:4b:ee:ab:88:e6 mtu 1500 type bridge
ip -n n1 link set docker0 up
ip -n n1 link add veth1 address 0a:18:61:7f:f1:59 mtu 1500 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1500 netns n1-p1
ip -n n1 link set veth1 master docker0 up
ip -n n1-p1 link set eth0 up
ip -n n2 link add docker0 address 0a:1b:99:cc:eb:c6 mtu 1500 type bridge
ip -n n2 link set docker0 up
ip -n n2 link add veth1 address 0a:18:d8:cf:09:d4 mtu 1500 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1500 netns n2-p1
ip -n n2 link set veth1 master docker0 up
ip -n n2-p1 link set eth0 up
ip -n n1 address add fd00:128:0:1::1/64 dev docker0 nodad
ip -n n2 address add fd00:128:0:2::1/64 dev docker0 nodad
ip -n n1-p1 address add fd00:128:0:1::2/64 dev eth0 nodad
ip -n n2-p1 address add fd00:128:0:2::2/64 dev eth0 nodad
ip -n n1-p1 route add ::/0 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n2-p1 route add ::/0 via fd00:128:0:2::1 dev eth0 proto 213
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*raw
-A PREROUTING -d fd00:128:0:1::2 ! -i docker0 -j DROP
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d ::1/128 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s fd00:128:0:1::/64 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 20000:20999 -j DNAT --to-destination fd00:128:0:1::2
-A DOCKER ! -i docker0 -p udp -m udp --dport 20000:20999 -j DNAT --to-destination fd00:128:0:1::2
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*filter
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
:DOCKER-FORWARD - [0:0]
:DOCKER-CT - [0:0]
:DOCKER-INTERNAL - [0:0]
:DOCKER-BRIDGE - [0:0]
:DOCKER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-FORWARD
-A DOCKER-FORWARD -j DOCKER-CT
-A DOCKER-FORWARD -j DOCKER-INTERNAL
-A DOCKER-FORWARD -j DOCKER-BRIDGE
-A DOCKER-FORWARD -i docker0 -j ACCEPT
-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-BRIDGE -o docker0 -j DOCKER
-A DOCKER -d fd00:128:0:1::2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 20000:20999 -j ACCEPT
-A DOCKER -d fd00:128:0:1::2 ! -i docker0 -o docker0 -p udp -m udp --dport 20000:20999 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*raw
-A PREROUTING -d fd00:128:0:2::2 ! -i docker0 -j DROP
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d ::1/128 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s fd00:128:0:2::/64 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 20000:20999 -j DNAT --to-destination fd00:128:0:2::2
-A DOCKER ! -i docker0 -p udp -m udp --dport 20000:20999 -j DNAT --to-destination fd00:128:0:2::2
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*filter
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
:DOCKER-FORWARD - [0:0]
:DOCKER-CT - [0:0]
:DOCKER-INTERNAL - [0:0]
:DOCKER-BRIDGE - [0:0]
:DOCKER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-FORWARD
-A DOCKER-FORWARD -j DOCKER-CT
-A DOCKER-FORWARD -j DOCKER-INTERNAL
-A DOCKER-FORWARD -j DOCKER-BRIDGE
-A DOCKER-FORWARD -i docker0 -j ACCEPT
-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-BRIDGE -o docker0 -j DOCKER
-A DOCKER -d fd00:128:0:2::2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 20000:20999 -j ACCEPT
-A DOCKER -d fd00:128:0:2::2 ! -i docker0 -o docker0 -p udp -m udp --dport 20000:20999 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
COMMIT
END
'

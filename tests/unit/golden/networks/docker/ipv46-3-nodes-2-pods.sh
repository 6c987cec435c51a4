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
ip netns exec n1 sysctl -w net.ipv4.ip_forward=1
ip netns exec n1 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n1 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec n1 sysctl -w net.ipv6.conf.all.forwarding=1
ip netns exec n2 sysctl -w net.ipv4.ip_forward=1
ip netns exec n2 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n2 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec n2 sysctl -w net.ipv6.conf.all.forwarding=1
ip netns exec n3 sysctl -w net.ipv4.ip_forward=1
ip netns exec n3 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n3 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec n3 sysctl -w net.ipv6.conf.all.forwarding=1
ip -n n1 link add docker0 address 0a:4b:ee:ab:88:e6 mtu 1500 type bridge
ip -n n1 link set docker0 up
ip -n n1 link add veth1 address 0a:18:61:7f:f1:59 mtu 1500 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1500 netns n1-p1
ip -n n1 link set veth1 master docker0 up
ip -n n1-p1 link set eth0 up
ip -n n1 link add veth2 address 0a:6f:da:c1:35:d2 mtu 1500 type veth peer name eth0 address 0a:3b:3b:60:35:e9 mtu 1500 netns n1-p2
ip -n n1 link set veth2 master docker0 up
ip -n n1-p2 link set eth0 up
ip -n n2 link add docker0 address 0a:1b:99:cc:eb:c6 mtu 1500 type bridge
ip -n n2 link set docker0 up
ip -n n2 link add veth1 address 0a:18:d8:cf:09:d4 mtu 1500 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1500 netns n2-p1
ip -n n2 link set veth1 master docker0 up
ip -n n2-p1 link set eth0 up
ip -n n2 link add veth2 address 0a:c1:88:96:d4:22 mtu 1500 type veth peer name eth0 address 0a:8d:af:7d:fb:5c mtu 1500 netns n2-p2
ip -n n2 link set veth2 master docker0 up
ip -n n2-p2 link set eth0 up
ip -n n3 link add docker0 address 0a:38:e8:b9:89:87 mtu 1500 type bridge
ip -n n3 link set docker0 up
ip -n n3 link add veth1 address 0a:1b:2d:a9:72:47 mtu 1500 type veth peer name eth0 address 0a:6b:f3:78:cd:72 mtu 1500 netns n3-p1
ip -n n3 link set veth1 master docker0 up
ip -n n3-p1 link set eth0 up
ip -n n3 link add veth2 address 0a:0d:78:9b:c6:b1 mtu 1500 type veth peer name eth0 address 0a:bc:d4:fd:4e:67 mtu 1500 netns n3-p2
ip -n n3 link set veth2 master docker0 up
ip -n n3-p2 link set eth0 up
ip -n n1 address add 10.128.1.1/24 dev docker0
ip -n n1 address add fd00:128:0:1::1/64 dev docker0 nodad
ip -n n2 address add 10.128.2.1/24 dev docker0
ip -n n2 address add fd00:128:0:2::1/64 dev docker0 nodad
ip -n n3 address add 10.128.3.1/24 dev docker0
ip -n n3 address add fd00:128:0:3::1/64 dev docker0 nodad
ip -n n1-p1 address add 10.128.1.2/24 dev eth0
ip -n n1-p1 address add fd00:128:0:1::2/64 dev eth0 nodad
ip -n n1-p2 address add 10.128.1.3/24 dev eth0
ip -n n1-p2 address add fd00:128:0:1::3/64 dev eth0 nodad
ip -n n2-p1 address add 10.128.2.2/24 dev eth0
ip -n n2-p1 address add fd00:128:0:2::2/64 dev eth0 nodad
ip -n n2-p2 address add 10.128.2.3/24 dev eth0
ip -n n2-p2 address add fd00:128:0:2::3/64 dev eth0 nodad
ip -n n3-p1 address add 10.128.3.2/24 dev eth0
ip -n n3-p1 address add fd00:128:0:3::2/64 dev eth0 nodad
ip -n n3-p2 address add 10.128.3.3/24 dev eth0
ip -n n3-p2 address add fd00:128:0:3::3/64 dev eth0 nodad
ip -n n1-p1 route add 0.0.0.0/0 via 10.128.1.1 dev eth0 proto 213
ip -n n1-p1 route add ::/0 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n1-p2 route add 0.0.0.0/0 via 10.128.1.1 dev eth0 proto 213
ip -n n1-p2 route add ::/0 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n2-p1 route add 0.0.0.0/0 via 10.128.2.1 dev eth0 proto 213
ip -n n2-p1 route add ::/0 via fd00:128:0:2::1 dev eth0 proto 213
ip -n n2-p2 route add 0.0.0.0/0 via 10.128.2.1 dev eth0 proto 213
ip -n n2-p2 route add ::/0 via fd00:128:0:2::1 dev eth0 proto 213
ip -n n3-p1 route add 0.0.0.0/0 via 10.128.3.1 dev eth0 proto 213
ip -n n3-p1 route add ::/0 via fd00:128:0:3::1 dev eth0 proto 213
ip -n n3-p2 route add 0.0.0.0/0 via 10.128.3.1 dev eth0 proto 213
ip -n n3-p2 route add ::/0 via fd00:128:0:3::1 dev eth0 proto 213
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*raw
-A PREROUTING -d 10.128.1.2 ! -i docker0 -j DROP
-A PREROUTING -d 10.128.1.3 ! -i docker0 -j DROP
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 10.128.1.0/24 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 20000:20999 -j DNAT --to-destination 10.128.1.2
-A DOCKER ! -i docker0 -p udp -m udp --dport 20000:20999 -j DNAT --to-destination 10.128.1.2
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 21000:21999 -j DNAT --to-destination 10.128.1.3
-A DOCKER ! -i docker0 -p udp -m udp --dport 21000:21999 -j DNAT --to-destination 10.128.1.3
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
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
-A DOCKER -d 10.128.1.2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 20000:20999 -j ACCEPT
-A DOCKER -d 10.128.1.2 ! -i docker0 -o docker0 -p udp -m udp --dport 20000:20999 -j ACCEPT
-A DOCKER -d 10.128.1.3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 21000:21999 -j ACCEPT
-A DOCKER -d 10.128.1.3 ! -i docker0 -o docker0 -p udp -m udp --dport 21000:21999 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*raw
-A PREROUTING -d fd00:128:0:1::2 ! -i docker0 -j DROP
-A PREROUTING -d fd00:128:0:1::3 ! -i docker0 -j DROP
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
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 21000:21999 -j DNAT --to-destination fd00:128:0:1::3
-A DOCKER ! -i docker0 -p udp -m udp --dport 21000:21999 -j DNAT --to-destination fd00:128:0:1::3
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
-A DOCKER -d fd00:128:0:1::3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 21000:21999 -j ACCEPT
-A DOCKER -d fd00:128:0:1::3 ! -i docker0 -o docker0 -p udp -m udp --dport 21000:21999 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*raw
-A PREROUTING -d 10.128.2.2 ! -i docker0 -j DROP
-A PREROUTING -d 10.128.2.3 ! -i docker0 -j DROP
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 10.128.2.0/24 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 20000:20999 -j DNAT --to-destination 10.128.2.2
-A DOCKER ! -i docker0 -p udp -m udp --dport 20000:20999 -j DNAT --to-destination 10.128.2.2
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 21000:21999 -j DNAT --to-destination 10.128.2.3
-A DOCKER ! -i docker0 -p udp -m udp --dport 21000:21999 -j DNAT --to-destination 10.128.2.3
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
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
-A DOCKER -d 10.128.2.2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 20000:20999 -j ACCEPT
-A DOCKER -d 10.128.2.2 ! -i docker0 -o docker0 -p udp -m udp --dport 20000:20999 -j ACCEPT
-A DOCKER -d 10.128.2.3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 21000:21999 -j ACCEPT
-A DOCKER -d 10.128.2.3 ! -i docker0 -o docker0 -p udp -m udp --dport 21000:21999 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*raw
-A PREROUTING -d fd00:128:0:2::2 ! -i docker0 -j DROP
-A PREROUTING -d fd00:128:0:2::3 ! -i docker0 -j DROP
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
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 21000:21999 -j DNAT --to-destination fd00:128:0:2::3
-A DOCKER ! -i docker0 -p udp -m udp --dport 21000:21999 -j DNAT --to-destination fd00:128:0:2::3
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
-A DOCKER -d fd00:128:0:2::3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 21000:21999 -j ACCEPT
-A DOCKER -d fd00:128:0:2::3 ! -i docker0 -o docker0 -p udp -m udp --dport 21000:21999 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
COMMIT
END
'
ip netns exec n3 sh -c 'iptables-nft-restore <<END
*raw
-A PREROUTING -d 10.128.3.2 ! -i docker0 -j DROP
-A PREROUTING -d 10.128.3.3 ! -i docker0 -j DROP
COMMIT
END
'
ip netns exec n3 sh -c 'iptables-nft-restore <<END
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 10.128.3.0/24 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 20000:20999 -j DNAT --to-destination 10.128.3.2
-A DOCKER ! -i docker0 -p udp -m udp --dport 20000:20999 -j DNAT --to-destination 10.128.3.2
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 21000:21999 -j DNAT --to-destination 10.128.3.3
-A DOCKER ! -i docker0 -p udp -m udp --dport 21000:21999 -j DNAT --to-destination 10.128.3.3
COMMIT
END
'
ip netns exec n3 sh -c 'iptables-nft-restore <<END
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
-A DOCKER -d 10.128.3.2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 20000:20999 -j ACCEPT
-A DOCKER -d 10.128.3.2 ! -i docker0 -o docker0 -p udp -m udp --dport 20000:20999 -j ACCEPT
-A DOCKER -d 10.128.3.3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 21000:21999 -j ACCEPT
-A DOCKER -d 10.128.3.3 ! -i docker0 -o docker0 -p udp -m udp --dport 21000:21999 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
COMMIT
END
'
ip netns exec n3 sh -c 'ip6tables-nft-restore <<END
*raw
-A PREROUTING -d fd00:128:0:3::2 ! -i docker0 -j DROP
-A PREROUTING -d fd00:128:0:3::3 ! -i docker0 -j DROP
COMMIT
END
'
ip netns exec n3 sh -c 'ip6tables-nft-restore <<END
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d ::1/128 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s fd00:128:0:3::/64 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 20000:20999 -j DNAT --to-destination fd00:128:0:3::2
-A DOCKER ! -i docker0 -p udp -m udp --dport 20000:20999 -j DNAT --to-destination fd00:128:0:3::2
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 21000:21999 -j DNAT --to-destination fd00:128:0:3::3
-A DOCKER ! -i docker0 -p udp -m udp --dport 21000:21999 -j DNAT --to-destination fd00:128:0:3::3
COMMIT
END
'
ip netns exec n3 sh -c 'ip6tables-nft-restore <<END
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
-A DOCKER -d fd00:128:0:3::2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 20000:20999 -j ACCEPT
-A DOCKER -d fd00:128:0:3::2 ! -i docker0 -o docker0 -p udp -m udp --dport 20000:20999 -j ACCEPT
-A DOCKER -d fd00:128:0:3::3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 21000:21999 -j ACCEPT
-A DOCKER -d fd00:128:0:3::3 ! -i docker0 -o docker0 -p udp -m udp --dport 21000:21999 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
COMMIT
END
'

ip netns add n1
ip -n n1 link set lo up
ip netns add n2
ip -n n2 link set lo up
ip netns add n3
ip -n n3 link set lo up
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
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 19000:19999 -j DNAT --to-destination 10.128.1.2
-A DOCKER ! -i docker0 -p udp -m udp --dport 19000:19999 -j DNAT --to-destination 10.128.1.2
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 18000:18999 -j DNAT --to-destination 10.128.1.3
-A DOCKER ! -i docker0 -p udp -m udp --dport 18000:18999 -j DNAT --to-destination 10.128.1.3
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
-A DOCKER -d 10.128.1.2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 19000:19999 -j ACCEPT
-A DOCKER -d 10.128.1.2 ! -i docker0 -o docker0 -p udp -m udp --dport 19000:19999 -j ACCEPT
-A DOCKER -d 10.128.1.3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 18000:18999 -j ACCEPT
-A DOCKER -d 10.128.1.3 ! -i docker0 -o docker0 -p udp -m udp --dport 18000:18999 -j ACCEPT
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
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 19000:19999 -j DNAT --to-destination fd00:128:0:1::2
-A DOCKER ! -i docker0 -p udp -m udp --dport 19000:19999 -j DNAT --to-destination fd00:128:0:1::2
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 18000:18999 -j DNAT --to-destination fd00:128:0:1::3
-A DOCKER ! -i docker0 -p udp -m udp --dport 18000:18999 -j DNAT --to-destination fd00:128:0:1::3
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
-A DOCKER -d fd00:128:0:1::2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 19000:19999 -j ACCEPT
-A DOCKER -d fd00:128:0:1::2 ! -i docker0 -o docker0 -p udp -m udp --dport 19000:19999 -j ACCEPT
-A DOCKER -d fd00:128:0:1::3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 18000:18999 -j ACCEPT
-A DOCKER -d fd00:128:0:1::3 ! -i docker0 -o docker0 -p udp -m udp --dport 18000:18999 -j ACCEPT
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
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 19000:19999 -j DNAT --to-destination 10.128.2.2
-A DOCKER ! -i docker0 -p udp -m udp --dport 19000:19999 -j DNAT --to-destination 10.128.2.2
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 18000:18999 -j DNAT --to-destination 10.128.2.3
-A DOCKER ! -i docker0 -p udp -m udp --dport 18000:18999 -j DNAT --to-destination 10.128.2.3
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
-A DOCKER -d 10.128.2.2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 19000:19999 -j ACCEPT
-A DOCKER -d 10.128.2.2 ! -i docker0 -o docker0 -p udp -m udp --dport 19000:19999 -j ACCEPT
-A DOCKER -d 10.128.2.3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 18000:18999 -j ACCEPT
-A DOCKER -d 10.128.2.3 ! -i docker0 -o docker0 -p udp -m udp --dport 18000:18999 -j ACCEPT
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
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 19000:19999 -j DNAT --to-destination fd00:128:0:2::2
-A DOCKER ! -i docker0 -p udp -m udp --dport 19000:19999 -j DNAT --to-destination fd00:128:0:2::2
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 18000:18999 -j DNAT --to-destination fd00:128:0:2::3
-A DOCKER ! -i docker0 -p udp -m udp --dport 18000:18999 -j DNAT --to-destination fd00:128:0:2::3
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
-A DOCKER -d fd00:128:0:2::2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 19000:19999 -j ACCEPT
-A DOCKER -d fd00:128:0:2::2 ! -i docker0 -o docker0 -p udp -m udp --dport 19000:19999 -j ACCEPT
-A DOCKER -d fd00:128:0:2::3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 18000:18999 -j ACCEPT
-A DOCKER -d fd00:128:0:2::3 ! -i docker0 -o docker0 -p udp -m udp --dport 18000:18999 -j ACCEPT
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
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 19000:19999 -j DNAT --to-destination 10.128.3.2
-A DOCKER ! -i docker0 -p udp -m udp --dport 19000:19999 -j DNAT --to-destination 10.128.3.2
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 18000:18999 -j DNAT --to-destination 10.128.3.3
-A DOCKER ! -i docker0 -p udp -m udp --dport 18000:18999 -j DNAT --to-destination 10.128.3.3
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
-A DOCKER -d 10.128.3.2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 19000:19999 -j ACCEPT
-A DOCKER -d 10.128.3.2 ! -i docker0 -o docker0 -p udp -m udp --dport 19000:19999 -j ACCEPT
-A DOCKER -d 10.128.3.3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 18000:18999 -j ACCEPT
-A DOCKER -d 10.128.3.3 ! -i docker0 -o docker0 -p udp -m udp --dport 18000:18999 -j ACCEPT
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
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 19000:19999 -j DNAT --to-destination fd00:128:0:3::2
-A DOCKER ! -i docker0 -p udp -m udp --dport 19000:19999 -j DNAT --to-destination fd00:128:0:3::2
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 18000:18999 -j DNAT --to-destination fd00:128:0:3::3
-A DOCKER ! -i docker0 -p udp -m udp --dport 18000:18999 -j DNAT --to-destination fd00:128:0:3::3
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
-A DOCKER -d fd00:128:0:3::2 ! -i docker0 -o docker0 -p tcp -m tcp --dport 19000:19999 -j ACCEPT
-A DOCKER -d fd00:128:0:3::2 ! -i docker0 -o docker0 -p udp -m udp --dport 19000:19999 -j ACCEPT
-A DOCKER -d fd00:128:0:3::3 ! -i docker0 -o docker0 -p tcp -m tcp --dport 18000:18999 -j ACCEPT
-A DOCKER -d fd00:128:0:3::3 ! -i docker0 -o docker0 -p udp -m udp --dport 18000:18999 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
COMMIT
END
'

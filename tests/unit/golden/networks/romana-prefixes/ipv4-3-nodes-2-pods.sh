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
ip netns exec n1 sysctl -w net.ipv4.conf.default.proxy_arp=1
ip netns exec n1 sysctl -w net.ipv4.conf.all.proxy_arp=1
ip netns exec n2 sysctl -w net.ipv4.ip_forward=1
ip netns exec n2 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n2 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec n2 sysctl -w net.ipv4.conf.default.proxy_arp=1
ip netns exec n2 sysctl -w net.ipv4.conf.all.proxy_arp=1
ip netns exec n3 sysctl -w net.ipv4.ip_forward=1
ip netns exec n3 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n3 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec n3 sysctl -w net.ipv4.conf.default.proxy_arp=1
ip netns exec n3 sysctl -w net.ipv4.conf.all.proxy_arp=1
ip -n n1 link add romana-c40b9344 address 0a:73:ef:d3:4c:6a mtu 1500 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1500 netns n1-p1
ip -n n1 link set romana-c40b9344 up
ip -n n1-p1 link set eth0 up
ip -n n1 link add romana-dc61e060 address 0a:9e:a0:e7:41:51 mtu 1500 type veth peer name eth0 address 0a:3b:3b:60:35:e9 mtu 1500 netns n1-p2
ip -n n1 link set romana-dc61e060 up
ip -n n1-p2 link set eth0 up
ip -n n2 link add romana-61a37ed5 address 0a:0d:9b:59:01:e1 mtu 1500 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1500 netns n2-p1
ip -n n2 link set romana-61a37ed5 up
ip -n n2-p1 link set eth0 up
ip -n n2 link add romana-a5602d76 address 0a:db:a8:e9:fe:32 mtu 1500 type veth peer name eth0 address 0a:8d:af:7d:fb:5c mtu 1500 netns n2-p2
ip -n n2 link set romana-a5602d76 up
ip -n n2-p2 link set eth0 up
ip -n n3 link add romana-4029aacc address 0a:d0:04:ff:ee:bf mtu 1500 type veth peer name eth0 address 0a:6b:f3:78:cd:72 mtu 1500 netns n3-p1
ip -n n3 link set romana-4029aacc up
ip -n n3-p1 link set eth0 up
ip -n n3 link add romana-5e925026 address 0a:4b:44:23:2f:81 mtu 1500 type veth peer name eth0 address 0a:bc:d4:fd:4e:67 mtu 1500 netns n3-p2
ip -n n3 link set romana-5e925026 up
ip -n n3-p2 link set eth0 up
ip -n n1-p1 address add 10.112.0.0/32 dev eth0
ip -n n1-p2 address add 10.112.0.1/32 dev eth0
ip -n n2-p1 address add 10.114.0.0/32 dev eth0
ip -n n2-p2 address add 10.114.0.1/32 dev eth0
ip -n n3-p1 address add 10.116.0.0/32 dev eth0
ip -n n3-p2 address add 10.116.0.1/32 dev eth0
ip netns exec n1 sysctl -w net.ipv4.neigh.romana-c40b9344.proxy_delay=0
ip netns exec n1 sysctl -w net.ipv4.neigh.romana-dc61e060.proxy_delay=0
ip netns exec n2 sysctl -w net.ipv4.neigh.romana-61a37ed5.proxy_delay=0
ip netns exec n2 sysctl -w net.ipv4.neigh.romana-a5602d76.proxy_delay=0
ip netns exec n3 sysctl -w net.ipv4.neigh.romana-4029aacc.proxy_delay=0
ip netns exec n3 sysctl -w net.ipv4.neigh.romana-5e925026.proxy_delay=0
ip -n n1 route add 10.112.0.0/32 dev romana-c40b9344 proto 213
ip -n n1 route add 10.112.0.1/32 dev romana-dc61e060 proto 213
ip -n n2 route add 10.114.0.0/32 dev romana-61a37ed5 proto 213
ip -n n2 route add 10.114.0.1/32 dev romana-a5602d76 proto 213
ip -n n3 route add 10.116.0.0/32 dev romana-4029aacc proto 213
ip -n n3 route add 10.116.0.1/32 dev romana-5e925026 proto 213
ip -n n1-p1 route add 172.142.0.1/32 dev eth0 proto 213
ip -n n1-p1 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n1-p2 route add 172.142.0.1/32 dev eth0 proto 213
ip -n n1-p2 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n2-p1 route add 172.142.0.1/32 dev eth0 proto 213
ip -n n2-p1 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n2-p2 route add 172.142.0.1/32 dev eth0 proto 213
ip -n n2-p2 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n3-p1 route add 172.142.0.1/32 dev eth0 proto 213
ip -n n3-p1 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n3-p2 route add 172.142.0.1/32 dev eth0 proto 213
ip -n n3-p2 route add 0.0.0.0/0 dev eth0 proto 213
ip -n n1 route add 10.114.0.0/15 via 10.10.0.3 dev eth0 table 10 proto 213
ip -n n1 route add 10.116.0.0/15 via 10.10.0.4 dev eth0 table 10 proto 213
ip -n n2 route add 10.112.0.0/15 via 10.10.0.2 dev eth0 table 10 proto 213
ip -n n2 route add 10.116.0.0/15 via 10.10.0.4 dev eth0 table 10 proto 213
ip -n n3 route add 10.112.0.0/15 via 10.10.0.2 dev eth0 table 10 proto 213
ip -n n3 route add 10.114.0.0/15 via 10.10.0.3 dev eth0 table 10 proto 213
ip -n n1 -4 rule add lookup 10 priority 32765 protocol 213
ip -n n2 -4 rule add lookup 10 priority 32765 protocol 213
ip -n n3 -4 rule add lookup 10 priority 32765 protocol 213
ip netns exec n1 ipset create localBlocks hash:net family inet
ip netns exec n1 ipset add localBlocks 10.112.0.0/29
ip netns exec n1 ipset create ROMANA-72f04c758fa4a8de hash:net family inet
ip netns exec n1 ipset add ROMANA-72f04c758fa4a8de 10.112.0.0/29
ip netns exec n2 ipset create localBlocks hash:net family inet
ip netns exec n2 ipset add localBlocks 10.114.0.0/29
ip netns exec n2 ipset create ROMANA-72f04c758fa4a8de hash:net family inet
ip netns exec n2 ipset add ROMANA-72f04c758fa4a8de 10.114.0.0/29
ip netns exec n3 ipset create localBlocks hash:net family inet
ip netns exec n3 ipset add localBlocks 10.116.0.0/29
ip netns exec n3 ipset create ROMANA-72f04c758fa4a8de hash:net family inet
ip netns exec n3 ipset add ROMANA-72f04c758fa4a8de 10.116.0.0/29
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*filter
:ROMANA-FORWARD-IN - [0:0]
:ROMANA-FORWARD-OUT - [0:0]
:ROMANA-INPUT - [0:0]
:ROMANA-OP - [0:0]
:ROMANA-OP-IN - [0:0]
:ROMANA-OUTPUT - [0:0]
:ROMANA-P-eb1c4595fa16e59a - [0:0]
:ROMANA-P-eb1c4595fa16e59a_R - [0:0]
:ROMANA-P-eb1c4595fa16e59a_X - [0:0]
:ROMANA_FORWARD - [0:0]
-A INPUT -i romana-c40b9344 -j ROMANA-INPUT
-A INPUT -i romana-dc61e060 -j ROMANA-INPUT
-A FORWARD -o eth0 -m comment --comment "romana forwarding rules" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth0 -o eth0 -m comment --comment "romana forwarding rules" -j ROMANA_FORWARD
-A FORWARD -i romana-c40b9344 -j ROMANA-FORWARD-OUT
-A FORWARD -o romana-c40b9344 -j ROMANA-FORWARD-IN
-A FORWARD -i romana-dc61e060 -j ROMANA-FORWARD-OUT
-A FORWARD -o romana-dc61e060 -j ROMANA-FORWARD-IN
-A OUTPUT -o romana-c40b9344 -j ROMANA-OUTPUT
-A OUTPUT -o romana-dc61e060 -j ROMANA-OUTPUT
-A ROMANA-FORWARD-IN -m comment --comment Ingress -m state --state RELATED,ESTABLISHED -j ACCEPT
-A ROMANA-FORWARD-IN -j ROMANA-OP
-A ROMANA-FORWARD-IN -j ROMANA-P-eb1c4595fa16e59a
-A ROMANA-FORWARD-IN -m comment --comment DefaultDrop -j DROP
-A ROMANA-FORWARD-OUT -m set --match-set localBlocks dst -j ROMANA-FORWARD-IN
-A ROMANA-FORWARD-OUT -m comment --comment Egress -j ACCEPT
-A ROMANA-INPUT -j ACCEPT
-A ROMANA-OP -m comment --comment POLICY_CHAIN_FOOTER -j RETURN
-A ROMANA-OP-IN -m comment --comment POLICY_CHAIN_FOOTER -j RETURN
-A ROMANA-OUTPUT -j ACCEPT
-A ROMANA-P-eb1c4595fa16e59a -m set --match-set ROMANA-72f04c758fa4a8de dst -j ROMANA-P-eb1c4595fa16e59a_X
-A ROMANA-P-eb1c4595fa16e59a_R -j ACCEPT
-A ROMANA-P-eb1c4595fa16e59a_X -j ROMANA-P-eb1c4595fa16e59a_R
-A ROMANA_FORWARD -s 10.112.0.0/12 -j RETURN
-A ROMANA_FORWARD -j ACCEPT
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*nat
:ROMANA-MASQ - [0:0]
-A POSTROUTING -s 10.112.0.0/12 -m comment --comment "romana postrouting rules" -j ROMANA-MASQ
-A ROMANA-MASQ -d 10.112.0.0/12 -j RETURN
-A ROMANA-MASQ -o eth0 -j MASQUERADE
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*filter
:ROMANA-FORWARD-IN - [0:0]
:ROMANA-FORWARD-OUT - [0:0]
:ROMANA-INPUT - [0:0]
:ROMANA-OP - [0:0]
:ROMANA-OP-IN - [0:0]
:ROMANA-OUTPUT - [0:0]
:ROMANA-P-eb1c4595fa16e59a - [0:0]
:ROMANA-P-eb1c4595fa16e59a_R - [0:0]
:ROMANA-P-eb1c4595fa16e59a_X - [0:0]
:ROMANA_FORWARD - [0:0]
-A INPUT -i romana-61a37ed5 -j ROMANA-INPUT
-A INPUT -i romana-a5602d76 -j ROMANA-INPUT
-A FORWARD -o eth0 -m comment --comment "romana forwarding rules" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth0 -o eth0 -m comment --comment "romana forwarding rules" -j ROMANA_FORWARD
-A FORWARD -i romana-61a37ed5 -j ROMANA-FORWARD-OUT
-A FORWARD -o romana-61a37ed5 -j ROMANA-FORWARD-IN
-A FORWARD -i romana-a5602d76 -j ROMANA-FORWARD-OUT
-A FORWARD -o romana-a5602d76 -j ROMANA-FORWARD-IN
-A OUTPUT -o romana-61a37ed5 -j ROMANA-OUTPUT
-A OUTPUT -o romana-a5602d76 -j ROMANA-OUTPUT
-A ROMANA-FORWARD-IN -m comment --comment Ingress -m state --state RELATED,ESTABLISHED -j ACCEPT
-A ROMANA-FORWARD-IN -j ROMANA-OP
-A ROMANA-FORWARD-IN -j ROMANA-P-eb1c4595fa16e59a
-A ROMANA-FORWARD-IN -m comment --comment DefaultDrop -j DROP
-A ROMANA-FORWARD-OUT -m set --match-set localBlocks dst -j ROMANA-FORWARD-IN
-A ROMANA-FORWARD-OUT -m comment --comment Egress -j ACCEPT
-A ROMANA-INPUT -j ACCEPT
-A ROMANA-OP -m comment --comment POLICY_CHAIN_FOOTER -j RETURN
-A ROMANA-OP-IN -m comment --comment POLICY_CHAIN_FOOTER -j RETURN
-A ROMANA-OUTPUT -j ACCEPT
-A ROMANA-P-eb1c4595fa16e59a -m set --match-set ROMANA-72f04c758fa4a8de dst -j ROMANA-P-eb1c4595fa16e59a_X
-A ROMANA-P-eb1c4595fa16e59a_R -j ACCEPT
-A ROMANA-P-eb1c4595fa16e59a_X -j ROMANA-P-eb1c4595fa16e59a_R
-A ROMANA_FORWARD -s 10.112.0.0/12 -j RETURN
-A ROMANA_FORWARD -j ACCEPT
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*nat
:ROMANA-MASQ - [0:0]
-A POSTROUTING -s 10.112.0.0/12 -m comment --comment "romana postrouting rules" -j ROMANA-MASQ
-A ROMANA-MASQ -d 10.112.0.0/12 -j RETURN
-A ROMANA-MASQ -o eth0 -j MASQUERADE
COMMIT
END
'
ip netns exec n3 sh -c 'iptables-nft-restore <<END
*filter
:ROMANA-FORWARD-IN - [0:0]
:ROMANA-FORWARD-OUT - [0:0]
:ROMANA-INPUT - [0:0]
:ROMANA-OP - [0:0]
:ROMANA-OP-IN - [0:0]
:ROMANA-OUTPUT - [0:0]
:ROMANA-P-eb1c4595fa16e59a - [0:0]
:ROMANA-P-eb1c4595fa16e59a_R - [0:0]
:ROMANA-P-eb1c4595fa16e59a_X - [0:0]
:ROMANA_FORWARD - [0:0]
-A INPUT -i romana-4029aacc -j ROMANA-INPUT
-A INPUT -i romana-5e925026 -j ROMANA-INPUT
-A FORWARD -o eth0 -m comment --comment "romana forwarding rules" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth0 -o eth0 -m comment --comment "romana forwarding rules" -j ROMANA_FORWARD
-A FORWARD -i romana-4029aacc -j ROMANA-FORWARD-OUT
-A FORWARD -o romana-4029aacc -j ROMANA-FORWARD-IN
-A FORWARD -i romana-5e925026 -j ROMANA-FORWARD-OUT
-A FORWARD -o romana-5e925026 -j ROMANA-FORWARD-IN
-A OUTPUT -o romana-4029aacc -j ROMANA-OUTPUT
-A OUTPUT -o romana-5e925026 -j ROMANA-OUTPUT
-A ROMANA-FORWARD-IN -m comment --comment Ingress -m state --state RELATED,ESTABLISHED -j ACCEPT
-A ROMANA-FORWARD-IN -j ROMANA-OP
-A ROMANA-FORWARD-IN -j ROMANA-P-eb1c4595fa16e59a
-A ROMANA-FORWARD-IN -m comment --comment DefaultDrop -j DROP
-A ROMANA-FORWARD-OUT -m set --match-set localBlocks dst -j ROMANA-FORWARD-IN
-A ROMANA-FORWARD-OUT -m comment --comment Egress -j ACCEPT
-A ROMANA-INPUT -j ACCEPT
-A ROMANA-OP -m comment --comment POLICY_CHAIN_FOOTER -j RETURN
-A ROMANA-OP-IN -m comment --comment POLICY_CHAIN_FOOTER -j RETURN
-A ROMANA-OUTPUT -j ACCEPT
-A ROMANA-P-eb1c4595fa16e59a -m set --match-set ROMANA-72f04c758fa4a8de dst -j ROMANA-P-eb1c4595fa16e59a_X
-A ROMANA-P-eb1c4595fa16e59a_R -j ACCEPT
-A ROMANA-P-eb1c4595fa16e59a_X -j ROMANA-P-eb1c4595fa16e59a_R
-A ROMANA_FORWARD -s 10.112.0.0/12 -j RETURN
-A ROMANA_FORWARD -j ACCEPT
COMMIT
END
'
ip netns exec n3 sh -c 'iptables-nft-restore <<END
*nat
:ROMANA-MASQ - [0:0]
-A POSTROUTING -s 10.112.0.0/12 -m comment --comment "romana postrouting rules" -j ROMANA-MASQ
-A ROMANA-MASQ -d 10.112.0.0/12 -j RETURN
-A ROMANA-MASQ -o eth0 -j MASQUERADE
COMMIT
END
'

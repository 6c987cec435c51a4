ip netns add n1
ip -n n1 link set lo up
ip netns add n2
ip -n n2 link set lo up
ip netns exec n1 ipset create localBlocks hash:net family inet
ip netns exec n1 ipset create ROMANA-72f04c758fa4a8de hash:net family inet
ip netns exec n2 ipset create localBlocks hash:net family inet
ip netns exec n2 ipset create ROMANA-72f04c758fa4a8de hash:net family inet
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
-A FORWARD -o eth0 -m comment --comment "romana forwarding rules" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth0 -o eth0 -m comment --comment "romana forwarding rules" -j ROMANA_FORWARD
-A FORWARD -i romana-c40b9344 -j ROMANA-FORWARD-OUT
-A FORWARD -o romana-c40b9344 -j ROMANA-FORWARD-IN
-A OUTPUT -o romana-c40b9344 -j ROMANA-OUTPUT
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
-A ROMANA_FORWARD -s 10.128.0.0/12 -j RETURN
-A ROMANA_FORWARD -j ACCEPT
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*nat
:ROMANA-MASQ - [0:0]
-A POSTROUTING -s 10.128.0.0/12 -m comment --comment "romana postrouting rules" -j ROMANA-MASQ
-A ROMANA-MASQ -d 10.128.0.0/12 -j RETURN
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
-A FORWARD -o eth0 -m comment --comment "romana forwarding rules" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth0 -o eth0 -m comment --comment "romana forwarding rules" -j ROMANA_FORWARD
-A FORWARD -i romana-61a37ed5 -j ROMANA-FORWARD-OUT
-A FORWARD -o romana-61a37ed5 -j ROMANA-FORWARD-IN
-A OUTPUT -o romana-61a37ed5 -j ROMANA-OUTPUT
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
-A ROMANA_FORWARD -s 10.128.0.0/12 -j RETURN
-A ROMANA_FORWARD -j ACCEPT
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*nat
:ROMANA-MASQ - [0:0]
-A POSTROUTING -s 10.128.0.0/12 -m comment --comment "romana postrouting rules" -j ROMANA-MASQ
-A ROMANA-MASQ -d 10.128.0.0/12 -j RETURN
-A ROMANA-MASQ -o eth0 -j MASQUERADE
COMMIT
END
'

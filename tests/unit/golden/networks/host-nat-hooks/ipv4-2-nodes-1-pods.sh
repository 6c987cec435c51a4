ip netns add n1
ip -n n1 link set lo up
ip netns add n2
ip -n n2 link set lo up
ip netns exec n1 nft 'table ip nat_hooks { chain publish { type nat hook prerouting priority dstnat; policy accept; ip daddr 10.10.0.2 tcp dport 19000-19999 dnat to 10.128.1.2; ip daddr 10.10.0.2 udp dport 19000-19999 dnat to 10.128.1.2; }; chain leave { type nat hook postrouting priority srcnat; policy accept; ip saddr 10.128.1.0/24 oifname "eth0" masquerade; ip saddr 10.128.1.0/24 ip daddr 10.128.1.0/24 ct status dnat masquerade; }; }'
ip netns exec n2 nft 'table ip nat_hooks { chain publish { type nat hook prerouting priority dstnat; policy accept; ip daddr 10.10.0.3 tcp dport 19000-19999 dnat to 10.128.2.2; ip daddr 10.10.0.3 udp dport 19000-19999 dnat to 10.128.2.2; }; chain leave { type nat hook postrouting priority srcnat; policy accept; ip saddr 10.128.2.0/24 oifname "eth0" masquerade; ip saddr 10.128.2.0/24 ip daddr 10.128.2.0/24 ct status dnat masquerade; }; }'

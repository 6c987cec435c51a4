ip netns add n1
ip -n n1 link set lo up
ip netns add n2
ip -n n2 link set lo up
ip netns exec n1 nft 'table ip6 nat_hooks { chain publish { type nat hook prerouting priority dstnat; policy accept; ip6 daddr fd00:10::2 tcp dport 19000-19999 dnat to fd00:128:0:1::2; ip6 daddr fd00:10::2 udp dport 19000-19999 dnat to fd00:128:0:1::2; }; chain leave { type nat hook postrouting priority srcnat; policy accept; ip6 saddr fd00:128:0:1::/64 oifname "eth0" masquerade; ip6 saddr fd00:128:0:1::/64 ip6 daddr fd00:128:0:1::/64 ct status dnat masquerade; }; }'
ip netns exec n2 nft 'table ip6 nat_hooks { chain publish { type nat hook prerouting priority dstnat; policy accept; ip6 daddr fd00:10::3 tcp dport 19000-19999 dnat to fd00:128:0:2::2; ip6 daddr fd00:10::3 udp dport 19000-19999 dnat to fd00:128:0:2::2; }; chain leave { type nat hook postrouting priority srcnat; policy accept; ip6 saddr fd00:128:0:2::/64 oifname "eth0" masquerade; ip6 saddr fd00:128:0:2::/64 ip6 daddr fd00:128:0:2::/64 ct status dnat masquerade; }; }'

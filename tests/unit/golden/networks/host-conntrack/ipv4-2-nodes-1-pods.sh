ip netns add n1
ip -n n1 link set lo up
ip netns add n2
ip -n n2 link set lo up
ip netns exec n1 nft 'table ip conntrack { chain track { ct state new; }; }'
ip netns exec n2 nft 'table ip conntrack { chain track { ct state new; }; }'

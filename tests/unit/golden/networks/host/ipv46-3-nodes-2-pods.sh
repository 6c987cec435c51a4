ip netns add n1
ip -n n1 link set lo up
ip netns add n2
ip -n n2 link set lo up
ip netns add n3
ip -n n3 link set lo up

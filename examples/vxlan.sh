#!/bin/sh
# A network that no preset is: each pod behind a veth pair with a /32, nodes joined by VXLAN that learns.
#
#     barewire lab up exec:examples/vxlan.sh --nodes 3
#     barewire study --networks host,ptp+vxlan,exec:examples/vxlan.sh
#
# barewire calls it with `up` and `down`; docs/programs.md describes what it is given and what it must print.
set -eu

case ${1:-} in
up) ;;
down) exit 0 ;; # everything is in the lab's namespaces and goes with them
*) echo "usage: $0 up|down" >&2; exit 2 ;;
esac

mtu=$((BAREWIRE_MTU - 50))
while read -r node address subnet gateway; do
  ip netns exec "$node" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
  ip -n "$node" link add vx0 mtu "$mtu" type vxlan id 7 dstport 4789 local "${address%/*}" dev "$BAREWIRE_DEV"
  ip -n "$node" address add "${gateway%/*}/32" dev vx0
  ip -n "$node" link set vx0 up
  while read -r other peer subnet gateway; do
    [ "$other" != "$node" ] || continue
    bridge -n "$node" fdb append 00:00:00:00:00:00 dev vx0 dst "${peer%/*}" # who is asked for unknown addresses
    ip -n "$node" route add "$subnet" via "${gateway%/*}" dev vx0 onlink
  done <"$BAREWIRE_LAB/nodes"
done <"$BAREWIRE_LAB/nodes"

while read -r node pod address; do
  ip -n "$node" link add "v$pod" mtu "$mtu" type veth peer name eth0 mtu "$mtu" netns "$pod"
  ip -n "$node" address add 169.254.1.1/32 dev "v$pod"
  ip -n "$node" link set "v$pod" up
  ip -n "$pod" address add "${address%/*}/32" dev eth0
  ip -n "$pod" link set eth0 up
  ip -n "$pod" route add 169.254.1.1 dev eth0
  ip -n "$pod" route add default via 169.254.1.1
  ip -n "$node" route add "${address%/*}" dev "v$pod"
done <"$BAREWIRE_LAB/pods"

separator=
printf '{"pods": {'
while read -r node pod address; do
  printf '%s"%s": ["%s"]' "$separator" "$pod" "$address"
  separator=", "
done <"$BAREWIRE_LAB/pods"
echo '}}'

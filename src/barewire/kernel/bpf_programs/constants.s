; Numbers of the kernel's API (include/uapi/linux/bpf.h) and of packet headers, and where programs keep what on their stack.
.set map_lookup_elem 1
.set map_update_elem 2
.set ktime_get_ns 5
.set skb_store_bytes 9
.set l3_csum_replace 10
.set tail_call 12
.set skb_get_tunnel_key 20
.set skb_set_tunnel_key 21
.set redirect 23
.set skb_load_bytes 26
.set skb_change_type 32
.set skb_pull_data 39
.set redirect_neigh 152
.set redirect_peer 155

.set PASS 0
.set DROP 2

; struct __sk_buff
.set QUEUE_MAPPING 12
.set PROTOCOL 16
.set INGRESS_IFINDEX 36
.set CB 48
.set DATA 76
.set DATA_END 80

; Offsets in a frame: Ethernet, then IP without extension headers.
.set LENGTH_BYTE 14
.if IPV6
.set HEADERS 54
.set NEXT 20
.set HOPS 21
.set SOURCE 22
.set DESTINATION 38
.else
.set HEADERS 34
.set NEXT 23
.set HOPS 22
.set CHECKSUM 24
.set SOURCE 26
.set DESTINATION 30
.endif

; The stack, in bytes below its end: a connection (its key in the map `connections`), ports and flags as they are in the packet, a
; value for the map, a key for other maps, a pointer, a key for the map `endpoints`, a tunnel's key.
.set CONNECTION 40
.if IPV6
.set PEER 24
.set PORT 8
.set PEER_PORT 6
.set NUMBER 4
.set DIRECTION_BYTE 3
.else
.set PEER 36
.set PORT 32
.set PEER_PORT 30
.set NUMBER 28
.set DIRECTION_BYTE 27
.endif
.set PORTS 44
.set TCP_FLAGS 48
.set VALUE 64
.set KEY 88
.set POINTER 96
.set ENDPOINT 120
.set TUNNEL_KEY 152

.set TCP 6
.set UDP 17
.set REPLY 2
.set WORLD 2

; What a pod sends: its source, its connection, its policy; then to another pod of the node, into the tunnel, or out by the wire
; (with LEGACY to the kernel).
.include constants
.set DIRECTION 0
.set WHOSE DESTINATION
r6 = r1
.include headers
.if IPV6
r1 = *(u8 *)(r7 + {DESTINATION})
if r1 >= 0xfe goto pass
r1 = *(u64 *)(r7 + {SOURCE})
r2 = {ADDRESS} ll
if r1 != r2 goto drop
r1 = *(u64 *)(r7 + {SOURCE+8})
r2 = {ADDRESS_LOW} ll
if r1 != r2 goto drop
.else
r1 = *(u32 *)(r7 + {SOURCE})
w2 = {ADDRESS}
if r1 != r2 goto drop
.endif
.include destination
.include track
.include identity
.include judge
r1 = endpoints ll
r2 = r10
r2 += -{ENDPOINT}
call {map_lookup_elem}
w8 = {IDENTITY}
if r0 == 0 goto elsewhere
r7 = r0
r1 = *(u32 *)(r7 + 0)
if r1 == 0 goto pass
.include deliver
elsewhere:
.if TUNNEL
r7 = *(u64 *)(r10 - {POINTER})
if r7 == 0 goto route
r1 = *(u32 *)(r7 + 4)
if r1 == 0 goto route
r1 = 0
*(u64 *)(r10 - {TUNNEL_KEY-16}) = r1
*(u64 *)(r10 - {TUNNEL_KEY-24}) = r1
r1 = 64
*(u8 *)(r10 - {TUNNEL_KEY-21}) = r1
*(u32 *)(r10 - {TUNNEL_KEY}) = r8
r1 = *(u32 *)(r7 + 8)
*(u32 *)(r10 - {TUNNEL_KEY-4}) = r1
r1 = *(u32 *)(r7 + 12)
*(u32 *)(r10 - {TUNNEL_KEY-8}) = r1
r1 = *(u32 *)(r7 + 16)
*(u32 *)(r10 - {TUNNEL_KEY-12}) = r1
r1 = *(u32 *)(r7 + 20)
*(u32 *)(r10 - {TUNNEL_KEY-16}) = r1
r1 = r6
r2 = r10
r2 += -{TUNNEL_KEY}
r3 = 28
r4 = {TUNNEL_FLAGS}
call {skb_set_tunnel_key}
if r0 != 0 goto drop
w1 = {TUNNEL}
r2 = 0
call {redirect}
exit
route:
.endif
.if LEGACY
goto pass
.else
.include hop
w1 = {WIRE}
r2 = 0
r3 = 0
r4 = 0
call {redirect_neigh}
exit
.endif

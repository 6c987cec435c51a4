; r9 = 0 for a new connection, 1 for a packet of the side that began it, 2 for a reply. DIRECTION is 0 for what a pod sends, 1 for
; what it receives. A reply is looked for first: it has the addresses and ports of its connection in exchange.
.if IPV6
r1 = *(u64 *)(r7 + {SOURCE})
*(u64 *)(r10 - {CONNECTION}) = r1
r1 = *(u64 *)(r7 + {SOURCE+8})
*(u64 *)(r10 - {CONNECTION-8}) = r1
r1 = *(u64 *)(r7 + {DESTINATION})
*(u64 *)(r10 - {PEER}) = r1
r1 = *(u64 *)(r7 + {DESTINATION+8})
*(u64 *)(r10 - {PEER-8}) = r1
r9 = {HEADERS}
.else
r1 = *(u32 *)(r7 + {SOURCE})
*(u32 *)(r10 - {CONNECTION}) = r1
r1 = *(u32 *)(r7 + {DESTINATION})
*(u32 *)(r10 - {PEER}) = r1
r9 = *(u8 *)(r7 + {LENGTH_BYTE})
r9 &= 15
r9 <<= 2
r9 += {LENGTH_BYTE}
.endif
r1 = 0
*(u32 *)(r10 - {PORTS}) = r1
*(u32 *)(r10 - {TCP_FLAGS}) = r1
r1 = *(u8 *)(r7 + {NEXT})
*(u8 *)(r10 - {NUMBER}) = r1
if r1 == {UDP} goto ports
if r1 != {TCP} goto look_up
r1 = r6
r2 = r9
r2 += 12
r3 = r10
r3 += -{TCP_FLAGS}
r4 = 2
call {skb_load_bytes}
if r0 != 0 goto drop
ports:
r1 = r6
r2 = r9
r3 = r10
r3 += -{PORTS}
r4 = 4
call {skb_load_bytes}
if r0 != 0 goto drop
look_up:
r1 = *(u16 *)(r10 - {PORTS})
*(u16 *)(r10 - {PORT}) = r1
r1 = *(u16 *)(r10 - {PORTS-2})
*(u16 *)(r10 - {PEER_PORT}) = r1
r1 = {1-DIRECTION}
*(u8 *)(r10 - {DIRECTION_BYTE}) = r1
r1 = connections ll
r2 = r10
r2 += -{CONNECTION}
call {map_lookup_elem}
r9 = {REPLY}
if r0 != 0 goto known
.if IPV6
r1 = *(u64 *)(r7 + {DESTINATION})
*(u64 *)(r10 - {CONNECTION}) = r1
r1 = *(u64 *)(r7 + {DESTINATION+8})
*(u64 *)(r10 - {CONNECTION-8}) = r1
r1 = *(u64 *)(r7 + {SOURCE})
*(u64 *)(r10 - {PEER}) = r1
r1 = *(u64 *)(r7 + {SOURCE+8})
*(u64 *)(r10 - {PEER-8}) = r1
.else
r1 = *(u32 *)(r7 + {DESTINATION})
*(u32 *)(r10 - {CONNECTION}) = r1
r1 = *(u32 *)(r7 + {SOURCE})
*(u32 *)(r10 - {PEER}) = r1
.endif
r1 = *(u16 *)(r10 - {PORTS-2})
*(u16 *)(r10 - {PORT}) = r1
r1 = *(u16 *)(r10 - {PORTS})
*(u16 *)(r10 - {PEER_PORT}) = r1
r1 = {DIRECTION}
*(u8 *)(r10 - {DIRECTION_BYTE}) = r1
r1 = connections ll
r2 = r10
r2 += -{CONNECTION}
call {map_lookup_elem}
r9 = 0
if r0 == 0 goto tracked
r9 = 1
known:
r8 = r0
call {ktime_get_ns}
*(u64 *)(r8 + 0) = r0
r1 = *(u32 *)(r8 + 8)
r2 = *(u8 *)(r10 - {TCP_FLAGS-1})
r1 |= r2
*(u32 *)(r8 + 8) = r1
tracked:

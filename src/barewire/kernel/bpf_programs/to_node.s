; What a node receives, from the wire or out of a tunnel, where the identity is the tunnel's: to its pod, or to the kernel.
.include constants
.set WHOSE SOURCE
r6 = r1
.include headers
.include destination
.if FROM_TUNNEL
r1 = r6
r2 = r10
r2 += -{TUNNEL_KEY}
r3 = 28
r4 = {TUNNEL_FLAGS}
call {skb_get_tunnel_key}
if r0 != 0 goto drop
r8 = *(u32 *)(r10 - {TUNNEL_KEY})
.if LEGACY
.else
r1 = r6
r2 = 0
call {skb_change_type}
.endif
.else
.include identity
.endif
r1 = endpoints ll
r2 = r10
r2 += -{ENDPOINT}
call {map_lookup_elem}
if r0 == 0 goto pass
r7 = r0
r1 = *(u32 *)(r7 + 0)
if r1 == 0 goto pass
.include deliver

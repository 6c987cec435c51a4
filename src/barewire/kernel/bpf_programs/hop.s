; A router takes one from the time to live.
r1 = r6
r2 = {HOPS}
r3 = r10
r3 += -{PORTS}
r4 = 1
call {skb_load_bytes}
if r0 != 0 goto drop
r4 = *(u8 *)(r10 - {PORTS})
if r4 <= 1 goto drop
r3 = r4
r4 += -1
*(u8 *)(r10 - {PORTS}) = r4
.if IPV6
.else
r1 = r6
r2 = {CHECKSUM}
r5 = 2
call {l3_csum_replace}
if r0 != 0 goto drop
.endif
r1 = r6
r2 = {HOPS}
r3 = r10
r3 += -{PORTS}
r4 = 1
r5 = 0
call {skb_store_bytes}
if r0 != 0 goto drop

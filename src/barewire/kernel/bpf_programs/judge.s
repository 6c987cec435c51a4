; The pod's policy on the identity in r8, by its port and then as anyone; replies are not asked about. A new connection that is allowed is
; remembered.
if r9 == {REPLY} goto allowed
r1 = 64
*(u32 *)(r10 - {KEY}) = r1
*(u32 *)(r10 - {KEY-4}) = r8
r1 = {1-DIRECTION}
*(u8 *)(r10 - {KEY-8}) = r1
r1 = *(u8 *)(r10 - {NUMBER})
*(u8 *)(r10 - {KEY-9}) = r1
r1 = *(u16 *)(r10 - {PORT})
*(u16 *)(r10 - {KEY-10}) = r1
r1 = policy ll
r2 = r10
r2 += -{KEY}
call {map_lookup_elem}
r7 = r0
if r7 == 0 goto anyone
r1 = *(u8 *)(r7 + 0)
if r1 != 0 goto drop
anyone:
r1 = 0
*(u32 *)(r10 - {KEY-4}) = r1
r1 = policy ll
r2 = r10
r2 += -{KEY}
call {map_lookup_elem}
if r0 != 0 goto by_port
if r7 == 0 goto drop
goto allowed
by_port:
r1 = *(u8 *)(r0 + 0)
if r1 != 0 goto drop
allowed:
if r9 != 0 goto remembered
call {ktime_get_ns}
*(u64 *)(r10 - {VALUE}) = r0
r1 = *(u8 *)(r10 - {TCP_FLAGS-1})
*(u64 *)(r10 - {VALUE-8}) = r1
r1 = connections ll
r2 = r10
r2 += -{CONNECTION}
r3 = r10
r3 += -{VALUE}
r4 = 0
call {map_update_elem}
if r0 != 0 goto drop
remembered:

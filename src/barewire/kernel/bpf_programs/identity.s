; r8 = the identity of the address at WHOSE in the frame, and a pointer to its entry on the stack, 0 for none.
.if IPV6
r1 = 160
*(u32 *)(r10 - {KEY}) = r1
w1 = 0x02000000
*(u32 *)(r10 - {KEY-4}) = r1
r1 = *(u64 *)(r7 + {WHOSE})
*(u64 *)(r10 - {KEY-8}) = r1
r1 = *(u64 *)(r7 + {WHOSE+8})
*(u64 *)(r10 - {KEY-16}) = r1
.else
r1 = 64
*(u32 *)(r10 - {KEY}) = r1
w1 = 0x01000000
*(u32 *)(r10 - {KEY-4}) = r1
r1 = *(u32 *)(r7 + {WHOSE})
*(u64 *)(r10 - {KEY-8}) = r1
r1 = 0
*(u64 *)(r10 - {KEY-16}) = r1
.endif
r8 = {WORLD}
r1 = 0
*(u64 *)(r10 - {POINTER}) = r1
r1 = identities ll
r2 = r10
r2 += -{KEY}
call {map_lookup_elem}
if r0 == 0 goto identified
r8 = *(u32 *)(r0 + 0)
*(u64 *)(r10 - {POINTER}) = r0
identified:

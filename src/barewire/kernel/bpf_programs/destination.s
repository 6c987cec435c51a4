; The key of the map `endpoints` for the packet's destination.
.if IPV6
r1 = *(u64 *)(r7 + {DESTINATION})
*(u64 *)(r10 - {ENDPOINT}) = r1
r1 = *(u64 *)(r7 + {DESTINATION+8})
*(u64 *)(r10 - {ENDPOINT-8}) = r1
r1 = 2
.else
r1 = *(u32 *)(r7 + {DESTINATION})
*(u64 *)(r10 - {ENDPOINT}) = r1
r1 = 0
*(u64 *)(r10 - {ENDPOINT-8}) = r1
r1 = 1
.endif
*(u32 *)(r10 - {ENDPOINT-16}) = r1

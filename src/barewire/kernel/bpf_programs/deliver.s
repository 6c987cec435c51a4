; To the pod whose entry of `endpoints` is in r7: its MACs, and on to its own program, with the sender's identity (r8).
.include hop
r1 = r6
r2 = 6
r3 = r7
r3 += 16
r4 = 6
r5 = 0
call {skb_store_bytes}
r1 = r6
r2 = 0
r3 = r7
r3 += 8
r4 = 6
r5 = 0
call {skb_store_bytes}
*(u32 *)(r6 + {CB}) = r8
r1 = r6
r2 = deliveries ll
r3 = *(u32 *)(r7 + 4)
.if IPV6
r3 += 1
.endif
call {tail_call}
drop:
r0 = {DROP}
exit
pass:
r0 = {PASS}
exit

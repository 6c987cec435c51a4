; r7 = the frame, with all of its headers up to the transport's; a shorter one is not ours to judge.
r7 = *(u32 *)(r6 + {DATA})
r8 = *(u32 *)(r6 + {DATA_END})
r1 = r7
r1 += {HEADERS}
if r1 <= r8 goto whole
r1 = r6
r2 = {HEADERS}
call {skb_pull_data}
r7 = *(u32 *)(r6 + {DATA})
r8 = *(u32 *)(r6 + {DATA_END})
r1 = r7
r1 += {HEADERS}
if r1 > r8 goto drop
whole:

; What is about to be delivered to a pod: its connection, its policy, and the pod's end of the pair. What another pod sent by netkit
; comes from its end, which changes the namespace without a peer's help. LEGACY sends by the node's end of the pair.
.include constants
.set DIRECTION 1
r6 = r1
.include headers
.include track
r8 = *(u32 *)(r6 + {CB})
.include judge
w1 = {POD}
r2 = 0
.if LEGACY
.else
r3 = *(u32 *)(r6 + {INGRESS_IFINDEX})
if r3 == 0 goto sent
call {redirect_peer}
exit
sent:
.endif
call {redirect}
exit
drop:
r0 = {DROP}
exit

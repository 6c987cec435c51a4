; Where a packet enters: its protocol decides which program goes on. ARP is the kernel's.
.include constants
r6 = r1
r1 = 0
*(u32 *)(r6 + {CB}) = r1
*(u32 *)(r6 + {CB+4}) = r1
*(u32 *)(r6 + {CB+8}) = r1
*(u32 *)(r6 + {CB+12}) = r1
*(u32 *)(r6 + {CB+16}) = r1
.if FROM_POD
*(u32 *)(r6 + {QUEUE_MAPPING}) = r1
.endif
r1 = *(u32 *)(r6 + {PROTOCOL})
if r1 == 0x0008 goto ipv4
if r1 == 0xdd86 goto ipv6
if r1 == 0x0608 goto pass
r0 = {DROP}
exit
ipv4:
r3 = {CALL}
goto go_on
ipv6:
r3 = {CALL+1}
go_on:
r1 = r6
r2 = calls ll
call {tail_call}
.if FROM_POD
r0 = {DROP}
exit
.endif
pass:
r0 = {PASS}
exit

ip netns add n1
ip -n n1 link set lo up
ip netns add n2
ip -n n2 link set lo up
ip netns add n1-p1
ip -n n1-p1 link set lo up
ip netns add n2-p1
ip -n n2-p1 link set lo up
ip netns exec n1 sysctl -w net.ipv4.ip_forward=1
ip netns exec n1 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n1 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec n2 sysctl -w net.ipv4.ip_forward=1
ip netns exec n2 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n2 sysctl -w net.ipv4.conf.default.send_redirects=0
ip -n n1 link add veth1 address 0a:18:61:7f:f1:59 mtu 1450 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1450 netns n1-p1
ip -n n1 link set veth1 up
ip -n n1-p1 link set eth0 up
ip -n n2 link add veth1 address 0a:18:d8:cf:09:d4 mtu 1450 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1450 netns n2-p1
ip -n n2 link set veth1 up
ip -n n2-p1 link set eth0 up
ip -n n1-p1 address add 10.128.1.2/24 dev eth0
ip -n n2-p1 address add 10.128.2.2/24 dev eth0
ip -n n1-p1 route add 0.0.0.0/0 via 10.128.1.1 dev eth0 proto 213
ip -n n2-p1 route add 0.0.0.0/0 via 10.128.2.1 dev eth0 proto 213
ip netns exec n1 ipset create ANTREA-POD-IP hash:net family inet
ip netns exec n1 ipset add ANTREA-POD-IP 10.128.0.0/12
ip netns exec n2 ipset create ANTREA-POD-IP hash:net family inet
ip netns exec n2 ipset add ANTREA-POD-IP 10.128.0.0/12
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*raw
:ANTREA-PREROUTING - [0:0]
:ANTREA-OUTPUT - [0:0]
-A PREROUTING -m comment --comment "Antrea: jump to Antrea prerouting rules" -j ANTREA-PREROUTING
-A OUTPUT -m comment --comment "Antrea: jump to Antrea output rules" -j ANTREA-OUTPUT
-A ANTREA-PREROUTING -p udp -m comment --comment "Antrea: do not track incoming encapsulation packets" -m udp --dport 6081 -m addrtype --dst-type LOCAL -j CT --notrack
-A ANTREA-OUTPUT -p udp -m comment --comment "Antrea: do not track outgoing encapsulation packets" -m udp --dport 6081 -m addrtype --src-type LOCAL -j CT --notrack
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*mangle
:ANTREA-PREROUTING - [0:0]
:ANTREA-OUTPUT - [0:0]
-A PREROUTING -m comment --comment "Antrea: jump to Antrea prerouting rules" -j ANTREA-PREROUTING
-A OUTPUT -m comment --comment "Antrea: jump to Antrea output rules" -j ANTREA-OUTPUT
-A ANTREA-OUTPUT -o antrea-gw0 -m comment --comment "Antrea: mark LOCAL output packets" -m addrtype --src-type LOCAL -j MARK --set-xmark 0x80000000/0x80000000
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*filter
:ANTREA-FORWARD - [0:0]
-A FORWARD -m comment --comment "Antrea: jump to Antrea forwarding rules" -j ANTREA-FORWARD
-A ANTREA-FORWARD -i antrea-gw0 -m comment --comment "Antrea: accept packets from local Pods" -j ACCEPT
-A ANTREA-FORWARD -o antrea-gw0 -m comment --comment "Antrea: accept packets to local Pods" -j ACCEPT
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*nat
:ANTREA-POSTROUTING - [0:0]
-A POSTROUTING -m comment --comment "Antrea: jump to Antrea postrouting rules" -j ANTREA-POSTROUTING
-A ANTREA-POSTROUTING -s 10.128.1.0/24 ! -o antrea-gw0 -m comment --comment "Antrea: masquerade Pod to external packets" -m set ! --match-set ANTREA-POD-IP dst -j MASQUERADE
-A ANTREA-POSTROUTING -o antrea-gw0 -m comment --comment "Antrea: masquerade LOCAL traffic" -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --random-fully
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*raw
:ANTREA-PREROUTING - [0:0]
:ANTREA-OUTPUT - [0:0]
-A PREROUTING -m comment --comment "Antrea: jump to Antrea prerouting rules" -j ANTREA-PREROUTING
-A OUTPUT -m comment --comment "Antrea: jump to Antrea output rules" -j ANTREA-OUTPUT
-A ANTREA-PREROUTING -p udp -m comment --comment "Antrea: do not track incoming encapsulation packets" -m udp --dport 6081 -m addrtype --dst-type LOCAL -j CT --notrack
-A ANTREA-OUTPUT -p udp -m comment --comment "Antrea: do not track outgoing encapsulation packets" -m udp --dport 6081 -m addrtype --src-type LOCAL -j CT --notrack
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*mangle
:ANTREA-PREROUTING - [0:0]
:ANTREA-OUTPUT - [0:0]
-A PREROUTING -m comment --comment "Antrea: jump to Antrea prerouting rules" -j ANTREA-PREROUTING
-A OUTPUT -m comment --comment "Antrea: jump to Antrea output rules" -j ANTREA-OUTPUT
-A ANTREA-OUTPUT -o antrea-gw0 -m comment --comment "Antrea: mark LOCAL output packets" -m addrtype --src-type LOCAL -j MARK --set-xmark 0x80000000/0x80000000
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*filter
:ANTREA-FORWARD - [0:0]
-A FORWARD -m comment --comment "Antrea: jump to Antrea forwarding rules" -j ANTREA-FORWARD
-A ANTREA-FORWARD -i antrea-gw0 -m comment --comment "Antrea: accept packets from local Pods" -j ACCEPT
-A ANTREA-FORWARD -o antrea-gw0 -m comment --comment "Antrea: accept packets to local Pods" -j ACCEPT
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*nat
:ANTREA-POSTROUTING - [0:0]
-A POSTROUTING -m comment --comment "Antrea: jump to Antrea postrouting rules" -j ANTREA-POSTROUTING
-A ANTREA-POSTROUTING -s 10.128.2.0/24 ! -o antrea-gw0 -m comment --comment "Antrea: masquerade Pod to external packets" -m set ! --match-set ANTREA-POD-IP dst -j MASQUERADE
-A ANTREA-POSTROUTING -o antrea-gw0 -m comment --comment "Antrea: masquerade LOCAL traffic" -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --random-fully
COMMIT
END
'
ip netns exec n1 sh -c 'mkdir -p /run/barewire/daemons/n1/ovsdb-server'
ip netns exec n1 sh -c 'cat >/run/barewire/daemons/n1/ovsdb-server/start <<'"'"'END'"'"'
set -e
export OVS_RUNDIR="$PWD" OVS_DBDIR="$PWD"
ovsdb-tool create conf.db
exec ovsdb-server conf.db --remote=punix:db.sock --unixctl=ovsdb.ctl -vconsole:warn -vsyslog:off
END'
ip netns exec n1 sh -c 'cd /run/barewire/daemons/n1/ovsdb-server && exec sh start' &
ip netns exec n1 sh -c 'mkdir -p /run/barewire/daemons/n1/ovs-vswitchd'
ip netns exec n1 sh -c 'cat >/run/barewire/daemons/n1/ovs-vswitchd/start <<'"'"'END'"'"'
export OVS_RUNDIR="$PWD"
sh -e setup || kill $$ &
exec ovs-vswitchd "unix:$PWD/../ovsdb-server/db.sock" --unixctl=switch.ctl -vconsole:warn -vsyslog:off
END'
ip netns exec n1 sh -c 'cat >/run/barewire/daemons/n1/ovs-vswitchd/setup <<'"'"'END'"'"'
until [ -S ../ovsdb-server/db.sock ]; do sleep 0.02; done
ovs-vsctl --db="unix:$PWD/../ovsdb-server/db.sock" --timeout=60 -- \
  add-br br-int -- set Bridge br-int fail_mode=secure protocols=OpenFlow10,OpenFlow15 -- \
  add-port br-int antrea-tun0 -- set Interface antrea-tun0 ofport_request=1 type=geneve options:remote_ip=flow options:key=flow -- \
  add-port br-int antrea-gw0 -- set Interface antrea-gw0 ofport_request=2 type=internal mac="\"0a:91:d4:d1:a9:23\"" mtu_request=1450 -- \
  add-port br-int veth1 -- set Interface veth1 ofport_request=3
ovs-ofctl -O OpenFlow15 add-flows br-int flows
ip link set antrea-gw0 up
ip address add 10.128.1.1/24 dev antrea-gw0
ip route add 10.128.2.0/24 via 10.128.2.1 dev antrea-gw0 onlink
touch ready
END'
ip netns exec n1 sh -c 'cat >/run/barewire/daemons/n1/ovs-vswitchd/flows <<'"'"'END'"'"'
# PipelineRootClassifier
table=0, priority=200,arp actions=goto_table:1
table=0, priority=200,ip actions=goto_table:3
table=0, priority=0 actions=drop
# ARPSpoofGuard
table=1, priority=200,arp,in_port="antrea-gw0",arp_spa=10.128.1.1,arp_sha=0a:91:d4:d1:a9:23 actions=goto_table:2
table=1, priority=200,arp,in_port="veth1",arp_spa=10.128.1.2,arp_sha=0a:0d:3c:b7:99:6b actions=goto_table:2
table=1, priority=0 actions=drop
# ARPResponder
table=2, priority=190,arp actions=NORMAL
table=2, priority=200,arp,arp_tpa=10.128.2.1,arp_op=1 actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:aa:bb:cc:dd:ee:ff->eth_src,set_field:2->arp_op,move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],set_field:aa:bb:cc:dd:ee:ff->arp_sha,move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],set_field:10.128.2.1->arp_spa,IN_PORT
table=2, priority=0 actions=drop
# Classifier
table=3, priority=210,ip,in_port="antrea-gw0",nw_src=10.128.1.1 actions=set_field:0x2/0xf->reg0,set_field:0x10000000/0x10000000->reg4,goto_table:4
table=3, priority=200,in_port="antrea-gw0" actions=set_field:0x2/0xf->reg0,set_field:0x8000000/0x8000000->reg4,goto_table:4
table=3, priority=200,in_port="antrea-tun0" actions=set_field:0x1/0xf->reg0,set_field:0x200/0x200->reg0,goto_table:5
table=3, priority=190,in_port="veth1" actions=set_field:0x3/0xf->reg0,set_field:0x10000000/0x10000000->reg4,goto_table:4
table=3, priority=0 actions=drop
# SpoofGuard
table=4, priority=200,ip,in_port="antrea-gw0" actions=goto_table:5
table=4, priority=200,ip,in_port="veth1",dl_src=0a:0d:3c:b7:99:6b,nw_src=10.128.1.2 actions=goto_table:5
table=4, priority=0 actions=drop
# UnSNAT
table=5, priority=200,ip,nw_dst=169.254.0.253 actions=ct(table=6,zone=65521,nat)
table=5, priority=200,ip,nw_dst=10.128.1.1 actions=ct(table=6,zone=65521,nat)
table=5, priority=0 actions=goto_table:6
# ConntrackZone
table=6, priority=200,ip actions=ct(table=7,zone=65520,nat)
table=6, priority=0 actions=goto_table:7
# ConntrackState
table=7, priority=200,ct_state=+inv+trk,ip actions=drop
table=7, priority=190,ct_state=-new+trk,ct_mark=0/0x10,ip actions=goto_table:12
table=7, priority=190,ct_state=-new+trk,ct_mark=0x10/0x10,ip actions=set_field:0x200/0x200->reg0,goto_table:12
table=7, priority=0 actions=goto_table:8
# PreRoutingClassifier
table=8, priority=200,ip actions=resubmit(,9),resubmit(,10)
table=8, priority=0 actions=goto_table:9
# SessionAffinity
table=9, priority=0 actions=set_field:0x10000/0x70000->reg4
# ServiceLB
table=10, priority=0 actions=goto_table:11
# EndpointDNAT
table=11, priority=190,reg4=0x20000/0x70000 actions=set_field:0x10000/0x70000->reg4,resubmit(,10)
table=11, priority=0 actions=goto_table:12
# AntreaPolicyEgressRule
table=12, priority=0 actions=goto_table:13
# EgressRule
table=13, priority=0 actions=goto_table:14
# EgressDefaultRule
table=14, priority=0 actions=goto_table:15
# EgressMetric
table=15, priority=0 actions=goto_table:16
# L3Forwarding
table=16, priority=210,ip,nw_dst=10.128.1.1 actions=set_field:0a:91:d4:d1:a9:23->eth_dst,set_field:0x20/0xf0->reg0,goto_table:18
table=16, priority=210,ct_state=+rpl+trk,ct_mark=0x2/0xf,ip actions=set_field:0a:91:d4:d1:a9:23->eth_dst,set_field:0x20/0xf0->reg0,goto_table:18
table=16, priority=200,ip,reg0=0/0x200,nw_dst=10.128.1.0/24 actions=goto_table:21
table=16, priority=190,ct_state=-rpl+trk,ip,reg0=0x3/0xf,reg4=0/0x100000 actions=goto_table:17
table=16, priority=190,ct_state=-rpl+trk,ip,reg0=0x1/0xf actions=set_field:0a:91:d4:d1:a9:23->eth_dst,goto_table:17
table=16, priority=190,ct_mark=0x10/0x10,reg0=0x202/0x20f actions=set_field:0a:91:d4:d1:a9:23->eth_dst,set_field:0x20/0xf0->reg0,goto_table:18
table=16, priority=200,ip,reg0=0x200/0x200,nw_dst=10.128.1.2 actions=set_field:0a:91:d4:d1:a9:23->eth_src,set_field:0a:0d:3c:b7:99:6b->eth_dst,goto_table:18
table=16, priority=200,ip,nw_dst=10.128.2.0/24 actions=set_field:0a:91:d4:d1:a9:23->eth_src,set_field:aa:bb:cc:dd:ee:ff->eth_dst,set_field:10.10.0.3->tun_dst,set_field:0x10/0xf0->reg0,goto_table:18
table=16, priority=0 actions=set_field:0x20/0xf0->reg0,goto_table:21
# EgressMark
table=17, priority=210,ip,nw_dst=10.10.0.2 actions=set_field:0x20/0xf0->reg0,goto_table:21
table=17, priority=190,ct_state=+new+trk,ip,reg0=0x1/0xf actions=drop
table=17, priority=210,ip,nw_dst=10.10.0.3 actions=set_field:0x20/0xf0->reg0,goto_table:21
table=17, priority=0 actions=set_field:0x20/0xf0->reg0,goto_table:21
# L3DecTTL
table=18, priority=210,ip,reg0=0x2/0xf actions=goto_table:19
table=18, priority=200,ip actions=dec_ttl,goto_table:19
table=18, priority=0 actions=goto_table:19
# SNATMark
table=19, priority=200,ct_state=+new+trk,ip,reg0=0x22/0xff actions=ct(commit,table=20,zone=65520,exec(set_field:0x20/0x20->ct_mark,set_field:0x40/0x40->ct_mark,move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3]))
table=19, priority=200,ct_state=+new+trk,ip,reg0=0x12/0xff,reg4=0x200000/0x2200000 actions=ct(commit,table=20,zone=65520,exec(set_field:0x20/0x20->ct_mark,move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3]))
table=19, priority=0 actions=goto_table:20
# SNAT
table=20, priority=200,ct_state=+new+trk,ct_mark=0x40/0x40,ip,reg0=0x2/0xf actions=ct(commit,table=21,zone=65521,nat(src=169.254.0.253),exec(set_field:0x10/0x10->ct_mark,set_field:0x20/0x20->ct_mark,set_field:0x40/0x40->ct_mark))
table=20, priority=200,ct_state=+new+trk,ct_mark=0x40/0x40,ip,reg0=0x3/0xf actions=ct(commit,table=21,zone=65521,nat(src=10.128.1.1),exec(set_field:0x10/0x10->ct_mark,set_field:0x20/0x20->ct_mark,set_field:0x40/0x40->ct_mark))
table=20, priority=200,ct_state=-new-rpl+trk,ct_mark=0x20/0x20,ip actions=ct(table=21,zone=65521,nat)
table=20, priority=190,ct_state=+new+trk,ct_mark=0x20/0x20,ip,reg0=0x2/0xf actions=ct(commit,table=21,zone=65521,nat(src=10.128.1.1),exec(set_field:0x10/0x10->ct_mark,set_field:0x20/0x20->ct_mark))
table=20, priority=0 actions=goto_table:21
# L2ForwardingCalc
table=21, priority=200,dl_dst=0a:91:d4:d1:a9:23 actions=set_field:0x2->reg1,set_field:0x200000/0x600000->reg0,goto_table:22
table=21, priority=200,dl_dst=aa:bb:cc:dd:ee:ff actions=set_field:0x1->reg1,set_field:0x200000/0x600000->reg0,goto_table:22
table=21, priority=200,dl_dst=0a:0d:3c:b7:99:6b actions=set_field:0x3->reg1,set_field:0x200000/0x600000->reg0,goto_table:22
table=21, priority=0 actions=goto_table:22
# IngressSecurityClassifier
table=22, priority=210,pkt_mark=0x80000000/0x80000000,ct_state=-rpl+trk,ip actions=goto_table:27
table=22, priority=200,reg0=0x20/0xf0 actions=goto_table:26
table=22, priority=200,reg0=0x10/0xf0 actions=goto_table:26
table=22, priority=200,reg0=0x40/0xf0 actions=goto_table:26
table=22, priority=200,ct_mark=0x40/0x40 actions=goto_table:27
table=22, priority=0 actions=goto_table:23
# AntreaPolicyIngressRule
table=23, priority=0 actions=goto_table:24
# IngressRule
table=24, priority=0 actions=goto_table:25
# IngressDefaultRule
table=25, priority=0 actions=goto_table:26
# IngressMetric
table=26, priority=0 actions=goto_table:27
# ConntrackCommit
table=27, priority=200,ct_state=+new+trk,ct_mark=0/0x20,ip actions=ct(commit,table=28,zone=65520,exec(move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3]))
table=27, priority=0 actions=goto_table:28
# Output
table=28, priority=210,ct_mark=0x40/0x40 actions=IN_PORT
table=28, priority=200,reg0=0x200000/0x600000 actions=output:NXM_NX_REG1[]
table=28, priority=0 actions=drop
END'
ip netns exec n1 sh -c 'cd /run/barewire/daemons/n1/ovs-vswitchd && exec sh start' &
ip netns exec n2 sh -c 'mkdir -p /run/barewire/daemons/n2/ovsdb-server'
ip netns exec n2 sh -c 'cat >/run/barewire/daemons/n2/ovsdb-server/start <<'"'"'END'"'"'
set -e
export OVS_RUNDIR="$PWD" OVS_DBDIR="$PWD"
ovsdb-tool create conf.db
exec ovsdb-server conf.db --remote=punix:db.sock --unixctl=ovsdb.ctl -vconsole:warn -vsyslog:off
END'
ip netns exec n2 sh -c 'cd /run/barewire/daemons/n2/ovsdb-server && exec sh start' &
ip netns exec n2 sh -c 'mkdir -p /run/barewire/daemons/n2/ovs-vswitchd'
ip netns exec n2 sh -c 'cat >/run/barewire/daemons/n2/ovs-vswitchd/start <<'"'"'END'"'"'
export OVS_RUNDIR="$PWD"
sh -e setup || kill $$ &
exec ovs-vswitchd "unix:$PWD/../ovsdb-server/db.sock" --unixctl=switch.ctl -vconsole:warn -vsyslog:off
END'
ip netns exec n2 sh -c 'cat >/run/barewire/daemons/n2/ovs-vswitchd/setup <<'"'"'END'"'"'
until [ -S ../ovsdb-server/db.sock ]; do sleep 0.02; done
ovs-vsctl --db="unix:$PWD/../ovsdb-server/db.sock" --timeout=60 -- \
  add-br br-int -- set Bridge br-int fail_mode=secure protocols=OpenFlow10,OpenFlow15 -- \
  add-port br-int antrea-tun0 -- set Interface antrea-tun0 ofport_request=1 type=geneve options:remote_ip=flow options:key=flow -- \
  add-port br-int antrea-gw0 -- set Interface antrea-gw0 ofport_request=2 type=internal mac="\"0a:0f:c2:7f:95:34\"" mtu_request=1450 -- \
  add-port br-int veth1 -- set Interface veth1 ofport_request=3
ovs-ofctl -O OpenFlow15 add-flows br-int flows
ip link set antrea-gw0 up
ip address add 10.128.2.1/24 dev antrea-gw0
ip route add 10.128.1.0/24 via 10.128.1.1 dev antrea-gw0 onlink
touch ready
END'
ip netns exec n2 sh -c 'cat >/run/barewire/daemons/n2/ovs-vswitchd/flows <<'"'"'END'"'"'
# PipelineRootClassifier
table=0, priority=200,arp actions=goto_table:1
table=0, priority=200,ip actions=goto_table:3
table=0, priority=0 actions=drop
# ARPSpoofGuard
table=1, priority=200,arp,in_port="antrea-gw0",arp_spa=10.128.2.1,arp_sha=0a:0f:c2:7f:95:34 actions=goto_table:2
table=1, priority=200,arp,in_port="veth1",arp_spa=10.128.2.2,arp_sha=0a:fb:47:e2:df:99 actions=goto_table:2
table=1, priority=0 actions=drop
# ARPResponder
table=2, priority=190,arp actions=NORMAL
table=2, priority=200,arp,arp_tpa=10.128.1.1,arp_op=1 actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:aa:bb:cc:dd:ee:ff->eth_src,set_field:2->arp_op,move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],set_field:aa:bb:cc:dd:ee:ff->arp_sha,move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],set_field:10.128.1.1->arp_spa,IN_PORT
table=2, priority=0 actions=drop
# Classifier
table=3, priority=210,ip,in_port="antrea-gw0",nw_src=10.128.2.1 actions=set_field:0x2/0xf->reg0,set_field:0x10000000/0x10000000->reg4,goto_table:4
table=3, priority=200,in_port="antrea-gw0" actions=set_field:0x2/0xf->reg0,set_field:0x8000000/0x8000000->reg4,goto_table:4
table=3, priority=200,in_port="antrea-tun0" actions=set_field:0x1/0xf->reg0,set_field:0x200/0x200->reg0,goto_table:5
table=3, priority=190,in_port="veth1" actions=set_field:0x3/0xf->reg0,set_field:0x10000000/0x10000000->reg4,goto_table:4
table=3, priority=0 actions=drop
# SpoofGuard
table=4, priority=200,ip,in_port="antrea-gw0" actions=goto_table:5
table=4, priority=200,ip,in_port="veth1",dl_src=0a:fb:47:e2:df:99,nw_src=10.128.2.2 actions=goto_table:5
table=4, priority=0 actions=drop
# UnSNAT
table=5, priority=200,ip,nw_dst=169.254.0.253 actions=ct(table=6,zone=65521,nat)
table=5, priority=200,ip,nw_dst=10.128.2.1 actions=ct(table=6,zone=65521,nat)
table=5, priority=0 actions=goto_table:6
# ConntrackZone
table=6, priority=200,ip actions=ct(table=7,zone=65520,nat)
table=6, priority=0 actions=goto_table:7
# ConntrackState
table=7, priority=200,ct_state=+inv+trk,ip actions=drop
table=7, priority=190,ct_state=-new+trk,ct_mark=0/0x10,ip actions=goto_table:12
table=7, priority=190,ct_state=-new+trk,ct_mark=0x10/0x10,ip actions=set_field:0x200/0x200->reg0,goto_table:12
table=7, priority=0 actions=goto_table:8
# PreRoutingClassifier
table=8, priority=200,ip actions=resubmit(,9),resubmit(,10)
table=8, priority=0 actions=goto_table:9
# SessionAffinity
table=9, priority=0 actions=set_field:0x10000/0x70000->reg4
# ServiceLB
table=10, priority=0 actions=goto_table:11
# EndpointDNAT
table=11, priority=190,reg4=0x20000/0x70000 actions=set_field:0x10000/0x70000->reg4,resubmit(,10)
table=11, priority=0 actions=goto_table:12
# AntreaPolicyEgressRule
table=12, priority=0 actions=goto_table:13
# EgressRule
table=13, priority=0 actions=goto_table:14
# EgressDefaultRule
table=14, priority=0 actions=goto_table:15
# EgressMetric
table=15, priority=0 actions=goto_table:16
# L3Forwarding
table=16, priority=210,ip,nw_dst=10.128.2.1 actions=set_field:0a:0f:c2:7f:95:34->eth_dst,set_field:0x20/0xf0->reg0,goto_table:18
table=16, priority=210,ct_state=+rpl+trk,ct_mark=0x2/0xf,ip actions=set_field:0a:0f:c2:7f:95:34->eth_dst,set_field:0x20/0xf0->reg0,goto_table:18
table=16, priority=200,ip,reg0=0/0x200,nw_dst=10.128.2.0/24 actions=goto_table:21
table=16, priority=190,ct_state=-rpl+trk,ip,reg0=0x3/0xf,reg4=0/0x100000 actions=goto_table:17
table=16, priority=190,ct_state=-rpl+trk,ip,reg0=0x1/0xf actions=set_field:0a:0f:c2:7f:95:34->eth_dst,goto_table:17
table=16, priority=190,ct_mark=0x10/0x10,reg0=0x202/0x20f actions=set_field:0a:0f:c2:7f:95:34->eth_dst,set_field:0x20/0xf0->reg0,goto_table:18
table=16, priority=200,ip,reg0=0x200/0x200,nw_dst=10.128.2.2 actions=set_field:0a:0f:c2:7f:95:34->eth_src,set_field:0a:fb:47:e2:df:99->eth_dst,goto_table:18
table=16, priority=200,ip,nw_dst=10.128.1.0/24 actions=set_field:0a:0f:c2:7f:95:34->eth_src,set_field:aa:bb:cc:dd:ee:ff->eth_dst,set_field:10.10.0.2->tun_dst,set_field:0x10/0xf0->reg0,goto_table:18
table=16, priority=0 actions=set_field:0x20/0xf0->reg0,goto_table:21
# EgressMark
table=17, priority=210,ip,nw_dst=10.10.0.3 actions=set_field:0x20/0xf0->reg0,goto_table:21
table=17, priority=190,ct_state=+new+trk,ip,reg0=0x1/0xf actions=drop
table=17, priority=210,ip,nw_dst=10.10.0.2 actions=set_field:0x20/0xf0->reg0,goto_table:21
table=17, priority=0 actions=set_field:0x20/0xf0->reg0,goto_table:21
# L3DecTTL
table=18, priority=210,ip,reg0=0x2/0xf actions=goto_table:19
table=18, priority=200,ip actions=dec_ttl,goto_table:19
table=18, priority=0 actions=goto_table:19
# SNATMark
table=19, priority=200,ct_state=+new+trk,ip,reg0=0x22/0xff actions=ct(commit,table=20,zone=65520,exec(set_field:0x20/0x20->ct_mark,set_field:0x40/0x40->ct_mark,move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3]))
table=19, priority=200,ct_state=+new+trk,ip,reg0=0x12/0xff,reg4=0x200000/0x2200000 actions=ct(commit,table=20,zone=65520,exec(set_field:0x20/0x20->ct_mark,move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3]))
table=19, priority=0 actions=goto_table:20
# SNAT
table=20, priority=200,ct_state=+new+trk,ct_mark=0x40/0x40,ip,reg0=0x2/0xf actions=ct(commit,table=21,zone=65521,nat(src=169.254.0.253),exec(set_field:0x10/0x10->ct_mark,set_field:0x20/0x20->ct_mark,set_field:0x40/0x40->ct_mark))
table=20, priority=200,ct_state=+new+trk,ct_mark=0x40/0x40,ip,reg0=0x3/0xf actions=ct(commit,table=21,zone=65521,nat(src=10.128.2.1),exec(set_field:0x10/0x10->ct_mark,set_field:0x20/0x20->ct_mark,set_field:0x40/0x40->ct_mark))
table=20, priority=200,ct_state=-new-rpl+trk,ct_mark=0x20/0x20,ip actions=ct(table=21,zone=65521,nat)
table=20, priority=190,ct_state=+new+trk,ct_mark=0x20/0x20,ip,reg0=0x2/0xf actions=ct(commit,table=21,zone=65521,nat(src=10.128.2.1),exec(set_field:0x10/0x10->ct_mark,set_field:0x20/0x20->ct_mark))
table=20, priority=0 actions=goto_table:21
# L2ForwardingCalc
table=21, priority=200,dl_dst=0a:0f:c2:7f:95:34 actions=set_field:0x2->reg1,set_field:0x200000/0x600000->reg0,goto_table:22
table=21, priority=200,dl_dst=aa:bb:cc:dd:ee:ff actions=set_field:0x1->reg1,set_field:0x200000/0x600000->reg0,goto_table:22
table=21, priority=200,dl_dst=0a:fb:47:e2:df:99 actions=set_field:0x3->reg1,set_field:0x200000/0x600000->reg0,goto_table:22
table=21, priority=0 actions=goto_table:22
# IngressSecurityClassifier
table=22, priority=210,pkt_mark=0x80000000/0x80000000,ct_state=-rpl+trk,ip actions=goto_table:27
table=22, priority=200,reg0=0x20/0xf0 actions=goto_table:26
table=22, priority=200,reg0=0x10/0xf0 actions=goto_table:26
table=22, priority=200,reg0=0x40/0xf0 actions=goto_table:26
table=22, priority=200,ct_mark=0x40/0x40 actions=goto_table:27
table=22, priority=0 actions=goto_table:23
# AntreaPolicyIngressRule
table=23, priority=0 actions=goto_table:24
# IngressRule
table=24, priority=0 actions=goto_table:25
# IngressDefaultRule
table=25, priority=0 actions=goto_table:26
# IngressMetric
table=26, priority=0 actions=goto_table:27
# ConntrackCommit
table=27, priority=200,ct_state=+new+trk,ct_mark=0/0x20,ip actions=ct(commit,table=28,zone=65520,exec(move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3]))
table=27, priority=0 actions=goto_table:28
# Output
table=28, priority=210,ct_mark=0x40/0x40 actions=IN_PORT
table=28, priority=200,reg0=0x200000/0x600000 actions=output:NXM_NX_REG1[]
table=28, priority=0 actions=drop
END'
ip netns exec n2 sh -c 'cd /run/barewire/daemons/n2/ovs-vswitchd && exec sh start' &
ip netns exec n1 sh -c 'until ip -4 route show 10.128.2.0/24 proto 3 | grep -q .; do sleep 0.1; done'
ip netns exec n1 sh -c 'until ip link show ovs-system >/dev/null 2>&1; do sleep 0.1; done'
ip netns exec n1 sh -c 'until ip link show br-int >/dev/null 2>&1; do sleep 0.1; done'
ip netns exec n1 sh -c 'until ip link show antrea-gw0 >/dev/null 2>&1; do sleep 0.1; done'
ip netns exec n1 sh -c 'until ip link show genev_sys_6081 >/dev/null 2>&1; do sleep 0.1; done'
ip netns exec n2 sh -c 'until ip -4 route show 10.128.1.0/24 proto 3 | grep -q .; do sleep 0.1; done'
ip netns exec n2 sh -c 'until ip link show ovs-system >/dev/null 2>&1; do sleep 0.1; done'
ip netns exec n2 sh -c 'until ip link show br-int >/dev/null 2>&1; do sleep 0.1; done'
ip netns exec n2 sh -c 'until ip link show antrea-gw0 >/dev/null 2>&1; do sleep 0.1; done'
ip netns exec n2 sh -c 'until ip link show genev_sys_6081 >/dev/null 2>&1; do sleep 0.1; done'

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
ip netns exec n1 sysctl -w net.ipv6.conf.all.forwarding=1
ip netns exec n1 sysctl -w net.bridge.bridge-nf-call-iptables=1
ip netns exec n1 sysctl -w net.bridge.bridge-nf-call-ip6tables=1
ip netns exec n2 sysctl -w net.ipv4.ip_forward=1
ip netns exec n2 sysctl -w net.ipv4.conf.all.send_redirects=0
ip netns exec n2 sysctl -w net.ipv4.conf.default.send_redirects=0
ip netns exec n2 sysctl -w net.ipv6.conf.all.forwarding=1
ip netns exec n2 sysctl -w net.bridge.bridge-nf-call-iptables=1
ip netns exec n2 sysctl -w net.bridge.bridge-nf-call-ip6tables=1
ip -n n1 link add kube-bridge address 0a:96:08:19:6e:52 mtu 1500 type bridge
ip -n n1 link set kube-bridge up
ip -n n1 link add veth1 address 0a:18:61:7f:f1:59 mtu 1500 type veth peer name eth0 address 0a:0d:3c:b7:99:6b mtu 1500 netns n1-p1
ip -n n1 link set veth1 master kube-bridge up
ip -n n1-p1 link set eth0 up
ip -n n2 link add kube-bridge address 0a:5f:46:3c:cf:d3 mtu 1500 type bridge
ip -n n2 link set kube-bridge up
ip -n n2 link add veth1 address 0a:18:d8:cf:09:d4 mtu 1500 type veth peer name eth0 address 0a:fb:47:e2:df:99 mtu 1500 netns n2-p1
ip -n n2 link set veth1 master kube-bridge up
ip -n n2-p1 link set eth0 up
ip -n n1 address add 10.128.1.1/24 dev kube-bridge
ip -n n1 address add fd00:128:0:1::1/64 dev kube-bridge nodad
ip -n n2 address add 10.128.2.1/24 dev kube-bridge
ip -n n2 address add fd00:128:0:2::1/64 dev kube-bridge nodad
ip -n n1-p1 address add 10.128.1.2/24 dev eth0
ip -n n1-p1 address add fd00:128:0:1::2/64 dev eth0 nodad
ip -n n2-p1 address add 10.128.2.2/24 dev eth0
ip -n n2-p1 address add fd00:128:0:2::2/64 dev eth0 nodad
ip -n n1 route add 10.128.2.0/24 via 10.10.0.3 dev eth0 proto 213
ip -n n1 route add fd00:128:0:2::/64 via fd00:10::3 dev eth0 proto 213
ip -n n2 route add 10.128.1.0/24 via 10.10.0.2 dev eth0 proto 213
ip -n n2 route add fd00:128:0:1::/64 via fd00:10::2 dev eth0 proto 213
ip -n n1-p1 route add 0.0.0.0/0 via 10.128.1.1 dev eth0 proto 213
ip -n n1-p1 route add ::/0 via fd00:128:0:1::1 dev eth0 proto 213
ip -n n2-p1 route add 0.0.0.0/0 via 10.128.2.1 dev eth0 proto 213
ip -n n2-p1 route add ::/0 via fd00:128:0:2::1 dev eth0 proto 213
ip -n n1 -4 rule add from 10.128.1.0/24 lookup 77 priority 32765 protocol 213
ip -n n1 -6 rule add from fd00:128:0:1::/64 lookup 77 priority 32765 protocol 213
ip -n n2 -4 rule add from 10.128.2.0/24 lookup 77 priority 32765 protocol 213
ip -n n2 -6 rule add from fd00:128:0:2::/64 lookup 77 priority 32765 protocol 213
ip netns exec n1 ipset create kube-router-pod-subnets hash:net family inet
ip netns exec n1 ipset add kube-router-pod-subnets 10.128.0.0/12
ip netns exec n1 ipset create kube-router-node-ips hash:net family inet
ip netns exec n1 ipset add kube-router-node-ips 10.10.0.0/16
ip netns exec n1 ipset create inet6:kube-router-pod-subnets hash:net family inet6
ip netns exec n1 ipset add inet6:kube-router-pod-subnets fd00:128::/48
ip netns exec n1 ipset create inet6:kube-router-node-ips hash:net family inet6
ip netns exec n1 ipset add inet6:kube-router-node-ips fd00:10::/64
ip netns exec n2 ipset create kube-router-pod-subnets hash:net family inet
ip netns exec n2 ipset add kube-router-pod-subnets 10.128.0.0/12
ip netns exec n2 ipset create kube-router-node-ips hash:net family inet
ip netns exec n2 ipset add kube-router-node-ips 10.10.0.0/16
ip netns exec n2 ipset create inet6:kube-router-pod-subnets hash:net family inet6
ip netns exec n2 ipset add inet6:kube-router-pod-subnets fd00:128::/48
ip netns exec n2 ipset create inet6:kube-router-node-ips hash:net family inet6
ip netns exec n2 ipset add inet6:kube-router-node-ips fd00:10::/64
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-ROUTER-INPUT - [0:0]
:KUBE-ROUTER-FORWARD - [0:0]
:KUBE-ROUTER-OUTPUT - [0:0]
:KUBE-NWPLCY-DEFAULT - [0:0]
:KUBE-POD-FW-KC7ATCRDRTQUIITV - [0:0]
-A INPUT -m comment --comment "kube-router netpol - 6QTCKSGLTEZFPTUE" -j KUBE-ROUTER-INPUT
-A FORWARD -m comment --comment "kube-router netpol - LWDEI7IHIFEY66FO" -j KUBE-ROUTER-FORWARD
-A OUTPUT -m comment --comment "kube-router netpol - LW7TKEZW6LTG52ES" -j KUBE-ROUTER-OUTPUT
-A FORWARD -m comment --comment "allow outbound node port traffic on node interface with which node ip is associated" -o eth0 -j ACCEPT
-A FORWARD -m comment --comment "allow inbound traffic to pods" -o kube-bridge -j ACCEPT
-A FORWARD -m comment --comment "allow outbound traffic from pods" -i kube-bridge -j ACCEPT
-A KUBE-ROUTER-INPUT -m comment --comment "allow traffic to primary/secondary cluster IP range - W6ZWEA4LBL33FJX6" -d 10.96.0.0/12 -j RETURN
-A KUBE-ROUTER-INPUT -p tcp -m comment --comment "allow LOCAL TCP traffic to node ports - 7YRJ7OW6EGXNSQXB" -m addrtype --dst-type LOCAL -m multiport --dports 30000:32767 -j RETURN
-A KUBE-ROUTER-INPUT -p udp -m comment --comment "allow LOCAL UDP traffic to node ports - GKIRTHGUHGT4XDBK" -m addrtype --dst-type LOCAL -m multiport --dports 30000:32767 -j RETURN
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to jump traffic destined to POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -d 10.128.1.2 -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to jump traffic destined to POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -d 10.128.1.2 -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-FORWARD -d 10.128.1.2 -m physdev --physdev-is-bridged -m comment --comment "rule to jump traffic destined to POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-INPUT -m comment --comment "rule to jump traffic from POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -s 10.128.1.2 -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to jump traffic from POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -s 10.128.1.2 -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to jump traffic from POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -s 10.128.1.2 -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-FORWARD -s 10.128.1.2 -m physdev --physdev-is-bridged -m comment --comment "rule to jump traffic from POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-INPUT -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-NWPLCY-DEFAULT -m comment --comment "rule to mark traffic matching a network policy" -j MARK --set-xmark 0x10000/0x10000
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "rule for stateful firewall for pod" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "rule to drop invalid state for pod" -m conntrack --ctstate INVALID -j DROP
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "rule to permit the traffic traffic to pods when source is the pod'"'"'s local node" -m addrtype --src-type LOCAL -d 10.128.1.2 -j ACCEPT
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "run through default egress network policy chain" -s 10.128.1.2 -j KUBE-NWPLCY-DEFAULT
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "run through default ingress network policy chain" -d 10.128.1.2 -j KUBE-NWPLCY-DEFAULT
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "rule to log dropped traffic POD name:n1-p1 namespace: default" -m mark ! --mark 0x10000/0x10000 -m limit --limit 10/min --limit-burst 10 -j NFLOG --nflog-group 100
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "rule to REJECT traffic destined for POD name:n1-p1 namespace: default" -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -j MARK --set-xmark 0x0/0x10000
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "set mark to ACCEPT traffic that comply to network policies" -j MARK --set-xmark 0x20000/0x20000
COMMIT
END
'
ip netns exec n1 sh -c 'iptables-nft-restore <<END
*nat
-A POSTROUTING -m set --match-set kube-router-pod-subnets src -m set ! --match-set kube-router-pod-subnets dst -m set ! --match-set kube-router-node-ips dst -j MASQUERADE --random-fully
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-ROUTER-INPUT - [0:0]
:KUBE-ROUTER-FORWARD - [0:0]
:KUBE-ROUTER-OUTPUT - [0:0]
:KUBE-NWPLCY-DEFAULT - [0:0]
:KUBE-POD-FW-KC7ATCRDRTQUIITV - [0:0]
-A INPUT -m comment --comment "kube-router netpol - 6QTCKSGLTEZFPTUE" -j KUBE-ROUTER-INPUT
-A FORWARD -m comment --comment "kube-router netpol - LWDEI7IHIFEY66FO" -j KUBE-ROUTER-FORWARD
-A OUTPUT -m comment --comment "kube-router netpol - LW7TKEZW6LTG52ES" -j KUBE-ROUTER-OUTPUT
-A FORWARD -m comment --comment "allow outbound node port traffic on node interface with which node ip is associated" -o eth0 -j ACCEPT
-A FORWARD -m comment --comment "allow inbound traffic to pods" -o kube-bridge -j ACCEPT
-A FORWARD -m comment --comment "allow outbound traffic from pods" -i kube-bridge -j ACCEPT
-A KUBE-ROUTER-INPUT -p tcp -m comment --comment "allow LOCAL TCP traffic to node ports - 7YRJ7OW6EGXNSQXB" -m addrtype --dst-type LOCAL -m multiport --dports 30000:32767 -j RETURN
-A KUBE-ROUTER-INPUT -p udp -m comment --comment "allow LOCAL UDP traffic to node ports - GKIRTHGUHGT4XDBK" -m addrtype --dst-type LOCAL -m multiport --dports 30000:32767 -j RETURN
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to jump traffic destined to POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -d fd00:128:0:1::2 -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to jump traffic destined to POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -d fd00:128:0:1::2 -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-FORWARD -d fd00:128:0:1::2 -m physdev --physdev-is-bridged -m comment --comment "rule to jump traffic destined to POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-INPUT -m comment --comment "rule to jump traffic from POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -s fd00:128:0:1::2 -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to jump traffic from POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -s fd00:128:0:1::2 -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to jump traffic from POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -s fd00:128:0:1::2 -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-FORWARD -s fd00:128:0:1::2 -m physdev --physdev-is-bridged -m comment --comment "rule to jump traffic from POD name:n1-p1 namespace: default to chain KUBE-POD-FW-KC7ATCRDRTQUIITV" -j KUBE-POD-FW-KC7ATCRDRTQUIITV
-A KUBE-ROUTER-INPUT -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-NWPLCY-DEFAULT -m comment --comment "rule to mark traffic matching a network policy" -j MARK --set-xmark 0x10000/0x10000
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "rule for stateful firewall for pod" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "rule to drop invalid state for pod" -m conntrack --ctstate INVALID -j DROP
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "rule to permit the traffic traffic to pods when source is the pod'"'"'s local node" -m addrtype --src-type LOCAL -d fd00:128:0:1::2 -j ACCEPT
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "run through default egress network policy chain" -s fd00:128:0:1::2 -j KUBE-NWPLCY-DEFAULT
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "run through default ingress network policy chain" -d fd00:128:0:1::2 -j KUBE-NWPLCY-DEFAULT
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "rule to log dropped traffic POD name:n1-p1 namespace: default" -m mark ! --mark 0x10000/0x10000 -m limit --limit 10/min --limit-burst 10 -j NFLOG --nflog-group 100
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "rule to REJECT traffic destined for POD name:n1-p1 namespace: default" -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp6-port-unreachable
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -j MARK --set-xmark 0x0/0x10000
-A KUBE-POD-FW-KC7ATCRDRTQUIITV -m comment --comment "set mark to ACCEPT traffic that comply to network policies" -j MARK --set-xmark 0x20000/0x20000
COMMIT
END
'
ip netns exec n1 sh -c 'ip6tables-nft-restore <<END
*nat
-A POSTROUTING -m set --match-set inet6:kube-router-pod-subnets src -m set ! --match-set inet6:kube-router-pod-subnets dst -m set ! --match-set inet6:kube-router-node-ips dst -j MASQUERADE --random-fully
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-ROUTER-INPUT - [0:0]
:KUBE-ROUTER-FORWARD - [0:0]
:KUBE-ROUTER-OUTPUT - [0:0]
:KUBE-NWPLCY-DEFAULT - [0:0]
:KUBE-POD-FW-W3CRB452MEM54WK3 - [0:0]
-A INPUT -m comment --comment "kube-router netpol - 6QTCKSGLTEZFPTUE" -j KUBE-ROUTER-INPUT
-A FORWARD -m comment --comment "kube-router netpol - LWDEI7IHIFEY66FO" -j KUBE-ROUTER-FORWARD
-A OUTPUT -m comment --comment "kube-router netpol - LW7TKEZW6LTG52ES" -j KUBE-ROUTER-OUTPUT
-A FORWARD -m comment --comment "allow outbound node port traffic on node interface with which node ip is associated" -o eth0 -j ACCEPT
-A FORWARD -m comment --comment "allow inbound traffic to pods" -o kube-bridge -j ACCEPT
-A FORWARD -m comment --comment "allow outbound traffic from pods" -i kube-bridge -j ACCEPT
-A KUBE-ROUTER-INPUT -m comment --comment "allow traffic to primary/secondary cluster IP range - W6ZWEA4LBL33FJX6" -d 10.96.0.0/12 -j RETURN
-A KUBE-ROUTER-INPUT -p tcp -m comment --comment "allow LOCAL TCP traffic to node ports - 7YRJ7OW6EGXNSQXB" -m addrtype --dst-type LOCAL -m multiport --dports 30000:32767 -j RETURN
-A KUBE-ROUTER-INPUT -p udp -m comment --comment "allow LOCAL UDP traffic to node ports - GKIRTHGUHGT4XDBK" -m addrtype --dst-type LOCAL -m multiport --dports 30000:32767 -j RETURN
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to jump traffic destined to POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -d 10.128.2.2 -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to jump traffic destined to POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -d 10.128.2.2 -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-FORWARD -d 10.128.2.2 -m physdev --physdev-is-bridged -m comment --comment "rule to jump traffic destined to POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-INPUT -m comment --comment "rule to jump traffic from POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -s 10.128.2.2 -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to jump traffic from POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -s 10.128.2.2 -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to jump traffic from POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -s 10.128.2.2 -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-FORWARD -s 10.128.2.2 -m physdev --physdev-is-bridged -m comment --comment "rule to jump traffic from POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-INPUT -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-NWPLCY-DEFAULT -m comment --comment "rule to mark traffic matching a network policy" -j MARK --set-xmark 0x10000/0x10000
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "rule for stateful firewall for pod" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "rule to drop invalid state for pod" -m conntrack --ctstate INVALID -j DROP
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "rule to permit the traffic traffic to pods when source is the pod'"'"'s local node" -m addrtype --src-type LOCAL -d 10.128.2.2 -j ACCEPT
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "run through default egress network policy chain" -s 10.128.2.2 -j KUBE-NWPLCY-DEFAULT
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "run through default ingress network policy chain" -d 10.128.2.2 -j KUBE-NWPLCY-DEFAULT
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "rule to log dropped traffic POD name:n2-p1 namespace: default" -m mark ! --mark 0x10000/0x10000 -m limit --limit 10/min --limit-burst 10 -j NFLOG --nflog-group 100
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "rule to REJECT traffic destined for POD name:n2-p1 namespace: default" -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable
-A KUBE-POD-FW-W3CRB452MEM54WK3 -j MARK --set-xmark 0x0/0x10000
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "set mark to ACCEPT traffic that comply to network policies" -j MARK --set-xmark 0x20000/0x20000
COMMIT
END
'
ip netns exec n2 sh -c 'iptables-nft-restore <<END
*nat
-A POSTROUTING -m set --match-set kube-router-pod-subnets src -m set ! --match-set kube-router-pod-subnets dst -m set ! --match-set kube-router-node-ips dst -j MASQUERADE --random-fully
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-ROUTER-INPUT - [0:0]
:KUBE-ROUTER-FORWARD - [0:0]
:KUBE-ROUTER-OUTPUT - [0:0]
:KUBE-NWPLCY-DEFAULT - [0:0]
:KUBE-POD-FW-W3CRB452MEM54WK3 - [0:0]
-A INPUT -m comment --comment "kube-router netpol - 6QTCKSGLTEZFPTUE" -j KUBE-ROUTER-INPUT
-A FORWARD -m comment --comment "kube-router netpol - LWDEI7IHIFEY66FO" -j KUBE-ROUTER-FORWARD
-A OUTPUT -m comment --comment "kube-router netpol - LW7TKEZW6LTG52ES" -j KUBE-ROUTER-OUTPUT
-A FORWARD -m comment --comment "allow outbound node port traffic on node interface with which node ip is associated" -o eth0 -j ACCEPT
-A FORWARD -m comment --comment "allow inbound traffic to pods" -o kube-bridge -j ACCEPT
-A FORWARD -m comment --comment "allow outbound traffic from pods" -i kube-bridge -j ACCEPT
-A KUBE-ROUTER-INPUT -p tcp -m comment --comment "allow LOCAL TCP traffic to node ports - 7YRJ7OW6EGXNSQXB" -m addrtype --dst-type LOCAL -m multiport --dports 30000:32767 -j RETURN
-A KUBE-ROUTER-INPUT -p udp -m comment --comment "allow LOCAL UDP traffic to node ports - GKIRTHGUHGT4XDBK" -m addrtype --dst-type LOCAL -m multiport --dports 30000:32767 -j RETURN
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to jump traffic destined to POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -d fd00:128:0:2::2 -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to jump traffic destined to POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -d fd00:128:0:2::2 -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-FORWARD -d fd00:128:0:2::2 -m physdev --physdev-is-bridged -m comment --comment "rule to jump traffic destined to POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-INPUT -m comment --comment "rule to jump traffic from POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -s fd00:128:0:2::2 -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to jump traffic from POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -s fd00:128:0:2::2 -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to jump traffic from POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -s fd00:128:0:2::2 -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-FORWARD -s fd00:128:0:2::2 -m physdev --physdev-is-bridged -m comment --comment "rule to jump traffic from POD name:n2-p1 namespace: default to chain KUBE-POD-FW-W3CRB452MEM54WK3" -j KUBE-POD-FW-W3CRB452MEM54WK3
-A KUBE-ROUTER-INPUT -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-ROUTER-FORWARD -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-ROUTER-OUTPUT -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-NWPLCY-DEFAULT -m comment --comment "rule to mark traffic matching a network policy" -j MARK --set-xmark 0x10000/0x10000
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "rule for stateful firewall for pod" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "rule to drop invalid state for pod" -m conntrack --ctstate INVALID -j DROP
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "rule to permit the traffic traffic to pods when source is the pod'"'"'s local node" -m addrtype --src-type LOCAL -d fd00:128:0:2::2 -j ACCEPT
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "run through default egress network policy chain" -s fd00:128:0:2::2 -j KUBE-NWPLCY-DEFAULT
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "run through default ingress network policy chain" -d fd00:128:0:2::2 -j KUBE-NWPLCY-DEFAULT
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "rule to log dropped traffic POD name:n2-p1 namespace: default" -m mark ! --mark 0x10000/0x10000 -m limit --limit 10/min --limit-burst 10 -j NFLOG --nflog-group 100
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "rule to REJECT traffic destined for POD name:n2-p1 namespace: default" -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp6-port-unreachable
-A KUBE-POD-FW-W3CRB452MEM54WK3 -j MARK --set-xmark 0x0/0x10000
-A KUBE-POD-FW-W3CRB452MEM54WK3 -m comment --comment "set mark to ACCEPT traffic that comply to network policies" -j MARK --set-xmark 0x20000/0x20000
COMMIT
END
'
ip netns exec n2 sh -c 'ip6tables-nft-restore <<END
*nat
-A POSTROUTING -m set --match-set inet6:kube-router-pod-subnets src -m set ! --match-set inet6:kube-router-pod-subnets dst -m set ! --match-set inet6:kube-router-node-ips dst -j MASQUERADE --random-fully
COMMIT
END
'

#!/usr/bin/env bash
# The first process of a node, in its own net, mount, uts, ipc and pid namespaces: containerd and kubelet.
# Usage: node.sh NAME ADDRESSES FOLDER IMAGES KUBECONFIG CGROUP
set -euo pipefail
name=$1 addresses=$2 folder=$3 images=$4 kubeconfig=$5 cgroup=$6
pods=10.244.0.0/16
[[ $addresses != *,* ]] || pods+=,fd00:244::/56

mount --make-rprivate /
mount -t proc proc /proc
# A new sysfs shows this namespace's links; the tree of control groups stays the machine's.
mkdir -p "$folder/cgroup"
mount --move /sys/fs/cgroup "$folder/cgroup"
mount -t sysfs sysfs /sys
mount --move "$folder/cgroup" /sys/fs/cgroup
# A node's state is in memory and goes with its namespace.
for each in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs "$each"; done
mkdir -p /run/netns /run/containerd /var/lib/kubelet /var/log/pods
hostname "$name"
# A node's own /etc/cni/net.d, where pods find it, above the machine's files.
mkdir -p /run/etc/upper/cni/net.d /run/etc/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work /etc
mount --bind "$folder/cni" /etc/cni/net.d
# kubelet writes settings of the whole machine, so files stand over them that hold what it wants to find.
shadow() {
	echo "$2" >"$folder/$(basename "$1")"
	mount --bind "$folder/$(basename "$1")" "$1"
}
shadow /proc/sys/vm/overcommit_memory 1
shadow /proc/sys/vm/panic_on_oom 0
shadow /proc/sys/kernel/panic 10
shadow /proc/sys/kernel/panic_on_oops 1
shadow /proc/sys/kernel/keys/root_maxkeys 1000000
shadow /proc/sys/kernel/keys/root_maxbytes 25000000
mount --make-rshared /
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding

cat >"$folder/containerd.toml" <<END
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/barewire/sandbox:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$folder/cni"
END
containerd -c "$folder/containerd.toml" >"$folder/containerd.log" 2>&1 &
until [ -S /run/containerd/containerd.sock ]; do sleep 0.05; done
for each in "$images"/*.tar; do ctr -n k8s.io images import "$each" >>"$folder/import.log" 2>&1; done

cat >"$folder/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupRoot: /$cgroup
cgroupsPerQOS: true
enforceNodeAllocatable: []
failSwapOn: false
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
resolvConf: ""
makeIPTablesUtilChains: false
oomScoreAdj: 0
localStorageCapacityIsolation: false
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {memory.available: "0%", nodefs.available: "0%", imagefs.available: "0%", nodefs.inodesFree: "0%", imagefs.inodesFree: "0%"}
clusterDomain: cluster.local
clusterDNS: [10.96.0.10]
nodeStatusUpdateFrequency: 2s
nodeLeaseDurationSeconds: 8
syncFrequency: 5s
END
kubelet --config="$folder/kubelet.yaml" --kubeconfig="$kubeconfig" --hostname-override="$name" --node-ip="$addresses" \
	>"$folder/kubelet.log" 2>&1 &
cat >"$folder/proxy.yaml" <<END
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: "$kubeconfig"}
hostnameOverride: "$name"
mode: nftables
clusterCIDR: "$pods"
conntrack: {maxPerCore: 0, tcpCloseWaitTimeout: 0s, tcpEstablishedTimeout: 0s}
END
kube-proxy --config="$folder/proxy.yaml" >"$folder/proxy.log" 2>&1 &
wait

#!/usr/bin/env bash
# Build Kubernetes and flannel for the tests of the tier "kubernetes", from Go modules, into
# $BAREWIRE_KUBE (default: ~/.cache/barewire-kube). Takes minutes the first time and nothing after
# that. Needs Go 1.26 or newer, and a C compiler for flannel. No container runtime and no image
# registry is involved.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=${BAREWIRE_KUBE:-${XDG_CACHE_HOME:-$HOME/.cache}/barewire-kube}
version=1.34.4 flannel=0.28.10
parts=(kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet)
jobs=${BAREWIRE_JOBS:-$(nproc)}
mkdir -p "$home/bin"

is_built() { [ "$(cat "$home/$1" 2>/dev/null)" = "$2" ]; }
need_go() { command -v go >/dev/null || { echo "no Go: install Go 1.26 or newer" >&2; exit 1; }; }

build_kubernetes() {
	rm -rf "$home/build" "$home/built"
	mkdir -p "$home/build"
	cd "$home/build"
	cp "$here/kube.go" .
	go mod download "k8s.io/kubernetes@v$version"
	source=$(go env GOMODCACHE)/k8s.io/kubernetes@v$version
	{
		printf 'module barewire.test/kube\n\ngo 1.24\n\nrequire k8s.io/kubernetes v%s\n\nreplace (\n' "$version"
		# In its own repository Kubernetes replaces its parts by folders; their releases are v0.MINOR.PATCH.
		sed -n "s#^\s*\(k8s.io/[a-z0-9-]*\) => ./staging/.*#\t\1 => \1 v0.${version#1.}#p" "$source/go.mod"
		echo ')'
	} >go.mod
	go mod tidy
	base=k8s.io/component-base/version
	minor=${version#1.}
	flags="-s -w -X $base.gitVersion=v$version -X $base.gitMajor=1 -X $base.gitMinor=${minor%.*} -X $base.gitTreeState=clean"
	CGO_ENABLED=0 nice go build -p "$jobs" -ldflags "$flags" -o "$home/bin/kubernetes" .
	for part in "${parts[@]}"; do ln -sf kubernetes "$home/bin/$part"; done
}

build_flannel() {
	rm -rf "$home/build-flannel" "$home/built-flannel"
	go mod download "github.com/flannel-io/flannel@v$flannel"
	cp -r "$(go env GOMODCACHE)/github.com/flannel-io/flannel@v$flannel" "$home/build-flannel"
	chmod -R u+w "$home/build-flannel"
	cd "$home/build-flannel"
	# Without the backend of one cloud, which would bring that cloud's SDK.
	sed -i '\#/tencentvpc"#d' main.go
	shown="-s -w -X github.com/flannel-io/flannel/pkg/version.Version=v$flannel"
	# Its udp backend, which nobody uses here, is C on x86-64.
	CGO_ENABLED=1 nice go build -p "$jobs" -ldflags "$shown" -o "$home/bin/flanneld" .
}

stamp="$version $(sha256sum <"$here/kube.go")"
is_built built "$stamp" || { need_go; build_kubernetes; echo "$stamp" >"$home/built"; }
stamp=$flannel
is_built built-flannel "$stamp" || { need_go; build_flannel; echo "$stamp" >"$home/built-flannel"; }

#!/usr/bin/env bash
# Build Kubernetes for the tests of the tier "kubernetes", from Go modules, into
# $BAREWIRE_KUBE (default: ~/.cache/barewire-kube). Takes minutes the first time and nothing after
# that. Needs Go 1.24 or newer. No container runtime and no image registry is involved.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=${BAREWIRE_KUBE:-${XDG_CACHE_HOME:-$HOME/.cache}/barewire-kube}
version=1.34.4
parts=(kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet)

stamp="$version $(sha256sum <"$here/kube.go")"
if [ "$(cat "$home/built" 2>/dev/null)" = "$stamp" ]; then exit 0; fi
command -v go >/dev/null || { echo "no Go: install Go 1.24 or newer" >&2; exit 1; }

rm -rf "$home/build" "$home/built"
mkdir -p "$home/bin" "$home/build"
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
CGO_ENABLED=0 nice go build -p "${BAREWIRE_JOBS:-$(nproc)}" -ldflags "$flags" -o "$home/bin/kubernetes" .
for part in "${parts[@]}"; do ln -sf kubernetes "$home/bin/$part"; done
echo "$stamp" >"$home/built"

#!/bin/sh
# Build the image of csrc/agent/Containerfile, without Docker: tools/image.sh OUT.tar WHEEL...
# OUT.tar is an OCI archive with an image for the architecture of each wheel, whose static agent it holds. Needs buildah and unzip.
set -eu
[ $# -ge 2 ] || { echo "usage: tools/image.sh OUT.tar WHEEL..." >&2; exit 2; }
for each in buildah unzip; do
  command -v "$each" >/dev/null ||
    { echo "image: $each is not installed; type: apt-get install -y --no-install-recommends buildah unzip" >&2; exit 2; }
done
out=$(realpath -m -- "$1"); shift
top=$(dirname -- "$(realpath -- "$0")")/..
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$top/meson.build")
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
# Its own storage, so that nothing is left in the user's.
run() { buildah --root "$context/storage" --runroot "$context/run" --storage-driver vfs "$@" >/dev/null; }
run manifest create agent
for wheel; do
  case $wheel in
    *x86_64.whl) architecture=amd64 ;;
    *aarch64.whl) architecture=arm64 ;;
    *) echo "image: $wheel is for no architecture that is known here" >&2; exit 2 ;;
  esac
  mkdir "$context/$architecture"
  unzip -qp "$wheel" barewire/libexec/barewire-agent-static >"$context/$architecture/barewire-agent"
  chmod 755 "$context/$architecture/barewire-agent"
  run build --quiet --arch "$architecture" --build-arg "TARGETARCH=$architecture" --timestamp 0 --manifest agent \
    --ignorefile /dev/null -f "$top/csrc/agent/Containerfile" "$context"
done
rm -f "$out"
run manifest push --all --quiet agent "oci-archive:$out:$version"

#!/bin/busybox sh
# Pid 1 of the guest: this machine's own root, read-only by 9p, under an overlay in memory; then barewire's guest program.
# One busybox does all of it, because a program from 9p takes 0.3 s to start in an emulated guest. Its applets are programs
# of /proc/self/exe, so /proc comes first, and by its path.
"$BUSYBOX" mount -t proc proc /proc
PATH=/nowhere
mount -t sysfs sys /sys
mount -t tmpfs -o mode=755 run /run
mkdir /run/lower /run/over /run/root
# The root that the initramfs has mounted caches nothing: every page of a program would be asked for again.
mount -t 9p -o ro,version=9p2000.L,trans=virtio,access=any,cache=loose,msize=512000 barewire.root /run/lower
mount -t tmpfs over /run/over
mkdir /run/over/upper /run/over/work
mount -t overlay -o lowerdir=/run/lower,upperdir=/run/over/upper,workdir=/run/over/work root /run/root || exit 1
cd /run/root
mount -t proc proc proc
mount -t sysfs sys sys
mount -t devtmpfs dev dev
mkdir -p dev/pts dev/shm run tmp
mount -t devpts -o ptmxmode=666 pts dev/pts
mount -t tmpfs shm dev/shm
mount -t tmpfs -o mode=755 run run
if [ "$BAREWIRE_MODULES" ]; then
  # What is found elsewhere is linked to where modprobe looks; this machine's own modules are another kernel's.
  folder=lib/modules
  [ -h lib ] && folder=usr/lib/modules
  mkdir -p "$folder"
  mount -t tmpfs modules "$folder"
  ln -s "$BAREWIRE_MODULES" "$folder/$(uname -r)"
fi
# A checkout or a virtual environment may lie under /tmp, so that /tmp of this machine stays visible, and is the overlay's.
hostname barewire
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
[ -d /sys/class/virtio-ports ] || chroot . modprobe virtio_console
# By exec all along: the kernel starts modprobe in the root of its first process.
exec chroot . "$BAREWIRE_PYTHON" -P -m barewire.testbeds.vm.guest </dev/console >/dev/console 2>&1

#!/bin/sh
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Boots user-mode Linux in a private mount namespace: uml.sh KERNEL_TREE BASE GUEST CONFIG STORAGE TREE ARGUMENT…
# The kernel runs in a chroot of the tree it came from, because it needs that tree's libc; its root is BASE, seen there as
# /mnt through hostfs. Its memory is a file on a tmpfs of its own, its disk a sparse file in STORAGE.
set -eu
kernel_tree=$1 base=$2 guest=$3 config=$4 storage=$5 tree=$6
shift 6
# Made under another name: a boot that was killed meanwhile leaves no half-made file system to the next one.
if [ ! -e "$storage/disk" ]; then
    mke2fs -q -F -t ext4 -m 0 -i 65536 -J size=8 -E lazy_itable_init=1,lazy_journal_init=1,nodiscard "$storage/disk.new" 2G
    mv "$storage/disk.new" "$storage/disk"
fi
mount --bind -o ro "$kernel_tree" "$tree"
mount --bind -o ro "$base" "$tree/mnt"
mount --bind -o ro "$guest" "$tree/mnt/lab/guest"
mount --bind -o ro "$config" "$tree/mnt/lab/config"
mount -t proc proc "$tree/proc"
mount -t tmpfs -o mode=1777,size=100% tmp "$tree/tmp"
mkdir "$tree/tmp/storage"
mount --bind "$storage" "$tree/tmp/storage"
mount -t tmpfs -o mode=0755 dev "$tree/dev"
mkdir "$tree/dev/net"
mknod "$tree/dev/null" c 1 3
mknod "$tree/dev/zero" c 1 5
mknod "$tree/dev/random" c 1 8
mknod "$tree/dev/urandom" c 1 9
mknod "$tree/dev/net/tun" c 10 200
env TMPDIR=/tmp HOME=/tmp chroot "$tree" /usr/bin/linux.uml "$@"

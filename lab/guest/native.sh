#!/bin/sh
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# From the machine's root into the base tree, in the private mount namespace of a native host: native.sh BASE GUEST CONFIG STORAGE
# TREE (TREE is an empty directory). The old root is let go, so nothing of the machine stays in reach.
set -eu
base=$1 guest=$2 config=$3 storage=$4 tree=$5
mount --bind -o ro "$base" "$tree"
mount --bind -o ro "$guest" "$tree/lab/guest"
mount --bind -o ro "$config" "$tree/lab/config"
mount --bind "$storage" "$tree/tmp"
mount -t proc proc "$tree/proc"
cd "$tree"
pivot_root . mnt
exec chroot . sh -c 'umount -l /mnt && exec sh /lab/guest/init.sh'

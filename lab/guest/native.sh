#!/bin/sh
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# From the machine's root into the base tree, in the private mount namespace of a native host: native.sh BASE GUEST CONFIG TREE
# (TREE is an empty directory). The old root is let go, so nothing of the machine stays in reach.
set -eu
mount --bind -o ro "$1" "$4"
mount --bind -o ro "$2" "$4/lab/guest"
mount --bind -o ro "$3" "$4/lab/config"
mount -t proc proc "$4/proc"
cd "$4"
pivot_root . mnt
exec chroot . sh -c 'umount -l /mnt && exec sh /lab/guest/init.sh'

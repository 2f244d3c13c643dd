#!/bin/sh
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Process 1 of a lab host, native or user-mode Linux. It starts with the read-only base tree as its root, builds the host's
# own root over it, and ends as the reaper of the host's processes. Its parameters are LAB_* variables (see lab/hosts.py);
# what it prints goes to the host's log, where the lab waits for "ready" or "failed".
set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
unset BASH_ENV ENV
here=/lab/guest

say() { echo "dockerlan-lab: $*"; }
fail() {
    say "failed: $*"
    exit 1
}

# A native host finds its storage mounted, user-mode Linux has it on a disk. The power may be cut at any moment, and what
# was written before is expected to be there then, as on a native host: hence sync, which costs little on a disk in memory.
mount_disk() {
    [ "$LAB_KIND" = uml ] || return 0
    mount -t ext4 -o sync,noinit_itable /dev/ubda /tmp
}

# The one place that decides where a host keeps what it writes: its root and Docker's data, which must not lie on an
# overlay file system. The lab hands it in, so it outlives the host. Without an index the overlay can be mounted again while
# the kernel still lets go of the former one.
mount_storage() {
    mkdir -p /tmp/upper /tmp/work /tmp/root /tmp/docker &&
        mount -t overlay -o index=off,lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work root /tmp/root &&
        mkdir -p /tmp/root/var/lib/docker &&
        mount --bind /tmp/docker /tmp/root/var/lib/docker
}

# Some releases pack pivot_root apart; busybox has it. chroot would not do: with it "docker exec" says that /proc/self/fd is not on procfs.
enter_root() {
    for shared in "$here" /lab/config /usr/lib/modules; do
        mount --bind "$shared" "/tmp/root$shared" || return 1
    done
    mount -t proc -o nosuid,nodev,noexec proc /tmp/root/proc &&
        cd /tmp/root && busybox pivot_root . mnt && cd / && umount -l /mnt
}

mount_api() {
    mount -t sysfs -o nosuid,nodev,noexec sys /sys
    mount -t tmpfs -o nosuid,nodev,mode=0755 run /run
    mount -t tmpfs -o nosuid,nodev,mode=1777 tmp /tmp
    mount -t tmpfs -o nosuid,mode=0755 dev /dev
    mkdir /dev/pts /dev/shm /dev/net /run/sshd /run/lock
    mount -t devpts -o nosuid,noexec,newinstance,ptmxmode=0666,mode=0620 pts /dev/pts
    mount -t tmpfs -o nosuid,nodev,mode=1777 shm /dev/shm
    make_devices
}

make_devices() {
    mknod -m 666 /dev/null c 1 3
    mknod -m 666 /dev/zero c 1 5
    mknod -m 666 /dev/full c 1 7
    mknod -m 666 /dev/random c 1 8
    mknod -m 666 /dev/urandom c 1 9
    mknod -m 666 /dev/tty c 5 0
    mknod -m 666 /dev/net/tun c 10 200
    ln -s pts/ptmx /dev/ptmx
    ln -s /proc/self/fd /dev/fd
    ln -s /proc/self/fd/0 /dev/stdin
    ln -s /proc/self/fd/1 /dev/stdout
    ln -s /proc/self/fd/2 /dev/stderr
}

# On a machine with version 1 the hierarchies in use are those of this process (some hold two controllers); a fresh kernel
# has none in use and only a list of controllers.
mount_cgroups_v1() {
    hierarchies=$(awk -F: '$2 != "" { print $2 }' /proc/self/cgroup)
    [ -n "$hierarchies" ] || hierarchies=$(awk '$4 == 1 { print $1 }' /proc/cgroups)
    mount -t tmpfs -o nosuid,nodev,noexec,mode=0755 cgroup /sys/fs/cgroup || return 1
    for hierarchy in $hierarchies; do
        mkdir -p "/sys/fs/cgroup/$hierarchy"
        options=$hierarchy
        case $hierarchy in name=*) options=none,$hierarchy ;; esac
        mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/$hierarchy" || say "no cgroup hierarchy $hierarchy"
    done
}

mount_cgroups_v2() {
    mount -t cgroup2 cgroup /sys/fs/cgroup || return 1
    for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
        echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control || say "no controller $controller"
    done
}

load() {
    for module in "$@"; do
        modprobe "$module" 2>/dev/null || say "no module $module"
    done
}

# Older mount programs hand options over as one string, in which this file system expects nothing but the path.
mount_hostfs() {
    mount -t hostfs -o "hostfs=$1" none "$2" 2>/dev/null || mount -t hostfs -o "$1" none "$2"
}

# A user-mode Linux kernel takes its modules from the tree that it was started in, and its link is called vec0 at first.
mount_modules() {
    [ "$LAB_KIND" = uml ] || return 0
    mount_hostfs /usr/lib/uml/modules /usr/lib/modules && load overlay
}

load_modules() {
    [ "$LAB_KIND" = uml ] || return 0
    load ipvlan macvlan veth bridge 8021q sch_netem br_netfilter \
        ip_tables iptable_nat iptable_filter ip6_tables ip6table_nat ip6table_filter \
        nf_nat xt_MASQUERADE xt_addrtype xt_conntrack xt_nat
    ip link set vec0 name eth0
}

wait_for_eth0() {
    tries=0
    until [ -e /sys/class/net/eth0 ]; do
        tries=$((tries + 1))
        [ "$tries" -le 500 ] || return 1
        sleep 0.02
    done
}

configure_network() {
    hostname "$LAB_HOST"
    printf '%s\n' "$LAB_HOST" >/etc/hostname
    printf '127.0.0.1 localhost\n::1 localhost\n%s %s\n' "${LAB_IPV4%/*}" "$LAB_HOST" >/etc/hosts
    : >/etc/resolv.conf
    for scope in all default eth0; do
        echo 0 >"/proc/sys/net/ipv6/conf/$scope/accept_dad"
        echo 0 >"/proc/sys/net/ipv6/conf/$scope/accept_ra"
    done
    ip link set lo up && ip link set eth0 up &&
        ip address add "$LAB_IPV4" dev eth0 && ip address add "$LAB_IPV6" dev eth0 nodad &&
        ip route add default via "$LAB_GATEWAY4" && ip route add default via "$LAB_GATEWAY6"
}

# An inherited shell profile costs user-mode Linux 5 s per command.
prepare_root_account() {
    rm -f /root/.profile /root/.bashrc /root/.bash_profile
    chown root:root /root
    chmod 700 /root
}

start_sshd() {
    [ "$LAB_KIND" = uml ] || return 0
    /usr/sbin/sshd -f "$here/sshd_config"
}

[ -e /proc/self ] || mount -t proc proc /proc || fail "no /proc"
mount_modules || fail "no kernel modules"
mount_disk || fail "no disk"
mount_storage || fail "no storage"
enter_root || fail "no root"
mount_api || fail "no /proc, /sys or /dev"
"mount_cgroups_$LAB_CGROUP" || fail "no cgroups"
load_modules || fail "no eth0"
wait_for_eth0 || fail "no eth0"
configure_network || fail "no network"
prepare_root_account || fail "no account"
start_sshd || fail "no sshd"
sh "$here/engine.sh" start || fail "no Docker Engine, see /var/log/dockerd.log"
say ready
exec $(command -v tini || command -v tini-static) -- sleep infinity

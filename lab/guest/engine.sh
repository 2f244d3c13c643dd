#!/bin/sh
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The Docker Engine of a lab host: "start" returns when it answers, "crash" when it is dead. No systemd runs here.
set -u
pid_file=/run/docker.pid
log=/var/log/dockerd.log

# Prints the pid of the running engine; a pid file alone proves nothing.
running() {
    pid=$(cat "$pid_file" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] && echo "$pid"
}

# Prints what dockerd must be told: kernels differ in the tables they have, and newer user-mode Linux has none at all.
firewall() {
    for variant in legacy nft; do
        if "iptables-$variant" -w -t nat -N LAB-PROBE 2>/dev/null; then
            "iptables-$variant" -w -t nat -X LAB-PROBE
            ln -sf "/usr/sbin/iptables-$variant" /etc/alternatives/iptables
            ln -sf "/usr/sbin/ip6tables-$variant" /etc/alternatives/ip6tables
            return
        fi
    done
    echo --iptables=false --ip6tables=false
}

answers() { [ -S /run/docker.sock ] && docker version >/dev/null 2>&1; }

start() {
    running >/dev/null && return 0
    rm -f "$pid_file" /run/docker/containerd/containerd.pid
    setsid dockerd --pidfile "$pid_file" $(firewall) >>"$log" 2>&1 </dev/null &
    tries=0
    until answers; do
        tries=$((tries + 1))
        [ "$tries" -le 600 ] || return 1
        sleep 0.1
    done
}

# As a crash leaves it: containers and their shims live on without an engine.
crash() {
    pid=$(running) || return 0
    containerd=$(cat /run/docker/containerd/containerd.pid 2>/dev/null)
    kill -9 "$pid" $containerd
    tries=0
    while [ -e "/proc/$pid/exe" ] && [ "$tries" -le 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}

"$1"

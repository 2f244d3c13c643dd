#!/usr/bin/env bash
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# as_root.sh COMMAND [ARGUMENT...]
# Run a command as root: directly when we are root, through sudo when not. sudo drops the environment, so what the
# Makefile exports, and the proxies, are handed over by name. What the command wrote is given back to the user.
set -euo pipefail

if [[ $(id -u) -eq 0 ]]; then
  exec "$@"
fi
if ! command -v sudo >/dev/null; then
  echo "dockerlan.fleet: this step needs root: run make as root, or install sudo." >&2
  exit 1
fi

kept=()
for name in PATH LC_ALL CI XDG_CACHE_HOME PYTHONDONTWRITEBYTECODE HYPOTHESIS_STORAGE_DIRECTORY \
  "${!ANSIBLE_@}" http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  if [[ -v $name ]]; then kept+=("$name=${!name}"); fi
done

status=0
sudo env "${kept[@]}" "$@" || status=$?
for written in reports build inventories/lab .cache/ansible .cache/pytest .cache/hypothesis .cache/xdg; do
  if [[ -e $written ]]; then sudo chown -R --no-dereference "$(id -u):$(id -g)" "$written"; fi
done
exit "$status"

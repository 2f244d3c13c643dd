#!/usr/bin/env bash
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Stop at once on a machine that cannot run this project, and install the Debian packages that are missing.
# The only tool that is a shell script for more than a line or two: it runs before there is a Python.
set -euo pipefail

cd "$(dirname "$0")/.."
readonly installed=.cache/installed-packages
readonly os_release=${DOCKERLAN_OS_RELEASE:-/etc/os-release} # another file in tests

say() { echo "==> $*"; }

stop() {
  echo "dockerlan.fleet: $1" >&2
  exit 1
}

check_system() {
  local id="" version="" name="an unknown system"
  if [[ -r $os_release ]]; then
    # shellcheck source=/dev/null
    read -r id version name < <(. "$os_release" && echo "${ID:-?} ${VERSION_ID:-?} ${PRETTY_NAME:-?}")
  fi
  case "$id $version" in
    "debian 12" | "debian 13") ;;
    *) stop "this needs Debian 12 or 13, and this machine is ${name}." ;;
  esac
  command -v apt-get >/dev/null || stop "apt-get is missing: it installs the packages of tools/debian-packages.txt."
  if [[ $(id -u) -ne 0 ]] && ! command -v sudo >/dev/null; then
    stop "root is missing: run make as root, or install sudo."
  fi
}

missing_packages() {
  local package
  while read -r package; do
    if [[ -z $package || $package == \#* ]]; then continue; fi
    if [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      echo "$package"
    fi
  done <tools/debian-packages.txt
}

install_packages() {
  local -a missing
  mapfile -t missing < <(missing_packages)
  if [[ ${#missing[@]} -eq 0 ]]; then return; fi
  say "Installing Debian packages: ${missing[*]}"
  tools/as_root.sh apt-get update --quiet=2 || say "apt-get update failed; trying with the package lists that are there"
  tools/as_root.sh env DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null ||
    stop "apt-get could not install ${missing[*]}: is the Debian package archive out of reach?"
  mkdir -p .cache
  printf '%s\n' "${missing[@]}" >>"$installed"
}

check_system
install_packages

#!/usr/bin/env bash
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Remove every trace of `make demo` and `make test`: the lab (`python3 -m lab down` alone keeps the caches), its base
# trees, the virtual environment, reports and the generated inventory. Debian packages stay, and are named.
set -euo pipefail

cd "$(dirname "$0")/.."

if [[ -d lab && -x .cache/venv/bin/python ]]; then
  tools/as_root.sh .cache/venv/bin/python -m lab down
fi

packages=""
if [[ -r .cache/installed-packages ]]; then
  packages=$(sort --unique .cache/installed-packages | tr '\n' ' ')
fi

echo "==> Removing caches, reports and the generated inventory"
# The base trees are root's; whatever may still be mounted below is not ours to empty.
tools/as_root.sh rm -rf --one-file-system .cache reports build tests/output .ansible inventories/lab/hosts.yml

if [[ -n $packages ]]; then
  echo "These Debian packages were installed on the way and stay: $packages"
else
  echo "No Debian package was installed on the way."
fi

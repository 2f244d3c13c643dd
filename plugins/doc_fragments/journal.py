# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Option of every module that looks at the journal of a change."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the shared option; the option itself is in module_utils/_module.py."""

    DOCUMENTATION = r"""
options:
  state_dir:
    description:
      - The directory on the managed host in which a change is written down before it is made. It must survive a reboot.
      - It also has the lock that refuses a second change on the same host at the same time.
    type: path
    default: /var/lib/dockerlan
"""

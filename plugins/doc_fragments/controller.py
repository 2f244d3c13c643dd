# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all action plugins of the collection have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the shared attributes; a plugin that differs in one of them says so itself."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and tell what it would tell otherwise, without a change to any host.
    support: full
  diff_mode:
    description: Has no diff, since it changes nothing.
    support: none
  idempotent:
    description: Changes nothing itself, so a second run with the same input has the same result.
    support: full
  action:
    description: Runs on the controller, and contacts no host.
    support: full
"""

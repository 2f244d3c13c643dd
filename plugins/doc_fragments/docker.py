# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that every module of the collection has for reaching the Docker Engine."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the shared options; the options themselves are in module_utils/_module.py."""

    DOCUMENTATION = r"""
options:
  docker_host:
    description: Where the engine of the managed host listens.
    type: str
    default: unix:///var/run/docker.sock
  docker_timeout:
    description: How long to wait for an answer of the engine, in seconds.
    type: int
    default: 60
requirements:
  - Docker Engine 20.10 or later
  - Docker SDK for Python (Python package C(docker)) 5.0.3 or later
notes:
  - Needs root on the managed host, or a user who may use the engine's socket, unless a module says more.
"""

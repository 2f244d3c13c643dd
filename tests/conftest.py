# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make ``ansible_collections.dockerlan.fleet`` importable under plain pytest.

Ansible finds collections with its own import hook; pytest does not know it. The hook is installed once, pointed at the
link farm in ``.collections`` that makes the checkout look like an installed collection.

Property tests run without a stopwatch: on a busy machine one slow example says nothing about the code.
"""

from __future__ import annotations

from pathlib import Path

from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]


# Not in pytest_configure: the conftest.py of a folder may import the collection too, and is read before that is called.
_AnsibleCollectionFinder(paths=[str(ROOT / ".collections")])._install()
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems in words."""

from __future__ import annotations

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._problems import Problem, refusal


def test_a_refusal_is_a_sentence_and_a_list() -> None:
    problems = [Problem("it is down", "Bring it up", "host1", "office"), Problem("nothing fits", "Widen it")]
    assert refusal("No:", problems) == {
        "failed": True,
        "msg": "No:\n- host1, office: it is down. Bring it up.\n- nothing fits. Widen it.",
        "problems": [
            {"host": "host1", "network": "office", "problem": "it is down", "cure": "Bring it up"},
            {"host": "", "network": "", "problem": "nothing fits", "cure": "Widen it"},
        ],
    }

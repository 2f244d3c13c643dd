# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of a user-mode Linux kernel."""

from __future__ import annotations

from lab import uml
from lab.hosts import Host


def test_parameters_come_before_the_mark_and_the_script_after_it() -> None:
    words = uml.kernel_arguments(Host(2), {"LAB_HOST": "host2"})
    assert words.index("LAB_HOST=host2") < words.index("--")
    assert words[words.index("--") :] == ["--", "/lab/guest/init.sh"]


def test_the_link_is_the_hosts_own_port_with_its_own_mac() -> None:
    (link,) = [word for word in uml.kernel_arguments(Host(2), {}) if word.startswith("vec0:")]
    assert "ifname=host2" in link
    assert "mac=02:00:c0:a8:38:0c" in link

# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports that let only the host itself through."""

from __future__ import annotations

import pytest

from tests.unit.plugins.simulation import Faults, Fleet, report_of

HOST2 = Faults(filtered=frozenset({"host2"}))


def test_it_is_explained_in_words_and_with_the_settings_of_all() -> None:
    (cause,) = report_of(Fleet(), HOST2)["causes"]
    assert "in front of it drops frames for MAC addresses" in cause["explanation"]
    for words in ("promiscuous mode", "forged transmits", "MAC address spoofing", "ipvlan and mode l2"):
        assert words in cause["cure"]


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("vmware", "VMware", "forged transmits"),
        ("hyper-v", "Hyper-V", "MAC address spoofing"),
        ("kvm", "KVM", "trustGuestRxFilters"),
        ("xen", "Xen", "locking-mode"),
        ("virtualbox", "VirtualBox", "Allow All"),
        ("amazon", "Amazon", "no setting changes that"),
        ("google", "Google", "no setting changes that"),
    ],
)
def test_a_known_hypervisor_is_named_with_its_own_setting_only(kind: str, name: str, words: str) -> None:
    (cause,) = report_of(Fleet(virtualization={"host2": kind, "host1": "another"}), HOST2)["causes"]
    assert cause["evidence"] == [f"host2 runs on {name}"]
    assert words in cause["cure"]
    assert cause["cure"].count("On ") + cause["cure"].count(" delivers ") == 1
    assert "driver ipvlan and mode l2" in cause["cure"]


def test_an_unknown_hypervisor_is_named_in_its_own_words() -> None:
    (cause,) = report_of(Fleet(virtualization={"host2": "Acme Cloud"}), HOST2)["causes"]
    assert cause["evidence"] == ["host2 runs on Acme Cloud"]
    assert "forged transmits" in cause["cure"]


def test_ipvlan_is_not_told_of_mac_addresses() -> None:
    (cause,) = report_of(Fleet(driver="ipvlan"), HOST2)["causes"]
    assert cause["kind"] == "address_filter"
    assert "Or declare" not in cause["cure"]

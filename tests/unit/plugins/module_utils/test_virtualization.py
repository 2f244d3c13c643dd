# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a host runs, from the words of its firmware."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._virtualization import read_virtualization, virtualization


@pytest.mark.parametrize(
    ("vendor", "product", "found"),
    [
        ("VMware, Inc.", "VMware Virtual Platform", "vmware"),
        ("VMware, Inc.", "VMware20,1", "vmware"),
        ("Microsoft Corporation", "Virtual Machine", "hyper-v"),
        ("Microsoft Corporation", "Surface Laptop 5", None),
        ("QEMU", "Standard PC (Q35 + ICH9, 2009)", "kvm"),
        ("Red Hat", "KVM", "kvm"),
        ("OpenStack Foundation", "OpenStack Nova", "kvm"),
        ("Xen", "HVM domU", "xen"),
        ("innotek GmbH", "VirtualBox", "virtualbox"),
        ("Amazon EC2", "m5.large", "amazon"),
        ("Google", "Google Compute Engine", "google"),
        ("Dell Inc.", "PowerEdge R640", None),
        ("Xenon Systems", "Rackmount", None),
        ("", "", None),
    ],
)
def test_known_words(vendor: str, product: str, found: str | None) -> None:
    assert virtualization({"sys_vendor": vendor, "product_name": product}) == found


def test_a_cloud_wins_over_its_hypervisor() -> None:
    assert virtualization({"sys_vendor": "Amazon EC2", "bios_vendor": "Xen"}, "xen") == "amazon"


def test_a_guest_of_xen_without_firmware() -> None:
    assert virtualization({}, "xen") == "xen"


def test_it_is_read_from_sysfs(tmp_path: Path) -> None:
    assert read_virtualization(tmp_path) is None
    folder = tmp_path / "class/dmi/id"
    folder.mkdir(parents=True)
    (folder / "sys_vendor").write_text("VMware, Inc.\n")
    assert read_virtualization(tmp_path) == "vmware"

# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On which hypervisor or cloud this host runs: what filters its frames has a name there. PRIVATE to the collection.

The words are those that hypervisors write into the tables of DMI (systemd's detect-virt and facter know the same ones).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Mapping

_SYS = Path("/sys")
_FIELDS = ("sys_vendor", "product_name", "board_vendor", "bios_vendor")
# Looked for in this order, in all fields: clouds run on hypervisors, whose words may be there too.
_SIGNS: tuple[tuple[str, str], ...] = (
    ("amazon ec2", "amazon"),
    ("google compute engine", "google"),
    ("vmware", "vmware"),
    ("virtualbox", "virtualbox"),
    ("innotek gmbh", "virtualbox"),
    ("microsoft corporation virtual machine", "hyper-v"),
    ("xen", "xen"),
    ("kvm", "kvm"),
    ("qemu", "kvm"),
    ("openstack", "kvm"),
    ("red hat rhev", "kvm"),
)


def read_virtualization(sys: Path = _SYS) -> str | None:
    """Read where this host runs; None where nothing says so, as on a machine of its own."""
    dmi = {name: _text(sys / "class/dmi/id" / name) for name in _FIELDS}
    return virtualization(dmi, _text(sys / "hypervisor/type"))


def virtualization(dmi: Mapping[str, str], hypervisor: str = "") -> str | None:
    """Name the hypervisor or cloud. ``dmi`` has fields of /sys/class/dmi/id, ``hypervisor`` is /sys/hypervisor/type.

    A vendor alone does not say it: Microsoft and Amazon build machines, too.
    """
    words = " ".join(dmi.get(name, "") for name in _FIELDS).lower()
    found = next((name for sign, name in _SIGNS if re.search(rf"\b{sign}\b", words)), None)
    return found or ("xen" if hypervisor.lower() == "xen" else None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""

# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that a report can be written as: their names, and who renders them. PRIVATE to the collection."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable, Iterable, Mapping, NamedTuple

Render = Callable[[Mapping[str, Any]], str]


class Format(NamedTuple):
    """A format: the name by which it is asked for, its file, and the module of ``_render`` that makes it."""

    name: str
    file_name: str
    module: str

    def renderer(self) -> Render:
        """Load the renderer. Only what is asked for is loaded: it happens at the end of every run."""
        render: Render = import_module(f"{__package__}._render.{self.module}").render
        return render


JSON, HTML, MARKDOWN, JUNIT, PROMETHEUS = "json", "html", "markdown", "junit", "prometheus"

FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (
        Format(JSON, "reachability.json", "json"),
        Format(HTML, "reachability.html", "html"),
        Format(MARKDOWN, "reachability.md", "markdown"),
        Format(JUNIT, "reachability.xml", "junit"),
        # node_exporter's textfile collector reads every *.prom of its folder.
        Format(PROMETHEUS, "reachability.prom", "prometheus"),
    )
}


def asked_for(names: Iterable[Any]) -> tuple[list[Format], list[str]]:
    """Return the formats of these names, each once and in the table's order, and the names that are none."""
    wanted = [str(name).strip().lower() for name in names]
    known = [one for name, one in FORMATS.items() if name in wanted]
    return known, [name for name in dict.fromkeys(wanted) if name and name not in FORMATS]

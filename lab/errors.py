# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong in a lab, as one family of errors whose text is meant for the user."""

from __future__ import annotations


class LabError(Exception):
    """The command cannot be done; the text says why and what to do."""

    exit_code = 1


class PreflightError(LabError):
    """The machine lacks something; the text names all of it."""

    exit_code = 2

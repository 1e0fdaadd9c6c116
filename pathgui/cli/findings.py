"""What was looked at, as a table, and below it the first cases of each kind."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from pathgui.cli.terminal import out, tell
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.system.finding import Finding

MOST_CASES = 5  # of each kind; --json has all
_SIGN = {"good": "ok", "note": "note", "bad": "BAD"}


def print_findings(findings: Sequence[Finding]) -> None:
    """A row for each finding, then the first cases of those that have some."""
    table = Table(show_lines=False)
    for title in ("", say("What"), say("Finding")):
        table.add_column(title)
    for finding in findings:
        fix = say("\nFix: {fix}", fix=finding.fix) if finding.fix else ""
        table.add_row(_SIGN[finding.state], finding.what, retold(finding.detail) + fix)
    out.print(table)
    for finding in findings:
        if not finding.cases:
            continue
        tell(f"{_SIGN[finding.state]} {finding.what}:")
        for case in finding.cases[:MOST_CASES]:
            tell(f"  {retold(case)}")
        more = len(finding.cases) - MOST_CASES
        if more > 0:
            tell(say("  … and {more:,} more; --json has all", more=more))

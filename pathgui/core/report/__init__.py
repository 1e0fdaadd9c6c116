"""The report of a finished run, as PDF and HTML."""

from pathgui.core.report.report import REPORT_FILE, render_report, write_report
from pathgui.core.report.sections.options import ATTACHMENTS, REQUIRED, SECTIONS, ReportOptions

__all__ = [
    "ATTACHMENTS",
    "REPORT_FILE",
    "REQUIRED",
    "SECTIONS",
    "ReportOptions",
    "render_report",
    "write_report",
]

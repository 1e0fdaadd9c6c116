"""The report of a finished run, as PDF and HTML."""

from pathgui.core.report.options import SECTIONS, ReportOptions
from pathgui.core.report.report import write_report

__all__ = ["SECTIONS", "ReportOptions", "write_report"]

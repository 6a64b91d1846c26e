"""An evaluation for people: its file, text, page, pictures, and runs beside each other.

Its modules are imported by name: what reads a report does not load what draws one.
"""

from mmseg_ext.reports.report_file import read_evaluation, write_evaluation

__all__ = ['read_evaluation', 'write_evaluation']

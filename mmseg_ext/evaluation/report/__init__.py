"""An evaluation as files that people and programs read."""

from mmseg_ext.evaluation.report.folder import write_data, write_page, write_report
from mmseg_ext.evaluation.report.pictures import Picture, ReportImage

__all__ = ['Picture', 'ReportImage', 'write_data', 'write_page', 'write_report']

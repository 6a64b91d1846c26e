"""A training that was calibrated at its end: its own report, and that of the calibrated model."""

from pathlib import Path

from prettytable import PrettyTable

from mmseg_ext.common.printable import printable
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.comparison.tables import side_by_side
from mmseg_ext.reports.report_file import FILE_NAME, read_evaluation

FOLDER = 'report-calibrated'
"""Where in a work dir a training leaves the report of its calibrated checkpoint."""

FEW_IMAGES = 10
"""Of fewer than that many, intervals say little. Our decision."""


def calibrated_report(run: str | Path) -> Path | None:
    """Return the report of the calibrated checkpoint in a work dir that has the training's too."""
    folder = Path(run)
    both = [folder / name / FILE_NAME for name in ('report', FOLDER)]
    # A report in the folder itself is what the folder means.
    if (folder / FILE_NAME).is_file() or not all(file.is_file() for file in both):
        return None
    return both[1]


def before_and_after(trained: Evaluation, calibrated: Evaluation) -> PrettyTable:
    """Make the table of IoUs of a model as trained and calibrated, of the same images."""
    return side_by_side([('as trained', trained), ('calibrated', calibrated)])


def shown_with(file: Path, trained: Evaluation) -> tuple[Evaluation | None, str]:
    """Read the calibrated report beside that of a training.

    Args:
        file: Its `report.json`.
        trained: The evaluation of the training.

    Returns:
        It and where more is to be read; None and why it is not shown, where it is of another
        checkpoint than the one that was trained, as after another training in the same folder.

    Raises:
        DataError: The report is broken.
    """
    calibrated = read_evaluation(file)
    record = calibrated.metadata.get('calibration')
    made_of = record.get('checkpoint_sha256') if isinstance(record, dict) else None
    folder = printable(str(file.parent))
    if made_of is None or made_of != trained.metadata.get('checkpoint_sha256'):
        return None, (
            f'{folder} is not of the checkpoint that this report is of: show it by '
            f'`mmseg-debias report show {folder}`'
        )
    work_dir = printable(str(file.parents[1]))
    return calibrated, (
        f'as trained: {work_dir}/report; calibrated: {folder}; `report show` of either has its '
        'whole table\nis the difference more than noise? mmseg-debias report compare '
        f'calibrated={folder} --baseline trained={work_dir}/report'
    )


def about_few(images: int) -> str:
    """Say what intervals from few images are worth; nothing where there are enough."""
    if images >= FEW_IMAGES:
        return ''
    return (
        f'only {images} image(s) were evaluated: figures and intervals from so few say little '
        'about new images'
    )

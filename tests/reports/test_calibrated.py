"""A work dir with the report of a training and that of its calibrated checkpoint."""

import pytest
from drawn import CLASSES, draw_evaluation

from mmseg_debias import main
from mmseg_ext.reports import write_evaluation
from mmseg_ext.reports.calibrated import about_few

TRAINED = dict(checkpoint='iter_4.pth', checkpoint_sha256='a' * 64)


@pytest.fixture
def work_dir(tmp_path):
    """A training that was calibrated, which found more cyclists."""

    def write(of: str, folder: str = 'wd'):
        trained = draw_evaluation(metadata=TRAINED)
        record = dict(checkpoint='iter_4.pth', checkpoint_sha256=of)
        calibrated = draw_evaluation(
            (0.94, 0.8, 0.7), metadata=dict(checkpoint='c.pth', calibration=record)
        )
        write_evaluation(trained, tmp_path / folder / 'report' / 'report.json')
        write_evaluation(calibrated, tmp_path / folder / 'report-calibrated' / 'report.json')
        return tmp_path / folder, trained, calibrated

    return write


def shown(capsys, *arguments) -> str:
    assert main(['report', *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_both_are_shown_side_by_side(work_dir, capsys):
    folder, *both = work_dir('a' * 64)
    for run in (folder, f'mine={folder}'):
        out = shown(capsys, 'show', run)
        rows = {
            cells[1]: cells[2:5]
            for line in out.splitlines()
            if len(cells := [cell.strip() for cell in line.split('|')]) > 4
        }
        assert rows['IoU'] == ['as trained', 'calibrated', 'difference']
        for index, name in enumerate(CLASSES):
            before, after = (100 * each.scores.iou[index] for each in both)
            assert rows[name] == [f'{before:.1f}', f'{after:.1f}', f'{after - before:+.1f}']
        assert f'as trained: {folder}/report; calibrated: {folder}/report-calibrated;' in out
    # What it says to do next can be done.
    *_, command = out.strip().splitlines()
    words = command.partition('mmseg-debias ')[2].split()
    assert f'calibrated against trained: mIoU {rows["mean"][2]}' in shown(capsys, *words[1:])


def test_elsewhere_the_report_of_the_training_is_meant(work_dir, capsys):
    folder, trained, _ = work_dir('a' * 64)
    alone = shown(capsys, 'show', folder / 'report')
    assert '| Precision |' in alone and 'calibrated' not in alone
    several = shown(capsys, 'show', f'x={folder}', f'y={folder}/report-calibrated')
    assert f'| {100 * trained.scores.mean_iou:.1f} |' in several and '|    y |' in several
    listed = shown(capsys, 'list', folder)
    assert '| report            |' in listed and '| report-calibrated |' in listed


@pytest.mark.parametrize('of', ['b' * 64, None])
def test_that_of_an_earlier_training_is_named_and_not_shown(work_dir, capsys, of):
    folder, *_ = work_dir(of)
    out = shown(capsys, 'show', folder)
    assert '| Precision |' in out and 'as trained' not in out
    assert out.endswith(
        f'{folder}/report-calibrated is not of the checkpoint that this report is of: show it by '
        f'`mmseg-debias report show {folder}/report-calibrated`\n'
    )


def test_few_images():
    assert about_few(10) == ''
    assert about_few(3).startswith('only 3 image(s) were evaluated')

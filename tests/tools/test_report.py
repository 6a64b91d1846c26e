"""The reports that training and test leave, and the tool that reads them."""

import hashlib
import re

import cv2
import numpy as np
import pytest

from mmseg_ext.evaluation import confusion_matrix
from mmseg_ext.reports import read_evaluation, write_evaluation


@pytest.fixture
def report(run_here):
    """Run the tool; gives its exit code, standard output and standard error."""

    def run(*arguments):
        code, written = run_here('report', *arguments)
        return code, *written

    return run


@pytest.fixture
def tested_report(tested):
    return tested / 'reports' / 'test'


def test_a_test_leaves_a_whole_report(tested_report, trained, data):
    names = sorted(file.name for file in tested_report.iterdir())
    assert names == ['frames.json', 'per_class.csv', 'report.html', 'report.json', 'report.md']
    meta = read_evaluation(tested_report / 'report.json').metadata
    checkpoint = trained / 'iter_4.pth'
    assert meta['checkpoint'] == str(checkpoint)
    assert meta['checkpoint_sha256'] == hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    assert meta['training_seed'] == 3 and meta['seed'] != 3
    assert meta['command'].startswith('python tools/test.py ') and '--report' in meta['command']
    assert meta['data'] == {
        'dataset': 'CamVidDataset', 'split': 'val', 'root': str(data / 'camvid'),
    }  # fmt: skip
    assert "type='FCNHead'" in meta['config_text']
    assert {'mmseg_ext', 'torch', 'mmseg', 'mmcv', 'mmengine'} < set(meta['versions'])
    assert [step for step, _ in meta['curves']['loss']] == [1, 2, 3, 4]
    assert [step for step, _ in meta['curves']['mIoU']] == [2, 4]


def test_its_matrices_are_those_of_the_predictions(tested, tested_report, data):
    evaluation = read_evaluation(tested_report / 'report.json')
    labels = data / 'camvid' / 'annotations' / 'val'
    for image, matrix in zip(evaluation.images, evaluation.matrices, strict=True):
        pred, label = (
            cv2.imread(str(folder / image), cv2.IMREAD_UNCHANGED)
            for folder in (tested / 'out', labels)
        )
        np.testing.assert_array_equal(matrix, confusion_matrix(pred, label, 11, 11))
    assert evaluation.tail.classes == ('Pole', 'SignSymbol', 'Fence', 'Pedestrian', 'Bicyclist')


def test_its_page_shows_the_worst_and_the_best_images(tested_report):
    """Four frames, each drawn once: the worst two, then the best two."""
    page = (tested_report / 'report.html').read_text()
    evaluation = read_evaluation(tested_report / 'report.json')
    order = np.argsort(evaluation.image_scores.mean_iou, kind='stable')
    parts = re.split('<h3>(?:Worst|Best) images|<h3>By the labels', page)
    for part, expected in ((parts[1], order[:2]), (parts[2], order[:1:-1])):
        places = [part.index(f'>{evaluation.images[i]}<') if f'>{evaluation.images[i]}<' in part
                  else part.index(f'>{evaluation.images[i]} <') for i in expected]  # fmt: skip
        assert places == sorted(places)
    assert page.count('<figure>') == page.count('src="data:image/') == 4 * 4


def test_a_training_leaves_the_report_of_its_last_validation(trained, figures):
    assert f'report: {trained / "report" / "report.html"}\n' in (trained / 'stdout.txt').read_text()
    evaluation = read_evaluation(trained / 'report' / 'report.json')
    meta = evaluation.metadata
    assert meta['training_seed'] == meta['seed'] == 3
    assert meta['checkpoint'].endswith('iter_4.pth') and len(meta['checkpoint_sha256']) == 64
    assert meta['curves']['mIoU'][-1][1] == pytest.approx(100 * evaluation.scores.mean_iou)


def another_run(folder, source, pixels=1):
    """A run whose predictions differ in a few pixels."""
    evaluation = read_evaluation(source / 'report.json')
    true, predicted = np.argwhere(evaluation.matrices[0] >= pixels)[0]
    evaluation.matrices[0, true, predicted] -= pixels
    evaluation.matrices[0, true, (predicted + 1) % 11] += pixels
    write_evaluation(evaluation, folder / 'report.json')
    return folder


def test_compare(report, trained, tested_report, tmp_path):
    ours, other = (another_run(tmp_path / str(n), tested_report, n) for n in (1, 2))
    code, out, errors = report(
        'compare', f'ours={ours}', '--baseline', f'{trained},{other}',
        '--out', tmp_path / 'compared',
    )  # fmt: skip
    assert code == 0, errors
    assert f'ours against {trained.name}: mIoU ' in out
    assert f'{trained.name} (2 seeds)' in out and 'ours has one training' in out
    names = sorted(file.name for file in (tmp_path / 'compared').iterdir())
    assert names == [f'comparison.{kind}' for kind in ('csv', 'html', 'md', 'png')]


def test_compare_refuses_a_run_given_twice(report, tested_report, tmp_path):
    copy = tmp_path / 'report.json'
    copy.write_text((tested_report / 'report.json').read_text())
    code, _, errors = report('compare', tested_report, '--baseline', f'{tested_report},{copy}')
    assert code == 1 and 'two of its runs have the same predictions' in errors


def test_compare_refuses_other_images(report, tested_report, tmp_path):
    evaluation = read_evaluation(tested_report / 'report.json')
    renamed = tuple(f'new_{name}' for name in evaluation.images)
    write_evaluation(
        evaluation.__class__(evaluation.classes, renamed, evaluation.matrices),
        tmp_path / 'report.json',
    )
    code, _, errors = report('compare', tmp_path, '--baseline', f'plain={tested_report}')
    assert code == 1
    assert errors.startswith('error: other images: plain was evaluated on 0.png, 1.png, 2.png and')


def test_show(report, trained, tested_report):
    code, out, _ = report('show', tested_report)
    assert code == 0
    assert 'tiny_camvid on CamVidDataset val' in out and '| Bicyclist ' in out
    assert 'checkpoint sha256: ' in out
    code, out, _ = report('show', f'val={trained}', f'again={tested_report}')
    assert code == 0 and 'val | again | difference |' in out


def test_list_names_what_it_cannot_read(report, tested_report, tmp_path):
    another_run(tmp_path / 'b', tested_report)
    (tmp_path / 'a').mkdir()
    (tmp_path / 'a' / 'report.json').write_text('{}')
    code, out, _ = report('list', tmp_path)
    assert code == 1
    assert '| b   | CamVidDataset val |      4 |' in out
    assert f'not listed: {tmp_path / "a" / "report.json"}: not a report' in out
    (tmp_path / 'a' / 'report.json').unlink()
    code, out, _ = report('list', tmp_path)
    assert code == 0 and 'not listed' not in out


@pytest.mark.parametrize('command', ['show', 'compare'])
def test_one_broken_report_of_several_is_named(report, tested_report, tmp_path, command):
    good, other = (another_run(tmp_path / name, tested_report) for name in ('good', 'other'))
    file = other / 'report.json'
    file.write_text(file.read_text().replace('"Pole"', '"Sky"', 1))
    baseline = ['--baseline', tested_report] if command == 'compare' else []
    code, out, errors = report(command, good, other, *baseline)
    assert (code, out) == (1, '')
    assert errors.startswith(f"error: {file}: a broken report, classes[2]: 'Sky' instead of a name")


def test_which_report_a_folder_means(report, tmp_path, tested_report):
    code, _, errors = report('show', tmp_path)
    assert code == 2 and f'error: {tmp_path}: no report found; make one by' in errors
    for name in ('a', 'b'):
        another_run(tmp_path / name, tested_report)
    code, _, errors = report('show', tmp_path)
    assert code == 2 and '2 reports found, name one of them' in errors
    code, out, _ = report('show', tmp_path / 'a' / 'report.json')
    assert code == 0


def test_a_folder_that_cannot_be_made_is_known_before_the_comparison(report, tested_report):
    file = tested_report / 'report.md'
    code, out, error = report('compare', tested_report, '--baseline', tested_report, '--out', file)
    assert (code, out) == (2, '')
    assert error == f'error: --out {file}: cannot be made (File exists)\n'


@pytest.mark.parametrize(
    ('pattern', 'message'),
    [
        ('(', "'(': not a regular expression (missing ), unterminated subpattern at position 0)"),
        ('x', "'x': has no group; put what names the drive into brackets, as in '([^_]+)_'"),
        ('(x)', "'(x)' names the drive of none of the 4 images, such as '0.png'"),
        ('([0-2])', "'([0-2])' names the drive of 3 of 4 images, but not of '3.png'"),
    ],
)
def test_a_pattern_of_drives_that_does_not_fit_is_refused(report, tested_report, pattern, message):
    code, out, error = report(
        'compare', f'ours={tested_report}', '--baseline', tested_report, '--cluster', pattern
    )
    assert (code, out, error) == (2, '', f'error: --cluster {message}\n')


def test_compare_by_drives(report, tested_report, tmp_path):
    ours = another_run(tmp_path / 'a', tested_report)
    names = ['--baseline', tested_report, '--out', tmp_path / 'out']
    code, out, _ = report('compare', ours, *names, '--cluster', r'(\.)')
    assert code == 0 and '95 % (blocks)' in out
    said = 'bootstrap over 2 blocks of 2 consecutive frames within 1 drive'
    for text in (out, *((tmp_path / 'out' / f'comparison.{end}').read_text()
                        for end in ('md', 'html'))):  # fmt: skip
        assert said in text
    # These four are not called as CamVid's frames are.
    code, out, _ = report('compare', ours, *names[:2])
    assert code == 0 and "bootstrap over 4 images one by one, since drive_pattern '" in out
    code, out, _ = report('show', tested_report)
    assert "intervals: bootstrap over 4 images one by one, since drive_pattern '" in out

"""tools/test.py on images without labels: predictions, and no scores."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmseg_ext.data import CamVidDataset

CLASSES = CamVidDataset.METAINFO['classes']
PALETTE = CamVidDataset.METAINFO['palette']
PREFIXES = [dict(img_path='photos'), dict(img_path='photos', seg_map_path='nowhere')]
TINY = Path(__file__).with_name('tiny_camvid.py')
SAID = 'the test images have no labels: nothing is scored'


@pytest.fixture
def photos(data, tmp_path):
    """The images that `tested` was tested on, in a folder of their own."""
    folder = tmp_path / 'photos'
    shutil.copytree(data / 'camvid/images/val', folder)
    return folder


@pytest.fixture
def test(run_here, trained, data, tmp_path, monkeypatch):
    """Run tools/test.py on the trained checkpoint; options are of the test data set."""
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    monkeypatch.setenv('LOCAL_RANK', '0')
    monkeypatch.chdir(tmp_path)

    def run(*arguments, config=TINY, **options):
        # mmengine shares loggers and visualizers of a name within a process.
        settings = [f'experiment_name={tmp_path.name}', f'visualizer.name={tmp_path.name}']
        settings += [f'test_dataloader.dataset.{key}={value}' for key, value in options.items()]
        return run_here(
            'test', config, trained / 'iter_4.pth', '--work-dir', 'work', *arguments,
            '--cfg-options', *settings,
        )  # fmt: skip

    return run


def assert_predicted_as_before(folder: Path, tested: Path) -> None:
    assert len(list(folder.iterdir())) == 4
    for path in folder.iterdir():
        written = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        before = cv2.imread(str(tested / 'out' / path.name), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(written, before)


@pytest.mark.parametrize('augmented', [False, True])
def test_predictions_are_written_and_drawn(test, photos, tested, augmented):
    tta = ['--tta'] if augmented else []
    code, written = test('--out', 'out', '--show-dir', 'drawn', *tta, unlabelled_images=photos)
    assert code == 0, written.err
    assert written.out.splitlines()[-1] == SAID
    assert len(list(Path('drawn').glob('**/*.png'))) == 4
    if augmented:
        assert len(list(Path('out').iterdir())) == 4
    else:
        assert_predicted_as_before(Path('out'), tested)


def test_only_drawn(test, photos):
    code, written = test('--show-dir', 'drawn', unlabelled_images=photos)
    assert code == 0, written.err
    assert len(list(Path('drawn').glob('**/*.png'))) == 4


@pytest.mark.parametrize('metric', ['PerClassIoU', 'IoUMetric'])
@pytest.mark.parametrize('prefix', PREFIXES)
def test_a_data_set_of_others(test, photos, tested, tmp_path, metric, prefix):
    config = tmp_path / 'others.py'
    config.write_text(
        f"""_base_ = {str(TINY)!r}
test_dataloader = dict(dataset=dict(
    _delete_=True, type='BaseSegDataset', data_root={str(photos.parent)!r}, img_suffix='.png',
    data_prefix={prefix}, metainfo=dict(classes={CLASSES!r}, palette={PALETTE!r}),
    pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
              dict(type='PackSegInputs')]))
test_evaluator = dict(type={metric!r})
"""
    )
    code, written = test('--out', 'out', '--show-dir', 'drawn', config=config)
    assert code == 0, written.err
    assert written.out.splitlines()[-1] == SAID
    assert_predicted_as_before(tmp_path / 'out', tested)
    assert len(list((tmp_path / 'drawn').glob('**/*.png'))) == 4


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--report', 'report'], f'error: {SAID}, so there is nothing to report; leave out --rep'),
        (['--report', 'report', '--out', 'out'], f'error: {SAID}, so there is nothing to report'),
        ([], f'error: {SAID}; write predictions by --out DIR, draw them by --show-dir DIR, or'),
    ],
)
def test_nothing_to_report_or_to_do(test, photos, arguments, message):
    code, written = test(*arguments, unlabelled_images=photos)
    assert code == 2
    assert message in written.err


def test_folders_without_images(test, photos, tmp_path):
    (tmp_path / 'empty').mkdir()
    for folder, message in (('nowhere', 'no such folder'), ('empty', 'no images found')):
        code, written = test('--out', 'out', unlabelled_images=tmp_path / folder)
        assert code == 2
        assert f'{folder}: {message}' in written.err
    (photos / '0.png').rename(photos / '0.tif')
    code, written = test('--out', 'out', unlabelled_images=photos)
    assert '1 image file(s) of a format that is not read (.tif)' in written.err

"""Trainings whose pipeline, sampler or shares would do something else than asked for."""

from pathlib import Path

import pytest

TINY = str(Path(__file__).with_name('tiny_camvid.py'))
ALBU = "dict(type='Albumentations', transforms=[dict(type='{}', p=1.0)])"
CONFIG = """
_base_ = ['{tiny}']
train_pipeline = _base_.train_pipeline
{change}
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
"""


def insert(place: int, transform: str) -> str:
    return f'train_pipeline.insert({place}, {transform})'


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (insert(2, "dict(type='LoadAnnotations')"), 'gt_seg_map is loaded twice'),
        (
            f'train_pipeline[0].to_float32 = True\n{insert(2, ALBU.format("CLAHE"))}',
            'Albumentations: the image comes in as float32 (48, 64, 3)',
        ),
        (insert(2, ALBU.format('ToFloat')), 'Albumentations: the image goes out as float32'),
        (
            insert(1, "dict(type='PasteRareInstances', dataset='CamVidDataset')"),
            'PasteRareInstances stands before the labels are loaded',
        ),
        (
            insert(1, "dict(type='RandomFlip', prob=0.5)"),
            'LoadCheckedLabels loads its map behind RandomFlip',
        ),
    ],
)
def test_a_pipeline_in_the_wrong_order_ends_with_the_order(
    run_here, monkeypatch, tmp_path, data, change, message
):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    monkeypatch.chdir(tmp_path)
    Path('config.py').write_text(CONFIG.format(tiny=TINY, change=change))
    code, written = run_here('train', 'config.py', '--work-dir', 'out')
    assert code == 2
    assert f'error: {message}' in written.err
    assert 'The pipeline is: LoadImageFromFile, ' in written.err


@pytest.mark.parametrize(
    ('sampler', 'message'),
    [
        ('dict(type="RareClassSampler")', "takes no argument 'shuffle'; remove it, or put _del"),
        (
            'dict(_delete_=True, type="RareClassSampler", min_pixels=289)',
            'no image has min_pixels=289 of Sky (at most 288 in one image), Building',
        ),
    ],
)
def test_a_sampler_that_leaves_out_a_class(run_here, monkeypatch, tmp_path, data, sampler, message):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    monkeypatch.chdir(tmp_path)
    Path('config.py').write_text(f"_base_ = ['{TINY}']\ntrain_dataloader = dict(sampler={sampler})")
    code, written = run_here('train', 'config.py', '--work-dir', 'out')
    assert code == 2
    assert message in written.err

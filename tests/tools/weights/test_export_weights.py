"""Exported weights are small, need no unpickling, and predict what the checkpoint predicts."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import save_checkpoint
from mmseg.registry import MODELS

from mmseg_ext.checkpoints.export import export_weights
from mmseg_ext.models.trained_model import trained_model

TINY = Path(__file__).parents[1] / 'tiny_camvid.py'
ALL = 'configs/combined/debias-gmm-boundary_r18-small_1xb8-600_toy-streets-128x192.py'


@pytest.mark.slow
def test_a_real_checkpoint_predicts_the_same(run_tool, trained, tested, figures, tmp_path):
    out = tmp_path / 'weights.pth'
    completed = run_tool(
        'tools/export_weights.py', trained / 'iter_4.pth', '--out', out, check=True
    )
    assert completed.stdout.splitlines()[-2] == str(out)
    assert 'left out: auxiliary_head, what only a resumed training needs' in completed.stdout
    exported = torch.load(out, weights_only=True)
    assert set(exported) == {'state_dict', 'meta'}
    assert not any(name.startswith('auxiliary_head') for name in exported['state_dict'])
    dataset_meta = exported['meta']['dataset_meta']
    assert dataset_meta['classes'][10] == 'Bicyclist' and dataset_meta['palette'][0] == [128] * 3
    assert out.stat().st_size < (trained / 'iter_4.pth').stat().st_size
    run_tool('tools/test.py', TINY, out, '--work-dir', tmp_path / 'test', check=True)
    assert figures(tmp_path / 'test') == figures(tested)


def test_all_methods_together(repository, tmp_path):
    """Suppression, mixture, boundary heads and learned loss weights."""
    init_default_scope('mmseg')
    config = Config.fromfile(repository / ALL)
    config.model.auxiliary_head[0].loss_decode = dict(
        type='UncertaintyWeightedLoss', loss=dict(type='BalancedBCELoss')
    )
    config.model.decode_head.loss_decode = dict(
        type='UncertaintyWeightedLoss', loss=dict(config.model.decode_head.loss_decode)
    )
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
    optimizer = torch.optim.AdamW(model.parameters())
    save_checkpoint(
        dict(state_dict=model.state_dict(), optimizer=optimizer.state_dict(), meta=dict(iter=3)),
        str(tmp_path / 'iter_3.pth'),
    )
    file, summary = export_weights(str(tmp_path / 'iter_3.pth'))
    assert file == tmp_path / 'iter_3_weights.pth'
    for name in ('auxiliary_head', 'decode_head.loss_decode', 'decode_head.posterior_net'):
        assert name in summary
    exported = torch.load(file, weights_only=True)
    assert 'decode_head.feature_selection.conv.weight' in exported['state_dict']
    image = torch.randn(1, 3, 64, 96)
    predictions = [
        trained_model(config.model, str(path)).encode_decode(image, [dict(img_shape=(64, 96))])
        for path in (tmp_path / 'iter_3.pth', file)
    ]
    assert torch.equal(*predictions)


def test_a_file_that_is_there_is_replaced_only_when_asked(run_here, tmp_path):
    file, out = tmp_path / 'input.pth', tmp_path / 'input_weights.pth'
    torch.save(dict(state_dict=dict(weight=torch.ones(1))), file)
    out.write_bytes(b'of another day')
    code, written = run_here('export_weights', file)
    assert code == 2 and f'--out {out} is there already; --overwrite replaces it' in written.err
    assert out.read_bytes() == b'of another day'
    code, written = run_here('export_weights', file, '--overwrite')
    assert not code, written.err
    assert torch.load(out, weights_only=True)['state_dict']['weight'] == 1


@pytest.mark.parametrize(
    ('content', 'out', 'message'),
    [
        (None, None, 'no checkpoint file'),
        (b'not a checkpoint', None, 'is not a readable checkpoint'),
        (dict(weights=1), None, 'is not a checkpoint of mmengine: it has no state_dict'),
        (dict(state_dict={}), 'input.pth', 'is the checkpoint itself'),
        (dict(state_dict={}), 'input.pth/below/a/file.pth', 'could not be written'),
    ],
)
def test_mistakes(content, out, message, run_here, tmp_path):
    file = tmp_path / 'input.pth'
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        torch.save(content, file)
    arguments = [file] + (['--out', tmp_path / out] if out else [])
    code, written = run_here('export_weights', *arguments)
    assert code == 2
    assert message in written.err and 'Traceback' not in written.err

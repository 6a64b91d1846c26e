"""An exported model decides as the model, tells what it is, and is refused where it would not."""

import json
import random
import re
import shutil
import sys

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from mmengine.config import Config
from scipy.special import softmax

from mmseg_debias import main
from mmseg_ext.benchmark.inference import of_checkpoint, of_onnx
from mmseg_ext.benchmark.input_images import drawn
from mmseg_ext.checkpoints.checkpoint import training_only
from mmseg_ext.commands.weights.export import INPUTS, OUTPUTS
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data import CamVidDataset
from mmseg_ext.export import description
from mmseg_ext.export.parity import require_parity
from mmseg_ext.export.session import OnnxSession
from mmseg_ext.export.write import without_logits
from mmseg_ext.prediction.exported.check import compare
from mmseg_ext.prediction.exported.check_images import check_images
from mmseg_ext.prediction.exported.onnx_predictor import OnnxPredictor
from mmseg_ext.prediction.exported.request import Export
from mmseg_ext.prediction.predictor import Predictor


def ids_in(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def changed(source, target, **told):
    """Write an exported model that tells something else of itself."""
    model = onnx.load(str(source))
    for each in model.metadata_props:
        if each.key in told:
            each.value = json.dumps(told[each.key])
    onnx.save(model, str(target))
    return target


def test_the_choices_of_the_command_line_are_those_of_the_file():
    assert INPUTS == description.INPUTS
    assert OUTPUTS == description.OUTPUTS


def test_as_mmseg(suppressed, exported, photos, of_mmseg):
    """As mmseg's own inference, in ONNX Runtime alone and through the test pipeline."""
    session = onnxruntime.InferenceSession(str(exported), providers=['CPUExecutionProvider'])
    predictor = OnnxPredictor(exported)
    for file in sorted(photos.iterdir()):
        classes, logits = of_mmseg(*suppressed, file)
        assert len(np.unique(classes)) > 1
        image = cv2.imread(str(file))
        ids, given = session.run(['classes', 'logits'], {'image': np.stack([image, image[::-1]])})
        assert ids.dtype == np.uint8 and ids.shape == (2, *image.shape[:2])
        np.testing.assert_array_equal(ids[0], classes)
        np.testing.assert_allclose(given[0], logits, atol=1e-4 * np.abs(logits).max())
        prediction = predictor(file)
        np.testing.assert_array_equal(prediction.classes, classes)
        # As sure as the scale of the calibration says.
        np.testing.assert_allclose(prediction.probabilities, softmax(logits / 2, 0), atol=1e-4)


def test_the_examples_of_the_guide(exported, photos, repository, tmp_path, monkeypatch):
    shutil.copy(exported, tmp_path / 'model.onnx')
    shutil.copy(photos / '0.png', tmp_path / 'photo.png')
    monkeypatch.chdir(tmp_path)
    guide = (repository / 'docs/guides/export.md').read_text(encoding='utf-8')
    examples = re.findall(r'```python\n(.*?)```', guide, re.DOTALL)
    assert len(examples) == 2
    names: dict = {}
    for code in examples:
        exec(code, names)
    np.testing.assert_array_equal(names['classes'][0], names['prediction'].classes)


def test_it_is_timed_beside_the_model(suppressed, exported, tmp_path, capsys):
    options = ['--size', '48', '64', '--batch', '2', '--repeats', '2', '--warm-up', '0']
    command = ['benchmark', 'inference', *map(str, suppressed), '--onnx', str(exported)]
    assert not main([*command, *options, '--json', str(tmp_path / 'figures.json')])
    (batch,) = json.loads((tmp_path / 'figures.json').read_text())['batches']
    assert [row['name'] for row in batch['models']] == [str(suppressed[1]), str(exported)]
    assert 'ratio: time of a batch by that of the first model' in capsys.readouterr().out
    image = drawn(48, 64).batch(2)
    of_model, of_file = (
        of_checkpoint(Config.fromfile(suppressed[0]), str(suppressed[1])),
        of_onnx(str(exported)),
    )
    for sample, other in zip(of_model.predict(image), of_file.predict(image), strict=True):
        torch.testing.assert_close(sample.pred_sem_seg.data, other.pred_sem_seg.data)
    assert main([*command[:-1], 'none.onnx', *options]) == 2
    assert 'no ONNX file none.onnx' in capsys.readouterr().err


def test_what_the_file_tells(suppressed, exported):
    model = onnx.load(str(exported))
    told = {each.key: json.loads(each.value) for each in model.metadata_props}
    assert told['classes'] == list(CamVidDataset.METAINFO['classes'])
    assert told['palette'] == [list(colour) for colour in CamVidDataset.METAINFO['palette']]
    assert told['mean'] == pytest.approx([123.675, 116.28, 103.53])
    assert told['std'] == pytest.approx([58.395, 57.12, 57.375])
    assert (told['input_format'], told['network_channels']) == ('uint8 NHWC BGR', 'RGB')
    assert (told['size'], told['multiple'], told['outputs']) == (None, 1, 'both')
    assert (told['calibrated'], told['probability_scale']) == (True, 0.5)
    assert [step['type'] for step in told['pipeline']] == ['LoadImageFromFile', 'PackSegInputs']
    (opset,) = (each.version for each in model.opset_import if each.domain == '')
    assert opset == told['opset'] == 20
    shape = model.graph.input[0].type.tensor_type.shape.dim
    assert [each.dim_param or each.dim_value for each in shape][1:] == ['height', 'width', 3]


def test_what_only_training_uses_is_not_in_the_file(suppressed, exported):
    names = [each.name for each in onnx.load(str(exported)).graph.initializer]
    assert any('decode_head' in name for name in names)
    assert not [name for name in names if training_only(name)]


def test_predict_writes_what_it_writes_with_the_checkpoint(
    suppressed, exported, photos, tmp_path, capsys
):
    for out, model in (('file', ['--onnx', exported]), ('checkpoint', suppressed)):
        words = [*model, '--out', tmp_path / out, photos, '--workers', '0']
        assert main(['predict', *map(str, words), '--save', 'ids', 'probabilities', 'shares']) == 0
    for file in photos.iterdir():
        one, other = (ids_in(tmp_path / out / 'ids' / file.name) for out in ('file', 'checkpoint'))
        np.testing.assert_array_equal(one, other)
    assert (tmp_path / 'file/shares.csv').read_text() == (
        tmp_path / 'checkpoint/shares.csv'
    ).read_text()
    record = json.loads((tmp_path / 'file/predictions.json').read_text())
    assert record['onnx'] == str(exported)
    # What another model has begun is not gone on with.
    again = [*suppressed, photos, '--out', tmp_path / 'file', '--resume']
    assert main(['predict', *map(str, again)]) == 2
    assert 'were made in another way' in capsys.readouterr().err


def test_a_file_of_one_size_or_of_multiples(exported, photos, tmp_path, capsys):
    fixed = changed(exported, tmp_path / 'fixed.onnx', size=[48, 64])
    multiple = changed(exported, tmp_path / 'multiple.onnx', multiple=8)
    for path, taken in ((fixed, '64x48 pixels alone'), (multiple, 'that are multiples of 8')):
        out = tmp_path / path.stem
        assert main(['predict', '--onnx', str(path), str(photos), '--out', str(out)]) == 1
        written = capsys.readouterr()
        assert 'predicted 1 image(s); 2 could not be predicted' in written.out
        assert taken in written.err and 'is given 77x31' in written.err
        assert [file.name for file in (out / 'ids').iterdir()] == ['0.png']


def test_a_file_without_logits(exported, photos, of_mmseg, suppressed, tmp_path, capsys):
    told = OnnxSession(exported).described
    path = tmp_path / 'classes.onnx'
    without_logits(exported, path, description.Description(**{**vars(told), 'outputs': 'classes'}))
    assert OnnxSession(path).outputs == ['classes']
    predictor = OnnxPredictor(path)
    for file in photos.iterdir():
        np.testing.assert_array_equal(predictor(file).classes, of_mmseg(*suppressed, file)[0])
    with pytest.raises(ConfigError, match='probabilities need logits'):
        _ = predictor(photos / '0.png').probabilities
    words = ['predict', '--onnx', path, photos, '--out', tmp_path / 'out', '--save']
    assert main([*map(str, words), 'probabilities']) == 2
    assert 'export it with --outputs both' in capsys.readouterr().err
    steps = [told.pipeline[0], dict(type='Resize', scale=(32, 32)), told.pipeline[1]]
    resizing = OnnxPredictor(changed(path, tmp_path / 'resizing.onnx', pipeline=steps))
    with pytest.raises(ValueError, match='the test pipeline resizes 64x48 to 32x32 pixels'):
        resizing(photos / '0.png')


def test_a_file_that_computes_something_else_is_found_out(
    suppressed, exported, tmp_path, monkeypatch
):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(tmp_path))
    predictor = Predictor(*suppressed, device='cpu')
    request = Export(Config.fromfile(suppressed[0]), str(suppressed[1]), tmp_path / 'out.onnx')
    images = check_images(request, predictor.preparation)
    assert images.told.startswith('noise, for the test set cannot be read (')
    require_parity(compare(predictor.model, images.packed, exported, exported))

    model = onnx.load(str(exported))
    (bias,) = (each for each in model.graph.initializer if each.name.endswith('conv_seg.bias'))
    values = onnx.numpy_helper.to_array(bias).copy()
    values[0] += 0.1 * np.abs(values).max() + 1
    bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
    onnx.save(model, str(tmp_path / 'tampered.onnx'))
    tampered = tmp_path / 'tampered.onnx'
    with pytest.raises(DataError, match='does not compute what the model does: largest relative'):
        require_parity(compare(predictor.model, images.packed, tampered, tampered))


@pytest.mark.slow
def test_a_model_that_cannot_be_exported_as_it_is_leaves_no_file(
    write_model, shallow, photos, tmp_path, monkeypatch, capsys
):
    """One that draws random numbers in Python: the export has one of them for good."""
    text = """
custom_imports = dict(imports=['random_logits'])
model['decode_head']['type'] = 'RandomLogits'
"""
    code = """
import random
from mmseg.models.decode_heads import FCNHead
from mmseg.registry import MODELS

@MODELS.register_module()
class RandomLogits(FCNHead):
    def forward(self, inputs):
        return super().forward(inputs) * random.uniform(1, 2)
"""
    module = tmp_path / 'random_logits.py'
    module.write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    config, checkpoint = write_model(shallow + text)
    random.seed(0)
    out = tmp_path / 'out/model.onnx'
    options = ['--size', 32, 48, '--check', photos / '0.png']
    words = ['export', config, checkpoint, '--out', out, *options]
    assert main(list(map(str, words))) == 1
    written = capsys.readouterr()
    assert 'compared on 1 image(s) of --check, at 48x32 pixels: largest' in written.out
    assert 'error: ONNX Runtime does not compute what the model does' in written.err
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['export', '--out', 'MODEL.onnx'], '--out MODEL.onnx: is there already; give --overwrite'),
        (['predict', '--onnx', 'MODEL.onnx', '--out', 'o'], 'name what to predict behind --onnx'),
        (['predict', '--onnx', 'MODEL.onnx', 'a', '--amp', '--out', 'o'], '--amp is for a config'),
        (['predict', '--onnx', 'none.onnx', '.', '--out', 'o'], 'no ONNX file none.onnx'),
        (['predict', '--onnx', 'text.onnx', '.', '--out', 'o'], 'ONNX Runtime cannot load it'),
        (
            ['predict', '--onnx', 'MODEL.onnx', '.', '--out', 'o', '--device', 'tpu'],
            "device 'tpu': ONNX Runtime as it is installed runs on cpu; onnx",
        ),
        (['predict', 'a', 'b', '--out', 'o'], 'name a config, a checkpoint and what to predict'),
    ],
)
def test_mistakes(words, message, suppressed, exported, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'MODEL.onnx').write_bytes(exported.read_bytes())
    (tmp_path / 'text.onnx').write_text('no model')
    cv2.imwrite('image.png', np.zeros((8, 8, 3), np.uint8))
    command, *rest = words
    model = [*map(str, suppressed)] if command == 'export' else []
    assert main([command, *model, *rest]) == 2
    assert message in capsys.readouterr().err
    assert (tmp_path / 'MODEL.onnx').read_bytes() == exported.read_bytes()


def test_a_model_that_is_not_of_ours(tmp_path):
    value = onnx.helper.make_tensor_value_info('x', onnx.TensorProto.FLOAT, [1])
    node = onnx.helper.make_node('Identity', ['x'], ['y'])
    other = onnx.helper.make_tensor_value_info('y', onnx.TensorProto.FLOAT, [1])
    model = onnx.helper.make_model(
        onnx.helper.make_graph([node], 'other', [value], [other]),
        opset_imports=[onnx.helper.make_opsetid('', 20)],
        ir_version=10,
    )
    onnx.save(model, str(tmp_path / 'other.onnx'))
    with pytest.raises(ConfigError, match='is not a model of `mmseg-debias export`'):
        OnnxPredictor(tmp_path / 'other.onnx')


@pytest.mark.parametrize('command', ['export', 'predict'])
def test_a_missing_package_is_named(command, suppressed, exported, photos, tmp_path, capsys):
    words = {
        'export': [*suppressed, '--out', tmp_path / 'model.onnx'],
        'predict': ['--onnx', exported, photos, '--out', tmp_path / 'out'],
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, 'onnxruntime', None)
        assert main([command, *map(str, words[command])]) == 2
    error = capsys.readouterr().err
    assert "needs onnxruntime: run pip install 'mmseg-debias[export]'\n" in error


def test_sliding_windows_and_classes_alone(write_model, tmp_path, capsys):
    text = "model = dict(test_cfg=dict(mode='slide', crop_size=(32, 48), stride=(20, 30)))"
    words = ['export', *write_model(text), '--out', tmp_path / 'm.onnx', '--outputs', 'classes']
    assert main(list(map(str, words))) == 2
    assert 'the config predicts by sliding windows' in capsys.readouterr().err

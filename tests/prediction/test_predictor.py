"""The predictor decides as mmseg's own inference, and as sure as its logits say."""

import cv2
import numpy as np
import pytest
from mmseg.apis import inference_model, init_model
from PIL import Image
from scipy.special import expit, softmax

from mmseg_ext import Predictor
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data import CamVidDataset

ONE_LOGIT = """
metainfo = dict(classes=('Sky', 'Building'), palette=[[1, 2, 3], [40, 50, 60]])
test_dataloader = dict(dataset=dict(metainfo=metainfo))
_head = dict(num_classes=2, out_channels=1, threshold=0.3,
             loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True, _delete_=True))
model = dict(decode_head=_head, auxiliary_head=_head)
"""
RESIZED = """
test_pipeline = [
    dict(type='LoadImageFromFile'), dict(type='Resize', scale=(96, 64), keep_ratio=True),
    dict(type='LoadCheckedLabels'), dict(type='PackSegInputs')]
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
model = dict(test_cfg=dict(mode='slide', crop_size=(32, 48), stride=(20, 30)),
             data_preprocessor=dict(test_cfg=dict(size_divisor=16)))
"""


def of_mmseg(config, checkpoint, files):
    """Class ids and what mmseg calls logits, by its own interface."""
    model = init_model(str(config), str(checkpoint), device='cpu')
    samples = [inference_model(model, str(file)) for file in files]
    return [
        (sample.pred_sem_seg.data[0].numpy(), sample.seg_logits.data.double().numpy())
        for sample in samples
    ]


@pytest.mark.parametrize('text', ['', RESIZED])
def test_as_mmseg(write_model, frames, text):
    config, checkpoint = write_model(text)
    predictor = Predictor(config, checkpoint, device='cpu')
    for file, (classes, logits) in zip(frames, of_mmseg(config, checkpoint, frames), strict=True):
        assert len(np.unique(classes)) > 1
        for image in (file, str(file), cv2.imread(str(file))):
            prediction = predictor(image)
            assert prediction.classes.dtype == np.int64
            np.testing.assert_array_equal(prediction.classes, classes)
        probabilities = prediction.probabilities
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities, softmax(logits, axis=0), atol=1e-5)
        assert prediction.shares == pytest.approx([(classes == c).mean() for c in range(11)])
    assert predictor.names == CamVidDataset.METAINFO['classes']


def test_a_calibrated_checkpoint_is_as_sure_as_its_scale_says(write_model, frames):
    config, checkpoint = write_model(calibration=dict(scale=0.25))
    ((classes, logits),) = of_mmseg(config, checkpoint, frames[:1])
    prediction = Predictor(config, checkpoint)(frames[0])
    np.testing.assert_array_equal(prediction.classes, classes)
    np.testing.assert_allclose(prediction.probabilities, softmax(logits / 4, axis=0), atol=1e-5)


@pytest.mark.parametrize('scale', [1, 2])
def test_one_logit_for_two_classes(write_model, frames, scale):
    config, checkpoint = write_model(ONE_LOGIT, calibration=dict(scale=scale))
    ((classes, sigmoid),) = of_mmseg(config, checkpoint, frames[:1])
    assert 0.1 < classes.mean() < 0.9
    prediction = Predictor(config, checkpoint)(frames[0])
    assert prediction.classes.dtype == np.int64
    np.testing.assert_array_equal(prediction.classes, classes)
    second = expit(scale * np.log(sigmoid[0] / (1 - sigmoid[0])))
    np.testing.assert_allclose(prediction.probabilities, [1 - second, second], atol=1e-4)


def test_test_time_augmentation_is_the_mean_over_the_image_and_its_mirror(write_model, frames):
    config, checkpoint = write_model()
    image = cv2.imread(str(frames[0]))
    plain = Predictor(config, checkpoint)
    mirrored = plain(np.ascontiguousarray(image[:, ::-1])).probabilities[..., ::-1]
    mean = (plain(image).probabilities + mirrored) / 2
    prediction = Predictor(config, checkpoint, tta=True)(image)
    np.testing.assert_allclose(prediction.probabilities, mean, atol=1e-5)
    np.testing.assert_array_equal(prediction.classes, mean.argmax(0))
    assert (prediction.classes != plain(image).classes).any()


def test_mixed_precision_decides_nearly_alike(write_model, frames):
    files = write_model()
    plain, mixed = (Predictor(*files, device='cpu', amp=amp)(frames[0]) for amp in (False, True))
    assert (plain.classes == mixed.classes).mean() > 0.9
    assert not np.array_equal(plain.probabilities, mixed.probabilities)


def test_images_in_a_row_of_one_size_are_a_batch(write_model, frames):
    predictor = Predictor(*write_model())
    files = [frames[0], frames[0], frames[1], frames[0]]
    together = predictor.predict([predictor.preparation.file(file) for file in files])
    assert len(together) == 4
    for file, prediction in zip(files, together, strict=True):
        alone = predictor(file)
        assert prediction.classes.shape == cv2.imread(str(file)).shape[:2]
        np.testing.assert_allclose(prediction.probabilities, alone.probabilities, atol=1e-4)


def test_an_image_is_turned_as_its_exif_orientation_says(write_model, frames, tmp_path):
    image = Image.open(frames[0])
    exif = image.getexif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    turned = tmp_path / 'turned.png'
    image.save(turned, exif=exif)
    predictor = Predictor(*write_model())
    prediction = predictor(turned)
    assert prediction.classes.shape == (64, 48)
    upright = np.ascontiguousarray(np.rot90(cv2.imread(str(frames[0])), -1))
    np.testing.assert_array_equal(prediction.image, upright)
    np.testing.assert_array_equal(prediction.classes, predictor(upright).classes)


def test_pictures(write_model, frames):
    prediction = Predictor(*write_model())(frames[0])
    image = cv2.imread(str(frames[0]))
    palette = np.array(CamVidDataset.METAINFO['palette'])
    colours = palette[prediction.classes][..., ::-1]
    np.testing.assert_array_equal(prediction.colours(), colours)
    np.testing.assert_array_equal(prediction.overlay(0), image)
    np.testing.assert_array_equal(prediction.overlay(1), colours)
    np.testing.assert_allclose(prediction.overlay(), (image + colours) / 2.0, atol=0.51)
    np.testing.assert_array_equal(prediction.side_by_side(), np.hstack([image, colours]))
    with pytest.raises(ValueError, match='from 0 to 1, it is 2'):
        prediction.overlay(2)


def test_what_is_no_image(write_model, frames, tmp_path):
    predictor = Predictor(*write_model())
    deep, text = tmp_path / 'deep.png', tmp_path / 'text.png'
    cv2.imwrite(str(deep), np.zeros((4, 4, 3), np.uint16))
    text.write_text('no image')
    for image, message in (
        (np.zeros((4, 4, 3)), r'must be an array \(H, W, 3\) of uint8, BGR'),
        (np.zeros((4, 4), np.uint8), r'must be an array \(H, W, 3\) of uint8, BGR'),
        (np.zeros((4, 4, 4), np.uint8), r'its shape is \(4, 4, 4\)'),
        (np.zeros((0, 4, 3), np.uint8), r'its shape is \(0, 4, 3\)'),
        (tmp_path / 'none.png', 'none.png: cannot be read'),
        (text, 'text.png: .*failed to load image'),
        (deep, 'deep.png: the PNG image has 16 bits a channel'),
    ):
        with pytest.raises(DataError, match=message):
            predictor(image)


@pytest.mark.parametrize(
    ('text', 'options', 'message'),
    [
        ('', dict(device='cuda:99'), "device 'cuda:99': cannot be used here"),
        ('', dict(device='abacus'), "device 'abacus': cannot be used here"),
        ('tta_model = None', dict(tta=True), 'needs tta_pipeline and tta_model'),
        ('test_dataloader = None', {}, 'lacks test_dataloader; prediction needs model'),
        (
            "test_dataloader = dict(dataset=dict(pipeline=[dict(type='PackSegInputs')]))",
            {},
            'must begin with LoadImageFromFile; it has PackSegInputs',
        ),
        (
            "test_dataloader = dict(dataset=dict(metainfo=dict(classes=('Sky', 'Road'))))",
            {},
            'the model decides between 11 classes, and the test set of its config has 2',
        ),
    ],
)
def test_mistakes(write_model, text, options, message):
    with pytest.raises(ConfigError, match=message):
        Predictor(*write_model(text), **options)


def test_arrays_and_a_pipeline_that_loads_no_colours(write_model, frames):
    pipeline = (
        "[dict(type='LoadImageFromFile', color_type='unchanged'), dict(type='PackSegInputs')]"
    )
    predictor = Predictor(
        *write_model(f'test_dataloader = dict(dataset=dict(pipeline={pipeline}))')
    )
    assert predictor(frames[0]).classes.shape == (48, 64)
    with pytest.raises(ConfigError, match="color_type='unchanged'; arrays and videos"):
        predictor(cv2.imread(str(frames[0])))

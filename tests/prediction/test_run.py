"""What the model cannot take is told, and the rest goes on."""

import cv2

from mmseg_ext import Predictor
from mmseg_ext.prediction.folder import Request, predict_folder
from mmseg_ext.prediction.inputs import find_inputs

# It asserts that height and width are multiples of 4.
UNET = """
model = dict(
    backbone=dict(
        _delete_=True, type='UNet', base_channels=8, num_stages=3, strides=(1, 1, 1),
        enc_num_convs=(1, 1, 1), dec_num_convs=(1, 1), downsamples=(True, True),
        enc_dilations=(1, 1, 1), dec_dilations=(1, 1)),
    decode_head=dict(in_channels=8, in_index=2), auxiliary_head=dict(in_channels=16, in_index=1))
"""


def test_sizes_that_the_model_cannot_take(write_model, frames, tmp_path):
    config, checkpoint = write_model(UNET)
    twins = []
    for number, file in enumerate([*frames, frames[0], frames[1]]):
        twins.append(tmp_path / f'twin{number}{file.suffix}')
        twins[-1].write_bytes(file.read_bytes())
    code = cv2.VideoWriter.fourcc(*'FFV1')
    video = cv2.VideoWriter(str(tmp_path / 'v.avi'), cv2.CAP_FFMPEG, code, 10, (66, 50))
    video.write(cv2.resize(cv2.imread(str(frames[0])), (66, 50)))
    video.release()
    named = [*map(str, twins), str(tmp_path / 'v.avi')]
    request = Request(
        lambda: Predictor(config, checkpoint),
        str(checkpoint),
        tmp_path / 'out',
        ['ids', 'overlay'],
        batch_size=5,
    )
    told = []
    done = predict_folder(request, find_inputs(named, (), False, request.out).sources, told.append)
    assert (done.images, done.videos, done.faults) == (2, 0, told)
    assert len(told) == 4
    for fault, name, size in zip(
        told,
        ('twin1.jpg', 'twin2.png', 'twin4.jpg', 'v.avi'),
        ('77x31', '33x90', '77x31', '66x50'),
        strict=True,
    ):
        assert f'{name}: the model fails on {size} pixels (AssertionError: The input' in fault
    written = {path.name for path in (tmp_path / 'out').rglob('*') if path.is_file()}
    assert written == {'twin0.png', 'twin3.png', 'predictions.json'}

"""Which images a report shows, and that the error picture marks what is wrong."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from mmseg_ext.evaluation import Evaluation, confusion_matrix
from mmseg_ext.training.reporting import report_images
from mmseg_ext.training.reporting.report_images import draw_report_images

PALETTE = ((255, 0, 0), (0, 255, 0))
LABEL = np.array([[0, 0, 1, 1], [0, 0, 1, 255]], np.uint8)


class Frames(torch.utils.data.Dataset):
    """Frames on disk; a packed sample is its index."""

    def __init__(self, folder, count):
        self.paths = [str(folder / f'{index}.png') for index in range(count)]
        for path in self.paths:
            cv2.imwrite(path, np.full((4, 8, 3), 100, np.uint8))

    def __len__(self):
        return len(self.paths)

    def get_data_info(self, index):
        return {'img_path': self.paths[index]}

    def __getitem__(self, index):
        return {'index': index}


class Model(torch.nn.Module):
    """Predicts as many wrong pixels as the index of the frame."""

    def test_step(self, batch):
        assert not self.training
        (index,) = batch['index']
        maps = [torch.from_numpy(array)[None] for array in (predict(index), LABEL)]
        return [
            SimpleNamespace(
                pred_sem_seg=SimpleNamespace(data=maps[0]), gt_sem_seg=SimpleNamespace(data=maps[1])
            )
        ]


def predict(index):
    pred = np.where(LABEL == 255, 0, LABEL).astype(np.uint8)
    pred.reshape(-1)[:index] ^= 1
    return pred


def evaluate(order):
    """Evaluate the frames in an order of the sampler's."""
    matrices = np.stack([confusion_matrix(predict(index), LABEL, 2) for index in order])
    return Evaluation(('a', 'b'), tuple(f'{i}.png' for i in order), matrices, palette=PALETTE)


def decode(picture):
    return cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize('count', [1, 2, 3, 6])
def test_worst_and_best_without_repetition(tmp_path, count):
    order = list(np.random.default_rng(0).permutation(count))
    evaluation = evaluate(order)
    images = draw_report_images(evaluation, Model(), Frames(tmp_path, count))
    names = [
        (evaluation.images[image.index], reason.kind == 'worst')
        for kind in ('worst', 'best')
        for image in images
        for reason in image.reasons
        if reason.kind == kind
    ]
    worst = [f'{index}.png' for index in reversed(range(count))][: min(3, (count + 1) // 2)]
    best = [f'{index}.png' for index in range(count)][: min(3, count - len(worst))]
    assert names == [(name, True) for name in worst] + [(name, False) for name in best]


def test_pictures(tmp_path):
    """Two wrong pixels at the top left, one without label at the bottom right."""
    worst = draw_report_images(evaluate([2]), Model(), Frames(tmp_path, 3))[0]
    assert [picture.title for picture in worst.pictures] == [
        'input', 'truth', 'prediction', 'error',
    ]  # fmt: skip
    photo, truth, prediction, error = map(decode, worst.pictures)
    assert photo.shape == (2, 4, 3), 'the picture has the size of the labels'
    np.testing.assert_array_equal(truth[0, 0], (0, 0, 255))
    np.testing.assert_array_equal(prediction[0, 0], (0, 255, 0))
    orange = (error == (20, 120, 245)).all(-1)
    np.testing.assert_array_equal(orange, [[1, 1, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(error[1, 3], truth[1, 3])


def test_what_opencv_cannot_read_is_left_out_with_a_warning(tmp_path, monkeypatch):
    """A user's own loading transform may read it all the same."""
    said = []
    monkeypatch.setattr(report_images, 'print_log', lambda text, **_: said.append(text))
    frames = Frames(tmp_path, 3)
    (tmp_path / '0.png').write_bytes(b'nothing')
    (tmp_path / '1.png').unlink()
    images = draw_report_images(evaluate([0, 1, 2]), Model(), frames)
    assert [(image.index, image.reasons[0].kind) for image in images] == [(2, 'worst')]
    assert [text.split(':')[0] for text in said] == [frames.paths[1], frames.paths[0]]


class Failing(Model):
    """Cannot predict the first frame."""

    def test_step(self, batch):
        if batch['index'] == [0]:
            raise RuntimeError('no \x1bmemory')
        return super().test_step(batch)


def test_what_cannot_be_predicted_again_is_left_out_with_a_warning(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(report_images, 'print_log', lambda text, **_: said.append(text))
    model, frames = Failing().train(), Frames(tmp_path, 3)
    images = draw_report_images(evaluate([0, 1, 2]), model, frames)
    assert [image.index for image in images] == [2, 1]
    assert model.training
    assert len(said) == 1 and said[0].startswith(f"{frames.paths[0]}: RuntimeError('no ")
    assert '\x1b' not in said[0]


class OneLogit(Model):
    """Predicts as mmseg does from one logit for two classes: in floats."""

    def test_step(self, batch):
        samples = super().test_step(batch)
        samples[0].pred_sem_seg.data = samples[0].pred_sem_seg.data.float()
        return samples


def test_one_logit_for_two_classes_gives_the_same_pictures(tmp_path):
    frames = Frames(tmp_path, 3)
    ours, theirs = (
        draw_report_images(evaluate([2]), model, frames) for model in (OneLogit(), Model())
    )
    assert ours == theirs and len(ours) == 1


def test_the_model_goes_on_training(tmp_path):
    model = Model().train()
    draw_report_images(evaluate([0]), model, Frames(tmp_path, 1))
    assert model.training

"""Images of different sizes in one batch, and labels of another size than the prediction."""

import cv2
import pytest


@pytest.fixture
def resize(tmp_path):
    """Make one frame of a split smaller."""

    def change(split: str, index: int, size: tuple[int, int] = (32, 40)) -> str:
        names = sorted(path.name for path in (tmp_path / 'camvid' / 'images' / split).iterdir())
        for kind in ('images', 'annotations'):
            path = str(tmp_path / 'camvid' / kind / split / names[index])
            image = cv2.imread(path, cv2.IMREAD_UNCHANGED)
            cv2.imwrite(path, image[: size[0], : size[1]])
        return names[index]

    return change


@pytest.mark.parametrize('index', [0, 3])
def test_a_validation_batch(validated, fault, resize, index):
    small = resize('val', index)
    validated.val_dataloader.batch_size = 2
    message = fault(validated)
    assert message.startswith(
        'ConfigError: val_dataloader.batch_size=2: a batch would hold images of different sizes, '
    )
    assert small in message
    assert '(32×40)' in message and '(48×64)' in message
    assert message.endswith('set val_dataloader.batch_size=1, or resize them to one size in the '
                            'pipeline')  # fmt: skip


def test_images_of_one_size_in_each_batch(validated, fault, resize):
    resize('val', 0)
    resize('val', 1)
    validated.val_dataloader.batch_size = 2
    assert fault(validated) is None


def test_a_pipeline_that_resizes(validated, fault, resize):
    resize('val', 0)
    validated.val_dataloader.batch_size = 2
    resized = dict(type='Resize', scale=(64, 48), keep_ratio=False)
    validated.val_dataloader.dataset.pipeline.insert(1, resized)
    assert fault(validated) is None


def test_single_images(validated, fault, resize):
    resize('val', 3)
    assert fault(validated) is None


def test_a_training_batch_that_cannot_be_put_together(validated, fault, resize):
    for index in (0, 1, 2):
        resize('train', index, (32 + 8 * index, 40))
    validated.train_dataloader.dataset.pipeline.pop(2)
    validated.train_dataloader.sampler = dict(type='DefaultSampler', shuffle=False)
    validated.model.data_preprocessor.size = None
    assert 'model.data_preprocessor' in fault(validated)
    validated.model.data_preprocessor.size_divisor = 1
    assert fault(validated) is None
    validated.model.data_preprocessor.size = (16, 16)
    validated.model.data_preprocessor.size_divisor = None
    assert fault(validated) == (
        'ConfigError: train_dataloader: a batch has images of different sizes, 32×40 and 40×40, '
        'which model.data_preprocessor cannot put together: crop or resize them to one size in the '
        'pipeline, or pad them to model.data_preprocessor.size'
    )


def test_labels_of_another_size_than_the_prediction(validated, fault):
    resized = dict(type='Resize', scale=(32, 24))
    validated.val_dataloader.dataset.pipeline.insert(2, resized)
    message = fault(validated)
    assert message.startswith('ConfigError: val_dataloader.dataset.pipeline: the labels of ')
    assert message.endswith(
        'are 24×32 and the prediction, which has the size of the file, is 48×64: load the labels '
        'after the transforms that resize the image'
    )

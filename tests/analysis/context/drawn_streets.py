"""Streets of flat colours in ToyStreets' layout, and models that are formulas."""

from types import SimpleNamespace

import cv2
import numpy as np
from layouts import write_png
from mmengine.config import Config

from mmseg_ext.analysis.context.survey import Frames
from mmseg_ext.data.sets.toy_streets import ToyStreetsDataset

CLASSES = ToyStreetsDataset.METAINFO['classes']
ROAD, SIDEWALK, CAR, PERSON, CYCLIST = map(
    CLASSES.index, ('road', 'sidewalk', 'car', 'person', 'cyclist')
)
PALETTE = np.array(ToyStreetsDataset.METAINFO['palette'], np.uint8)[:, ::-1]
SHAPE = (60, 100)


def write_street(root, split, name, objects, ground=ROAD):
    """Write a frame; ``objects`` are class, top, left, height and width, drawn in turn."""
    labels = np.full(SHAPE, ground, np.uint8)
    instances = np.zeros(SHAPE, np.uint16)
    for number, (label, top, left, height, width) in enumerate(objects, 1):
        box = np.s_[top : top + height, left : left + width]
        labels[box], instances[box] = label, number
    for folder, array in (
        ('images', PALETTE[labels][..., ::-1]), ('annotations', labels), ('instances', instances),
    ):  # fmt: skip
        (root / folder / split).mkdir(parents=True, exist_ok=True)
        write_png(root / folder / split / f'{name}.png', array)


def config_of(root):
    def loader(split):
        dataset = dict(
            type='ToyStreetsDataset', data_root=str(root), split=split,
            pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadCheckedLabels'),
                      dict(type='PackSegInputs')],
        )  # fmt: skip
        return dict(dataset=dataset, batch_size=1, num_workers=0)

    return Config(
        dict(
            default_scope='mmseg', train_dataloader=loader('train'), test_dataloader=loader('shift')
        )
    )


def frames_of(root, split, min_pixels=1):
    return Frames(config_of(root), split, min_pixels)


class ByColour:
    """Names every pixel by its colour: it is right wherever nothing is inpainted."""

    def __call__(self, image):
        return SimpleNamespace(classes=self.classes(image))

    def classes(self, image):
        distance = np.abs(image[:, :, None].astype(int) - PALETTE).sum(-1)
        return distance.argmin(-1)


class ByCompany(ByColour):
    """Calls a cyclist a person where no car is within ten pixels."""

    def classes(self, image):
        predicted = super().classes(image)
        cars = (predicted == CAR).astype(np.uint8)
        near = cv2.dilate(cars, np.ones((21, 21), np.uint8)).astype(bool)
        number, components = cv2.connectedComponents((predicted == CYCLIST).astype(np.uint8))
        for one in range(1, number):
            if not near[components == one].any():
                predicted[components == one] = PERSON
        return predicted

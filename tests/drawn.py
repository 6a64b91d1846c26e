"""Evaluations drawn for tests."""

import numpy as np

from mmseg_ext.evaluation import Evaluation, Tail

CLASSES = ('road', 'car', 'cyclist')


def draw_labels(seed=0, images=30):
    """Labelled pixels of each class in each image, int64 (N, 3)."""
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(400, 600, images), rng.integers(80, 120, images),
                     rng.integers(5, 15, images)], axis=1)  # fmt: skip


def draw_matrices(labels, accuracy, seed):
    """Confusion matrices in which each class is found with its accuracy, plus noise per image.

    Args:
        labels: Of :func:`draw_labels`.
        accuracy: Of the three classes, fractions.
        seed: Of the noise, which is that of one training.
    """
    rng = np.random.default_rng(seed)
    matrices = np.zeros((len(labels), 3, 3), np.int64)
    for image, pixels in enumerate(labels):
        for true in range(3):
            right = np.clip(accuracy[true] + rng.normal(0, 0.03), 0, 1)
            wrong = (1 - right) / 2
            chances = [right if predicted == true else wrong for predicted in range(3)]
            matrices[image, true] = rng.multinomial(pixels[true], chances)
    return matrices


def draw_evaluation(accuracy=(0.95, 0.8, 0.5), seed=0, images=30, **fields):
    """An evaluation of one model on the labels that all of them share."""
    fields = {
        'palette': ((128, 64, 128), (0, 0, 142), (119, 11, 32)),
        'train_shares': dict(road=80.0, car=18.5, cyclist=1.5),
        'tail': Tail(('cyclist',), 'less than 2.5 % of the training pixels'),
        **fields,
    }
    labels = draw_labels(images=images)
    names = tuple(f'{index:03d}.png' for index in range(images))
    return Evaluation(CLASSES, names, draw_matrices(labels, accuracy, seed), **fields)

"""Evaluation on a GPU counts what it counts on the CPU."""

import numpy as np
import torch

from mmseg_ext.training.reporting.per_class_iou import PerClassIoU

CLASSES = ('Sky', 'Road', 'Pole', 'Car')


def drawn_samples():
    """Three images of random classes, some of their pixels without a label."""
    draws = np.random.default_rng(0)
    samples = []
    for index in range(3):
        pred, label = draws.integers(0, len(CLASSES), (2, 1, 40, 56))
        label[draws.random(label.shape) < 0.1] = 255
        samples.append(
            {
                'img_path': f'{index}.png',
                'pred_sem_seg': {'data': torch.from_numpy(pred)},
                'gt_sem_seg': {'data': torch.from_numpy(label)},
            }
        )
    return samples


def evaluated(samples, device):
    metric = PerClassIoU(boundary=dict())
    metric.dataset_meta = {'classes': CLASSES, 'train_shares': dict(Sky=50, Road=40, Pole=1, Car=9)}
    for sample in samples:
        moved = {
            name: {'data': part['data'].to(device)} if isinstance(part, dict) else part
            for name, part in sample.items()
        }
        metric.process({}, [moved])
    return metric.evaluate(3)


def test_scores_of_predictions_on_the_gpu():
    samples = drawn_samples()
    scores = evaluated(samples, 'cuda')
    assert len(scores) > 5
    assert scores == evaluated(samples, 'cpu')

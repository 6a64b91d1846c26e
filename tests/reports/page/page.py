"""A report page with all that a report may have, drawn for tests."""

from dataclasses import replace

import cv2
import numpy as np
from drawn import draw_evaluation

from mmseg_ext.evaluation import Evaluation
from mmseg_ext.reports.pictures.frames_file import Frame
from mmseg_ext.reports.pictures.picture import Picture, Reason, ReportImage

HOSTILE = '<script>alert("x")</script>'

CALIBRATION = {
    'objective': 'mIoU', 'dataset': 'Streets', 'split': 'train', 'frames': 40, 'folds': 5,
    'intervals': '95 % over 40 images', 'classes': ['road', 'car'],
    'expected': {
        'mIoU': {'before': 0.5, 'after': 0.53, 'low': 0.01, 'high': 0.05},
        'mAcc': {'before': 0.8, 'after': 0.75, 'low': -0.07, 'high': -0.02},
    },
    'expected_iou': [
        {'before': 0.9, 'after': 0.901, 'low': -0.002, 'high': 0.004},
        {'before': None, 'after': None, 'low': None, 'high': None},
    ],
}  # fmt: skip


def page_evaluation() -> Evaluation:
    """Four classes: one that is absent, and one whose name would be a script."""
    evaluation = draw_evaluation()
    matrices = np.pad(evaluation.matrices, ((0, 0), (0, 1), (0, 1)))
    return replace(
        evaluation,
        classes=('road', 'car', HOSTILE, 'absent'),
        palette=((128, 64, 128), (0, 0, 142), (119, 11, 32), (1, 2, 3)),
        matrices=matrices,
        train_shares=None,
        tail=None,
        metadata={
            'config': 'configs/quick|start.py',
            'config_text': f'# {HOSTILE}',
            'seed': 3,
            'data': {'dataset': 'Streets', 'split': 'val', 'root': 'data/streets'},
            'curves': {'loss': [[10, 2.0], [20, 1.0]], 'mIoU': [[10, 20.0], [20, 40.0]]},
            'calibration': CALIBRATION,
        },
    )


def page_images() -> list[ReportImage]:
    """A worst and a best image, each with two pictures."""
    _, png = cv2.imencode('.png', np.full((30, 40, 3), 200, np.uint8))
    pictures = [Picture(title, 'image/png', png.tobytes()) for title in ('input', 'error')]
    return [
        ReportImage(3, (Reason('worst'),), pictures),
        ReportImage(5, (Reason('best'),), pictures),
    ]


def page_frames() -> dict[str, list[Frame]]:
    """One image under `plain` and `ours`, each with its four pictures."""
    (image, _), titles = page_images(), ('input', 'truth', 'prediction', 'error')
    data = image.pictures[0].data
    pictures = tuple(Picture(title, 'image/png', data) for title in titles)
    return {name: [Frame('003.png', ('cyclist',), pictures)] for name in ('plain', 'ours')}

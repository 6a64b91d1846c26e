"""The text of a config for own data, on the base that is recommended for it."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmseg_ext.commands.own_data.project import Project
from mmseg_ext.commands.parser.recipes import copy_with_bases, recipe_folder
from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.folders import make_folder
from mmseg_ext.data.checks.as_python import shares_text, weights_text

BASE = '_base_/own_data/efficientnet-lite0.py'
_STRIDE = 16

_TEXT = """\
# Own data in {root}:
# {counts}. Written by `mmseg-debias init`.
_base_ = './{base}'

# Where trainings write, relative to where they are started; --work-dir names another.
work_dir = {work_dir!r}
data_root = {data_root!r}
num_classes = {num_classes}
# Width and height that images are resized to, in their own proportions; height and width of crops.
image_scale = {scale}
crop_size = {crop}
data = dict(
    type='FolderDataset',
    data_root=data_root,
{data}
    metainfo=dict(
        # Percent of the labelled training pixels: the tail classes of reports follow from them.
        {shares},{things}
    ),
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadCheckedLabels'),
    dict(type='RandomResize', scale=image_scale, ratio_range=(0.5, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_size=crop_size, cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='GenerateBoundaryTargets', num_classes=num_classes{thing_ids}),
    dict(type='PackBoundaryInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=image_scale, keep_ratio=True),
    # After the resizing of the image: predictions are scored at the size of the label files.
    dict(type='LoadCheckedLabels'),
    dict(type='PackSegInputs'),
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(
                    type='Resize',
                    scale=(int(image_scale[0] * r), int(image_scale[1] * r)),
                    keep_ratio=True,
                )
                for r in (0.75, 1.0, 1.25)
            ],
            [
                dict(type='RandomFlip', prob=0.0, direction='horizontal'),
                dict(type='RandomFlip', prob=1.0, direction='horizontal'),
            ],
            [dict(type='LoadCheckedLabels')],
            [dict(type='PackSegInputs')],
        ],
    ),
]
train_dataloader = dict(dataset=dict(split={train!r}, pipeline=train_pipeline, **data))
val_dataloader = dict(dataset=dict(split={val!r}, pipeline=test_pipeline, **data))
test_dataloader = dict(dataset=dict(split={test!r}, pipeline=test_pipeline, **data))
model = dict(
    data_preprocessor=dict(size=crop_size),
    decode_head=dict(
        num_classes=num_classes,
        loss_decode=dict(
            type='WeightedCrossEntropyLoss',
            # The square root of the median of the classes' shares by the class's own.
            {weights},
        ),
    ),
    auxiliary_head=[
        _base_.edge_head,
        dict(num_classes=num_classes, **_base_.contour_head),
        _base_.distance_head,
    ],
)
"""


def check_out(out: Path) -> None:
    """Check that a config can be written there, before the work.

    Its folder is made when it is written, so that a failed run leaves nothing behind.

    Raises:
        ConfigError: Something is there already, it is no Python file, or its folder cannot be
            written to.
    """
    if os.path.lexists(out):
        folder = out.parent.name
        other = Path(f'{out.parent}_2', out.name) if folder else out.with_name(f'{out.stem}_2.py')
        raise ConfigError(
            f'--out {out}: is there already, and is not overwritten; delete it, or name another '
            f'by --out, such as {other}'
        )
    if out.suffix != '.py':
        raise ConfigError(f'--out {out}: a config is a Python file; name it {out.stem}.py')
    there = out.absolute().parent
    while not os.path.lexists(there):
        there = there.parent
    make_folder('--out', there)


def work_dir_of(out: Path) -> str:
    """Return where trainings of a config write: a folder named after it, or after its folder.

    Source: our decision; as mmengine's, but for configs that all have the name config.py.
    """
    name = out.stem if out.stem != 'config' else out.absolute().parent.name or out.stem
    return f'work_dirs/{name}'


def write_config(out: Path, project: Project, short_side: int) -> list[str]:
    """Write a config, and its bases beside it.

    Copies of the bases, and no path to those of the package: what was trained stays what it was
    when the package is upgraded, moved or installed elsewhere.

    Args:
        out: The config, which is not there.
        project: The data.
        short_side: The greatest short side of a resized image, in pixels.

    Returns:
        What the config does with the images, in lines.

    Raises:
        ConfigError: Another file is where a base shall be, or one cannot be written.
    """
    scale, crop = scale_and_crop(project.size, short_side)
    text = config_text(project, scale, crop, work_dir_of(out))
    copy_with_bases(recipe_folder() / BASE, out.parent)
    with atomic_path(out) as temporary:
        temporary.write_text(text, encoding='utf-8')
    return [f'trained at {scale[0]} x {scale[1]}, in crops of {crop[1]} x {crop[0]}']


def scale_and_crop(
    size: tuple[float, float], short_side: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Choose to what images are resized and how large crops are.

    Args:
        size: Median height and width of the training images.
        short_side: The greatest short side of a resized image.

    Returns:
        Width and height of a resized image of the median size, which is never enlarged; height and
        width of the crops, as large but for whole steps of the model's stride.
    """
    height, width = size
    factor = min(1.0, short_side / min(height, width))
    scale = (round(width * factor), round(height * factor))
    crop = tuple(max(_STRIDE, side // _STRIDE * _STRIDE) for side in reversed(scale))
    return scale, (crop[0], crop[1])


def config_text(
    project: Project, scale: tuple[int, int], crop: tuple[int, int], work_dir: str
) -> str:
    """Write the config.

    Args:
        project: The data.
        scale: Width and height of resized images.
        crop: Height and width of crops.
        work_dir: Where trainings write.
    """
    train, val, *test = project.splits
    ids = [project.classes.index(name) for name in project.things]
    # In the comment, a name must not end the line.
    root = ascii(project.data['data_root'])
    return _TEXT.format(
        root=root,
        counts=', '.join(
            f'{count} images in {ascii(split)}'
            for split, count in zip(project.splits, project.counts, strict=True)
        ),
        base=BASE,
        work_dir=work_dir,
        data_root=project.data['data_root'],
        num_classes=len(project.classes),
        scale=scale,
        crop=crop,
        data=_arguments(project.data),
        shares=shares_text(project.classes, project.pixels),
        things=f'\n        thing_classes={project.things!r},' if project.things else '',
        thing_ids=f', thing_classes={ids!r}' if project.things else '',
        train=train,
        val=val,
        test=test[0] if test else val,
        weights=weights_text(project.pixels),
    )


def _arguments(data: Mapping[str, Any]) -> str:
    """Write the arguments of the data set, a class a line."""
    lines = []
    for key, value in data.items():
        if key == 'data_root' or value in ('', []):
            continue
        if key == 'classes':
            lines += ['    classes=[', *(f'        {_entry(each)},' for each in value), '    ],']
        else:
            lines.append(f'    {key}={_plain(value)},')
    return '\n'.join(lines)


def _entry(entry: Any) -> str:
    if isinstance(entry, str):
        return repr(entry)
    return f'dict({", ".join(f"{key}={value!r}" for key, value in entry.items())})'


def _plain(value: Any) -> str:
    return repr(
        tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
    )

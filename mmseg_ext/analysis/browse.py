"""Draws what a model is fed: samples of a config's data set after its whole pipeline."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import set_random_seed
from mmseg.registry import DATASETS

from mmseg_ext.checkpoints.preprocessing import check_preprocessing
from mmseg_ext.common.atomic import write_image
from mmseg_ext.common.config_parts import require_parts, type_name, with_pipelines
from mmseg_ext.common.contributions import MAPS
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.common.folders import make_folder
from mmseg_ext.models.predicted_maps import MapPredictor
from mmseg_ext.reports.pictures.panels import Panel, arrange, draw_map


def browse(
    config: Config, out: str | Path, split: str, number: int, seed: int = 0,
    checkpoint: str | None = None,
) -> list[Path]:  # fmt: skip
    """Write a sheet of panels for samples spread over a data set.

    Args:
        config: The config.
        out: Folder to write to, made if it is missing.
        split: 'train', 'val' or 'test': whose data set and pipeline.
        number: How many samples; all where there are fewer.
        seed: Seed of the pipeline's random transforms.
        checkpoint: Also draw what this checkpoint predicts, below what is true.

    Returns:
        The PNG files, one a sample: `00012_NAME.png` with the sample's index and its image's name.

    Raises:
        ConfigError: The config has no such split, its data set no pipeline, the checkpoint does not
            fit, or the folder cannot be made.
        DataError: A file of the data set is wrong.
    """
    init_default_scope(config.get('default_scope', 'mmseg'))
    dataset, packing = _dataset_and_packing(config, split)
    if checkpoint:
        require_parts(config, 'a prediction', 'model')
        check_preprocessing(checkpoint, config, split)
    predictor = MapPredictor(config.model, checkpoint) if checkpoint else None
    folder = make_folder('--out', out)
    palette = np.array(dataset.metainfo['palette'], np.uint8)
    set_random_seed(seed)
    files = []
    for index in _spread(len(dataset), number):
        sample = dataset[index]
        predicted = predictor.predict(packing(sample)) if predictor else None
        legend = _legend(sample, predicted, dataset.metainfo['classes'], palette)
        sheet = arrange(_rows(sample, predicted, palette), legend)
        files.append(folder / f'{index:05}_{Path(sample["img_path"]).stem}.png')
        write_image(files[-1], sheet)
    return files


def _dataset_and_packing(config: Config, split: str) -> tuple[Any, Compose]:
    """Build the data set with its pipeline up to the packing, and the packing."""
    arguments = (config.get(f'{split}_dataloader') or {}).get('dataset')
    if arguments is None:
        raise ConfigError(f'--split {split}: the config has no {split}_dataloader')
    arguments = copy.deepcopy(arguments)
    datasets = with_pipelines(arguments)
    if len(datasets) != 1:
        raise ConfigError(
            f'--split {split}: the data set {arguments.get("type")} has no pipeline of its own; '
            'browse the data sets that it wraps one by one'
        )
    pipeline = list(datasets[0].pipeline)
    end = next(
        (i for i, step in enumerate(pipeline) if str(type_name(step)).startswith('Pack')),
        len(pipeline),
    )
    datasets[0].pipeline = pipeline[:end]
    dataset = DATASETS.build(arguments)
    if not dataset.metainfo.get('palette'):
        raise DataError(f'{arguments["type"]} has no palette to draw its labels with')
    return dataset, Compose(pipeline[end:])


def _spread(length: int, number: int) -> list[int]:
    """Return up to `number` indices, evenly spread over `length`."""
    return sorted({int(place) for place in np.linspace(0, length - 1, min(number, length))})


def _rows(
    sample: dict[str, Any], predicted: dict[str, list[np.ndarray]] | None, palette: np.ndarray
) -> list[list[Panel | None]]:
    image = Panel('image', sample['img'])
    true = {
        key: Panel(drawn.title, draw_map(drawn.kind, sample[key], palette))
        for key, drawn in MAPS.items()
        if key in sample
    }
    if predicted is None:
        panels = [image, *true.values()]
        columns = 2 if len(panels) in (2, 4) else 3
        return [list(panels[i : i + columns]) for i in range(0, len(panels), columns)]
    top: list[Panel | None] = [image]
    bottom: list[Panel | None] = [true.get('gt_instance_map')]
    for key, maps in predicted.items():
        title, kind, _ = MAPS[key]
        for array in maps:
            top.append(true.get(key))
            bottom.append(Panel(f'{title}, predicted', draw_map(kind, array, palette)))
    return [top, bottom]


def _legend(
    sample: dict[str, Any],
    predicted: dict[str, list[np.ndarray]] | None,
    classes: Sequence[str],
    palette: np.ndarray,
) -> list[tuple[str, list[int]]]:
    """Return name and colour of the classes on the sheet."""
    maps = [sample['gt_seg_map']] if 'gt_seg_map' in sample else []
    maps += (predicted or {}).get('gt_seg_map', [])
    present = sorted({int(i) for array in maps for i in np.unique(array) if i < len(classes)})
    return [(classes[i], palette[i].tolist()) for i in present]

"""Looks at the mixture that a trained model predicts for images."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmseg.models.utils import resize
from mmseg.registry import DATASETS

from mmseg_ext.analysis.mixture.pictures import MixtureView, draw_means, draw_mixture
from mmseg_ext.checkpoints.preprocessing import check_preprocessing
from mmseg_ext.common.atomic import write_image
from mmseg_ext.common.config_parts import require_parts, with_pipelines
from mmseg_ext.common.contributions import NEED_LABELS
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.folders import make_folder
from mmseg_ext.gmm.head import GMMSkipHead
from mmseg_ext.gmm.posterior import label_shares
from mmseg_ext.models.trained_model import trained_model


def show_mixture(
    config: Config, checkpoint: str, images: Sequence[str], out: str | Path
) -> list[Path]:
    """Draw the mixture of every image, and the means of all of them in one plot.

    Images of the config's own data sets are shown with their labels, any other without.

    Args:
        config: Config of a model with a `GMMSkipHead`.
        checkpoint: Its checkpoint.
        images: Image files.
        out: Folder to write to, made if it is missing.

    Returns:
        The PNG files: `<number>_<name>.png` for each image, and `means.png`.

    Raises:
        ConfigError: The model has no mixture, the checkpoint does not fit, an image is missing, or
            the folder cannot be made.
        DataError: A file of the data set is wrong.
    """
    init_default_scope(config.get('default_scope', 'mmseg'))
    for image in images:
        if not Path(image).is_file():
            raise ConfigError(f'no image file {image}')
    require_parts(config, 'the pictures', 'model', 'test_dataloader')
    check_preprocessing(checkpoint, config, 'test')
    model: Any = trained_model(config.model, checkpoint)
    head = getattr(model, 'decode_head', None)
    if not isinstance(head, GMMSkipHead) or head.mixture_net is None:
        raise ConfigError(
            f'{type(head).__name__} predicts no mixture; show_mixture needs a config with a '
            'GMMSkipHead with num_components above 0'
        )
    dataset = with_pipelines(config.test_dataloader.dataset)[0]
    metainfo = DATASETS.build({**dataset, 'pipeline': [], 'lazy_init': True}).metainfo
    classes, palette = metainfo['classes'], np.array(metainfo['palette'], np.uint8)
    folder = make_folder('--out', out)
    views, files = [], []
    for number, image in enumerate(images):
        sample = _sample(config, dataset['pipeline'], Path(image))
        views.append(_view(model, head, sample, len(classes)))
        files.append(folder / f'{number:02}_{Path(image).stem}.png')
        write_image(files[-1], draw_mixture(views[-1], classes, palette))
    files.append(folder / 'means.png')
    draw_means(views, classes, palette, files[-1])
    return files


def _sample(config: Config, pipeline: list[dict], image: Path) -> dict[str, Any]:
    """Load an image as the test pipeline does, with its labels if a data set has it."""
    for dataset in _datasets_around(config, image):
        built = DATASETS.build({**dataset, 'pipeline': pipeline})
        for index in range(len(built)):
            if Path(built.get_data_info(index)['img_path']).resolve() == image.resolve():
                return built[index]
    unlabelled = Compose([step for step in pipeline if step['type'] not in NEED_LABELS])
    return unlabelled(
        dict(img_path=str(image), seg_map_path=None, seg_fields=[], reduce_zero_label=False)
    )


def _datasets_around(config: Config, image: Path) -> Iterator[dict[str, Any]]:
    loaders = [config.get(f'{split}_dataloader') or {} for split in ('test', 'val', 'train')]
    for dataset in [each for loader in loaders for each in with_pipelines(loader.get('dataset'))]:
        root = dataset.get('data_root')
        if root and image.resolve().is_relative_to(Path(root).resolve()):
            yield dataset


@torch.no_grad()
def _view(model: Any, head: GMMSkipHead, packed: dict[str, Any], classes: int) -> MixtureView:
    data = model.data_preprocessor(pseudo_collate([packed]), False)
    inputs, (sample,) = data['inputs'], data['data_samples']
    features = model.extract_feat(inputs)
    mixture = head.predict_mixture(features)
    assert mixture is not None
    logits = model.encode_decode(inputs, [sample.metainfo])
    prediction = model.postprocess_result(logits)[0].pred_sem_seg.data[0]
    height, width = sample.img_shape
    padded = inputs.shape[2:]
    prediction = prediction[:height, :width].cpu()
    labels = None
    if 'gt_sem_seg' in sample:
        # Labels that are loaded after the resize are as large as the original image.
        labels = _resized(sample.gt_sem_seg.data[0], (height, width))
    known = prediction if labels is None else torch.from_numpy(labels)
    known = F.pad(known.long(), (0, padded[1] - width, 0, padded[0] - height), value=255)
    responsibilities = mixture.responsibilities.cpu()
    rows, columns = responsibilities.shape[2:]
    shares = label_shares(known[None], classes, (rows, columns))[0]
    covers = torch.einsum('khw,chw->kc', responsibilities[0], shares)
    if (height, width) != padded:
        responsibilities = resize(responsibilities, size=padded, mode='bilinear')
        responsibilities = responsibilities[..., :height, :width]
    return MixtureView(
        image=packed['inputs'].permute(1, 2, 0).numpy(),
        labels=labels,
        prediction=prediction.numpy(),
        responsibilities=responsibilities[0].numpy(),
        means=mixture.mean[0].float().cpu().numpy(),
        covers=covers.numpy(),
    )


def _resized(ids: torch.Tensor, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(
        ids.cpu().numpy().astype(np.int32), size[::-1], interpolation=cv2.INTER_NEAREST
    )

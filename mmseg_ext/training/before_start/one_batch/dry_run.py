"""One batch through the model before a training starts: what does not fit fails now."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from mmengine.dist import get_world_size
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from mmseg.models.segmentors import BaseSegmentor
from torch import nn

from mmseg_ext.common.batches import files_of
from mmseg_ext.common.decode_head import last_decode_head
from mmseg_ext.common.errors import ConfigError, UserError
from mmseg_ext.data.reading.guard import check_ids
from mmseg_ext.training.before_start.heads import heads_of, plain_model
from mmseg_ext.training.before_start.one_batch.misfits import explain_misfit, failed_part
from mmseg_ext.training.before_start.one_batch.samples import first_samples, smallest_batch
from mmseg_ext.training.before_start.one_batch.together import together
from mmseg_ext.training.before_start.one_batch.undisturbed import undisturbed


@together
def check_one_batch(runner: Runner) -> None:
    """Compute the losses of a batch, and predict an image, as training and validation will.

    Two samples stand for a batch, one where batches have one; one image is predicted, of the
    validation set or else of the training set. The training goes on as if nothing had been run.

    Models that are no segmentors of mmseg, or in parts on several devices, are not run.

    Raises:
        ConfigError: The parts of the config do not fit together; it names their place.
        DataError: A sample is bad.
    """
    model = plain_model(runner)
    if not isinstance(model, BaseSegmentor) or not _is_whole(runner.model, model):
        return
    loader = runner.train_loop.dataloader
    number = _samples_needed(loader, model)
    with undisturbed(model):
        data = _train(runner, model, loader.collate_fn(first_samples(loader, number)))
        model.eval()
        if runner.val_loop is not None:
            loader = runner.val_loop.dataloader
            batch = loader.collate_fn(first_samples(loader, 1))
            _validate(runner, model, _prepared(runner, model, batch, 'val'))
        elif _predicts(model):
            _run(runner, model, data, 'predict')


def _is_whole(wrapped: nn.Module, model: nn.Module) -> bool:
    """Tell whether this process has all of the model: a sharded one cannot run alone."""
    return wrapped is model or isinstance(wrapped, nn.parallel.DistributedDataParallel)


def _samples_needed(loader: Any, model: nn.Module) -> int:
    # Each process is alone in the check, but in the training they normalise images together.
    shared = any(isinstance(module, nn.SyncBatchNorm) for module in model.modules())
    return 2 if shared and get_world_size() > 1 else min(2, smallest_batch(loader))


def _predicts(model: Any) -> bool:
    """Tell whether a config for nothing but a training says how to predict."""
    return bool((getattr(model, 'test_cfg', None) or {}).get('mode'))


def _train(runner: Runner, model: BaseSegmentor, batch: Any) -> dict:
    _check_labels(runner, model, batch['data_samples'])
    model.train()
    data = _prepared(runner, model, batch, 'train')
    wrapper = runner.optim_wrapper
    precision = wrapper.optim_context(model) if isinstance(wrapper, OptimWrapper) else nullcontext()
    with precision:
        losses = _run(runner, model, data, 'loss')
    _check_trained(model, losses)
    return data


def _validate(runner: Runner, model: BaseSegmentor, data: dict) -> None:
    for sample in _run(runner, model, data, 'predict'):
        labels, predicted = sample.get('gt_sem_seg'), sample.get('pred_sem_seg')
        if None not in (labels, predicted) and labels.shape != predicted.shape:
            raise ConfigError(
                f'val_dataloader.dataset.pipeline: the labels of {files_of([sample])} are '
                f'{_size(labels)} and the prediction, which has the size of the file, is '
                f'{_size(predicted)}: load the labels after the transforms that resize the image'
            )


def _size(pixels: Any) -> str:
    height, width = pixels.shape[-2:]
    return f'{height}×{width}'


def _check_labels(runner: Runner, model: BaseSegmentor, samples: Sequence[Any]) -> None:
    """Find labels that are no class, which would end the process on a GPU without a word."""
    head = last_decode_head(model)
    classes = getattr(head, 'num_classes', 0)
    if getattr(head, 'out_channels', None) == 1:
        # One output tells two classes apart, also where num_classes=1.
        classes = 2
    ignore_index = getattr(runner.train_loop.dataloader.dataset, 'ignore_index', 255)
    for sample in samples if classes else ():
        check_ids(dict(data_samples=sample), classes, ignore_index, files_of([sample]))


def _prepared(runner: Runner, model: BaseSegmentor, batch: Any, use: str) -> dict:
    """Normalise and pad a batch."""
    sizes = sorted({tuple(image.shape[-2:]) for image in batch['inputs']})
    try:
        return model.data_preprocessor(batch, use == 'train')
    except (AssertionError, RuntimeError) as error:
        if len(sizes) > 1:
            found = ' and '.join(f'{height}×{width}' for height, width in sizes)
            raise ConfigError(
                f'{use}_dataloader: a batch has images of different sizes, {found}, which '
                'model.data_preprocessor cannot put together: crop or resize them to one size in '
                'the pipeline, or pad them to model.data_preprocessor.size'
            ) from error
        if isinstance(error, AssertionError):
            raise ConfigError(f'model.data_preprocessor: {error}') from error
        runner.logger.error('the check before the start failed in model.data_preprocessor:')
        raise


def _run(runner: Runner, model: BaseSegmentor, data: dict, mode: str) -> Any:
    try:
        # Not by calling the model, whose hooks are those of the training.
        return model.forward(**data, mode=mode)
    except Exception as error:
        part = failed_part(error, model)
        where = 'the model' if part is None else f'{part[0]} ({type(part[1]).__name__})'
        if isinstance(error, UserError):
            raise type(error)(f'{where}: {error}') from error
        explained = explain_misfit(error, model, data['inputs'])
        if explained is not None:
            raise explained from error
        doing = 'computing the losses' if mode == 'loss' else 'predicting an image'
        runner.logger.error(f'the check before the start failed in {where}, {doing}:')
        raise


def _check_trained(model: BaseSegmentor, losses: dict[str, Any]) -> None:
    """Find a head of which nothing is trained on: mmengine adds up what is called a loss."""
    for path in heads_of(model):
        prefix = _prefix(path)
        names = [name.removeprefix(prefix) for name in losses if name.startswith(prefix)]
        if names and not any('loss' in name for name in names):
            raise ConfigError(
                f'{path}.loss_decode: none of what the head returns, {", ".join(names)}, has '
                "'loss' in its name, and nothing else is trained on: set loss_name='loss_…'"
            )


def _prefix(path: str) -> str:
    """Return what mmseg puts before the names of a head's losses."""
    name, _, index = path.removeprefix('model.').partition('[')
    short = dict(decode_head='decode', auxiliary_head='aux')[name]
    return f'{short}_{index[:-1]}.' if index else f'{short}.'

"""Measure what a config or a trained model costs, the boundary targets, or the metric."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace, _SubParsersAction
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmseg_ext.commands.parser.arguments import (
    add_config,
    add_config_options,
    add_trust_option,
    not_negative,
    positive,
    read_config,
)

if TYPE_CHECKING:
    from mmengine.config import Config


def add_arguments(parser: ArgumentParser) -> None:
    """Add what can be measured."""
    commands = parser.add_subparsers(required=True, metavar='WHAT')
    for add in (_add_step, _add_inference, _add_loading, _add_targets, _add_metric):
        add(commands)


def run(arguments: Namespace) -> None:
    """Run the benchmark that was named."""
    from mmseg_ext.common.folders import make_folder_of

    if arguments.json:
        make_folder_of('--json', arguments.json)
    arguments.measure(arguments)


def _add_step(commands: _SubParsersAction) -> None:
    """Add the command that compares training step, inference and memory of two configs."""
    parser = commands.add_parser(
        'step', help='training step, inference and peak memory of two configs, measured in turn'
    )
    _add_configs(parser)
    parser.add_argument('--repeats', type=positive, default=30, help='measured pairs (default: 30)')
    parser.add_argument(
        '--warm-up', type=not_negative, default=5, help='pairs before them (default: 5)'
    )
    parser.set_defaults(measure=step)


def step(arguments: Namespace) -> None:
    """Compare two configs on synthetic batches."""
    from mmseg_ext.benchmark.step import compare_steps, step_table

    ours, theirs, batch_size = _configs(arguments)
    result = compare_steps(ours, theirs, batch_size, arguments.repeats, arguments.warm_up)
    _report(step_table(result), result, arguments.json)


def _add_inference(commands: _SubParsersAction) -> None:
    """Add the command that times trained models."""
    parser = commands.add_parser(
        'inference',
        help='latency and throughput of trained models, in turn; the first is the baseline',
    )
    add_config(parser)
    parser.add_argument(
        'checkpoints',
        nargs='+',
        metavar='CHECKPOINT',
        help='checkpoint of the config; others are compared with the first',
    )
    parser.add_argument(
        '--onnx', nargs='+', default=(), metavar='FILE',
        help='files of `mmseg-debias export`, run by ONNX Runtime on the CPU and compared too',
    )  # fmt: skip
    parser.add_argument(
        '--size', type=positive, nargs=2, metavar=('HEIGHT', 'WIDTH'),
        help='draw an image of this size (default: the first of the test set, as tested)',
    )  # fmt: skip
    parser.add_argument(
        '--batch',
        type=positive,
        nargs='+',
        default=(1, 8),
        metavar='N',
        help='images in a batch, one size or several (default: 1 8)',
    )
    parser.add_argument('--threads', type=positive, help='threads of PyTorch on the CPU')
    parser.add_argument(
        '--repeats', type=positive, default=100, help='measured predictions (default: 100)'
    )
    parser.add_argument(
        '--warm-up', type=not_negative, default=10, help='predictions before them (default: 10)'
    )
    _add_json(parser)
    add_trust_option(parser)
    add_config_options(parser)
    parser.set_defaults(measure=inference)


def inference(arguments: Namespace) -> None:
    """Time trained models of one config."""
    import torch

    from mmseg_ext.benchmark.inference import (
        inference_table,
        of_checkpoint,
        of_onnx,
        time_inference,
    )
    from mmseg_ext.benchmark.input_images import drawn, first_of_test_set
    from mmseg_ext.checkpoints.checkpoint import require_file
    from mmseg_ext.common.config_parts import require_parts

    for checkpoint in arguments.checkpoints:
        require_file(checkpoint)
    config = read_config(arguments)
    require_parts(config, 'the benchmark', 'model')
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    image = drawn(*arguments.size) if arguments.size else first_of_test_set(config)
    contestants = [of_checkpoint(config, checkpoint) for checkpoint in arguments.checkpoints]
    contestants += map(of_onnx, arguments.onnx)
    result = time_inference(
        contestants, image, arguments.batch, arguments.repeats, arguments.warm_up
    )
    _report(inference_table(result), result, arguments.json)


def _add_loading(commands: _SubParsersAction) -> None:
    """Add the command that compares training steps that wait for their data loaders."""
    parser = commands.add_parser(
        'loading',
        help='training step of two configs, loading included, and each transform alone',
    )
    _add_configs(parser)
    parser.add_argument(
        '--workers', type=positive, default=2, help='loading processes (default: 2)'
    )
    parser.add_argument('--steps', type=positive, default=30, help='in a block (default: 30)')
    parser.add_argument('--repeats', type=positive, default=5, help='pairs of blocks (default: 5)')
    parser.add_argument(
        '--samples',
        type=positive,
        default=50,
        help='on which every transform is timed (default: 50)',
    )
    parser.add_argument(
        '--drawn', action='store_true', help='draw frames of 1024x2048 in place of Cityscapes'
    )
    parser.set_defaults(measure=loading)


def loading(arguments: Namespace) -> None:
    """Compare two configs on the data sets that they train on."""
    from mmseg_ext.benchmark.loading import compare_loading, drawn_cityscapes, loading_table

    ours, theirs, batch_size = _configs(arguments)
    with drawn_cityscapes(ours, theirs) if arguments.drawn else nullcontext():
        result = compare_loading(
            ours,
            theirs,
            batch_size,
            arguments.workers,
            arguments.steps,
            arguments.repeats,
            arguments.samples,
        )
    _report(loading_table(result), result, arguments.json)


def _add_targets(commands: _SubParsersAction) -> None:
    """Add the command that times the boundary targets."""
    parser = commands.add_parser('targets', help='boundary targets of a drawn crop, and SciPy')
    parser.add_argument(
        '--crop', type=positive, nargs=2, default=(512, 1024), metavar=('HEIGHT', 'WIDTH'),
        help='default: 512 1024',
    )  # fmt: skip
    parser.add_argument('--instances', type=positive, default=30, help='objects (default: 30)')
    parser.add_argument('--repeats', type=positive, default=10, help='pairs (default: 10)')
    parser.add_argument(
        '--warm-up', type=not_negative, default=2, help='pairs before them (default: 2)'
    )
    _add_json(parser)
    parser.set_defaults(measure=targets)


def targets(arguments: Namespace) -> None:
    """Time the boundary targets against SciPy."""
    from mmseg_ext.benchmark.targets import compare_targets, targets_table

    height, width = arguments.crop
    result = compare_targets(
        height, width, arguments.instances, arguments.repeats, arguments.warm_up
    )
    _report(targets_table(result), result, arguments.json)


def _add_metric(commands: _SubParsersAction) -> None:
    """Add the command that times the metric."""
    parser = commands.add_parser(
        'metric', help="counting of an image against mmseg's IoUMetric, and the bootstrap"
    )
    parser.add_argument(
        '--size', type=positive, nargs=2, default=(1024, 2048), metavar=('HEIGHT', 'WIDTH'),
        help='default: 1024 2048',
    )  # fmt: skip
    parser.add_argument('--images', type=positive, default=500, help='default: 500')
    parser.add_argument('--resamples', type=positive, default=1000, help='default: 1000')
    parser.add_argument('--repeats', type=positive, default=20, help='pairs (default: 20)')
    parser.add_argument(
        '--warm-up', type=not_negative, default=3, help='pairs before them (default: 3)'
    )
    parser.add_argument(
        '--forward',
        metavar='CONFIG',
        help='also time boundary quality, against a forward pass of this config of 19 classes',
    )
    _add_json(parser)
    parser.set_defaults(cfg_options=())
    parser.set_defaults(measure=metric)


def metric(arguments: Namespace) -> None:
    """Time the metric."""
    from mmseg_ext.benchmark.boundary_cost import boundary_cost_table, compare_boundary
    from mmseg_ext.benchmark.metric import compare_metric, metric_table

    height, width = arguments.size
    # First what can be refused at once.
    forward = arguments.forward and compare_boundary(
        _config(arguments, arguments.forward), height, width, arguments.repeats, arguments.warm_up
    )
    result = compare_metric(
        height,
        width,
        arguments.images,
        arguments.resamples,
        arguments.repeats,
        arguments.warm_up,
    )
    tables = [metric_table(result)]
    if forward:
        tables.append(boundary_cost_table(forward))
        result['forward'] = forward
    _report('\n'.join(tables), result, arguments.json)


def _add_configs(parser: ArgumentParser) -> None:
    add_config(parser, 'the config to judge')
    parser.add_argument('--vs', required=True, metavar='CONFIG', help='the config to compare with')
    parser.add_argument(
        '--crop', type=positive, nargs=2, metavar=('HEIGHT', 'WIDTH'), help="default: the config's"
    )
    parser.add_argument('--batch', type=positive, help="images in a batch (default: the config's)")
    parser.add_argument('--threads', type=positive, help='threads of PyTorch on the CPU')
    _add_json(parser)
    add_config_options(parser)


def _add_json(parser: ArgumentParser) -> None:
    parser.add_argument('--json', type=Path, metavar='FILE', help='write all figures there')


def _config(arguments: Namespace, path: str) -> Config:
    from mmseg_ext.common.config_parts import require_parts

    config = read_config(arguments, path)
    parts = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper')
    require_parts(config, 'the benchmark', *parts)
    return config


def _configs(arguments: Namespace) -> tuple[Config, Config, int]:
    """Return both configs and the batch size."""
    import torch

    from mmseg_ext.benchmark.synthetic import set_crop

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    configs = [_config(arguments, path) for path in (arguments.config, arguments.vs)]
    for config in configs:
        if arguments.crop:
            set_crop(config, tuple(arguments.crop))
    ours, theirs = configs
    return ours, theirs, arguments.batch or ours.train_dataloader.batch_size


def _report(table: str, result: dict[str, Any], file: Path | None) -> None:
    print(table)
    if file:
        file.write_text(json.dumps(result, indent=2) + '\n')

"""Measure what a config costs: `python tools/benchmark.py step CONFIG --vs CONFIG`."""

import argparse
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from mmseg_ext.benchmark.loading import compare_loading, drawn_cityscapes, loading_table
from mmseg_ext.benchmark.step import compare_steps, step_table
from mmseg_ext.benchmark.synthetic import set_crop
from mmseg_ext.commands.arguments import add_config_options, not_negative, positive
from mmseg_ext.commands.cli import run
from mmseg_ext.common.config import load_config
from mmseg_ext.common.config_parts import require_parts
from mmseg_ext.common.folders import make_folder_of


def add_step(commands: argparse._SubParsersAction) -> None:
    """Add the command that compares training step, inference and memory of two configs."""
    parser = commands.add_parser(
        'step', help='training step, inference and peak memory of two configs, measured in turn'
    )
    _add_configs(parser)
    parser.add_argument('--repeats', type=positive, default=30, help='measured pairs (default: 30)')
    parser.add_argument(
        '--warm-up', type=not_negative, default=5, help='pairs before them (default: 5)'
    )
    parser.set_defaults(command=step)


def step(arguments: argparse.Namespace) -> None:
    """Compare two configs on synthetic batches."""
    ours, theirs, batch_size = _configs(arguments)
    result = compare_steps(ours, theirs, batch_size, arguments.repeats, arguments.warm_up)
    _report(step_table(result), result, arguments.json)


def add_loading(commands: argparse._SubParsersAction) -> None:
    """Add the command that compares training steps that wait for their data loaders."""
    parser = commands.add_parser(
        'loading', help='training step of two configs on their data sets, loading included'
    )
    _add_configs(parser)
    parser.add_argument(
        '--workers', type=positive, default=2, help='loading processes (default: 2)'
    )
    parser.add_argument('--steps', type=positive, default=30, help='in a block (default: 30)')
    parser.add_argument('--repeats', type=positive, default=5, help='pairs of blocks (default: 5)')
    parser.add_argument(
        '--drawn', action='store_true', help='draw frames of 1024x2048 in place of Cityscapes'
    )
    parser.set_defaults(command=loading)


def loading(arguments: argparse.Namespace) -> None:
    """Compare two configs on the data sets that they train on."""
    ours, theirs, batch_size = _configs(arguments)
    with drawn_cityscapes(ours, theirs) if arguments.drawn else nullcontext():
        result = compare_loading(
            ours, theirs, batch_size, arguments.workers, arguments.steps, arguments.repeats
        )
    _report(loading_table(result), result, arguments.json)


def add_targets(commands: argparse._SubParsersAction) -> None:
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
    parser.set_defaults(command=targets)


def targets(arguments: argparse.Namespace) -> None:
    """Time the boundary targets against SciPy."""
    from mmseg_ext.benchmark.targets import compare_targets, targets_table

    result = compare_targets(
        *arguments.crop, arguments.instances, arguments.repeats, arguments.warm_up
    )
    _report(targets_table(result), result, arguments.json)


def add_metric(commands: argparse._SubParsersAction) -> None:
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
    parser.set_defaults(command=metric)


def metric(arguments: argparse.Namespace) -> None:
    """Time the metric."""
    from mmseg_ext.benchmark.boundary_cost import boundary_cost_table, compare_boundary
    from mmseg_ext.benchmark.metric import compare_metric, metric_table

    # First what can be refused at once.
    forward = arguments.forward and compare_boundary(
        _config(arguments.forward), *arguments.size, arguments.repeats, arguments.warm_up
    )
    result = compare_metric(
        *arguments.size,
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


def _add_configs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('config', help='the config to judge')
    parser.add_argument('--vs', required=True, metavar='CONFIG', help='the config to compare with')
    parser.add_argument(
        '--crop', type=positive, nargs=2, metavar=('HEIGHT', 'WIDTH'), help="default: the config's"
    )
    parser.add_argument('--batch', type=positive, help="images in a batch (default: the config's)")
    parser.add_argument('--threads', type=positive, help='threads of PyTorch on the CPU')
    _add_json(parser)
    add_config_options(parser)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--json', type=Path, metavar='FILE', help='write all figures there')


def _config(path: str, options: dict[str, Any] | None = None) -> Config:
    config = load_config(path, options)
    parts = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper')
    require_parts(config, 'the benchmark', *parts)
    return config


def _configs(arguments: argparse.Namespace) -> tuple[Config, Config, int]:
    """Return both configs and the batch size."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    configs = [_config(path, arguments.cfg_options) for path in (arguments.config, arguments.vs)]
    for config in configs:
        if arguments.crop:
            set_crop(config, tuple(arguments.crop))
    ours, theirs = configs
    return ours, theirs, arguments.batch or ours.train_dataloader.batch_size


def _report(table: str, result: dict[str, Any], file: Path | None) -> None:
    print(table)
    if file:
        file.write_text(json.dumps(result, indent=2) + '\n')


def main() -> None:
    """Read the command line and run the benchmark that it names."""
    parser = argparse.ArgumentParser(description='Measure what a config costs.')
    commands = parser.add_subparsers(required=True, metavar='WHAT')
    for add in (add_step, add_loading, add_targets, add_metric):
        add(commands)
    arguments = parser.parse_args()
    if arguments.json:
        make_folder_of('--json', arguments.json)
    arguments.command(arguments)


if __name__ == '__main__':
    sys.exit(run(main))

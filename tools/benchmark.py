"""Measure what a config costs: `python tools/benchmark.py step CONFIG --vs CONFIG`."""

import argparse
import json
import sys
from pathlib import Path

import torch
from mmengine.config import Config

from mmseg_ext.engine.arguments import add_config_options, positive
from mmseg_ext.engine.benchmark.step import compare_steps, step_table
from mmseg_ext.engine.benchmark.synthetic import set_crop
from mmseg_ext.engine.cli import run
from mmseg_ext.engine.config import load_config


def add_step(commands: argparse._SubParsersAction) -> None:
    """Add the command that compares training step, inference and memory of two configs."""
    parser = commands.add_parser(
        'step', help='training step, inference and peak memory of two configs, measured in turn'
    )
    parser.add_argument('config', help='the config to judge')
    parser.add_argument('--vs', required=True, metavar='CONFIG', help='the config to compare with')
    parser.add_argument(
        '--crop', type=positive, nargs=2, metavar=('HEIGHT', 'WIDTH'), help="default: the config's"
    )
    parser.add_argument('--batch', type=positive, help="images in a batch (default: the config's)")
    parser.add_argument(
        '--repeats', type=positive, default=30, help='measured pairs (default: 30)'
    )
    parser.add_argument('--warm-up', type=int, default=5, help='pairs before them (default: 5)')
    parser.add_argument('--threads', type=positive, help='threads of PyTorch on the CPU')
    parser.add_argument('--json', type=Path, metavar='FILE', help='write all figures there')
    add_config_options(parser)
    parser.set_defaults(command=step)


def step(arguments: argparse.Namespace) -> None:
    """Compare two configs."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    ours, theirs = (_config(path, arguments) for path in (arguments.config, arguments.vs))
    batch_size = arguments.batch or ours.train_dataloader.batch_size
    result = compare_steps(ours, theirs, batch_size, arguments.repeats, arguments.warm_up)
    print(step_table(result))
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(result, indent=2) + '\n')


def _config(path: str, arguments: argparse.Namespace) -> Config:
    config = load_config(path, arguments.cfg_options)
    if arguments.crop:
        set_crop(config, tuple(arguments.crop))
    return config


def main() -> None:
    """Read the command line and run the benchmark that it names."""
    parser = argparse.ArgumentParser(description='Measure what a config costs.')
    add_step(parser.add_subparsers(required=True, metavar='WHAT'))
    arguments = parser.parse_args()
    arguments.command(arguments)


if __name__ == '__main__':
    sys.exit(run(main))

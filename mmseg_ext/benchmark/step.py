"""Compares what two configs cost: training step, inference, memory."""

from typing import Any

from mmengine.config import Config
from prettytable import PrettyTable

from mmseg_ext.benchmark.memory import peak_memory
from mmseg_ext.benchmark.paired import in_milliseconds, time_in_turn
from mmseg_ext.benchmark.setting import setting_line, setting_of
from mmseg_ext.benchmark.trial import Trial
from mmseg_ext.training.allocator import keep_freed_memory

_MIB = 2**20
SIDES = ('ours', 'theirs')


def compare_steps(
    ours: Config, theirs: Config, batch_size: int, repeats: int, warm_up: int
) -> dict[str, Any]:
    """Measure two configs in turn in one process, and their memory in one process each.

    Args:
        ours: The config to judge.
        theirs: The config to compare it with, of the same crop size.
        batch_size: Images in a batch.
        repeats: Measured pairs of steps.
        warm_up: Pairs of steps before them.

    Returns:
        The setting, `train_step` and `inference` as :meth:`PairedTimes.summary` gives them, and
        `memory` (bytes) and `parameters` of both.

    Raises:
        ConfigError: The crop sizes differ.
    """
    setting = {**setting_of(ours, theirs, batch_size, repeats), 'warm_up': warm_up}
    memory = [peak_memory(config, batch_size, setting['threads']) for config in (ours, theirs)]
    first, second = Trial(ours, batch_size), Trial(theirs, batch_size)
    inference = time_in_turn(first.predict, second.predict, repeats, warm_up)
    # As trainings do, and only they.
    keep_freed_memory()
    training = time_in_turn(first.train_step, second.train_step, repeats, warm_up)
    return {
        'setting': setting,
        'train_step': training.summary(),
        'inference': inference.summary(),
        'memory': {'ours': memory[0], 'theirs': memory[1]},
        'parameters': {'ours': first.parameters, 'theirs': second.parameters},
    }


def step_table(result: dict[str, Any]) -> str:
    """Draw the outcome of :func:`compare_steps`."""
    setting = result['setting']
    table = PrettyTable(['', 'config', 'vs', 'ratio', '95 % interval', 'quartiles'])
    table.align = 'r'
    table.align[''] = 'l'
    for key, name in (('train_step', 'training step, ms'), ('inference', 'inference, ms')):
        times = result[key]
        table.add_row(
            [
                name,
                *in_milliseconds(times),
                '{:.3f} to {:.3f}'.format(*times['interval_95']),
                '{:.3f} to {:.3f}'.format(*times['quartiles']),
            ]
        )
    for key, name in (('train_step', 'training'), ('inference', 'inference')):
        ours, theirs = (setting['batch_size'] / result[key][f'{side}_s'] for side in SIDES)
        table.add_row(
            [f'images/s, {name}', f'{ours:.1f}', f'{theirs:.1f}', f'{ours / theirs:.3f}', '', '']
        )
    for phase in ('training', 'inference'):
        ours, theirs = (result['memory'][side][phase] for side in SIDES)
        table.add_row(
            [f'peak memory, {phase}, MiB', *(f'{b / _MIB:.0f}' for b in (ours, theirs)),
             f'{ours / theirs:.3f}', '', '']
        )  # fmt: skip
    ours, theirs = (result['parameters'][side] for side in SIDES)
    table.add_row(['parameters', f'{ours:,}', f'{theirs:,}', f'{ours / theirs:.3f}', '', ''])
    return '\n'.join(
        [
            f'config: {setting["ours"]}',
            f'vs:     {setting["theirs"]}',
            str(table),
            f'medians of {setting["repeats"]} pairs after {setting["warm_up"]} to warm up; '
            f'{setting_line(setting)}',
        ]
    )

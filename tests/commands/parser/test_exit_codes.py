import errno
import io
import os
import signal
import threading
import time
from contextlib import redirect_stderr

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import DATA_SAMPLERS, DATASETS, METRICS, MODELS
from mmseg.utils import register_all_modules
from torch.utils.data import DataLoader, Dataset

import mmseg_ext  # noqa: F401
from mmseg_ext.commands.parser.exit_codes import run
from mmseg_ext.common.errors import ConfigError, DataError, UserError
from mmseg_ext.training.resuming.stop_signals import StopSignals

register_all_modules()


def outcome(main) -> tuple[int, str]:
    text = io.StringIO()
    with redirect_stderr(text):
        code = run(main)
    return code, text.getvalue()


def raising(error):
    def main():
        raise error

    return main


class BrokenFrames(Dataset):
    """A data set whose second frame is broken."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> torch.Tensor:
        if index == 1:
            raise DataError('frame.png: id 77 (3 pixels)\nvalid: 0 to 10')
        return torch.zeros(1)


def test_success():
    assert outcome(lambda: None) == (0, '')
    assert outcome(lambda: 1) == (1, '')


@pytest.mark.parametrize(
    ('error', 'code', 'line'),
    [
        (ConfigError('no config x.py'), 2, 'error: no config x.py\n'),
        (DataError('x.png: empty'), 1, 'error: x.png: empty\n'),
        (UserError('so'), 1, 'error: so\n'),
        (KeyboardInterrupt(), 130, 'interrupted\n'),
        (
            OSError(errno.ENOSPC, 'No space left on device', 'log.txt'),
            1,
            'error: log.txt cannot be written: No space left on device\n',
        ),
    ],
)
def test_errors_are_one_line_and_a_code(error, code, line):
    assert outcome(raising(error)) == (code, line)


@pytest.mark.parametrize(
    ('number', 'code', 'line'),
    [
        (signal.SIGINT, 130, 'interrupted: '),
        (signal.SIGTERM, 143, 'stopped by SIGTERM: '),
    ],
)
def test_an_interruption_while_mmengine_formats_a_config(heeded_interrupts, number, code, line):
    """Which makes a SyntaxError of it."""
    config = Config({f'key_{index}': list(range(10)) for index in range(300)})

    def main():
        with StopSignals() as signals:
            until = time.monotonic() + 60
            while time.monotonic() < until:
                _ = config.pretty_text
                # What is raised in a callback of the garbage collector is lost.
                signals.end_at_once()

    interrupting = threading.Timer(0.3, os.kill, (os.getpid(), number))
    interrupting.start()
    found, text = outcome(main)
    assert found == code and text.startswith(line)


@pytest.mark.parametrize('error', [KeyError('bug'), ValueError('bug'), TypeError('bug')])
def test_bugs_keep_their_traceback(error):
    with pytest.raises(type(error), match='bug'):
        run(raising(error))


def test_error_of_a_loader_worker_shows_its_message_only():
    loader = DataLoader(BrokenFrames(), num_workers=1)
    code, text = outcome(lambda: list(loader) and None)
    assert (code, text) == (1, 'error: frame.png: id 77 (3 pixels)\nvalid: 0 to 10\n')


def test_missing_data_root_is_a_usage_error(tmp_path):
    config = dict(type='CamVidDataset', data_root=str(tmp_path / 'none'), split='train')
    code, text = outcome(lambda: DATASETS.build(config) and None)
    assert code == 2
    assert str(tmp_path / 'none') in text


@pytest.mark.parametrize('wrapped', [False, True])
def test_a_missing_folder_of_data_sets_of_others(tmp_path, wrapped):
    prefix = dict(img_path='img', seg_map_path='ann')
    config = dict(type='BaseSegDataset', data_root=str(tmp_path / 'none'), data_prefix=prefix)
    if wrapped:
        config = dict(type='ConcatDataset', datasets=[config])
    code, text = outcome(lambda: DATASETS.build(config) and None)
    assert code == 2
    assert text.endswith(f'Dataset in the config: there is no {tmp_path}/none/img\n')


def test_a_data_set_of_others_without_samples(tmp_path):
    config = dict(type='BaseSegDataset', data_root=str(tmp_path), data_prefix=dict(img_path='.'))
    code, text = outcome(lambda: DATASETS.build(config) and None)
    assert code == 2
    assert text.startswith('error: BaseSegDataset in the config finds no samples; correct data_pre')


@pytest.mark.parametrize(
    ('registry', 'config', 'message'),
    [
        (MODELS, dict(type='FCNHed'), "no model is called 'FCNHed', did you mean FCNHead?"),
        (METRICS, dict(type='PerClasIoU'), 'did you mean PerClassIoU?'),
        (
            MODELS,
            dict(type='FCNHead', in_chanels=4, channels=4, num_classes=2),
            "FCNHead in the config takes no argument 'in_chanels', did you mean in_channels?",
        ),
        (
            DATA_SAMPLERS,
            dict(type='RareClassSampler', dataset=[], shuffle=True),
            "RareClassSampler in the config takes no argument 'shuffle'; remove it, or put "
            '_delete_=True beside the type where a base config gives it',
        ),
        (MODELS, dict(type='FCNHead', channels=4), "FCNHead in the config lacks 'in_channels'"),
        (MODELS, dict(type='ResNet', depth=19), 'ResNet in the config: invalid depth 19'),
        (MODELS, dict(typ='FCNHead'), "has no 'type'"),
    ],
)
def test_mistakes_in_a_config_are_explained(registry, config, message):
    code, text = outcome(lambda: registry.build(config) and None)
    assert code == 2
    assert text.startswith('error: ') and text.count('\n') == 1
    assert message in text


def test_bug_inside_a_constructor_keeps_its_traceback():
    """A bad value that the class does not check fails somewhere in its work: not explained."""
    config = dict(type='ResNet', depth=18, stem_channels='many')
    with pytest.raises(Exception) as caught:
        run(lambda: MODELS.build(config) and None)
    assert not isinstance(caught.value, UserError)

"""What a run shows on screen: what a user acts on; the log file keeps everything."""

import logging
import re
import warnings

from mmengine.logging import MMLogger
from mmengine.runner import Runner

# What every run says, and nobody acts on.
_IN_THE_FILE_ONLY = (
    '\n----',  # the environment
    'Config:\n',
    'Hooks will be executed',
    'Distributed training is not used',
    'paramwise_options -- ',  # a line for each parameter
    'Exp name:',
    'The prefix is not set in metric class',
    '"FileClient" will be deprecated',
    '"HardDiskBackend" is the alias',
)
_TRAIN = re.compile(r'(?:Iter|Epoch)\(train\)')
_EVALUATION = re.compile(r'(?:Iter|Epoch)\((val|test)\)')
_IN_THE_TABLE = re.compile(r'(^|/)(IoU|Acc|Precision|F1|Boundary\w+|TrimapIoU[^/]*)/')
_NO_SCORE = {'eta', 'time', 'data_time', 'memory'}
_PLACE = re.compile(r'\(train\)\s*((?:\[[^]]*\])+)')
_VALUE = re.compile(r'(\S+): (\S+)')


class QuietRunner(Runner):
    """mmengine's runner, with a screen that shows what matters."""

    def build_logger(self, *arguments, **settings) -> MMLogger:
        """Build the logger, and change what its screen shows; not what its file keeps."""
        logger = super().build_logger(*arguments, **settings)
        for handler in logger.handlers:
            if isinstance(handler, logging.StreamHandler) and not isinstance(
                handler, logging.FileHandler
            ):
                handler.addFilter(_matters)
                handler.setFormatter(ScreenFormatter())
        return logger

    def register_hooks(self, *arguments, **settings) -> None:
        """Register the hooks, without what mmseg's visualization says of its default."""
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', 'The draw is False')
            super().register_hooks(*arguments, **settings)


class ScreenFormatter(logging.Formatter):
    """Messages without date and name; a training's lines with place, loss and its parts."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        message = super().format(record)
        if record.levelno >= logging.WARNING:
            return f'{record.levelname.lower()}: {message}'
        if _EVALUATION.match(message):
            return short_scores(message)
        return short_iteration(message) if _TRAIN.match(message) else message


def short_iteration(line: str) -> str:
    """Shorten a line that mmengine logs of a training.

    Args:
        line: `Iter(train) [ 50/600]  lr: 1.0e-03  eta: 0:01:00  … loss: 1.23  decode.loss_ce: …`.

    Returns:
        `50/600  loss 1.23 (decode.loss_ce 1.01, …)  lr 1.0e-03  0:01:00 left`: all parts of the
        loss, no accuracies, no times; the line itself where it is of another form.
    """
    place, values = _PLACE.search(line), dict(_VALUE.findall(line))
    loss = values.get('loss')
    if place is None or loss is None:
        return line
    parts = [
        f'{name} {value}' for name, value in values.items() if 'loss' in name and name != 'loss'
    ]
    words = [re.sub(r'[\[\] ]', ' ', place[1]).strip(), f'loss {loss}']
    # A single part is the loss itself.
    if len(parts) > 1:
        words[-1] += f' ({", ".join(parts)})'
    words += [f'lr {values["lr"]}'] if 'lr' in values else []
    words += [f'{values["eta"]} left'] if 'eta' in values else []
    return '  '.join(words)


def short_scores(line: str) -> str:
    """Shorten the line that mmengine logs of an evaluation to the scores that are of no class.

    Args:
        line: `Iter(val) [50/50]    mIoU: 33.6  IoU/road: 85.3  …  time: 0.12`.

    Returns:
        `val: mIoU 33.6`: what the table of the classes has not; empty where the line tells how far
        the evaluation is.
    """
    kind = _EVALUATION.match(line)
    scores = [
        f'{name} {value}'
        # The name of a class may have spaces; two of them part one score from the next.
        for name, is_score, value in (part.rpartition(': ') for part in line.split('  '))
        if is_score and name not in _NO_SCORE and not _IN_THE_TABLE.search(name)
    ]
    return f'{kind[1]}: {"  ".join(scores)}' if kind and scores else ''


def _matters(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    if message.startswith(_IN_THE_FILE_ONLY):
        return False
    # The bar shows how far an evaluation is.
    return not _EVALUATION.match(message) or bool(short_scores(message))

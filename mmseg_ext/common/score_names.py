"""Names of scores, as metrics, logs, TensorBoard and reports have them.

TensorBoard makes a group of what is before the first slash, so that the classes of one score are
together. A file cannot have a slash in its name; names of files and what a checkpoint keeps have a
dot in its place, which was the name of a score in earlier versions too.
"""

import re

from mmseg_ext.common.contributions import HIGHER_IS_BETTER


def score_name(score: str, of: str) -> str:
    """Return the name of one score in a group: `IoU/car`, `edge/F`."""
    return f'{score}/{of}'


def is_known(name: str) -> bool:
    """Tell whether a name, in either form, is of a score of which more is better."""
    return _found(name) is not None


def dotted(name: str) -> str:
    """Return the form of a name that files and checkpoints have.

    Args:
        name: In either form, with or without a metric's prefix.

    Returns:
        A score of ours with a dot between it and its class, whose name stays as it is; any other
        name unchanged.

    >>> dotted('IoU/road/wet'), dotted('IoU.road/wet'), dotted('TrimapIoU_0.5pc/car')
    ('IoU.road/wet', 'IoU.road/wet', 'TrimapIoU_0.5pc.car')
    """
    found = _found(name)
    if found is None or not found.groupdict().get('separator'):
        return name
    place = found.start('separator')
    return f'{name[:place]}.{name[place + 1 :]}'


def _found(name: str) -> re.Match[str] | None:
    # Behind the prefix that mmengine's metrics may have, if it is no score itself.
    for start in (0, name.find('/') + 1):
        for known in HIGHER_IS_BETTER:
            found = known.fullmatch(name, start)
            if found:
                return found
    return None

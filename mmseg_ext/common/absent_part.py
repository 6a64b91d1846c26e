"""Parts of a model that serve training alone, and that a checkpoint may leave out."""

from typing import Any

from mmengine.logging import print_log
from torch import nn


def allow_absence(head: nn.Module, keys: Any, *, part: str, called: str) -> None:
    """Let a checkpoint leave a part out as a whole; for `register_load_state_dict_post_hook`.

    Args:
        head: The module that has the part.
        keys: What `load_state_dict` found missing or unexpected; changed in place.
        part: The attribute that the part is.
        called: Its name for people.
    """
    module = getattr(head, part)
    if not isinstance(module, nn.Module):
        return
    missing = [key for key in keys.missing_keys if f'.{part}.' in f'.{key}']
    # Whether torch misses num_batches_tracked depends on the version that wrote the checkpoint.
    missed, own = (
        [key for key in names if not key.endswith('num_batches_tracked')]
        for names in (missing, module.state_dict())
    )
    if len(missed) == len(own):
        keys.missing_keys[:] = [key for key in keys.missing_keys if key not in missing]
        print_log(
            f'The checkpoint holds no {called}: inference needs none, a training starts a new one',
            logger='current',
        )

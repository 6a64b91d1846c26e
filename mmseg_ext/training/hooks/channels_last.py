"""Lays images out with their channels last, which many convolutions are faster on."""

import gc

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from torch.nn.parallel import DistributedDataParallel

from mmseg_ext.common.errors import ConfigError


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Keep the weights of convolutions, and so all feature maps, in torch's channels-last layout.

    The results are those of the usual layout up to rounding; checkpoints do not depend on it. It
    pays for low precision, on CPUs and on tensor cores: what it gains for a config is to be
    measured. `custom_hooks=[dict(type='ChannelsLastHook')]`.

    Source: our decision.

    Raises:
        ConfigError: The model is wrapped by another class than `DistributedDataParallel`.
    """

    def before_run(self, runner: Runner) -> None:
        """Change the layout of the weights in place."""
        if not is_model_wrapper(runner.model):
            runner.model.to(memory_format=torch.channels_last)
            return
        if not isinstance(runner.model, DistributedDataParallel):
            raise ConfigError(
                f'ChannelsLastHook cannot change a model in {type(runner.model).__name__}: use '
                'MMDistributedDataParallel, or remove the hook'
            )
        # The wrapper sends gradients in the layout that the weights had when it was made: with
        # another one it mixes them up. It lets go of the weights only when it is gone.
        model = runner.model.module
        runner.model = model
        gc.collect()
        model.to(memory_format=torch.channels_last)
        runner.model = runner.wrap_model(runner.cfg.get('model_wrapper_cfg'), model)

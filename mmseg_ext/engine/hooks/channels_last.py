"""Lays images out with their channels last, which many convolutions are faster on."""

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Keep the weights of convolutions, and so all feature maps, in torch's channels-last layout.

    The results are those of the usual layout up to rounding; checkpoints do not depend on it. It
    pays for low precision, on CPUs and on tensor cores: what it gains for a config is to be
    measured. `custom_hooks=[dict(type='ChannelsLastHook')]`.

    Source: our decision.
    """

    def before_run(self, runner: Runner) -> None:
        """Change the layout of the weights in place."""
        runner.model.to(memory_format=torch.channels_last)

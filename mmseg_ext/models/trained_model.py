"""A trained model of a config, for tools that look into it."""

from mmengine.config import ConfigDict
from mmengine.device import get_device
from mmengine.logging import MMLogger
from mmengine.model import revert_sync_batchnorm
from mmseg.registry import MODELS
from torch import nn

from mmseg_ext.checkpoints.checkpoint import check_checkpoint, require_file
from mmseg_ext.checkpoints.read_once import forget
from mmseg_ext.common.config_parts import without_pretrained


def trained_model(
    model: ConfigDict,
    checkpoint: str,
    with_auxiliary_heads: bool = False,
    device: str | None = None,
) -> nn.Module:
    """Build a model with the weights of a checkpoint, in evaluation mode.

    Args:
        model: The model's config; pre-trained weights that it names are not loaded.
        checkpoint: Its checkpoint.
        with_auxiliary_heads: Whether the checkpoint must hold them too.
        device: Where it is to run; None for the device at hand.

    Raises:
        ConfigError: The checkpoint is missing, not trusted or not of this model.
        CheckpointError: It is truncated, altered or no checkpoint.
    """
    require_file(checkpoint)
    MMLogger.get_current_instance().setLevel('WARNING')
    without_pretrained(model)
    built = revert_sync_batchnorm(MODELS.build(model)).to(device or get_device()).eval()
    weights = check_checkpoint(built, checkpoint, with_auxiliary_heads)
    built.load_state_dict(weights, strict=False)
    forget()
    return built

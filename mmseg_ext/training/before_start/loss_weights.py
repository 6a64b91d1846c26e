"""The weights of losses and of classes, of mmseg's own losses too."""

from mmengine.runner import Runner

from mmseg_ext.losses.checks import check_losses
from mmseg_ext.training.before_start.heads import heads_of, plain_model


def check_loss_weights(runner: Runner) -> None:
    """Check them for every head.

    Raises:
        ConfigError: One is negative or not finite; the weights of the classes are all 0, or not one
            for each class.
    """
    for path, head in heads_of(plain_model(runner)).items():
        check_losses(head, path)

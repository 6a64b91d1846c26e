"""The order of the transforms of the training data, as far as they cannot see it themselves."""

from mmengine.runner import Runner

from mmseg_ext.data.transforms.pipeline_order import check_labels_first, check_mixing


def check_pipeline_order(runner: Runner) -> None:
    """Check the pipelines of the training data.

    Raises:
        ConfigError: A transform stands where it spoils the labels; it names all, in order.
    """
    dataset = runner.train_dataloader.dataset
    check_mixing(dataset)
    check_labels_first(dataset)

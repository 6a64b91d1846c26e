"""With which scale of the logits a test measures confidences."""

from mmengine.evaluator import Evaluator

from mmseg_ext.checkpoints.calibrated import calibration_of
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.training.reporting.per_class_iou import PerClassIoU


def take_confidence_scale(evaluator: Evaluator, checkpoint: str) -> None:
    """Let confidences be measured as predicted and with the scale of a calibrated checkpoint.

    Args:
        evaluator: Of which metrics with `reliability` are changed.
        checkpoint: The file that is tested.

    Raises:
        CheckpointError: The file is missing, truncated, altered or no checkpoint.
        ConfigError: It is not trusted.
    """
    metrics = [
        metric
        for metric in evaluator.metrics
        if isinstance(metric, PerClassIoU) and metric.reliability
    ]
    if not metrics:
        return
    scale = (calibration_of(load_checked(checkpoint)) or {}).get('scale')
    for metric in metrics:
        metric.confidence_scales = (1.0, scale) if scale and scale != 1 else (1.0,)

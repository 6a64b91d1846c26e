"""The metric that a report is made of."""

from mmengine.config import Config

from mmseg_ext.common.config_parts import type_name
from mmseg_ext.common.errors import ConfigError

_KEPT = ('ignore_index', 'output_dir', 'keep_results', 'format_only', 'collect_device', 'prefix')


def use_report_metric(config: Config, evaluator: str) -> str | None:
    """Make sure that there will be an evaluation to report.

    Where the evaluator has no metric `PerClassIoU` but mmseg's `IoUMetric`, that is replaced in the
    config: both count the same pixels, and the figures of one are among those of the other.

    Args:
        config: The config.
        evaluator: 'val_evaluator' or 'test_evaluator'.

    Returns:
        What was replaced, a sentence; None where nothing was.

    Raises:
        ConfigError: The evaluator has neither of the two.
    """
    metrics = config.get(evaluator) or []
    metrics = [metrics] if isinstance(metrics, dict) else metrics
    if any(type_name(metric) == 'PerClassIoU' for metric in metrics):
        return None
    for metric in metrics:
        if type_name(metric) == 'IoUMetric':
            kept = {name: metric[name] for name in _KEPT if name in metric}
            metric.clear()
            metric.update(type='PerClassIoU', **kept)
            return (
                f'for the report, PerClassIoU takes the place of IoUMetric in {evaluator}: it '
                'counts the same pixels, image by image'
            )
    raise ConfigError(f"a report needs {evaluator}=dict(type='PerClassIoU') in the config")

"""What a test writes besides its figures: predictions, painted images."""

from typing import Any

from mmengine.config import Config

from mmseg_ext.common.config_parts import type_name
from mmseg_ext.common.errors import ConfigError

_WRITERS = ('PerClassIoU', 'IoUMetric')


def keep_predictions(config: Config, folder: str) -> None:
    """Let the test's metric write the predicted class maps to a folder.

    Raises:
        ConfigError: The config's `test_evaluator` has no metric that writes predictions.
    """
    evaluators = config.get('test_evaluator') or []
    evaluators = [evaluators] if isinstance(evaluators, dict) else evaluators
    for evaluator in evaluators:
        if type_name(evaluator) in _WRITERS:
            evaluator['output_dir'] = folder
            evaluator['keep_results'] = True
            return
    raise ConfigError(f'--out needs a test_evaluator of type {" or ".join(_WRITERS)}')


def draw_predictions(
    config: Config, folder: str | None = None, show: bool = False, wait_time: float = 2.0
) -> None:
    """Paint every test image with its prediction.

    Args:
        config: Changed in place.
        folder: Where to save the images, under a folder of the run's time; not saved where None.
        show: Also open a window.
        wait_time: How long the window shows an image, in seconds.

    Raises:
        ConfigError: The config has no visualization hook, or no visualizer to save by.
    """
    hook: dict[str, Any] | None = config.get('default_hooks', {}).get('visualization')
    if hook is None:
        raise ConfigError(
            '--show and --show-dir need default_hooks.visualization=dict(type='
            "'SegVisualizationHook') in the config"
        )
    hook.update(draw=True, show=show, wait_time=wait_time)
    if folder is not None:
        if not config.get('visualizer'):
            raise ConfigError(
                "--show-dir needs visualizer=dict(type='SegLocalVisualizer') in the config"
            )
        config.visualizer['save_dir'] = folder
        # One copy on disk is enough: TensorBoard would keep every image again.
        config.visualizer['vis_backends'] = [dict(type='PaintedImageBackend')]

"""Every test here needs a GPU that torch sees, and skips where there is none."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from mmseg_ext.benchmark.synthetic import set_crop, synthetic_batch
from mmseg_ext.benchmark.trial import without_pretrained

RECIPES = {
    'baseline': 'baseline/deeplabv3plus_r18-small_1xb6-600_camvid-240x320.py',
    'class suppression': 'debias/debias_deeplabv3plus_r18-small_1xb6-600_camvid-240x320.py',
    'mixture': 'gmm/gmm_r18-small_1xb6-600_camvid-240x320.py',
    'boundary': 'boundary/boundary_deeplabv3plus_r18-small_1xb6-600_camvid-240x320.py',
    'combined': 'combined/debias-gmm-boundary_r18-small_1xb6-600_camvid-240x320.py',
    'hourglass': 'boundary/boundary_hourglass_vgg16-small_1xb6-600_camvid-240x320.py',
}


@pytest.fixture(autouse=True)
def gpu() -> None:
    """Skip without a GPU."""
    if not torch.cuda.is_available():
        pytest.skip('needs a GPU that torch sees')


class Training:
    """The model of a recipe on the GPU or the CPU, and a drawn batch of two small crops.

    The weights and the batch are the same on every device.
    """

    def __init__(self, config_file: Path, device: str) -> None:
        config = Config.fromfile(str(config_file))
        set_crop(config, (96, 128))
        without_pretrained(config.model)
        init_default_scope('mmseg')
        MMLogger.get_current_instance().setLevel('WARNING')
        torch.manual_seed(0)
        self.model = MODELS.build(config.model)
        self.model.init_weights()
        self.model.to(device).train()
        self.optim_wrapper = config.optim_wrapper
        self._batch = synthetic_batch(config, 2)

    def losses(self, dtype: torch.dtype = torch.float32) -> dict[str, torch.Tensor]:
        """Every loss of a step in the middle of a training, with the inputs in `dtype`."""
        hub = MessageHub.get_current_instance()
        for name, value in (('iter', 50), ('max_iters', 100), ('seed', 0)):
            hub.update_info(name, value)
        torch.manual_seed(1)
        data = self.model.data_preprocessor(self._batch, training=True)
        inputs = data['inputs'].to(dtype)
        values = self.model(inputs, data['data_samples'], mode='loss')
        return {name: value for name, value in values.items() if 'loss' in name}


@pytest.fixture(params=list(RECIPES.values()), ids=list(RECIPES))
def training(request: pytest.FixtureRequest, repository: Path) -> Callable[[str], Training]:
    """Make the training of each recipe in turn on a device."""
    return lambda device: Training(repository / 'configs' / request.param, device)

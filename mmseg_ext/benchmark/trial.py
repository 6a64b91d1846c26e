"""A model of a config, ready to train or predict on a synthetic batch."""

from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.logging import MessageHub, MMLogger
from mmengine.model import revert_sync_batchnorm
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from mmseg_ext.benchmark.synthetic import synthetic_batch
from mmseg_ext.common.config_parts import without_pretrained


class Trial:
    """A randomly initialised model with its optimizer and one batch.

    Args:
        config: The config; pre-trained weights that it names are not loaded.
        batch_size: Images in a batch.
        seed: Seed of the weights and of the batch.
    """

    def __init__(self, config: Config, batch_size: int, seed: int = 0):
        init_default_scope(config.get('default_scope', 'mmseg'))
        torch.manual_seed(seed)
        self._max_iters = config.train_cfg.get('max_iters', 1000)
        # The middle of a training: methods that change with the progress are fully at work.
        self._iteration = self._max_iters // 2
        # mmengine logs how it initialised every single parameter.
        MMLogger.get_current_instance().setLevel('WARNING')
        without_pretrained(config.model)
        model = MODELS.build(config.model)
        model.init_weights()
        self.model = revert_sync_batchnorm(model).to(get_device())
        self._optim_wrapper = build_optim_wrapper(self.model, config.optim_wrapper)
        self._batch = synthetic_batch(config, batch_size, seed)
        # Targets of boundary tasks, which a test has none of, take time to move to a GPU.
        self._test_batch = {
            'inputs': self._batch['inputs'],
            'data_samples': [
                SegDataSample(metainfo=sample.metainfo) for sample in self._batch['data_samples']
            ],
        }

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    def train_step(self, batch: dict[str, Any] | None = None) -> None:
        """Take the training step that mmengine's loop takes: forward, backward, optimizer.

        Args:
            batch: What a data loader gives; by default the synthetic batch.
        """
        hub = MessageHub.get_current_instance()
        hub.update_info('iter', self._iteration)
        hub.update_info('max_iters', self._max_iters)
        hub.update_info('seed', 0)
        self._iteration = (self._iteration + 1) % self._max_iters
        self.model.train()
        self.model.train_step(batch or self._batch, optim_wrapper=self._optim_wrapper)

    def predict(self) -> None:
        """Predict the batch, without its targets, as mmengine's test loop does."""
        self.model.eval()
        with torch.no_grad():
            self.model.test_step(self._test_batch)

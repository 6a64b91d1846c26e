"""Sees to it that pretrained weights which a config names arrive in the model.

By `init_cfg=dict(type='Pretrained')`, mmengine loads what fits and warns about the rest, so a
backbone for which nothing fits trains from scratch. How names are changed on the way is up to each
backbone; what arrives in its parameters is seen by torch's hooks of loading.

Source: our decision.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from mmengine.hooks import Hook
from mmengine.model import PretrainedInit
from mmengine.runner import Runner
from torch import Tensor, nn

from mmseg_ext.checkpoints.checkpoint import unwrapped
from mmseg_ext.checkpoints.fit import Fit, fit
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.checkpoints.read_once import forget
from mmseg_ext.common.errors import ConfigError


class PretrainedHook(Hook):
    """Checks what `init_cfg` loads into the model of a training; registered by our training tool.

    Raises:
        ConfigError: Nothing of a file arrives, or what arrives is no weights.
    """

    # Before a hook that changes what a checkpoint holds.
    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._arrivals: list[_Arrivals] = []

    def before_run(self, runner: Runner) -> None:
        """Watch the modules whose weights mmengine is about to load."""
        for name, module in unwrapped(runner.model).named_modules():
            for source, prefix in _pretrained(module):
                _require_prefix(source, prefix)
                self._arrivals.append(_Arrivals(name, module, source))

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Check what arrived, before the weights of a checkpoint do."""
        self._check(runner)

    def before_train(self, runner: Runner) -> None:
        """Check what arrived, and let go of what was read: the start is over."""
        self._check(runner)
        forget()

    def _check(self, runner: Runner) -> None:
        for arrivals in self._arrivals:
            found = arrivals.end()
            if not found.filled:
                raise ConfigError(
                    f'{arrivals.place}: init_cfg loads nothing from {arrivals.source}: no name and '
                    f'shape in it is of {arrivals.kind} ({arrivals.names()})'
                )
            taken = f'{len(found.filled)} of {found.total} parameters of {arrivals.place}'
            if lacks := found.lacks():
                runner.logger.warning(
                    f'{taken} start as in {arrivals.source}, the others at random: {lacks}'
                )
            else:
                runner.logger.info(f'{taken} start as in {arrivals.source}')
        self._arrivals.clear()


class _Arrivals:
    """What is loaded into a module, until it ends."""

    def __init__(self, name: str, module: nn.Module, source: str) -> None:
        self.place = f'model.{name}'.rstrip('.')
        self.kind = type(module).__name__
        self.source = source
        self._own = module.state_dict()
        self._stored: dict[str, Tensor] = {}
        self._offered: list[str] = []
        self._handles = [
            part.register_load_state_dict_pre_hook(partial(self._note, part_name))
            for part_name, part in module.named_modules()
        ]

    def _note(
        self, part_name: str, part: nn.Module, state: dict[str, Tensor], prefix: str, *_: Any
    ) -> None:
        self._offered = self._offered or list(state)
        at = f'{part_name}.' if part_name else ''
        own = {at + name for name in (*part._parameters, *part._buffers)} & self._own.keys()
        arrived = {name: state[key] for name in own if (key := prefix + name[len(at) :]) in state}
        # At once, for torch would fail on some kinds without naming the file.
        fit(arrived, {name: self._own[name] for name in arrived}, self.source)
        self._stored |= {name: tensor.detach() for name, tensor in arrived.items()}

    def end(self) -> Fit:
        """Stop watching, and tell what has arrived."""
        for handle in self._handles:
            handle.remove()
        return fit(self._stored, self._own, self.source)

    def names(self) -> str:
        """Show names of both sides."""
        offered = ', '.join(self._offered[:3]) or 'nothing was read'
        return f'there {offered}; here {", ".join(list(self._own)[:3])}'


def _pretrained(module: nn.Module) -> Iterator[tuple[str, str | None]]:
    """Yield the files, and the parts of them, that a module's `init_cfg` names."""
    init_cfg = getattr(module, 'init_cfg', None) or []
    for each in [init_cfg] if isinstance(init_cfg, dict) else init_cfg:
        kind = each.get('type')
        # Some of mmseg's backbones know 'Pretrained_Part' besides.
        pretrained = kind is PretrainedInit or str(kind).startswith('Pretrained')
        if pretrained and each.get('checkpoint'):
            yield each['checkpoint'], each.get('prefix')


def _require_prefix(source: str, prefix: str | None) -> None:
    if prefix is None:
        return
    content = load_checked(source)
    names = list(content.get('state_dict', content))
    if not any(name.startswith(f'{prefix.rstrip(".")}.') for name in names):
        raise ConfigError(
            f'{source}: no parameter begins with the prefix {prefix!r} of init_cfg; the first are '
            f'{", ".join(names[:3])}'
        )

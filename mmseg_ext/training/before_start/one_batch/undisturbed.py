"""Runs a model as if it had not been run."""

import contextlib
import random
from collections.abc import Iterator

import numpy as np
import torch
import torch.distributed
from mmengine.dist import get_world_size
from mmengine.logging import MessageHub
from torch import nn


@contextlib.contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Give everything back that a forward pass and the making of samples change.

    That is all random generators, the buffers of the model (such as running statistics), the mode
    of each of its modules, and what was logged. No gradient is kept, and the processes of a
    training that is run by several do not wait for one another: each is alone inside.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_alone())
        stack.enter_context(_random_state())
        stack.enter_context(_log())
        stack.enter_context(torch.no_grad())
        stack.enter_context(_modes(model))
        stack.enter_context(_buffers(model))
        yield


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    if get_world_size() == 1:
        yield
        return
    everybody = torch.distributed.group.WORLD
    own, _ = torch.distributed.new_subgroups(group_size=1)
    torch.distributed.group.WORLD = own
    try:
        yield
    finally:
        torch.distributed.group.WORLD = everybody
        torch.distributed.destroy_process_group(own)


@contextlib.contextmanager
def _random_state() -> Iterator[None]:
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - as transforms do
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(list(devices)):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)  # noqa: NPY002


@contextlib.contextmanager
def _log() -> Iterator[None]:
    hub = MessageHub.get_current_instance()
    places = hub.log_scalars, hub.runtime_info
    kept = [dict(place) for place in places]
    # A scalar's history changes in place, so a new one is begun.
    hub.log_scalars.clear()
    try:
        yield
    finally:
        for place, values in zip(places, kept, strict=True):
            place.clear()
            place.update(values)


@contextlib.contextmanager
def _modes(model: nn.Module) -> Iterator[None]:
    modes = {module: module.training for module in model.modules()}
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


@contextlib.contextmanager
def _buffers(model: nn.Module) -> Iterator[None]:
    buffers = [
        (module, name, buffer, buffer.clone())
        for module in model.modules()
        for name, buffer in module.named_buffers(recurse=False)
    ]
    try:
        yield
    finally:
        for module, name, buffer, values in buffers:
            # A module may also have put another tensor in its place.
            setattr(module, name, buffer)
            buffer.copy_(values)

"""Writes a graph as an ONNX file, by torch's exporter."""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.export.description import IMAGE, Description
from mmseg_ext.export.graph import output_names

OPSET = 20
"""The version of ONNX's operators that is written."""
INPUT = 'image'
# Of the image that the graph is traced with, whose values are never computed.
_BATCH, _HEIGHT, _WIDTH = 2, 256, 320


def write_onnx(graph: nn.Module, path: Path, channels: int, described: Description) -> None:
    """Write a graph; the number of images is always free.

    Args:
        graph: An :class:`~mmseg_ext.export.graph.ExportedGraph` on the CPU.
        path: The file to write.
        channels: Of the network's input.
        described: What the file tells of itself; its size, multiple and input say which images the
            graph takes.

    Raises:
        ConfigError: torch cannot export the model so.
        OSError: The file cannot be written.
    """
    metadata = described.as_metadata()
    height, width = described.size or (
        _up(length, described.multiple) for length in (_HEIGHT, _WIDTH)
    )
    if described.input == IMAGE:
        example = torch.zeros(_BATCH, height, width, channels, dtype=torch.uint8)
    else:
        example = torch.zeros(_BATCH, channels, height, width)
    first = 1 if described.input == IMAGE else 2
    free: dict[int, Any] = {0: 'batch'}
    if described.size is None:
        free |= {first: _length('height', described), first + 1: _length('width', described)}
    with torch.no_grad(), _quiet():
        try:
            program: Any = torch.onnx.export(
                graph,
                (example,),
                dynamo=True,
                opset_version=OPSET,
                input_names=[INPUT],
                output_names=output_names(described.outputs),
                dynamic_shapes=(free,),
                external_data=False,
            )
        except torch.onnx.OnnxExporterError as error:
            raise ConfigError(_failure(error, described)) from error
    program.model.metadata_props.update(metadata)
    program.save(str(path), external_data=False)


def _length(name: str, described: Description) -> Any:
    if described.multiple == 1:
        return name
    return described.multiple * torch.export.Dim(f'{name}_by_{described.multiple}')


def _up(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what the exporter tells of itself, and of packages that it can do without."""
    logger = logging.getLogger('torch.onnx')
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter('ignore')
            yield
    finally:
        logger.setLevel(before)


def _failure(error: BaseException, described: Description) -> str:
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    reason = f'{type(cause).__name__}: {" ".join(lines[:2])}'
    if described.size is not None:
        return f'torch cannot export this model ({reason})'
    free = f'free multiples of {described.multiple}' if described.multiple > 1 else 'free'
    return (
        f'torch cannot export this model with {free} height and width ({reason}): give '
        '--multiple 32, or whatever its deepest stride is, or --size HEIGHT WIDTH'
    )


def without_logits(source: Path, target: Path, described: Description) -> None:
    """Write a file that gives classes and logits again, without the logits.

    Args:
        source: The file.
        target: The file to write.
        described: What it tells of itself.
    """
    import onnx

    model = onnx.load(str(source))
    kept = [each for each in model.graph.output if each.name != 'logits']
    del model.graph.output[:]
    model.graph.output.extend(kept)
    onnx.helper.set_model_props(model, described.as_metadata())
    onnx.save(model, str(target))

"""An exported model, run by ONNX Runtime."""

from pathlib import Path
from typing import Any

import numpy as np

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.machine_faults import machine_fault
from mmseg_ext.export.description import IMAGE, Description
from mmseg_ext.export.packages import TO_RUN, require_packages

PROVIDERS = {'cpu': 'CPUExecutionProvider', 'cuda': 'CUDAExecutionProvider'}
"""What runs it on which device."""


class OnnxSession:
    """A file of `mmseg-debias export`, ready to run.

    Args:
        path: The file.
        device: 'cpu' or 'cuda', which the CUDA build of ONNX Runtime has.
        threads: Of ONNX Runtime on the CPU, by default as many as it chooses.

    Attributes:
        described: What the file tells of itself.

    Raises:
        ConfigError: ONNX Runtime is missing or has no such device, or the file cannot be read or
            is not of `mmseg-debias export`.
    """

    def __init__(self, path: str | Path, device: str = 'cpu', threads: int | None = None) -> None:
        require_packages(TO_RUN, 'a model in ONNX')
        if not Path(path).is_file():
            raise ConfigError(f'no ONNX file {path}')
        import onnxruntime

        available = onnxruntime.get_available_providers()
        devices = [name for name, provider in PROVIDERS.items() if provider in available]
        if device not in devices:
            raise ConfigError(
                f'device {device!r}: ONNX Runtime as it is installed runs on '
                f'{" and ".join(devices)}; onnxruntime-gpu in its place runs on cuda too'
            )
        self._path = Path(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(path), options, providers=[PROVIDERS[device]]
            )
        except Exception as error:
            # Its classes are made at import, and have Exception alone in common.
            if _is_checkpoint(path):
                raise ConfigError(
                    f'{path} is a checkpoint and no ONNX file: give it behind its config and '
                    f'without --onnx (CONFIG {path} ...), or make an ONNX file of it by '
                    '`mmseg-debias export`'
                ) from error
            raise ConfigError(
                f'{path}: ONNX Runtime cannot load it ({first_line(error)})'
            ) from error
        properties = self._session.get_modelmeta().custom_metadata_map
        self.described = Description.of_metadata(properties, str(path))
        self._input = self._session.get_inputs()[0].name
        self.outputs = [each.name for each in self._session.get_outputs()]

    def run(self, images: np.ndarray, *outputs: str) -> list[np.ndarray]:
        """Run the model on a batch.

        Args:
            images: uint8 (N, H, W, 3), BGR, or float32 (N, channels, H, W), as the file tells.
            outputs: Of `outputs`.

        Raises:
            ValueError: The file does not take images of this size.
        """
        told = self.described
        height, width = images.shape[1:3] if told.input == IMAGE else images.shape[2:]
        self._check_size(height, width)
        try:
            return self._session.run(list(outputs), {self._input: np.ascontiguousarray(images)})
        except Exception as error:
            if machine_fault(error) is not None:
                raise
            raise ValueError(
                f'{self._path}: ONNX Runtime fails on {width}x{height} pixels ({first_line(error)})'
            ) from error

    def _check_size(self, height: int, width: int) -> None:
        told = self.described
        taken = None
        if told.size is not None and [height, width] != told.size:
            taken = f'{told.size[1]}x{told.size[0]} pixels alone'
        elif height % told.multiple or width % told.multiple:
            taken = f'heights and widths that are multiples of {told.multiple}'
        if taken:
            raise ValueError(
                f'{self._path} takes {taken}, and is given {width}x{height}; resize or pad images '
                'to that, or export another file'
            )


def _is_checkpoint(path: str | Path) -> bool:
    """Tell whether a file is one of `torch.save`: a zip archive, or a pickle by its first byte."""
    with open(path, 'rb') as file:
        start = file.read(4)
    return start.startswith((b'PK\x03\x04', b'\x80'))


def first_line(error: Exception) -> str:
    """Return the first line of a message, or the type of an error without one."""
    return next(iter(str(error).splitlines()), type(error).__name__)

"""Checks of the maps that the boundary targets are made from."""

import numpy as np


def check_labels(labels: np.ndarray, ignore_index: int = 255) -> np.ndarray:
    """Return a label map as contiguous uint8, or say what is wrong with it.

    Args:
        labels: Class ids, (H, W), any integer dtype, any strides.
        ignore_index: The id of ignored pixels, 0..255.

    Returns:
        The same ids, (H, W) uint8, C-contiguous. No copy where none is needed.

    Raises:
        ValueError: Not a 2-D, non-empty integer array, or an id outside 0..255.
    """
    if not 0 <= ignore_index <= 255:
        raise ValueError(f'ignore_index must lie in 0..255, got {ignore_index}')
    labels = np.asarray(labels)
    _check_map(labels, 'labels')
    if labels.dtype != np.uint8:
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high > 255:
            raise ValueError(f'labels must lie in 0..255, got ids from {low} to {high}')
        labels = labels.astype(np.uint8)
    return np.ascontiguousarray(labels)


def check_instances(instances: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return an instance map, or say what is wrong with it.

    Args:
        instances: Instance ids, (H, W), any integer dtype; 0 = no instance.
        labels: The label map it belongs to, (H, W).

    Returns:
        The same ids, (H, W), C-contiguous.

    Raises:
        ValueError: Not a 2-D integer array of the labels' shape, or a negative id.
    """
    instances = np.asarray(instances)
    _check_map(instances, 'instances')
    if instances.shape != labels.shape:
        raise ValueError(
            f'instances of shape {instances.shape} do not fit labels of shape {labels.shape}'
        )
    if instances.dtype.kind == 'i' and instances.min() < 0:
        raise ValueError(f'instances must not be negative, got {instances.min()}')
    return np.ascontiguousarray(instances)


def _check_map(array: np.ndarray, name: str) -> None:
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f'{name} must be a non-empty (H, W) map, got shape {array.shape}')
    if array.dtype.kind not in 'iu':
        raise ValueError(f'{name} must hold integers, got dtype {array.dtype}')

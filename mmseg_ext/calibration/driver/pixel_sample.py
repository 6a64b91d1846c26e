"""A sample of labelled pixels that stays small, whatever is streamed through it."""

import numpy as np
import torch
from torch import Tensor

MOST_PIXELS = 2_000_000
# Logits in float32: with what is computed from them, less than 1 GB.
_MOST_LOGITS = 40_000_000


class PixelSample:
    """Draws the same share of the labelled pixels of every frame.

    The share follows from the first frame's size and the number of frames. Where later frames are
    larger, so that there would be too many pixels, half of all is left out again.

    Args:
        classes: Number of classes C.
        frames: Number of frames to come.
        seed: Of the draws; those of a frame follow from the seed and its number alone.
        most: Pixels to keep at most, fewer where classes are many.
    """

    def __init__(self, classes: int, frames: int, seed: int, most: int = MOST_PIXELS):
        self._most = max(1, min(most, _MOST_LOGITS // classes))
        self._frames, self._seed = frames, seed
        self._share = 0.0
        self._logits: list[np.ndarray] = []
        self._labels: list[np.ndarray] = []

    def add(self, logits: Tensor, labels: Tensor, ignore_index: int) -> None:
        """Take pixels of the next frame.

        Args:
            logits: Shape (C, H, W), on any device.
            labels: Class ids, shape (H, W), likewise.
            ignore_index: The label of pixels to leave out.

        Raises:
            ValueError: The sizes differ, or an id is no class.
        """
        if logits.shape[1:] != labels.shape:
            raise ValueError(
                f'the prediction has {tuple(logits.shape[1:])} pixels and the labels '
                f'{tuple(labels.shape)}'
            )
        ids = labels.flatten().cpu().numpy()
        labelled = np.flatnonzero(ids != ignore_index)
        found = ids[labelled]
        if len(found) and (found.min() < 0 or found.max() >= len(logits)):
            wrong = np.setdiff1d(found, np.arange(len(logits)))
            raise ValueError(f'label ids {wrong.tolist()} outside 0..{len(logits) - 1}')
        if not self._labels:
            self._share = min(1.0, self._most / (self._frames * max(1, len(ids))))
        random = np.random.default_rng([self._seed, len(self._labels)])
        count = min(len(labelled), max(1, int(self._share * len(labelled))))
        chosen = labelled[np.sort(random.choice(len(labelled), count, replace=False))]
        where = torch.from_numpy(chosen).to(logits.device)
        self._logits.append(logits.flatten(1)[:, where].float().cpu().numpy())
        self._labels.append(ids[chosen].astype(np.int64))
        while self.pixels > self._most and any(len(each) > 1 for each in self._labels):
            self._leave_out_half()

    @property
    def pixels(self) -> int:
        """Number of pixels that are kept."""
        return sum(map(len, self._labels))

    def take(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give the pixels away.

        Returns:
            Logits, float32, shape (C, N); labels, int64, (N,); the number of the frame of each,
            int64, (N,).
        """
        frames = np.repeat(np.arange(len(self._labels)), [len(each) for each in self._labels])
        logits, labels = np.concatenate(self._logits, axis=1), np.concatenate(self._labels)
        self._logits, self._labels = [], []
        return logits, labels, frames

    def _leave_out_half(self) -> None:
        self._share /= 2
        for number, labels in enumerate(self._labels):
            random = np.random.default_rng([self._seed, number, len(labels)])
            kept = np.sort(random.choice(len(labels), (len(labels) + 1) // 2, replace=False))
            self._labels[number] = labels[kept]
            self._logits[number] = self._logits[number][:, kept]

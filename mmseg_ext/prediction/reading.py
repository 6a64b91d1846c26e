"""Reads and prepares images in worker processes; what cannot be read is told, and ends nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from torch.utils.data import DataLoader, Dataset

from mmseg_ext.common.errors import DataError
from mmseg_ext.prediction.preparation import Preparation, Prepared


class Read(NamedTuple):
    """An image that was read, or why it was not.

    Attributes:
        place: Of its file in the list.
        prepared: The image, None where it is bad.
        fault: What is wrong with it, a message that names the file.
    """

    place: int
    prepared: Prepared | None
    fault: str | None


class ImageFiles(Dataset):
    """Image files, prepared for a model.

    Args:
        files: The files.
        preparation: Reads and prepares each.
    """

    def __init__(self, files: Sequence[Path], preparation: Preparation) -> None:
        self._files = files
        self._preparation = preparation

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self._files)

    def __getitem__(self, place: int) -> Read:
        """Read one; a bad file is told in what is returned."""
        try:
            return Read(place, self._preparation.file(self._files[place]), None)
        except DataError as error:
            return Read(place, None, str(error))


def read_images(
    files: Sequence[Path], preparation: Preparation, batch_size: int, workers: int
) -> Iterator[list[Read]]:
    """Yield batches of images in the order of their files.

    Args:
        files: The files.
        preparation: Reads and prepares each.
        batch_size: Images in a batch.
        workers: Processes that read; with 0 this one does.
    """
    yield from DataLoader(
        ImageFiles(files, preparation),
        batch_size=batch_size,
        num_workers=min(workers, len(files)),
        collate_fn=list,
    )

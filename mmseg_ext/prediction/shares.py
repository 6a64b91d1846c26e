"""The table of the classes' shares in each image, which goes on where a run was interrupted."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import ConfigError, DiskError
from mmseg_ext.prediction.inputs import Source
from mmseg_ext.reports.csv_text import CsvText

_Row = list[object]


class SharesTable:
    """A CSV: image, number of the frame of a video from 0 on, and the percentage of each class.

    Rows are added as inputs are done; at the end they stand in the order of the inputs.

    Args:
        path: The file.
        names: Of the classes.
        resume: Whether to keep the rows that are there, of which a last one may be cut off.

    Raises:
        ConfigError: What is there is a table of other classes.
        DiskError: It cannot be read or written.
    """

    def __init__(self, path: Path, names: Sequence[str], resume: bool) -> None:
        self.path = path
        heading = _line(['image', 'frame', *names])
        self._rows: dict[str, str] = {}
        try:
            if resume and path.exists():
                self._read(heading)
            self._heading = heading
            self._write(self._rows.values())
        except OSError as error:
            raise self._unwritten(error) from error

    def __contains__(self, source: Source) -> bool:
        """Tell whether an input has its rows."""
        return _key(source) in self._rows

    def add(self, source: Source, shares: Iterable[np.ndarray]) -> None:
        """Add the rows of an input.

        Args:
            source: The input.
            shares: Of its image, or of each frame of a video, float64, shape (C,), from 0 to 1.

        Raises:
            DiskError: It cannot be written.
        """
        text = ''.join(
            _line(
                [
                    source.name.as_posix(),
                    frame if source.is_video else '',
                    *(f'{100 * share:.4f}' for share in row),
                ]
            )
            for frame, row in enumerate(shares)
        )
        self._rows[_key(source)] = text
        try:
            with open(self.path, 'a', encoding='utf-8') as file:
                file.write(text)
        except OSError as error:
            raise self._unwritten(error) from error

    def finish(self, sources: Sequence[Source]) -> None:
        """Put the rows into the order of the inputs, behind those of other inputs.

        Raises:
            DiskError: It cannot be written.
        """
        keys = [_key(source) for source in sources]
        other = [text for key, text in self._rows.items() if key not in set(keys)]
        try:
            self._write([*other, *(self._rows[key] for key in keys if key in self._rows)])
        except OSError as error:
            raise self._unwritten(error) from error

    def _read(self, heading: str) -> None:
        lines = self.path.read_text(encoding='utf-8').splitlines(keepends=True)
        if lines and lines[0] != heading:
            raise ConfigError(f'{self.path} has other columns: give another --out')
        for line in lines[1:]:
            if line.endswith('\n'):
                key = next(csv.reader([line]))[0]
                self._rows[key] = self._rows.get(key, '') + line

    def _write(self, rows: Iterable[str]) -> None:
        with atomic_path(self.path) as temporary:
            temporary.write_text(self._heading + ''.join(rows), encoding='utf-8')

    def _unwritten(self, error: OSError) -> DiskError:
        return DiskError(f'{self.path}: cannot be written ({error.strerror or error})')


def _line(cells: _Row) -> str:
    text = CsvText()
    text.writerow(cells)
    return text.text


def _key(source: Source) -> str:
    return next(csv.reader([_line([source.name.as_posix()])]))[0]

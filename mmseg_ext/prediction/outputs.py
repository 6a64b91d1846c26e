"""Where the outputs of each input go, and which are there already."""

import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from mmseg_ext.common.atomic import remove_temporaries
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.prediction.inputs import Source

IDS, PALETTE, COLOR, OVERLAY, SIDE_BY_SIDE, PROBABILITIES, SHARES = KINDS = (
    'ids',
    'palette',
    'color',
    'overlay',
    'side-by-side',
    'probabilities',
    'shares',
)
"""What may be saved of a prediction."""
DRAWN = (OVERLAY, SIDE_BY_SIDE, COLOR)
"""Pictures, of which a video gives a video."""
VIDEO_SUFFIX = '.mp4'


class Outputs:
    """The files of a folder of predictions: of each input one of each kind, in its sub-folder.

    Args:
        out: The folder.
        kinds: Some of `KINDS`.
    """

    def __init__(self, out: Path, kinds: Collection[str]) -> None:
        self.out = out
        self.kinds = [kind for kind in KINDS if kind in kinds]

    @property
    def shares(self) -> Path:
        """The table of shares."""
        return self.out / f'{SHARES}.csv'

    def path(self, kind: str, source: Source) -> Path:
        """Return where an output goes: of what is drawn of a video a video, else a folder."""
        stem = self.out / kind / source.name.with_suffix('')
        if source.is_video:
            return stem.with_name(stem.name + VIDEO_SUFFIX) if kind in DRAWN else stem
        return stem.with_name(f'{stem.name}.{"npz" if kind == PROBABILITIES else "png"}')

    def paths(self, source: Source) -> Iterator[tuple[str, Path]]:
        """Yield kind and path of each output that is a file, or a folder of a video's frames."""
        for kind in self.kinds:
            if kind != SHARES:
                yield kind, self.path(kind, source)

    def drawn(self, source: Source) -> Path | None:
        """Return the picture of an input that shows most, None where there is none."""
        shown = next((kind for kind in DRAWN if kind in self.kinds), None)
        return None if shown is None else self.path(shown, source)

    def refuse_inputs(self, sources: Sequence[Source]) -> None:
        """Check that no output would be written over an input.

        Raises:
            ConfigError: One would.
        """
        inputs = {source.path.resolve() for source in sources}
        for source in sources:
            for _, path in self.paths(source):
                if path.resolve() in inputs:
                    raise ConfigError(
                        f'{path} is an input, and would be written over: give another --out'
                    )

    def existing(self, sources: Sequence[Source], others: Sequence[Path]) -> list[Path]:
        """Return the outputs that are there already.

        Args:
            sources: Whose outputs.
            others: Other files that will be written.
        """
        of_inputs = (path for source in sources for _, path in self.paths(source))
        return [path for path in (*of_inputs, *others) if path.exists()]

    def complete(self, source: Source) -> bool:
        """Tell whether all files of an input are there; each is written whole or not at all."""
        return all(path.exists() for _, path in self.paths(source))

    def remove_leftovers(self, sources: Sequence[Source]) -> None:
        """Remove what an earlier run, killed while it wrote, has left of unfinished files."""
        folders = {path.parent for source in sources for _, path in self.paths(source)}
        for folder in folders:
            for path in folder.glob('.*.tmp'):
                if path.is_dir():
                    shutil.rmtree(path)
            remove_temporaries(folder)
        remove_temporaries(self.out)


def refuse_existing(existing: Sequence[Path]) -> None:
    """Check that nothing would be overwritten.

    Raises:
        ConfigError: Something would; it names a file.
    """
    if existing:
        more = f', and {len(existing) - 1} more' if len(existing) > 1 else ''
        raise ConfigError(
            f'{existing[0]} is there already{more}: give --resume to go on where that run was '
            'interrupted, --overwrite to write it anew, or another --out'
        )

"""What is to be exported, and how."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from mmseg_ext.export.description import BOTH, IMAGE


@dataclass(frozen=True)
class Export:
    """What is to be exported, and how.

    Attributes:
        config: The model's config.
        checkpoint: Its checkpoint.
        out: The file to write.
        input: Of :data:`~mmseg_ext.export.description.INPUTS`.
        outputs: Of :data:`~mmseg_ext.export.description.OUTPUTS`.
        size: Height and width; None where they are free.
        multiple: What free ones are multiples of.
        check: Images to compare on; none for the first two of the test set, or noise.
        overwrite: Whether to replace a file that is there.
    """

    config: Config
    checkpoint: str
    out: Path
    input: str = IMAGE
    outputs: str = BOTH
    size: tuple[int, int] | None = None
    multiple: int = 1
    check: Sequence[Path] = ()
    overwrite: bool = False

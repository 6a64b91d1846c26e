"""The list of a sample's maps, by which transforms move them in step with the image."""

from collections.abc import Iterable

from mmseg_ext.common.errors import PipelineError


class SegFields(list):
    """The ``seg_fields`` of a sample: names of maps, each only once.

    mmseg's transforms go through the list: a map that stands there twice is flipped there and back,
    while its image is flipped once.
    """

    def append(self, name: str) -> None:
        """Add the name of a map that was loaded.

        Raises:
            PipelineError: It is there already.
        """
        if name in self:
            raise PipelineError(
                f'{name} is loaded twice, so that every flip would turn it back and leave it out '
                'of step with the image; remove one of the transforms that load it'
            )
        super().append(name)

    def extend(self, names: Iterable[str]) -> None:
        """Add several names."""
        for name in names:
            self.append(name)


def begin_fields(results: dict) -> dict:
    """Give a sample that enters a pipeline its :class:`SegFields`; a transform."""
    results['seg_fields'] = SegFields(results.get('seg_fields', ()))
    return results

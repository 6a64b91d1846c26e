"""What the resamples of a comparison draw: the same for all of its runs."""

from collections.abc import Sequence

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.evaluation.comparison.methods import Method
from mmseg_ext.evaluation.drives import drives_of
from mmseg_ext.evaluation.resampling import Units, clustered, units_of


def common_units(methods: Sequence[Method], cluster: str | None) -> Units:
    """Find the units of the images that all runs share, in the order of the first one.

    Args:
        methods: The methods, the baseline first.
        cluster: A pattern of drives that goes before that of the reports.

    Raises:
        ConfigError: If it is no regular expression, has no group or does not fit every image, or
            without it the reports have different patterns.
    """
    images = methods[0].runs[0].images
    if cluster is not None:
        return clustered(images, drives_of(images, cluster, '--cluster'))
    patterns = {run.drive_pattern: None for method in methods for run in method.runs}
    patterns.pop(None, None)
    if len(patterns) > 1:
        listed = ' and '.join(map(repr, patterns))
        raise ConfigError(
            f'the reports name the drives of their images by different patterns, {listed}: '
            'choose one by --cluster'
        )
    return units_of(images, next(iter(patterns), None))

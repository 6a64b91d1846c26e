"""The transform that makes the boundary targets in a data pipeline."""

from collections.abc import Sequence
from numbers import Integral

from mmcv.transforms import BaseTransform
from mmseg.registry import DATASETS, TRANSFORMS

from mmseg_ext.boundary.targets import distance_levels, distance_map, edge_map, semantic_contour
from mmseg_ext.common.class_names import check_names
from mmseg_ext.common.errors import ConfigError, PipelineError


@TRANSFORMS.register_module()
class GenerateBoundaryTargets(BaseTransform):
    """Make edge, contour and distance targets from the labels (and instances) of a sample.

    Put it after every geometric augmentation and before `PackBoundaryInputs`, which refuses labels
    that were changed in between: targets are not entered in `seg_fields`, for a resized edge is no
    edge.

    A transform never sees its dataset, so classes come either from the metainfo of a registered
    dataset (`dataset='CamVidDataset'`) or from `num_classes` and `thing_classes`.

    Required Keys:

    - gt_seg_map (np.ndarray, (H, W), integer): a sample without it (inference) passes unchanged
    - gt_instance_map (np.ndarray, (H, W), integer, optional): 0 = no instance; without it the
      connected components of each class are the instances

    Added Keys:

    - gt_edge_map (np.ndarray, (H, W), uint8): 0, 1, 255 = ignored
    - gt_contour_map (np.ndarray, (H, W), uint8): 0..C-1, C = background, 255 = ignored
    - gt_distance_map (np.ndarray, (H, W)): uint8 levels 0..levels, 255 = ignored; or float32
      fractions in [0, 1], -1 = ignored
    - boundary_source (np.ndarray, (H, W)): a copy of the labels that they were made from
    - contour_classes (int), distance_levels (int): C and `levels`, where they are known

    Args:
        edge: Whether to add gt_edge_map.
        contour: Whether to add gt_contour_map.
        distance: 'levels', 'fraction', or None for no gt_distance_map.
        dataset: Name of a registered dataset whose METAINFO gives classes and thing_classes.
        num_classes: Number of semantic classes; needed by the contour unless `dataset` is given.
        thing_classes: Ids of the classes that have instances. None = every class.
        thickness: Width of the edges in pixels.
        levels: Number of distance levels.
        ignore_index: Id of the ignored pixels in gt_seg_map.

    Raises:
        ConfigError: No target asked for, an unknown `distance` or `dataset`, classes missing
            or given twice, a distance where nothing has instances, or a number out of its range.
    """

    def __init__(
        self,
        edge: bool = True,
        contour: bool = True,
        distance: str | None = 'levels',
        dataset: str | None = None,
        num_classes: int | None = None,
        thing_classes: Sequence[int] | None = None,
        thickness: int = 2,
        levels: int = 5,
        ignore_index: int = 255,
    ) -> None:
        if distance not in ('levels', 'fraction', None):
            raise ConfigError(f"distance must be 'levels', 'fraction' or None, got {distance!r}")
        if not (edge or contour or distance):
            raise ConfigError(
                'GenerateBoundaryTargets has no target to make: set edge, contour or distance'
            )
        if dataset is not None:
            if num_classes is not None or thing_classes is not None:
                raise ConfigError('give either dataset or num_classes and thing_classes, not both')
            num_classes, thing_classes = classes_of(dataset)
        if distance and thing_classes is not None and not thing_classes:
            raise ConfigError(
                'GenerateBoundaryTargets: no class has instances, so the distance would be 0 '
                'everywhere; set distance=None, or give num_classes without thing_classes, and '
                'every class has them'
            )
        if contour and num_classes is None:
            raise ConfigError('the contour target needs num_classes (or dataset=NAME)')
        _check_range('thickness', thickness, 1, None)
        _check_range('levels', levels, 1, 254)
        _check_range('ignore_index', ignore_index, 0, 255)
        if num_classes is not None:
            _check_range('num_classes', num_classes, 1, 254)
        for thing in thing_classes or ():
            _check_range('thing_classes, ids,', thing, 0, (num_classes or 255) - 1)
        self.dataset = dataset
        self.edge = edge
        self.distance = distance
        self.contour_classes = num_classes if contour else None
        self.thing_classes = thing_classes
        self.thickness = thickness
        self.levels = levels
        self.ignore_index = ignore_index

    def transform(self, results: dict) -> dict:
        """Add the targets to a sample.

        Raises:
            ConfigError: It stands before the labels are loaded; `dataset` was given, but the sample
                has other classes; or instances and labels differ in size.
        """
        labels = results.get('gt_seg_map')
        if labels is None:
            if results.get('seg_map_path'):
                raise PipelineError(
                    'GenerateBoundaryTargets stands before the labels are loaded, so that it would '
                    'make no targets: put it behind the transform that loads them'
                )
            return results
        if self.dataset and results.get('label_map'):
            raise ConfigError(
                'GenerateBoundaryTargets: this data set has a choice of classes; give its '
                'num_classes and thing_classes in place of dataset'
            )
        instances = results.get('gt_instance_map')
        if instances is not None and instances.shape != labels.shape:
            raise PipelineError(
                f'GenerateBoundaryTargets: the instances are {instances.shape} and the labels '
                f'{labels.shape}, so a transform before it changes one of them alone, as `Pad` '
                'does; leave padding to the data_preprocessor'
            )
        results['boundary_source'] = labels.copy()
        if self.edge or self.contour_classes:
            edges = edge_map(labels, instances, self.thickness, self.ignore_index)
        if self.edge:
            results['gt_edge_map'] = edges
        if self.contour_classes:
            results['contour_classes'] = self.contour_classes
            results['gt_contour_map'] = semantic_contour(
                labels, edges, self.contour_classes, self.ignore_index
            )
        if self.distance == 'levels':
            results['distance_levels'] = self.levels
            results['gt_distance_map'] = distance_levels(
                labels, instances, self.thing_classes, self.levels, self.ignore_index
            )
        elif self.distance == 'fraction':
            results['gt_distance_map'] = distance_map(
                labels, instances, self.thing_classes, self.ignore_index
            )
        return results

    def __repr__(self) -> str:
        """Show every argument."""
        arguments = ', '.join(f'{name}={value!r}' for name, value in vars(self).items())
        return f'{type(self).__name__}({arguments})'


def _check_range(name: str, number: int, least: int, most: int | None) -> None:
    whole = isinstance(number, Integral)
    if not whole or number < least or (most is not None and number > most):
        allowed = f'from {least}' if most is None else f'from {least} to {most}'
        raise ConfigError(
            f'GenerateBoundaryTargets: {name} must be whole numbers {allowed}, got {number!r}'
        )


def classes_of(dataset: str) -> tuple[int, list[int]]:
    """Return the number of classes and the ids of the things of a registered dataset.

    Args:
        dataset: The registered name, such as 'CamVidDataset'.

    Raises:
        ConfigError: No such dataset, its METAINFO lacks `classes` or `thing_classes`, or a thing is
            none of the classes.
    """
    metainfo = getattr(DATASETS.get(dataset), 'METAINFO', None)
    if metainfo is None:
        raise ConfigError(f'no dataset named {dataset!r} is registered')
    missing = {'classes', 'thing_classes'} - set(metainfo)
    if missing:
        raise ConfigError(
            f'the METAINFO of {dataset} has no {" and no ".join(sorted(missing))}: '
            'give num_classes and thing_classes instead of dataset'
        )
    classes = list(metainfo['classes'])
    check_names(f'the METAINFO of {dataset}: thing_classes', metainfo['thing_classes'], classes)
    return len(classes), [classes.index(name) for name in metainfo['thing_classes']]

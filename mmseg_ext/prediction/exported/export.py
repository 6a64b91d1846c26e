"""Exports a trained model to ONNX; the file is there only if it computes what the model does."""

import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import ConfigError, DiskError
from mmseg_ext.common.folders import make_folder_of
from mmseg_ext.export.description import BOTH, CLASSES
from mmseg_ext.export.graph import ExportedGraph
from mmseg_ext.export.packages import TO_EXPORT, require_packages
from mmseg_ext.export.parity import Parity, require_parity
from mmseg_ext.export.write import OPSET, without_logits, write_onnx
from mmseg_ext.prediction.exported.check import compare
from mmseg_ext.prediction.exported.check_images import check_images
from mmseg_ext.prediction.exported.described import describe
from mmseg_ext.prediction.exported.request import Export
from mmseg_ext.prediction.predictor import Predictor


def export_model(request: Export, tell: Callable[[str], None]) -> Parity:
    """Export a model, and compare the file with it.

    Args:
        request: What, and how.
        tell: Is given lines for people while it works.

    Returns:
        What the comparison found, which is within its limits.

    Raises:
        ConfigError: A package is missing, the file is there already, config and checkpoint do not
            fit, or torch cannot export the model so.
        DataError: The file does not compute what the model does, or an image cannot be read.
        DiskError: The file cannot be written.
    """
    require_packages(TO_EXPORT, 'an export to ONNX')
    make_folder_of('--out', request.out)
    if request.out.exists() and not request.overwrite:
        raise ConfigError(f'--out {request.out}: is there already; give --overwrite, or another')
    predictor = Predictor(request.config, request.checkpoint, 'cpu')
    described = describe(request, predictor)
    images = check_images(request, predictor.preparation)
    tell(f'exporting {described.model} to ONNX, opset {OPSET}')
    # A file without logits is made of one with them, so that these can be compared.
    whole = BOTH if request.outputs == CLASSES else request.outputs
    graph = ExportedGraph(copy.deepcopy(predictor.model), request.input, whole)
    channels = images.packed[0]['inputs'].shape[0]
    try:
        with atomic_path(request.out) as temporary:
            write_onnx(graph, temporary, channels, dataclasses.replace(described, outputs=whole))
            with_logits = temporary
            if whole != request.outputs:
                with_logits = temporary.with_name(f'{temporary.name}.tmp')
                temporary.replace(with_logits)
                without_logits(with_logits, temporary, described)
            try:
                found = compare(predictor.model, images.packed, with_logits, temporary)
            finally:
                if with_logits != temporary:
                    Path(with_logits).unlink()
            tell(f'compared on {images.told}: {found.text}')
            require_parity(found)
    except OSError as error:
        raise DiskError(f'--out {request.out}: cannot be written ({error})') from error
    return found

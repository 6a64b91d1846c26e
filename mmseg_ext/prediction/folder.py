"""A folder of predictions: what is asked for, checked before the model runs, and then written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.prediction.contact_sheet import PAGE, legend_line, write_contact_sheet
from mmseg_ext.prediction.done import Done
from mmseg_ext.prediction.inputs import Source
from mmseg_ext.prediction.model_predictor import NO_LOGITS, ModelPredictor
from mmseg_ext.prediction.outputs import (
    DRAWN,
    PALETTE,
    PROBABILITIES,
    SHARES,
    Outputs,
    refuse_existing,
)
from mmseg_ext.prediction.record import check_record, write_record
from mmseg_ext.prediction.run import Run
from mmseg_ext.prediction.shares import SharesTable
from mmseg_ext.prediction.writers import Writer
from mmseg_ext.prediction.written_ids import written_ids


@dataclass(frozen=True)
class Request:
    """What is to be predicted with, and written.

    Attributes:
        load: Loads the model.
        model_file: Where it is from, for people.
        out: The folder to write to, which is there.
        kinds: What to save, of :data:`~mmseg_ext.prediction.outputs.KINDS`.
        ids: The id to write for each class by name; None for the training ids.
        opacity: Of the classes in overlays, from 0 to 1.
        page: Whether to write a contact sheet.
        resume: Whether to leave out inputs whose outputs are there.
        overwrite: Whether to write them anew.
        batch_size: Images at once.
        workers: Processes that read images.
    """

    load: Callable[[], ModelPredictor]
    model_file: str
    out: Path
    kinds: Sequence[str]
    ids: Mapping[str, int] | None = None
    opacity: float = 0.5
    page: bool = False
    resume: bool = False
    overwrite: bool = False
    batch_size: int = 1
    workers: int = 0


def predict_folder(
    request: Request, sources: Sequence[Source], report: Callable[[str], None]
) -> Done:
    """Predict inputs and write what is asked for.

    Args:
        request: What that is.
        sources: The inputs.
        report: Is given what is wrong with an input as soon as it is found.

    Raises:
        ConfigError: Something would be overwritten, what is there was made in another way, the
            ids do not fit, or the model cannot be loaded or does not give what is asked for.
        DiskError: An output cannot be written.
    """
    outputs = Outputs(request.out, request.kinds)
    if request.page and not set(request.kinds) & set(DRAWN):
        raise ConfigError(f'--html shows pictures: add one of {", ".join(DRAWN)} to --save')
    outputs.refuse_inputs(sources)
    others = [outputs.shares] if SHARES in request.kinds else []
    others += [request.out / PAGE] if request.page else []
    existing = outputs.existing(sources, others)
    if not (request.resume or request.overwrite):
        refuse_existing(existing)
    predictor = request.load()
    if PROBABILITIES in request.kinds and not predictor.gives_logits:
        raise ConfigError(NO_LOGITS)
    ids = written_ids(predictor.names, request.ids)
    writer = Writer(ids, predictor.palette, request.opacity, request.kinds)
    made_by = {
        **predictor.made_by,
        'ids': dict(zip(predictor.names, ids.tolist(), strict=True)),
        'opacity': request.opacity,
    }
    if not request.overwrite:
        check_record(request.out, made_by, needed=bool(existing))
    write_record(request.out, made_by)
    outputs.remove_leftovers(sources)
    shares = None
    if SHARES in request.kinds:
        shares = SharesTable(outputs.shares, predictor.names, request.resume)
    run = Run(predictor, outputs, writer, shares, request.batch_size, request.workers, report)
    done = run.predict(sources, request.resume)
    if request.page:
        title = f'Predictions of {Path(request.model_file).name}'
        write_contact_sheet(title, outputs, sources, predictor.names, predictor.palette, made_by)
    if set(request.kinds) & {PALETTE, *DRAWN}:
        done.legend = legend_line(predictor.names, predictor.palette, request.page)
    return done

"""Predicts all inputs and writes what is asked for; goes on behind a bad one."""

import sys
from collections.abc import Callable, Iterable, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mmseg_ext.common.errors import DataError, UserError
from mmseg_ext.common.machine_faults import machine_fault
from mmseg_ext.common.printable import printable
from mmseg_ext.prediction.done import Done
from mmseg_ext.prediction.inputs import Source
from mmseg_ext.prediction.model_predictor import ModelPredictor
from mmseg_ext.prediction.outputs import Outputs
from mmseg_ext.prediction.prediction import Prediction
from mmseg_ext.prediction.preparation import Prepared
from mmseg_ext.prediction.reading import read_images
from mmseg_ext.prediction.shares import SharesTable
from mmseg_ext.prediction.video import Video
from mmseg_ext.prediction.video_outputs import VideoOutputs
from mmseg_ext.prediction.writers import Writer


class Run:
    """The prediction of a list of inputs.

    Args:
        predictor: The model.
        outputs: Where outputs go.
        writer: Writes them.
        shares: The table of the classes' shares, if asked for.
        batch_size: Images, or frames of a video, that the model takes at once.
        workers: Processes that read images.
        report: Is given what is wrong with an input as soon as it is found.
    """

    def __init__(
        self,
        predictor: ModelPredictor,
        outputs: Outputs,
        writer: Writer,
        shares: SharesTable | None,
        batch_size: int,
        workers: int,
        report: Callable[[str], None],
    ) -> None:
        self._predictor = predictor
        self._outputs = outputs
        self._writer = writer
        self._shares = shares
        self._batch_size = batch_size
        self._workers = workers
        self._report = report
        self._done = Done()

    def predict(self, sources: Sequence[Source], resume: bool) -> Done:
        """Predict images, then videos.

        Args:
            sources: The inputs.
            resume: Whether to leave out those of which all outputs are there.

        Raises:
            DiskError: An output cannot be written.
        """
        left = [source for source in sources if not (resume and self._complete(source))]
        self._done = Done(before=len(sources) - len(left))
        images = [source for source in left if not source.is_video]
        videos = [source for source in left if source.is_video]
        with _progress() as bar:
            task = bar.add_task('predict', total=len(images) + len(videos))
            self._images(images, lambda: bar.advance(task))
            for source in videos:
                self._video(source, bar)
                bar.advance(task)
        if self._shares is not None:
            self._shares.finish(sources)
        return self._done

    def _complete(self, source: Source) -> bool:
        listed = self._shares is None or source in self._shares
        return listed and self._outputs.complete(source)

    def _images(self, sources: list[Source], advance: Callable[[], None]) -> None:
        files = [source.path for source in sources]
        batches = read_images(files, self._predictor.preparation, self._batch_size, self._workers)
        for batch in batches if files else ():
            good = []
            for read in batch:
                if read.prepared is None:
                    self._bad(str(read.fault))
                else:
                    good.append((sources[read.place], read.prepared))
            for source, prediction in self._predicted(good):
                for kind, path in self._outputs.paths(source):
                    self._writer.write(kind, prediction, path)
                if self._shares is not None:
                    self._shares.add(source, [prediction.shares])
                self._done.images += 1
            for _ in batch:
                advance()

    def _predicted(
        self, prepared: list[tuple[Source, Prepared]]
    ) -> Iterable[tuple[Source, Prediction]]:
        """Yield the predictions of images; one that the model cannot take is told."""
        try:
            predicted = self._predictor.predict([each for _, each in prepared])
        except Exception as error:
            if isinstance(error, UserError) or machine_fault(error) is not None:
                raise
            if len(prepared) == 1:
                ((source, image),) = prepared
                self._bad(f'{source.path}: {_failure(image, error)}')
            else:
                for each in prepared:
                    yield from self._predicted([each])
            return
        yield from zip((source for source, _ in prepared), predicted, strict=True)

    def _video(self, source: Source, bar: Progress) -> None:
        task = bar.add_task(printable(source.path.name))
        try:
            video = Video(source.path)
            bar.update(task, total=video.promised or None)
            with VideoOutputs(self._outputs, source, video.fps, self._writer) as written:
                batch: list[Prepared] = []
                for number, frame in enumerate(video.frames()):
                    name = f'{source.path}, frame {number}'
                    batch.append(self._predictor.preparation.array(frame, name))
                    if len(batch) == self._batch_size:
                        self._frames(source, batch, written)
                        batch = []
                    bar.advance(task)
                self._frames(source, batch, written)
        except DataError as error:
            self._bad(str(error))
            return
        finally:
            bar.remove_task(task)
        if self._shares is not None:
            self._shares.add(source, written.shares)
        self._done.videos += 1
        self._done.frames += len(written.shares)

    def _frames(self, source: Source, batch: list[Prepared], written: VideoOutputs) -> None:
        if not batch:
            return
        try:
            predicted = self._predictor.predict(batch)
        except Exception as error:
            if isinstance(error, UserError) or machine_fault(error) is not None:
                raise
            raise DataError(f'{source.path}: {_failure(batch[0], error)}') from error
        for prediction in predicted:
            written.add(prediction)

    def _bad(self, fault: str) -> None:
        self._done.faults.append(fault)
        self._report(fault)


def _failure(image: Prepared, error: Exception) -> str:
    height, width = image.image.shape[:2]
    text = next(iter(str(error).splitlines()), '')
    return f'the model fails on {width}x{height} pixels ({type(error).__name__}: {text})'


def _progress() -> Progress:
    return Progress(
        TextColumn('{task.description}', markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )

"""Finds the evaluations that a command line names."""

import os
from pathlib import Path

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.printable import printable
from mmseg_ext.evaluation.comparison.methods import Method
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.report_file import FILE_NAMES, read_evaluation

_SHOWN = 5


def read_method(text: str) -> Method:
    """Read `[NAME=]RUN[,RUN…]`: one method and the reports of its seeds.

    Args:
        text: As of :func:`files_of`.

    Raises:
        ConfigError: If a run is empty or has no report.
        DataError: If a report is broken.
    """
    name, files = files_of(text)
    return Method(name, tuple(read_evaluation(file) for file in files))


def files_of(text: str) -> tuple[str, list[Path]]:
    """Find what `[NAME=]RUN[,RUN…]` names: the method's name and the reports of its seeds.

    Args:
        text: A name, by default that of the first run's folder, and for each run its report or a
            folder that :func:`find_report` takes. A first run that is there is taken as it stands,
            equals sign and all.

    Raises:
        ConfigError: If a run is empty or has no report.
    """
    name, runs = named(text)
    given = runs.split(',')
    if not all(given):
        raise ConfigError(f'{text!r}: a run is missing; give [NAME=]RUN[,RUN...]')
    files = [find_report(run) for run in given]
    return name or _name_of(files[0]), files


def named(text: str) -> tuple[str, str]:
    """Part `[NAME=]RUN[,RUN…]` at its equals sign; the name is empty where none is given."""
    name, equals, runs = text.partition('=')
    if not equals or Path(text.split(',')[0]).exists():
        return '', text
    return name, runs


def read_run(text: str) -> tuple[str, Evaluation]:
    """Read `[NAME=]RUN`: its name and evaluation.

    Raises:
        ConfigError: If the run is empty or has no report, or there are several.
        DataError: If the report is broken.
    """
    method = read_method(text)
    if len(method.runs) > 1:
        raise ConfigError(f'{text}: one run is shown in a column; give several as arguments')
    return method.name, method.runs[0]


def find_report(run: str | Path) -> Path:
    """Return the report of a run.

    Args:
        run: A `report.json`, compressed or not, the folder of a report, or a work dir with one
            report in it: a training leaves its own in `report`, which goes before others.

    Raises:
        ConfigError: If there is none, or there are several and none is the run's own.
    """
    run = Path(run)
    if run.is_file():
        return run
    for file in (here / name for here in (run, run / 'report') for name in FILE_NAMES):
        if file.is_file():
            return file
    if run.name in FILE_NAMES:
        raise ConfigError(f'{run}: no such report')
    found = find_reports(run)
    if not found:
        raise ConfigError(
            f'{run}: no report found; make one by '
            f'`mmseg-debias test CONFIG CHECKPOINT --report {run}`'
        )
    if len(found) > 1:
        names = ', '.join(str(file.parent) for file in found[:_SHOWN])
        raise ConfigError(f'{run}: {len(found)} reports found, name one of them: {names}')
    return found[0]


def find_reports(folder: str | Path, unsearched: list[str] | None = None) -> list[Path]:
    """Return all reports in a folder and below, sorted by path.

    Links to folders are followed, except to one that holds the link. No folder is searched twice:
    a report is found under its own path rather than under that of a link.

    Args:
        folder: The folder.
        unsearched: Takes a message for every folder that cannot be searched.
    """
    found, searched, starts = [], set(), [Path(folder)]
    problems = [] if unsearched is None else unsearched

    def note(error: OSError) -> None:
        folder = printable(str(error.filename))
        problems.append(f'{folder}: cannot be searched ({error.strerror})')

    # Grows while it is read: links are followed after what lies there itself.
    for start in starts:
        for path, folders, files in os.walk(start, onerror=note):
            here = Path(path)
            real = here.resolve()
            if real in searched:
                folders.clear()
                continue
            searched.add(real)
            found += [here / name for name in FILE_NAMES if name in files][:1]
            links = [here / name for name in folders if (here / name).is_symlink()]
            starts += [link for link in links if not real.is_relative_to(link.resolve())]
    return sorted(found)


def _name_of(file: Path) -> str:
    folder = file.resolve().parent
    return folder.parent.name if folder.name == 'report' else folder.name

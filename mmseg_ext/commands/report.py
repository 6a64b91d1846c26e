"""Read reports: one, several beside each other, or which differences are beyond noise."""

import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path

NEEDS_PLUGINS = False
_RUN = (
    'a report, its folder, or the work dir of a training, whose own report is taken, as it was '
    'trained (WORK_DIR/report-calibrated is that of train --calibrate); NAME= before it gives its '
    'name in tables'
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the commands and their arguments."""
    commands = parser.add_subparsers(required=True, metavar='WHAT')
    for add in (_add_compare, _add_show, _add_list, _add_compress):
        add(commands)


def run(arguments: Namespace) -> int | None:
    """Run the command that was named."""
    return arguments.read(arguments)


def _add_compare(commands: _SubParsersAction) -> None:
    parser = commands.add_parser(
        'compare', help='differences to a baseline on the same images, and which are beyond noise'
    )
    help_text = f'{_RUN}; runs of several seeds of one method are joined by commas'
    parser.add_argument('methods', nargs='+', metavar='RUN[,RUN...]', help=help_text)
    parser.add_argument('--baseline', required=True, metavar='RUN[,RUN...]', help='likewise')
    parser.add_argument(
        '--cluster',
        metavar='PATTERN',
        help='regular expression whose groups name the drive in the name of an image, instead of '
        "the data set's: drives, or blocks of their frames, are resampled; '(.*)' takes every "
        'image by itself',
    )
    parser.add_argument(
        '--out', metavar='DIR', help='write comparison.html, .md, .csv and .png there'
    )
    parser.set_defaults(read=compare)


def compare(arguments: Namespace) -> None:
    """Print the comparison of every method with the baseline."""
    from mmseg_ext.common.folders import make_folder
    from mmseg_ext.evaluation.comparison import compare as compare_methods
    from mmseg_ext.reports.comparison.words import comparison_text
    from mmseg_ext.reports.runs import files_of, read_method

    methods = [read_method(text) for text in arguments.methods]
    baseline = read_method(arguments.baseline)
    frames = {}
    if arguments.out:
        from mmseg_ext.reports.pictures.frames_file import frames_beside

        make_folder('--out', arguments.out)
        for name, files in map(files_of, (arguments.baseline, *arguments.methods)):
            frames[name] = frames_beside(files[0])
    comparisons = compare_methods(baseline, methods, cluster=arguments.cluster)
    print(comparison_text(comparisons))
    if arguments.out:
        from mmseg_ext.reports.comparison.files import write_comparison

        for problem in write_comparison(comparisons, arguments.out, frames):
            print(f'warning: {problem}', file=sys.stderr)
        print(f'\ncomparison: {arguments.out}/comparison.html')


def _add_show(commands: _SubParsersAction) -> None:
    parser = commands.add_parser(
        'show',
        help="a run's table; of several runs, also of other images, IoU side by side; of the work "
        'dir of train --calibrate, as trained and calibrated side by side',
    )
    parser.add_argument('runs', nargs='+', metavar='RUN', help=_RUN)
    parser.set_defaults(read=show)


def show(arguments: Namespace) -> None:
    """Print the table of one run, or the IoUs of several side by side.

    Of a work dir with a calibrated model, both of its reports are side by side.
    """
    from mmseg_ext.reports.calibrated import before_and_after, calibrated_report, shown_with
    from mmseg_ext.reports.comparison.tables import side_by_side
    from mmseg_ext.reports.facts import how_made, title_of
    from mmseg_ext.reports.runs import named, read_run
    from mmseg_ext.reports.table import per_class_table

    runs = [read_run(text) for text in arguments.runs]
    if len(runs) > 1:
        print(side_by_side(runs))
        return
    evaluation = runs[0][1]
    print(title_of(evaluation))
    file, said = calibrated_report(named(arguments.runs[0])[1]), ''
    if file is not None:
        calibrated, said = shown_with(file, evaluation)
        if calibrated is not None:
            print(before_and_after(evaluation, calibrated))
            print(said)
            return
    print(per_class_table(evaluation, evaluation.intervals()))
    for name, value in how_made(evaluation):
        print(f'{name}: {value}')
    if said:
        print(said)


def _add_list(commands: _SubParsersAction) -> None:
    parser = commands.add_parser('list', help='all runs in a folder and below')
    parser.add_argument('folder', metavar='DIR')
    parser.set_defaults(read=list_runs)


def list_runs(arguments: Namespace) -> int:
    """Print the headline figures of all runs of a folder; 1 if any could not be read."""
    from mmseg_ext.reports.listing import list_reports

    table, problems = list_reports(arguments.folder)
    print('\n'.join([table, *(f'not listed: {problem}' for problem in problems)]))
    return 1 if problems else 0


def _add_compress(commands: _SubParsersAction) -> None:
    parser = commands.add_parser(
        'compress', help='the report of a run as report.json.xz, to be kept: all commands read it'
    )
    parser.add_argument('report', metavar='RUN', help=_RUN)
    parser.add_argument('--out', required=True, metavar='DIR', help='where to write it')
    parser.set_defaults(read=compress)


def compress(arguments: Namespace) -> None:
    """Write the report of a run in less space."""
    from mmseg_ext.common.folders import make_folder
    from mmseg_ext.reports.compressed import compress_report
    from mmseg_ext.reports.runs import find_report

    report = find_report(arguments.report)
    make_folder('--out', arguments.out)
    print(f'written: {compress_report(report, Path(arguments.out))}')

"""Score predictions of any model that were written as files.

Two folders of PNG, BMP or TIFF files are paired by name and counted on all cores: predictions, and
labels of a registered data set or of classes that are given as in `mmseg-debias init`. The figures
and the report are those of `mmseg-debias test --report`; `mmseg-debias report compare` takes both.
"""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from mmseg_ext.commands.parser.arguments import positive

if TYPE_CHECKING:
    from mmseg_ext.data.predictions.files import Naming
    from mmseg_ext.data.predictions.scheme import Scheme

NEEDS_PLUGINS = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the folders, what is in their files, and where the report goes."""
    parser.add_argument(
        'predicted',
        metavar='PREDICTED',
        type=Path,
        help='folder of predictions, named as the images are, each of the size of its labels',
    )
    parser.add_argument('labels', metavar='LABELS', type=Path, help='folder of label files')
    meaning = parser.add_mutually_exclusive_group(required=True)
    meaning.add_argument(
        '--dataset', metavar='NAME', help='a registered data set, such as CamVidDataset'
    )
    meaning.add_argument(
        '--classes', metavar='NAMES|FILE', help='the classes, as of `mmseg-debias init --classes`'
    )
    parser.add_argument(
        '--ignore',
        nargs='+',
        default=[],
        metavar='ID|R,G,B',
        help='with --classes: what the labels have where nothing is counted',
    )
    parser.add_argument(
        '--encoding',
        choices=('ids', 'colours'),
        help='with --classes: what the labels are, where it is not plain; a palette is ids',
    )
    parser.add_argument(
        '--predicted',
        dest='values',
        choices=('classes', 'labels'),
        default='classes',
        help='what predictions hold: ids 0, 1, … in the order of the classes, as of '
        '`test --out`, or the colours of the classes (default); or the values of the label files',
    )
    parser.add_argument(
        '--label-suffix',
        metavar='TEXT',
        help='with --classes: what names of label files have behind those of their images',
    )
    parser.add_argument(
        '--predicted-suffix',
        default='',
        metavar='TEXT',
        help='what names of predictions have behind those of their images, e.g. _pred',
    )
    parser.add_argument(
        '--tail',
        metavar='NAMES',
        help='the rare classes, with commas between them (default: those below 2.5 %% of the '
        'training pixels, where the data set tells)',
    )
    parser.add_argument(
        '--drive-pattern',
        metavar='REGEX',
        help="its groups name the sequence of an image, instead of the data set's: intervals are "
        'over sequences then',
    )
    parser.add_argument('--no-boundary', action='store_true', help='count no boundary quality')
    parser.add_argument('--report', metavar='DIR', help='write report.html, .json, .md, .csv there')
    parser.add_argument('--workers', type=positive, metavar='N', help='processes (default: cores)')


def run(arguments: Namespace) -> None:
    """Pair, count, print the tables, and write the report."""
    from mmseg_ext.common.folders import make_folder
    from mmseg_ext.common.printable import printable_lines
    from mmseg_ext.data.predictions.counting import count_pairs
    from mmseg_ext.data.predictions.files import find_pairs
    from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
    from mmseg_ext.evaluation.counting import evaluation_of
    from mmseg_ext.evaluation.metainfo import check_metainfo
    from mmseg_ext.evaluation.tail import choose_tail
    from mmseg_ext.evaluation.unlabelled import unlabelled_classes
    from mmseg_ext.reports.made_here import describe_command
    from mmseg_ext.reports.summary import evaluation_text

    scheme, naming = _scheme(arguments)
    tail = None
    if arguments.tail is not None:
        tail = [name.strip() for name in arguments.tail.split(',')]
        choose_tail(scheme.metainfo['classes'], tail)
    check_metainfo(scheme.metainfo)
    if arguments.report:
        make_folder('--report', arguments.report)
    pairs = find_pairs(arguments.predicted, arguments.labels, naming)
    boundary = None if arguments.no_boundary else BoundaryQuality()
    metadata = describe_command() | {
        'predictions': str(arguments.predicted),
        'data': {'dataset': arguments.dataset, 'split': None, 'root': str(arguments.labels)},
    }
    evaluation = evaluation_of(
        count_pairs(pairs, scheme, boundary, arguments.workers),
        scheme.metainfo,
        tail_classes=tail,
        boundary=boundary,
        metadata=metadata,
    )
    print(evaluation_text(evaluation))
    if warning := unlabelled_classes(evaluation):
        print(printable_lines(f'warning: {warning}'), file=sys.stderr)
    if arguments.report:
        from mmseg_ext.data.predictions.counting import read_pair
        from mmseg_ext.reports.folder import write_report
        from mmseg_ext.reports.pictures.chosen import chosen_images
        from mmseg_ext.reports.pictures.drawn_images import draw_pictures
        from mmseg_ext.reports.pictures.picture import ReportImage

        images = [
            ReportImage(place, reasons, draw_pictures(evaluation, *read_pair(pairs[place], scheme)))
            for place, reasons in chosen_images(evaluation).items()
        ]
        for problem in write_report(evaluation, arguments.report, images):
            print(f'warning: {problem}', file=sys.stderr)
        print(f'report: {Path(arguments.report) / "report.html"}')


def _scheme(arguments: Namespace) -> tuple['Scheme', 'Naming']:
    """Return what the files hold, and how they are called."""
    from mmseg_ext.commands.own_data.class_file import classes_of, value_of
    from mmseg_ext.common.errors import ConfigError
    from mmseg_ext.data.labels.known import known_set
    from mmseg_ext.data.predictions.files import Naming
    from mmseg_ext.data.predictions.scheme import scheme_of_classes, scheme_of_set

    ending, values = arguments.predicted_suffix, arguments.values
    if arguments.dataset is not None:
        for option in ('ignore', 'encoding', 'label_suffix'):
            if getattr(arguments, option):
                name = f'--{option.replace("_", "-")}'
                raise ConfigError(f'{name} is for --classes: --dataset knows its label files')
        known = known_set(arguments.dataset)
        scheme = scheme_of_set(known, values)
        endings = known.label_endings
        naming = Naming(endings, ending, known.frame, other_files=endings != ('',))
    else:
        entries, ignored = classes_of(arguments.classes)
        ignored += [value_of(text) for text in arguments.ignore]
        scheme = scheme_of_classes(entries, ignored, arguments.encoding, values)
        naming = Naming((arguments.label_suffix or '',), ending)
    if arguments.drive_pattern is not None:
        metainfo = {**scheme.metainfo, 'drive_pattern': arguments.drive_pattern}
        scheme = scheme._replace(metainfo=metainfo)
    return scheme, naming

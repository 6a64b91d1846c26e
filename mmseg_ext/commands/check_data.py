"""Read every image and label file of a config, and report all that is wrong."""

import json
from argparse import ArgumentParser, Namespace

from mmseg_ext.commands.parser.arguments import add_config, add_config_options, read_config


def add_arguments(parser: ArgumentParser) -> None:
    """Add the config, and where the report is written."""
    add_config(parser)
    parser.add_argument('--json', metavar='FILE', help='write the report there, too')
    add_config_options(parser)


def run(arguments: Namespace) -> int:
    """Check, and report; 1 if anything is wrong."""
    from mmseg_ext.common.folders import make_folder_of
    from mmseg_ext.data.checks.check_report import to_json, to_text
    from mmseg_ext.data.checks.checks import check_config

    if arguments.json:
        make_folder_of('--json', arguments.json)
    reports = check_config(read_config(arguments))
    print(to_text(reports))
    if arguments.json:
        with open(arguments.json, 'w', encoding='utf-8') as file:
            json.dump(to_json(reports), file, indent=2)
    return 1 if any(report.problems for report in reports) else 0

"""Check every file of a config's data sets: `python tools/check_data.py CONFIG`."""

import argparse
import json
import sys

from mmseg_ext.commands.arguments import add_config_options
from mmseg_ext.commands.cli import run
from mmseg_ext.common.config import load_config
from mmseg_ext.common.folders import make_folder_of
from mmseg_ext.data.checks.check_report import to_json, to_text
from mmseg_ext.data.checks.checks import check_config


def main() -> int:
    """Read the command line, check, and report; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(
        description='Read every image and label file of a config and report all that is wrong.'
    )
    parser.add_argument('config', help='config file')
    parser.add_argument('--json', metavar='FILE', help='write the report there, too')
    add_config_options(parser)
    arguments = parser.parse_args()
    if arguments.json:
        make_folder_of('--json', arguments.json)
    reports = check_config(load_config(arguments.config, arguments.cfg_options))
    print(to_text(reports))
    if arguments.json:
        with open(arguments.json, 'w', encoding='utf-8') as file:
            json.dump(to_json(reports), file, indent=2)
    return 1 if any(report.problems for report in reports) else 0


if __name__ == '__main__':
    sys.exit(run(main))

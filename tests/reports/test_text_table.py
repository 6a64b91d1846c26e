"""Names in tables for a terminal and in CSV."""

import csv
import io

import pytest

from mmseg_ext.reports.csv_text import CsvText
from mmseg_ext.reports.text_table import TextTable


def test_a_name_breaks_no_row_and_commands_no_terminal():
    table = TextTable(['na\x1bme', 'value'])
    table.add_row(['a\nb\x1b[2J', 1.5], divider=True)
    table.add_row(['\ud800', '-1'])
    assert table.get_string().splitlines() == [
        '+-------------+-------+',
        r'| na\x1bme    | value |',
        '+-------------+-------+',
        r'| a\nb\x1b[2J |   1.5 |',
        '+-------------+-------+',
        r'| \ud800      |    -1 |',
        '+-------------+-------+',
    ]


@pytest.mark.parametrize(
    ('name', 'cell'),
    [
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ('+1', "'+1"),
        ('-x', "'-x"),
        ('@SUM(1)', "'@SUM(1)"),
        ('\t=1', r'\t=1'),
        ('\r=1', r'\r=1'),
        ('\ud800\x1b', r'\ud800\x1b'),
        ('road, "wet"', 'road, "wet"'),
        ("it's", "it's"),
    ],
)
def test_a_text_is_no_formula_and_a_number_stays_one(name, cell):
    table = CsvText()
    table.writerow([name, -1.5, 0, ''])
    assert list(csv.reader(io.StringIO(table.text))) == [[cell, '-1.5', '0', '']]
    table.text.encode('utf-8')

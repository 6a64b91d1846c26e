"""Names of classes that are none, and shares that are not those of the classes."""

import pytest

from mmseg_ext.common.class_names import check_names, check_shares
from mmseg_ext.common.errors import ConfigError

CLASSES = ('road', 'car', 'cyclist')


def test_the_nearest_class_is_named():
    check_names('thing_classes', ['car'], CLASSES)
    with pytest.raises(ConfigError, match="things: no class 'cyclists', did you mean cyclist"):
        check_names('things', ['car', 'cyclists'], CLASSES)
    with pytest.raises(ConfigError, match='things: no class 2$'):
        check_names('things', [2], CLASSES)


@pytest.mark.parametrize(
    ('shares', 'message'),
    [
        (dict(road=90, car=8, cyclst=2), "no class 'cyclst', did you mean cyclist"),
        (dict(road=90, car=10), "no share of 'cyclist'; give the percentage"),
        (dict(road=90, sky=10), "no share of 'car', 'cyclist'"),
        (dict(road=0.90, car=0.08, cyclist=0.02), 'add to 1; give percentages'),
        (dict(road=90, car=8, cyclist='2'), "cyclist='2' is no percentage"),
        (dict(road=90, car=8, cyclist=-2), 'cyclist=-2 is no percentage'),
        (dict(road=90, car=8, cyclist=float('nan')), 'cyclist=nan is no percentage'),
    ],
)
def test_wrong_shares(shares, message):
    with pytest.raises(ConfigError, match=f'train_shares: .*{message}'):
        check_shares(shares, CLASSES)


def test_more_shares_than_classes():
    check_shares(dict(road=80, car=8, cyclist=2, sky=10), CLASSES)

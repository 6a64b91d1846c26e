"""The first thing on a comparison's page: every change on one axis."""

from drawn import draw_evaluation

from mmseg_ext.evaluation.comparison import Method, compare
from mmseg_ext.reports.comparison.files import comparison_html
from mmseg_ext.reports.comparison.overview import axis_of, change_rows, overview


def method(name, *accuracy):
    seeds = [draw_evaluation(accuracy, seed=seed, images=40) for seed in range(3)]
    return Method(name, tuple(seeds))


PLAIN = method('plain', 0.97, 0.8, 0.9)
OURS, THEIRS = method('ours', 0.97, 0.95, 0.3), method('theirs', 0.97, 0.8, 0.9001)


def test_means_come_first_and_all_is_on_one_axis():
    comparisons = compare(PLAIN, [OURS, THEIRS])
    axis = axis_of(comparisons)
    for comparison in comparisons:
        means, classes = change_rows(axis, comparison)
        assert [each['row'].name for each in means[:1]] == ['mIoU']
        assert [each['row'].name for each in classes] == ['road', 'car', 'cyclist']
        for each in means + classes:
            low, high = each['row'].interval
            assert 0 <= each['change'].dot.low <= each['change'].dot.high <= 100
            span = (axis.high - axis.low) / 100
            width = each['change'].dot.high - each['change'].dot.low
            assert abs(width - 100 * (high - low) / span) < 1e-6


def test_marks_say_what_the_table_says():
    comparisons = compare(PLAIN, [OURS])
    (comparison,) = comparisons
    rows = sum(change_rows(axis_of(comparisons), comparison), [])
    words = {each['row'].name: each['change'].word for each in rows}
    assert (words['car'], words['cyclist']) == ('better', 'worse')
    for row in comparison.rows:
        expected = 'unsure' if not row.beyond_noise else 'better' if row.change > 0 else 'worse'
        assert words[row.name] == ('untested' if row.p_value != row.p_value else expected)


def test_many_methods_have_a_row_each_with_mean_and_tail():
    comparisons = compare(PLAIN, [OURS, THEIRS])
    shown = overview(comparisons)
    assert [heading.split(' (')[0] for heading in shown['headings']] == ['mIoU', 'tail mIoU']
    for comparison, row in zip(comparisons, shown['rows'], strict=True):
        tested = [mean.tested or mean for mean in comparison.means[:2]]
        assert [each['change'].value for each in row] == [mean.change for mean in tested]
    page = comparison_html(comparisons, {})
    table = page[page.index('class="overview"') : page.index('Method by method')]
    assert table.count('<tr>') == 3 and 'href="#method-2">theirs</a>' in table


def test_the_statistics_are_folded():
    page = comparison_html(compare(PLAIN, [OURS]), {})
    folded = page.index('<details><summary>Statistics')
    assert page.index('class="changes"') < folded < page.index('class="statistics"')
    assert 'adjusted p' not in page[:folded].replace('adjusted by', '')
    assert '<details open' not in page

"""Differences against noise: known cases, other implementations, and how often it is wrong."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import draw_evaluation
from scipy.stats import t, ttest_ind

from mmseg_ext.common.errors import DataError
from mmseg_ext.evaluation import Evaluation, Tail
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
from mmseg_ext.evaluation.comparison import Method, compare
from mmseg_ext.evaluation.comparison.significance import holm


def method(name, accuracies, **fields):
    runs = [draw_evaluation(a, seed, **fields) for seed, a in enumerate(accuracies)]
    return Method(name, tuple(runs))


def two_classes(hits, pixels=100):
    """An evaluation in which the first class has so many hits in each image, and no false one."""
    matrices = np.zeros((len(hits), 2, 2), np.int64)
    matrices[:, 0, 0], matrices[:, 0, 1] = hits, pixels - np.asarray(hits)
    matrices[:, 1, 1] = pixels
    return Evaluation(('thing', 'rest'), tuple(map(str, range(len(hits)))), matrices)


def test_changes_and_spreads_are_those_of_the_runs():
    plain = method('plain', [(0.95, 0.8, 0.5), (0.95, 0.82, 0.5)])
    ours = Method('ours', (draw_evaluation((0.95, 0.9, 0.6), seed=5),))
    (comparison,) = compare(plain, [ours])
    car = comparison.classes[1]
    ious = [run.scores.iou[1] for run in plain.runs]
    assert car.name == 'car'
    assert car.baseline == pytest.approx(np.mean(ious))
    assert car.baseline_spread == pytest.approx(np.std(ious, ddof=1))
    assert np.isnan(car.method_spread)
    assert car.change == pytest.approx(ours.runs[0].scores.iou[1] - np.mean(ious))
    assert [row.name for row in comparison.means] == ['mIoU', 'tail mIoU']
    assert comparison.means[1].method == pytest.approx(ours.runs[0].tail_iou)


def test_the_interval_is_paired():
    """Images that are hard for both models do not widen the interval of their difference."""
    hard = np.random.default_rng(0).integers(10, 90, 60)
    plain, ours = two_classes(hard), two_classes(hard + 5)
    (comparison,) = compare(Method('plain', (plain,)), [Method('ours', (ours,))])
    low, high = comparison.classes[0].interval
    assert low == pytest.approx(0.05) and high == pytest.approx(0.05)
    single = plain.intervals().iou[:, 0]
    assert single[1] - single[0] > 0.1


def test_equal_to_a_loop_over_resampled_images():
    rng = np.random.default_rng(1)
    plain, ours = (two_classes(rng.integers(20, 80, 40)) for _ in range(2))
    (comparison,) = compare(Method('a', (plain,)), [Method('b', (ours,))], resamples=4000)
    rng, changes = np.random.default_rng(9), []
    for _ in range(4000):
        drawn = rng.integers(0, 40, 40)
        ious = [run.matrices[drawn].sum(0)[0] for run in (plain, ours)]
        changes.append(ious[1][0] / ious[1].sum() - ious[0][0] / ious[0].sum())
    row = comparison.classes[0]
    np.testing.assert_allclose(row.interval, np.percentile(changes, [2.5, 97.5]), atol=0.005)
    expected = 2 * t.sf(abs(row.change) / (np.std(changes) * np.sqrt(40 / 39)), 39)
    # The other class is the second question.
    assert row.p_value == pytest.approx(min(1, 2 * expected), rel=0.1)


@pytest.mark.parametrize('seeds', [(3, 3), (4, 3), (3, 1)])
def test_without_noise_of_the_images_it_is_the_t_test(seeds):
    """Equal images: only the seeds are left, and SciPy's tests of two samples."""
    rng = np.random.default_rng(2)
    hits = [rng.choice(20, count, replace=False) + 40 + 6 * s for s, count in enumerate(seeds)]
    sides = [
        Method(f'{side}', tuple(two_classes([h] * 20) for h in values))
        for side, values in enumerate(hits)
    ]
    (comparison,) = compare(sides[0], [sides[1]])
    # Student's test of one run against several: nothing but theirs tells of the spread.
    pooled = min(seeds) == 1
    expected = ttest_ind(hits[1] / 100, hits[0] / 100, equal_var=pooled).pvalue
    smallest = min(row.p_value for row in comparison.classes)
    ious = [[run.scores.iou for run in side.runs] for side in sides]
    p_values = ttest_ind(*ious, axis=0, equal_var=pooled).pvalue
    assert p_values[0] == pytest.approx(expected)
    assert smallest == pytest.approx(min(1, 2 * p_values.min()))


def test_two_runs_have_one_degree_of_freedom():
    """Hits that differ by the seed alone: 0.5 ± 0.01 against 0.6 ± 0.02, of 2 and 3 runs."""
    hits = ([49, 51], [58, 60, 62])
    sides = [
        Method(name, tuple(two_classes([h] * 5) for h in values))
        for name, values in zip(('plain', 'ours'), hits, strict=True)
    ]
    (comparison,) = compare(sides[0], sides[1:])
    statistic = 0.1 / np.sqrt(0.0002 / 2 + 0.0004 / 3)
    assert comparison.classes[0].p_value == pytest.approx(2 * 2 * t.sf(statistic, 1))


@pytest.mark.parametrize('seeds', [1, 3])
def test_without_noise_of_the_seeds_it_is_that_of_the_images(seeds):
    """Two images of equal weight: the bootstrap's variance is that of the paired t-test / 2."""
    plain, ours = ([30, 40], [60, 50])
    sides = []
    for name, hits in (('plain', plain), ('ours', ours)):
        matrices = np.zeros((seeds, 2, 3, 3), np.int64)
        matrices[:, :, 0, 0], matrices[:, :, 0, 1] = hits, 100 - np.array(hits)
        matrices[:, :, 1, 1] = matrices[:, :, 2, 2] = 100
        # The runs differ elsewhere, or they would be refused as copies.
        matrices[:, 0, 1, 2] = np.arange(seeds)
        matrices[:, 0, 1, 1] -= np.arange(seeds)
        runs = [Evaluation(('thing', 'rest', 'more'), ('x', 'y'), each) for each in matrices]
        sides.append(Method(name, tuple(runs)))
    (comparison,) = compare(sides[0], sides[1:], resamples=20000)
    thing = comparison.classes[0]
    assert seeds == 1 or thing.baseline_spread == pytest.approx(0, abs=1e-12)
    # Differences of 0.3 and 0.1: the mean 0.2, its standard error 0.1, one degree of freedom.
    assert thing.units == pytest.approx(2)
    assert thing.p_value == pytest.approx(min(1, 3 * 2 * t.sf(0.2 / 0.1, 1)), rel=0.03)


def with_boundaries(sharpness, seed, settings=None):
    quality = BoundaryQuality(**(settings or {}))
    evaluation = draw_evaluation(seed=seed)
    rng = np.random.default_rng(seed)
    shape = (30, quality.rows, 3)
    right = rng.integers(0, sharpness, shape)
    counts = np.where(np.arange(quality.rows)[:, None] % 3 == 0, right, 100 + right)
    # The matched and all predicted, the found and all true boundary pixels.
    counts[:, -4:] = np.stack([right[:, 0], 0 * right[:, 0] + 100] * 2, axis=1)
    return replace(evaluation, boundary=counts, boundary_settings=quality.settings)


def test_boundaries_are_compared_where_all_runs_counted_them_alike():
    plain = Method('plain', tuple(with_boundaries(60, seed) for seed in (0, 1)))
    ours = Method('ours', tuple(with_boundaries(90, seed) for seed in (2, 3)))
    (comparison,) = compare(plain, [ours], resamples=500)
    assert [row.name for row in comparison.means] == [
        'mIoU', 'tail mIoU', 'Boundary IoU', 'Boundary F',
    ]  # fmt: skip
    for row, score in zip(comparison.means[2:], ('mBoundaryIoU', 'mBoundaryF'), strict=True):
        values = [[run.scalars()[score] for run in side.runs] for side in (plain, ours)]
        assert 100 * row.baseline == pytest.approx(np.mean(values[0]))
        assert 100 * row.method == pytest.approx(np.mean(values[1]))
        assert 100 * row.method_spread == pytest.approx(np.std(values[1], ddof=1))
        low, high = row.interval
        assert low < row.change < high
    rng, changes = np.random.default_rng(9), []
    quality = BoundaryQuality()
    for _ in range(2000):
        drawn = rng.integers(0, 30, 30)
        means = [
            np.mean([np.nanmean(quality.score(run.boundary[drawn].sum(0)).boundary_iou)
                     for run in side.runs])
            for side in (plain, ours)
        ]  # fmt: skip
        changes.append(means[1] - means[0])
    expected = np.percentile(changes, [2.5, 97.5])
    np.testing.assert_allclose(comparison.means[2].interval, expected, atol=0.004)

    for other in (draw_evaluation(seed=4), with_boundaries(90, 4, dict(tolerance=3))):
        (comparison,) = compare(plain, [Method('other', (other,))], resamples=50)
        assert [row.name for row in comparison.means] == ['mIoU', 'tail mIoU']


def with_strays(evaluation, pixels):
    """The same run with one more class, which only some predicted pixels of one image show."""
    matrices = np.pad(evaluation.matrices, ((0, 0), (0, 1), (0, 1)))
    matrices[0, 0, 0] -= pixels
    matrices[0, 0, 3] += pixels
    classes = (*evaluation.classes, 'train')
    return replace(evaluation, classes=classes, matrices=matrices, tail=Tail(classes[2:], 'named'))


def test_a_stray_pixel_of_a_class_without_labels_does_not_change_the_means():
    plain = Method('plain', (with_strays(draw_evaluation(), 0),))
    ours = Method('ours', (with_strays(draw_evaluation(), 1),))
    (comparison,) = compare(plain, [ours], resamples=200)
    mean, tail = comparison.means
    # The pixel costs a little of the road, whose share of the mean is a third.
    road = draw_evaluation().matrices[:, 0].sum()
    assert -1 / road < mean.change < 0 and not mean.beyond_noise
    assert mean.baseline == pytest.approx(draw_evaluation().scores.mean_iou)
    assert -0.001 < mean.interval[0] <= mean.interval[1] <= 0
    assert tail.change == 0 and tail.baseline == pytest.approx(draw_evaluation().tail_iou)
    assert np.isnan(comparison.classes[3].p_value)


def test_a_class_without_labels_is_no_question():
    """Predicted by both, it has no IoU to compare and leaves the other p-values as they are."""
    plain, ours = draw_evaluation(), draw_evaluation((0.95, 0.81, 0.5), seed=1)
    without, classes = (
        compare(
            Method('plain', (with_strays(plain, pixels),)),
            [Method('ours', (with_strays(ours, pixels),))],
            resamples=200,
        )[0].classes
        for pixels in (0, 1)
    )
    train = classes[3]
    values = [train.baseline, train.method, train.change, train.p_value, train.units]
    assert np.isnan([*values, *train.interval]).all() and not train.beyond_noise
    expected = [row.p_value for row in without[:3]]
    assert min(expected) < 0.5
    assert [row.p_value for row in classes[:3]] == pytest.approx(expected, rel=0.1)


def test_a_resample_without_the_only_image_of_a_class_leaves_it_out_of_both_means():
    """The class is predicted elsewhere by one of the two, which gives it an IoU of 0 there."""
    matrices = np.zeros((2, 10, 2, 2), np.int64)
    matrices[:, :, 1, 1] = 100
    matrices[:, 0, 0, 0] = 100
    matrices[1, 5:, 1] = [1, 99]
    names = tuple(map(str, range(10)))
    sides = [
        Method(name, (Evaluation(('thing', 'rest'), names, m),))
        for name, m in zip(('plain', 'ours'), matrices, strict=True)
    ]
    (comparison,) = compare(sides[0], sides[1:], resamples=200)
    assert comparison.means[0].interval[0] > -0.1


def test_a_tail_without_labels_has_no_mean():
    runs = [with_strays(draw_evaluation(seed=seed), 1) for seed in (0, 1)]
    runs = [replace(run, tail=Tail(('train',), 'named')) for run in runs]
    (comparison,) = compare(Method('a', runs[:1]), [Method('b', runs[1:])], resamples=50)
    assert np.isnan(comparison.means[1].change) and np.isnan(comparison.means[1].p_value)
    assert np.isnan(comparison.means[1].units)


def test_a_stray_boundary_of_a_class_without_one_does_not_change_the_means():
    sides = []
    for name, stray in (('plain', 0), ('ours', 1)):
        run = with_boundaries(60, seed=0)
        run.boundary[:, [0, 1, -2, -1], 2] = 0
        run.boundary[:, [2, -3], 2] = stray
        run.boundary[:, -4, 2] = 0
        run.matrices[0, 0, 0] -= stray
        run.matrices[0, 0, 1] += stray
        sides.append(Method(name, (run,)))
    (comparison,) = compare(sides[0], sides[1:], resamples=50)
    assert [row.change for row in comparison.means[2:]] == [0, 0]


def test_runs_of_one_seed_are_no_seeds():
    runs = [
        replace(draw_evaluation(seed=s), metadata=dict(config_text='x', training_seed=seed))
        for s, seed in enumerate((0, 1, 0))
    ]
    with pytest.raises(DataError, match='ours: two of its runs .* seed 0, which does not tell'):
        compare(Method('plain', runs[:2]), [Method('ours', tuple(runs))])
    compare(Method('plain', runs[:1]), [Method('ours', runs[1:2])], resamples=5)


def test_holm():
    adjusted = holm(np.array([0.01, 0.04, np.nan, 0.03, 0.005]))
    np.testing.assert_allclose(adjusted, [0.03, 0.06, np.nan, 0.06, 0.02])
    np.testing.assert_allclose(holm(np.array([0.6, 0.9])), [1, 1])


def test_more_methods_are_more_questions():
    plain = method('plain', [(0.95, 0.8, 0.5)])
    ours = [Method(str(s), (draw_evaluation((0.95, 0.81, 0.5), s),)) for s in (7, 8)]
    (alone,) = compare(plain, ours[:1])
    together = compare(plain, ours)
    assert together[0].classes[1].p_value > alone.classes[1].p_value
    np.testing.assert_array_equal(together[0].classes[1].interval, alone.classes[1].interval)


def test_an_absent_class_has_no_difference():
    evaluations = []
    for seed in range(2):
        matrices = draw_evaluation(seed=seed).matrices.copy()
        matrices[:, :, 0] += matrices[:, :, 2]
        matrices[:, 2] = matrices[:, :, 2] = 0
        evaluations.append(Evaluation(('a', 'b', 'c'), tuple(map(str, range(30))), matrices))
    (comparison,) = compare(Method('x', evaluations[:1]), [Method('y', evaluations[1:])])
    assert np.isnan(comparison.classes[2].change) and np.isnan(comparison.classes[2].p_value)
    assert not comparison.classes[2].beyond_noise
    assert not np.isnan(comparison.means[0].p_value)


def of_few_images(hits, strays=0, images=50):
    """An evaluation of two classes, the first of which only the first images show.

    `strays` pixels of the other are predicted as it, in every image.
    """
    matrices = np.zeros((images, 2, 2), np.int64)
    matrices[:, 1, 0], matrices[:, 1, 1] = strays, 1000 - np.asarray(strays)
    matrices[: len(hits), 0, 0], matrices[: len(hits), 0, 1] = hits, 100 - np.asarray(hits)
    return Evaluation(('thing', 'rest'), tuple(map(str, range(images))), matrices)


@pytest.mark.parametrize('seeds', [1, 3])
def test_a_class_of_one_image_proves_nothing(seeds):
    sides = [
        Method(name, tuple(of_few_images([hits + seed]) for seed in range(seeds)))
        for name, hits in (('plain', 40), ('ours', 60))
    ]
    (comparison,) = compare(sides[0], sides[1:], resamples=200)
    thing = comparison.classes[0]
    assert thing.change == pytest.approx(0.2) and thing.units == 1
    assert thing.p_value == 1 and not thing.beyond_noise
    mean = comparison.means[0]
    assert mean.left_out == ('thing',) and mean.tested.name == 'mIoU (1 of 2)'
    assert mean.change > 0.1 and not mean.beyond_noise
    assert mean.tested.change == pytest.approx(comparison.classes[1].change)


def test_a_mean_leaves_out_of_its_own_classes_alone():
    """The rest is the tail here, which every image shows; a class of one image is not in it."""
    sides = [
        Method(name, (replace(of_few_images([hits]), tail=Tail(('rest',), 'named')),))
        for name, hits in (('plain', 40), ('ours', 60))
    ]
    (comparison,) = compare(sides[0], sides[1:], resamples=50)
    assert comparison.means[0].left_out == ('thing',)
    tail = comparison.means[1]
    assert tail.tested is None and tail.rows == [tail]
    assert tail.units == pytest.approx(comparison.classes[1].units) and tail.units > 49


@pytest.mark.parametrize('most_strays', [0, 6])
@pytest.mark.parametrize('images_with_it', [1, 2, 5])
def test_equal_models_are_seldom_told_apart_by_a_class_of_few_images(images_with_it, most_strays):
    rng, found = np.random.default_rng(4), 0
    for _ in range(300):
        difficulty = rng.uniform(0.3, 0.7, images_with_it)
        ours, theirs = (
            of_few_images(
                rng.binomial(100, difficulty + rng.uniform(-0.2, 0.2, images_with_it)),
                strays=rng.integers(0, most_strays, 50, endpoint=True),
            )
            for _ in range(2)
        )
        (comparison,) = compare(Method('a', (ours,)), [Method('b', (theirs,))], resamples=100)
        found += comparison.classes[0].p_value < 0.05
    assert found / 300 <= 0.08


def simulate(rng, effect, seeds, seed_noise):
    """Two methods on the same images, whose hits vary with image, with seed, and with both.

    `seeds` and `seed_noise` are those of the two methods.
    """
    base = np.array([0.9, 0.7, 0.6, 0.4])
    difficulty = rng.normal(0, 0.1, (30, 1))
    methods = []
    for side, (name, gain) in enumerate((('plain', 0.0), ('ours', effect))):
        runs = []
        for _ in range(seeds[side]):
            rate = base + gain + difficulty + rng.normal(0, seed_noise[side], 4)
            rate = np.clip(rate + rng.normal(0, 0.03, (30, 4)), 0.02, 0.98)
            hits = rng.binomial(200, rate)
            matrices = np.zeros((30, 4, 4), np.int64)
            for c in range(4):
                matrices[:, c, c], matrices[:, c, (c + 1) % 4] = hits[:, c], 200 - hits[:, c]
            runs.append(Evaluation(tuple('abcd'), tuple(map(str, range(30))), matrices))
        methods.append(Method(name, tuple(runs)))
    (comparison,) = compare(methods[0], methods[1:], resamples=200)
    return comparison


def share_of_findings(effect, seeds, seed_noise, trials=300):
    """How often the mean, any class, and the mean's interval over images alone find something."""
    rng = np.random.default_rng(3)
    found = np.zeros(3)
    for _ in range(trials):
        comparison = simulate(rng, effect, seeds, seed_noise)
        low, high = comparison.means[0].interval
        found += [
            comparison.means[0].beyond_noise,
            any(row.beyond_noise for row in comparison.classes),
            low > 0 or high < 0,
        ]
    return found / trials


@pytest.mark.parametrize(
    ('seeds', 'seed_noise'),
    [
        ((3, 3), (0.02, 0.02)),
        ((2, 2), (0.1, 0.1)),
        ((3, 5), (0.1, 0.02)),
        ((5, 3), (0.1, 0.02)),
        ((2, 5), (0.1, 0.02)),
    ],
)
def test_equal_methods_are_seldom_told_apart(seeds, seed_noise):
    """Five percent at most, with slack for 300 trials; intervals over images alone are fooled."""
    mean, any_class, images_alone = share_of_findings(0.0, seeds, seed_noise)
    assert mean <= 0.08 and any_class <= 0.08
    assert images_alone > 0.3


def test_equal_models_are_seldom_told_apart_by_one_run_each():
    mean, any_class, _ = share_of_findings(effect=0.0, seeds=(1, 1), seed_noise=(0, 0))
    assert mean <= 0.08 and any_class <= 0.08


def test_a_large_difference_is_found():
    mean, any_class, _ = share_of_findings(0.1, (3, 3), (0.02, 0.02), trials=40)
    assert mean > 0.9 and any_class > 0.8

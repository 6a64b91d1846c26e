"""Simulated comparisons: how often a mean is called different that is not, and one that is.

`python tests/evaluation/simulated.py` prints the tables of docs/guides/reports.md.
"""

import numpy as np

from mmseg_ext.evaluation import Evaluation
from mmseg_ext.evaluation.comparison import Method, compare

COMMON = np.array([0.9, 0.8, 0.7, 0.7, 0.6, 0.5])
UNCOMMON = np.array([0.5, 0.4])
RARE = 0.5
GAIN = 0.02
_PIXELS = 1000
_RESAMPLES = 200


def p_values_of_means(matrices, pattern=None, names=None):
    """The p-values of mIoU of one run against one for each of T trials.

    Args:
        matrices: Of the baseline and the method, shape (T, 2, S, N, C, C), S runs of each.
        pattern: Drive pattern.
        names: The N image names.

    Returns:
        p-values and changes of the mean over all classes, shape (2, T).
    """
    trials, _, runs, images, classes, _ = matrices.shape
    names = names or tuple(f'{index:04d}.png' for index in range(images))
    labels = tuple(f'class {index}' for index in range(classes))
    found = np.empty((2, trials))
    for trial in range(trials):
        sides = [
            Method(
                name,
                tuple(
                    Evaluation(labels, names, matrices[trial, side, run], drive_pattern=pattern)
                    for run in range(runs)
                ),
            )
            for side, name in enumerate(('plain', 'ours'))
        ]
        (comparison,) = compare(sides[0], sides[1:], _RESAMPLES, seed=trial)
        found[:, trial] = comparison.means[0].p_value, comparison.means[0].change
    return found


def confusions(rng, pixels, accuracy):
    """Draw confusion matrices whose wrong pixels become the next class, never the last one.

    Args:
        rng: Generator.
        pixels: Labelled pixels, shape (..., C).
        accuracy: Share that is right, of a shape that is broadcast with it.

    Returns:
        int64, shape (..., C, C).
    """
    accuracy = np.clip(accuracy, 0.01, 0.99)
    hits = rng.binomial(np.broadcast_to(pixels, accuracy.shape), accuracy)
    classes = np.arange(accuracy.shape[-1])
    matrices = np.zeros((*accuracy.shape, len(classes)), np.int64)
    matrices[..., classes, classes] = hits
    matrices[..., classes, (classes + 1) % (len(classes) - 1)] += pixels - hits
    return matrices


def long_tail(rng, trials, images, rare_images, gain, runs=1):
    """Draw comparisons on a long tail: the last class is in `rare_images` images.

    Six classes are in nearly every image, two in a third of them. The noise of the images grows
    with the root of their number, so that the gain is as hard to find in many as in few.

    Returns:
        Matrices of shape (trials, 2, runs, images, 9, 9).
    """
    base = np.array([*COMMON, *UNCOMMON, RARE])
    shown = rng.random((trials, 1, 1, images, 9)) < np.array([0.95] * 6 + [0.35] * 2 + [0])
    chosen = rng.random((trials, images)).argsort(1)[:, :rare_images]
    shown[np.arange(trials)[:, None], 0, 0, chosen, 8] = True
    pixels = (shown * _PIXELS * rng.lognormal(0, 0.5, shown.shape)).astype(np.int64)
    difficulty = rng.normal(0, 0.1, (trials, 1, 1, images, 1))
    noise = 0.028 * np.sqrt(images / 10)
    shape = (trials, 2, 1, images)
    accuracy = base + difficulty + rng.normal(0, noise / 3, (*shape, 1))
    accuracy = accuracy + rng.normal(0, noise, (*shape, 9))
    accuracy = accuracy + rng.normal(0, 0.002 * (runs > 1), (trials, 2, runs, 1, 9))
    accuracy[:, 1, ..., :8] += gain
    return confusions(rng, pixels, accuracy)


def without_the_rare(matrices):
    """The same data had nobody labelled the last class."""
    return matrices[..., :8, :8]


def long_tail_rates(images, rare_images, trials=1000, runs=1, seed=0):
    """How often mIoU is called different, as shares.

    Returns:
        dict: `null`, with no difference; `power`, with a gain of 2 points on every class but the
        rare one; `without`, that of the same data without it; and `known`, that of a test of the
        mean over all classes that knows its noise exactly.
    """
    rng = np.random.default_rng(seed)
    null = p_values_of_means(long_tail(rng, trials, images, rare_images, 0.0, runs))
    gained = long_tail(rng, trials // 2, images, rare_images, GAIN, runs)
    power, changes = p_values_of_means(gained)
    without, _ = p_values_of_means(without_the_rare(gained))
    return {
        'null': (null[0] < 0.05).mean(),
        'power': (power < 0.05).mean(),
        'without': (without < 0.05).mean(),
        'known': (np.abs(changes) > 1.96 * null[1].std()).mean(),
    }


LONG_TAILS = ((10, 1), (10, 3), (20, 1), (50, 1), (50, 5), (100, 1), (200, 1), (200, 12))
"""Images, and how many of them show the rare class."""

LAYOUTS = {
    '2 drives (62, 171 frames)': (62, 171),
    '12 drives of 20 frames': (20,) * 12,
    '121 drives, one of 100 frames, 120 of one': (100, *[1] * 120),
}


def drive_rates(frames, likeness, of_drives=0.0, trials=600, seed=0):
    """How often mIoU of equal models is called different.

    Args:
        frames: Frames of each drive.
        likeness: Correlation of what a model does better in two consecutive frames of a drive.
        of_drives: Share of that noise that a whole drive has in common.

    Returns:
        dict: By what is resampled: `images` one by one, or drives or blocks, `clustered`.
    """
    rng = np.random.default_rng(seed)
    names = tuple(f'd{d:03d}_{f:04d}.png' for d, count in enumerate(frames) for f in range(count))
    first = np.concatenate([np.arange(count) == 0 for count in frames])
    drive = np.repeat(np.arange(len(frames)), frames)
    shape = (trials, 2, 1, len(names), 4)
    fresh = rng.normal(0, 1, shape)
    noise = np.empty(shape)
    for frame in range(len(names)):
        now = fresh[..., frame, :]
        noise[..., frame, :] = (
            now
            if first[frame]
            else likeness * noise[..., frame - 1, :] + np.sqrt(1 - likeness**2) * now
        )
    common = rng.normal(0, 1, (trials, 2, 1, len(frames), 4))[..., drive, :]
    noise = np.sqrt(1 - of_drives) * noise + np.sqrt(of_drives) * common
    pixels = (_PIXELS * rng.lognormal(0, 0.3, (trials, 1, 1, len(names), 4))).astype(np.int64)
    matrices = confusions(rng, pixels, np.array([0.9, 0.7, 0.6, 0.5]) + 0.06 * noise)
    return {
        kind: (p_values_of_means(matrices, pattern, names)[0] < 0.05).mean()
        for kind, pattern in (('images', None), ('clustered', r'(d\d+)_'))
    }


def main():
    """Print the tables."""
    for images, rare in LONG_TAILS:
        rates = long_tail_rates(images, rare)
        cells = [f'{100 * rates[name]:.1f} %' for name in ('null', 'power', 'without', 'known')]
        print(f'| {images} | {rare} | {" | ".join(cells)} |', flush=True)
    for layout, frames in LAYOUTS.items():
        for likeness, of_drives in ((0.0, 0.0), (0.5, 0.0), (0.8, 0.0), (0.5, 0.2)):
            if of_drives and len(frames) < 8:
                continue
            rates = drive_rates(frames, likeness, of_drives)
            cells = [f'{100 * rates[name]:.1f} %' for name in ('images', 'clustered')]
            print(f'| {layout} | {likeness} | {of_drives} | {" | ".join(cells)} |', flush=True)


if __name__ == '__main__':
    main()

"""The pictures of a mixture: what stands where."""

from dataclasses import replace

import cv2
import numpy as np
from sklearn.decomposition import PCA

from mmseg_ext.analysis.mixture.pictures import MixtureView, draw_means, draw_mixture, project

CLASSES = ('road', 'car', 'sky')
PALETTE = np.array([[128, 64, 128], [0, 0, 142], [70, 130, 180]], np.uint8)
HEIGHT, WIDTH = 192, 256
TITLE, GAP = 24, 6


def view(labels=True):
    """Left half road, right half car; component 1 has the left half, 0 a fifth, 2 the rest."""
    ids = np.zeros((HEIGHT, WIDTH), np.uint8)
    ids[:, WIDTH // 2 :] = 1
    responsibilities = np.zeros((3, 3, 10), np.float32)
    responsibilities[1, :, :5] = 1
    responsibilities[0, :, 5:7] = 1
    responsibilities[2, :, 7:] = 1
    return MixtureView(
        image=np.full((HEIGHT, WIDTH, 3), 77, np.uint8),
        labels=ids if labels else None,
        prediction=np.full((HEIGHT, WIDTH), 2, np.uint8),
        responsibilities=responsibilities,
        means=np.arange(12.0).reshape(3, 4).astype(np.float32) ** 2,
        covers=np.array([[0, 1, 0], [5, 0, 0], [0, 3, 0]], np.float32),
    )


def panel(sheet, row, column):
    top = row * (HEIGHT + TITLE + GAP) + TITLE
    left = column * (WIDTH + GAP) + GAP
    return sheet[top : top + HEIGHT, left : left + WIDTH]


def test_image_labels_prediction_and_the_components_by_their_share():
    sheet = draw_mixture(view(), CLASSES, PALETTE)
    assert (panel(sheet, 0, 0) == 77).all()
    assert (panel(sheet, 0, 1)[:, : WIDTH // 2] == PALETTE[0, ::-1]).all()
    assert (panel(sheet, 0, 1)[:, WIDTH // 2 :] == PALETTE[1, ::-1]).all()
    assert (panel(sheet, 0, 2) == PALETTE[2, ::-1]).all()
    nothing, everything = cv2.applyColorMap(np.array([[0, 255]], np.uint8), cv2.COLORMAP_VIRIDIS)[0]
    # Component 1 with half of the image, then 2 with three tenths, then 0 with two.
    for column in range(3):
        for other, place in enumerate((40, 230, 154)):
            expected = everything if other == column else nothing
            assert (panel(sheet, 1, column)[:, place] == expected).all()


def test_without_labels_the_prediction_comes_second():
    sheet = draw_mixture(view(labels=False), CLASSES, PALETTE)
    assert (panel(sheet, 0, 1) == PALETTE[2, ::-1]).all()
    assert (panel(sheet, 0, 2) == 255).all()


def test_a_component_without_a_labelled_pixel_covers_no_class(tmp_path):
    nothing = replace(view(), covers=np.zeros((3, 3), np.float32))
    first = replace(view(), covers=np.eye(3, dtype=np.float32)[[0, 0, 0]])
    top = HEIGHT + TITLE + GAP
    title = np.s_[top : top + TITLE, : WIDTH + GAP]
    sheets = [draw_mixture(one, CLASSES, PALETTE) for one in (nothing, first)]
    inks = [(sheet[title] < 128).sum() for sheet in sheets]
    assert 0 < inks[0] < inks[1], 'the title lacks the name of the class'
    draw_means([nothing], CLASSES, PALETTE, tmp_path / 'means.png')
    drawn = cv2.imread(str(tmp_path / 'means.png')).reshape(-1, 3)
    assert (drawn.max(1) == drawn.min(1)).all(), 'no colour of a class'


def test_projection_is_the_principal_component_analysis_of_scikit_learn():
    means = np.random.default_rng(0).normal(size=(20, 7)) * np.arange(1, 8)
    places, explained = project(means)
    reference = PCA(2).fit(means)
    expected = reference.transform(means)
    signs = np.sign((places * expected).sum(0))
    np.testing.assert_allclose(places * signs, expected, atol=1e-9)
    np.testing.assert_allclose(explained, reference.explained_variance_ratio_, atol=1e-12)


def test_projection_of_too_few_points():
    places, explained = project(np.ones((1, 5)))
    np.testing.assert_array_equal(places, np.zeros((1, 2)))
    np.testing.assert_array_equal(explained, [0, 0])
    places, _ = project(np.array([[0.0], [2.0]]))
    np.testing.assert_allclose(np.abs(places), [[1, 0], [1, 0]])


def test_the_plot_has_the_colours_of_the_covered_classes(tmp_path):
    file = tmp_path / 'means.png'
    draw_means([view(), view()], CLASSES, PALETTE, file)
    drawn = cv2.imread(str(file)).reshape(-1, 3)[:, ::-1].astype(int)
    # The marks are drawn on white with some transparency.
    colours = 255 + 0.85 * (PALETTE.astype(float) - 255)
    found = [(np.abs(drawn - colour).max(1) <= 2).sum() > 50 for colour in colours]
    assert found == [True, True, False]

"""The projection without styles: moments by hand, planted directions, laws of a projection."""

import numpy as np
import pytest

from mmseg_ext.calibration.refit import StyleMoments, style_projection


def planted(pixels=5000, channels=8, strength=3.0, seed=0):
    """Features of four content directions, and copies that move along one other."""
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.normal(size=(channels, channels)))
    content, direction = basis[:, :4], basis[:, 4]
    features = rng.normal(size=(pixels, 4)) @ content.T + 0.1 * rng.normal(size=(pixels, channels))
    styled = features + strength * rng.normal(size=(3, pixels, 1)) * direction
    return features, styled, content, direction


def test_moments_are_means_over_all_parts():
    features, styled, *_ = planted(pixels=60)
    moments = StyleMoments(8)
    for part in (slice(0, 10), slice(10, 60)):
        moments.add(features[part].astype(np.float32), styled[:, part].astype(np.float32))
    together = np.concatenate([features[None], styled]).reshape(-1, 8)
    expected = np.mean([np.outer(a, a) for a in together], axis=0)
    np.testing.assert_allclose(moments.total, expected, rtol=1e-5, atol=1e-6)
    changes = (features - styled).reshape(-1, 8)
    expected = np.mean([np.outer(a, a) for a in changes], axis=0)
    np.testing.assert_allclose(moments.changes, expected, rtol=1e-5, atol=1e-6)


def test_a_planted_style_is_removed_and_the_content_kept():
    features, styled, content, direction = planted()
    moments = StyleMoments(8)
    moments.add(features, styled)
    projection = style_projection(moments.total, moments.changes, weight=10.0, keep=7 / 8)
    assert np.linalg.norm(projection @ direction) < 0.02
    np.testing.assert_allclose(projection @ content, content, atol=0.02)
    np.testing.assert_allclose(features @ projection, styled[0] @ projection, atol=0.3)


@pytest.mark.parametrize(('keep', 'rank'), [(1.0, 50), (0.98, 49), (0.95, 47), (0.02, 1)])
def test_it_is_a_projection_of_its_rank(keep, rank):
    rng = np.random.default_rng(0)
    total, changes = (each @ each.T for each in rng.normal(size=(2, 50, 80)))
    projection = style_projection(total, changes, keep=keep)
    np.testing.assert_allclose(projection, projection.T, atol=1e-12)
    np.testing.assert_allclose(projection @ projection, projection, atol=1e-12)
    assert np.linalg.matrix_rank(projection) == rank == round(np.trace(projection))


def test_without_changes_it_keeps_the_principal_directions():
    total = np.diag([5.0, 0.1, 3.0, 2.0])
    projection = style_projection(total, np.zeros((4, 4)), keep=0.75)
    np.testing.assert_allclose(projection, np.diag([1.0, 0, 1, 1]), atol=1e-12)


@pytest.mark.parametrize('options', [dict(keep=0.1), dict(keep=1.2), dict(weight=-1.0)])
def test_what_cannot_be(options):
    with pytest.raises(ValueError, match='keeps 1 to 4 of 4 directions'):
        style_projection(np.eye(4), np.eye(4), **options)


def test_other_shapes():
    with pytest.raises(ValueError, match='moments of shapes'):
        style_projection(np.eye(4), np.eye(3))

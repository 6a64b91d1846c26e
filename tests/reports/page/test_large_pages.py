"""Large pages stay small enough, and open at once: below 3 MB, and 2 seconds in the browser."""

import cv2
import numpy as np
import pytest

from mmseg_ext.evaluation import Evaluation, Tail
from mmseg_ext.evaluation.comparison import Method, compare
from mmseg_ext.reports.comparison.files import comparison_html
from mmseg_ext.reports.folder import write_report
from mmseg_ext.reports.pictures.chosen import chosen_images
from mmseg_ext.reports.pictures.drawn_images import draw_pictures
from mmseg_ext.reports.pictures.frames_file import Frame, frames_beside
from mmseg_ext.reports.pictures.picture import ReportImage

CLASSES = tuple(f'class {i}' for i in range(19))
# As many as Cityscapes has below 2.5 %.
TAIL = Tail(CLASSES[7:], 'named')
PAINTED = 'const done = arguments[0]; requestAnimationFrame(() => setTimeout(done));'


def evaluation(seed, images):
    """Labels that all seeds share, and a prediction with noise."""
    rng = np.random.default_rng(0)
    labelled = rng.integers(1, 9000, (images, 19))
    right = np.random.default_rng(seed).uniform(0.3, 0.9, (images, 19))
    matrices = np.zeros((images, 19, 19), np.int64)
    hits = (labelled * right).astype(int)
    matrices[:, np.arange(19), np.arange(19)] = hits
    matrices[:, np.arange(19), (np.arange(19) + 1) % 19] = labelled - hits
    names = tuple(f'{i:03}.png' for i in range(images))
    return Evaluation(CLASSES, names, matrices, tail=TAIL)


def photo(seed):
    """As hard to pack as a photo: noise at several scales, (512, 1024, 3)."""
    rng = np.random.default_rng(seed)
    scales = [
        cv2.resize(rng.normal(0, 30, (512 // f, 1024 // f, 3)), (1024, 512)) / (1 if f > 4 else 4)
        for f in (1, 4, 16, 64)
    ]
    return np.clip(128 + sum(scales), 0, 255).astype(np.uint8)


def labels(seed):
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 19, (32, 64)).astype(np.uint8)
    return cv2.resize(small, (1024, 512), interpolation=cv2.INTER_NEAREST)


@pytest.fixture(scope='module')
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp('large')
    report = evaluation(0, 500)
    # The same pictures for all, since drawing takes longest.
    pictures = draw_pictures(report, labels(1), labels(2), photo(0))
    images = [ReportImage(i, why, pictures) for i, why in chosen_images(report).items()]
    write_report(report, folder, images)
    methods = [Method(f'method {seed}', (evaluation(seed, 6),)) for seed in range(63)]
    (frame,) = frames_beside(folder / 'report.json')[:1]
    frames = {m.name: [Frame('000.png', *frame[1:])] * 3 for m in methods}
    page = comparison_html(compare(methods[0], methods[1:]), frames)
    (folder / 'comparison.html').write_text(page)
    return folder


@pytest.mark.parametrize('name', ['report.html', 'comparison.html'])
def test_the_page_is_small_and_opens_at_once(pages, browser, name):
    """In time of the processor, to which nothing adds that else runs on the machine."""
    size = (pages / name).stat().st_size
    assert 0.5e6 < size < 3e6
    browser.execute_cdp_cmd('Performance.enable', {})
    browser.get('about:blank')
    browser.get((pages / name).as_uri())
    browser.execute_async_script(PAINTED)
    assert thread_time(browser) < 2


def thread_time(browser):
    """Seconds that the processor spent on a page of another process than the one before."""
    metrics = browser.execute_cdp_cmd('Performance.getMetrics', {})['metrics']
    return next(metric['value'] for metric in metrics if metric['name'] == 'ThreadTime')

"""For `from page import …`, and the pages in a real browser.

Debian's Chromium, without window and without network.
"""

import shutil
import sys
from pathlib import Path

import pytest
from drawn import draw_evaluation

sys.path.insert(0, str(Path(__file__).parent))

from page import page_evaluation, page_frames, page_images

from mmseg_ext.evaluation.comparison import Method, compare
from mmseg_ext.reports.comparison.files import write_comparison
from mmseg_ext.reports.folder import write_report


@pytest.fixture(scope='session')
def chromium():
    webdriver = pytest.importorskip('selenium.webdriver', reason='selenium is not installed')
    program, driver = shutil.which('chromium'), shutil.which('chromedriver')
    if not (program and driver):
        pytest.skip('no Chromium: apt-get install chromium chromium-driver')
    options = webdriver.ChromeOptions()
    options.binary_location = program
    # No sandbox: it does not start for root, as whom a CI job runs.
    for argument in ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'):
        options.add_argument(argument)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'})
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium):
    """The browser with a desktop's window; a phone's is 390 pixels wide."""
    chromium.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
    chromium.set_window_size(1150, 900)
    return chromium


@pytest.fixture
def phone(browser):
    size = {'width': 390, 'height': 844, 'deviceScaleFactor': 1, 'mobile': True}
    browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', size)
    return browser


@pytest.fixture(scope='session')
def files(tmp_path_factory):
    """A folder with a report and a comparison that show all that there may be."""
    folder = tmp_path_factory.mktemp('pages')
    write_report(page_evaluation(), folder, page_images())
    plain = [draw_evaluation((0.97, 0.8, 0.9), seed) for seed in range(3)]
    ours = [draw_evaluation((0.97, 0.9, 0.3), seed) for seed in range(3, 6)]
    comparisons = compare(Method('plain', tuple(plain)), [Method('ours', tuple(ours))])
    write_comparison(comparisons, folder, page_frames())
    return folder


@pytest.fixture(params=['report.html', 'comparison.html'])
def page(request, browser, files):
    """The browser with a page open, its logs emptied before."""
    browser.get_log('browser'), browser.get_log('performance')
    browser.get((files / request.param).as_uri())
    return browser


@pytest.fixture
def report(browser, files):
    browser.get((files / 'report.html').as_uri())
    return browser

"""The pages in a real browser: Debian's Chromium, without window and without network."""

import json
import re
import shutil

import pytest
from drawn import draw_evaluation
from page import HOSTILE, page_evaluation, page_images

from mmseg_ext.evaluation.comparison import Method, compare
from mmseg_ext.reports.comparison.files import write_comparison
from mmseg_ext.reports.folder import write_report

webdriver = pytest.importorskip('selenium.webdriver', reason='selenium is not installed')


@pytest.fixture(scope='module')
def browser():
    chromium, driver = shutil.which('chromium'), shutil.which('chromedriver')
    if not (chromium and driver):
        pytest.skip('no Chromium: apt-get install chromium chromium-driver')
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    # No sandbox: it does not start for root, as whom a CI job runs.
    for argument in ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'):
        options.add_argument(argument)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'})
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    browser.set_window_size(1150, 900)
    yield browser
    browser.quit()


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp('pages')
    write_report(page_evaluation(), folder, page_images())
    plain = [draw_evaluation((0.95, 0.8, 0.5), seed) for seed in range(3)]
    ours = [draw_evaluation((0.95, 0.9, 0.4), seed) for seed in range(3, 6)]
    write_comparison(compare(Method('plain', tuple(plain)), [Method('ours', tuple(ours))]), folder)
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


def test_no_error_and_no_network(page):
    assert page.get_log('browser') == []
    events = [json.loads(entry['message'])['message'] for entry in page.get_log('performance')]
    urls = [
        event['params']['request']['url']
        for event in events
        if event['method'] == 'Network.requestWillBeSent'
    ]
    assert urls, 'the page itself is a request'
    assert all(re.match(r'(file|data):', url) for url in urls), urls


def luminance(colour):
    """Relative luminance of a CSS `rgb(…)` colour (WCAG 2)."""
    channels = [int(value) / 255 for value in re.findall(r'\d+', colour)[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def colour_of(browser, selector, name):
    script = 'return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]'
    return browser.execute_script(script, selector, name)


@pytest.mark.parametrize('theme', ['light', 'dark'])
def test_text_can_be_read_in_both_themes(page, theme):
    feature = {'name': 'prefers-color-scheme', 'value': theme}
    page.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [feature]})
    paper = luminance(colour_of(page, 'body', 'backgroundColor'))
    assert (paper > 0.5) == (theme == 'light')
    texts = {
        'text': colour_of(page, 'body', 'color'),
        'soft text': colour_of(page, '.soft', 'color'),
        'text in plots': colour_of(page, 'svg [id^=text] text', 'fill'),
    }
    for name, colour in texts.items():
        lighter, darker = sorted([luminance(colour), paper], reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) > 4.5, name


def column(browser, number):
    script = (
        'return [...document.querySelector("table").tBodies[0].rows]'
        '.map(row => row.cells[arguments[0]].innerText)'
    )
    return [re.sub(r'\s*tail$', '', text) for text in browser.execute_script(script, number)]


def click(browser, heading):
    (button,) = [
        button
        for button in browser.find_elements('css selector', 'table:first-of-type th button')
        if button.text.split()[0] == heading
    ]
    button.click()
    return button.find_element('xpath', '..').get_attribute('aria-sort')


def test_sorting(report):
    assert column(report, 0) == ['road', 'car', HOSTILE, 'absent']
    assert click(report, 'accuracy') == 'descending'
    assert column(report, 0) == ['road', 'car', HOSTILE, 'absent']
    assert click(report, 'accuracy') == 'ascending'
    assert column(report, 0) == [HOSTILE, 'car', 'road', 'absent'], 'what is missing stays last'
    assert click(report, 'class') == 'ascending'
    assert column(report, 0) == [HOSTILE, 'absent', 'car', 'road']
    assert click(report, 'pixels') == 'descending'
    shares = [float(share) for share in column(report, 1)]
    assert shares == sorted(shares, reverse=True)


def test_sorting_a_comparison_leaves_the_means_below(browser, files):
    browser.get((files / 'comparison.html').as_uri())
    assert click(browser, 'Δ') == 'descending'
    assert column(browser, 0) == ['car', 'road', 'cyclist']
    foot = browser.find_element('css selector', 'tfoot').text
    assert foot.startswith('mIoU') and 'tail mIoU' in foot


def test_bars_are_as_long_as_the_iou(report):
    script = (
        'return [...document.querySelectorAll(".bar")].map(bar => '
        '100 * bar.firstChild.getBoundingClientRect().width / bar.getBoundingClientRect().width)'
    )
    iou = 100 * page_evaluation().scores.iou[:3]
    assert sorted(report.execute_script(script)) == pytest.approx(sorted(iou), abs=0.5)


def test_every_picture_shows(report):
    script = 'return [...document.images].map(image => image.naturalWidth)'
    assert report.execute_script(script) == [40] * 4


def test_a_narrow_window_does_not_cut_the_page(page):
    page.set_window_size(500, 900)
    width = page.execute_script('return [document.body.scrollWidth, window.innerWidth]')
    page.set_window_size(1150, 900)
    assert width[0] <= width[1]

"""The pages in a real browser: Debian's Chromium, without window and without network."""

import json
import re

import pytest
from contrast import contrast, luminance
from page import HOSTILE, page_evaluation


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


def rgb(colour):
    """Read a CSS `rgb(…)` colour."""
    return [int(value) for value in re.findall(r'\d+', colour)[:3]]


TEXTS = """
    const found = [];
    for (const element of document.querySelectorAll('body *:not(script, style)')) {
      const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
      if (!own || !element.checkVisibility() || element.closest('svg')) continue;
      let below = element;
      const paper = () => getComputedStyle(below).backgroundColor;
      while (paper() === 'rgba(0, 0, 0, 0)') below = below.parentElement;
      found.push([element.textContent.trim(), getComputedStyle(element).color, paper()]);
    }
    const plots = document.querySelectorAll('svg [id^=text] text');
    const body = getComputedStyle(document.body).backgroundColor;
    // White stands on the cells of the confusion matrix, for which there is another test.
    const fills = [...plots].map(text => getComputedStyle(text).fill);
    const own = fills.filter(fill => fill !== 'rgb(255, 255, 255)');
    return [...found, ...own.map(fill => ['in a plot', fill, body])];
"""


@pytest.mark.parametrize('theme', ['light', 'dark'])
def test_all_text_can_be_read_in_both_themes(page, theme):
    """A contrast of 4.5 at least (WCAG 2, AA)."""
    feature = {'name': 'prefers-color-scheme', 'value': theme}
    page.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [feature]})
    texts = page.execute_script(TEXTS)
    assert len(texts) > 40
    assert {luminance(rgb(paper)) > 0.5 for _, _, paper in texts} == {theme == 'light'}
    for text, colour, paper in texts:
        assert contrast(rgb(colour), rgb(paper)) > 4.5, (text, colour, paper)


def column(browser, number, table='table'):
    script = (
        'return [...document.querySelector(arguments[1]).tBodies[0].rows]'
        '.map(row => row.cells[arguments[0]].innerText)'
    )
    return [re.sub(r'\s*tail$', '', text) for text in browser.execute_script(script, number, table)]


def click(browser, heading):
    (button,) = [
        button
        for button in browser.find_elements('css selector', 'th button')
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
    shares = [float(share) for share in column(report, 7)]
    assert shares == sorted(shares, reverse=True)


def test_sorting_a_comparison_leaves_the_means_below(browser, files):
    browser.get((files / 'comparison.html').as_uri())
    browser.find_element('css selector', 'details summary').click()
    assert click(browser, 'Δ') == 'descending'
    assert column(browser, 0, '.statistics') == ['car', 'road', 'cyclist']
    foot = browser.find_element('css selector', 'tfoot').text
    assert foot.startswith('mIoU') and 'tail mIoU' in foot


def test_dots_stand_at_the_iou_on_the_axis(report):
    """Measured in the browser against the labels of the axis."""
    script = """
        const middle = element => {
          const box = element.getBoundingClientRect();
          return box.left + box.width / 2;
        };
        const table = document.querySelector("#classes");
        const ticks = [...table.querySelectorAll(".ticks span")].map(
            tick => [middle(tick), Number(tick.innerText)]);
        const dots = [...table.querySelectorAll("tbody .dots i")].map(middle);
        return [ticks, dots];
    """
    ticks, dots = report.execute_script(script)
    (left, low), (right, high) = ticks[0], ticks[-1]
    iou = 100 * page_evaluation().scores.iou[:3]
    of_a_pixel = (high - low) / (right - left)
    assert of_a_pixel < 1
    measured = [low + of_a_pixel * (dot - left) for dot in dots]
    # A tick may stand half a pixel beside its place, and so may a dot.
    assert sorted(measured) == pytest.approx(sorted(iou), abs=of_a_pixel)


def test_every_picture_shows(report):
    script = 'return [...document.images].map(image => image.naturalWidth)'
    assert report.execute_script(script) == [40] * 4

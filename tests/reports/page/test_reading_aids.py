"""What the pages offer to readers who use a keyboard or hear them."""

from selenium.webdriver.common.keys import Keys

LEVELS = (
    'return [...document.querySelectorAll("h1, h2, h3, h4, h5")].map(h => Number(h.tagName[1]))'
)


def all_of(browser, script):
    return browser.execute_script(f'return [...document.querySelectorAll({script}')


def test_headings_are_in_order(page):
    levels = page.execute_script(LEVELS)
    assert levels[0] == 1 and levels.count(1) == 1
    steps = [after - before for before, after in zip(levels, levels[1:], strict=False)]
    assert max(steps) <= 1, levels


def test_every_table_says_what_it_is_and_every_heading_what_it_heads(page):
    tables = all_of(page, "'table')].map(t => t.caption ? t.caption.textContent : '')")
    assert tables and all(tables)
    scopes = set(
        all_of(page, "'th')].map(th => th.scope + ' in ' + th.parentElement.parentElement.tagName)")
    )
    assert scopes == {'col in THEAD', 'row in TBODY', 'row in TFOOT'}
    rows = all_of(page, "'tbody tr, tfoot tr')].map(row => row.cells[0].tagName)")
    assert set(rows) == {'TH'}


def test_every_picture_and_plot_has_a_text(page):
    pictures = all_of(page, "'img')].map(img => img.alt)")
    assert len(pictures) >= 4 and all('.png' in text for text in pictures)
    plots = all_of(page, "'svg')].map(svg => svg.getAttribute('role') + ' ' + svg.ariaLabel)")
    assert all(text.startswith('img ') and len(text) > 15 for text in plots)


def test_a_change_is_said_and_not_only_coloured(browser, files):
    browser.get((files / 'comparison.html').as_uri())
    cells = all_of(
        browser, "'.changes .change')].map(cell => [cell.classList[1], cell.textContent])"
    )
    marks = {'better': '▲', 'worse': '▼', 'unsure': '△▽', 'untested': '◇'}
    assert {'better', 'worse'} <= {word for word, _ in cells}
    for word, text in cells:
        assert text.split()[0] in marks[word]
        assert {'better': 'better', 'worse': 'worse'}.get(word, 'not') in text


def test_what_is_wide_can_be_scrolled_by_the_keyboard(page):
    parts = all_of(page, "'.scroll')].map(part => [part.tabIndex, part.role, part.ariaLabel])")
    assert parts and all(index == 0 and role == 'region' and name for index, role, name in parts)


def focused(browser, name):
    script = f'return getComputedStyle(document.activeElement).{name}'
    return browser.execute_script(script)


def test_the_focus_is_seen_and_the_keyboard_sorts(report):
    body = report.find_element('css selector', 'body')
    for _ in range(3):
        body.send_keys(Keys.TAB)
        body = report.switch_to.active_element
    assert report.switch_to.active_element.text.startswith('IoU')
    assert (focused(report, 'outlineStyle'), focused(report, 'outlineWidth')) == ('solid', '3px')
    report.switch_to.active_element.send_keys(Keys.ENTER)
    sorted_by = report.find_element('css selector', 'th[aria-sort=descending]')
    assert sorted_by.text.startswith('IoU')


def is_open(browser):
    script = """
        const frame = document.querySelector('.frame');
        return frame.matches(':target') && frame.getBoundingClientRect().height === innerHeight;
    """
    return browser.execute_script(script)


def test_pictures_are_enlarged_and_closed_by_links_keys_and_clicks(page):
    assert not is_open(page)
    page.find_element('css selector', '.frame .open').send_keys(Keys.ENTER)
    assert is_open(page)
    page.find_element('css selector', '.frame .close').send_keys(Keys.ENTER)
    assert not is_open(page)
    page.find_element('css selector', '.frame img').click()
    assert is_open(page)
    legend = page.find_element('css selector', '.frame .legend')
    assert legend.is_displayed() and 'wrong' in legend.text
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not is_open(page)
    assert page.switch_to.active_element.get_attribute('class') == 'open'


def test_pictures_are_enlarged_without_a_script(page):
    page.execute_cdp_cmd('Emulation.setScriptExecutionDisabled', {'value': True})
    try:
        page.refresh()
        page.find_element('css selector', '.frame .open').click()
        assert page.find_element('css selector', '.frame .close').is_displayed()
    finally:
        page.execute_cdp_cmd('Emulation.setScriptExecutionDisabled', {'value': False})

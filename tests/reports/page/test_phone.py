"""The pages in a window as wide as a phone's."""

RECT = """
    const box = document.querySelector(arguments[0]).getBoundingClientRect();
    return [box.left, box.right];
"""


def test_the_page_is_not_cut(phone, page):
    widths = page.execute_script('return [document.documentElement.scrollWidth, innerWidth]')
    assert widths == [390, 390]


def test_the_iou_and_its_interval_are_on_the_screen(phone, report):
    """Class, IoU and the drawn interval need no scrolling."""
    for cell in (2, 3):
        left, right = report.execute_script(RECT, f'#classes tbody tr :nth-child({cell})')
        assert 0 <= left < right <= 390


def test_the_class_stays_when_the_figures_are_scrolled(phone, report):
    first = '#classes tbody tr th'
    before = report.execute_script(RECT, first)
    report.execute_script("document.querySelector('#classes').parentElement.scrollLeft = 300")
    assert report.execute_script('return document.querySelector(".scroll").scrollLeft') == 300
    assert report.execute_script(RECT, first) == before
    script = (
        'const [x, y] = arguments; return document.elementFromPoint(x, y).closest("th, td").tagName'
    )
    top = report.execute_script(
        f"return document.querySelector('{first}').getBoundingClientRect().top"
    )
    assert report.execute_script(script, before[0] + 8, top + 8) == 'TH', 'no figure covers it'


def test_pictures_are_two_in_a_row_and_enlarged_one(phone, report):
    count = """
        const tops = [...document.querySelectorAll('.frame figure')].slice(0, 2).map(
            figure => figure.getBoundingClientRect().top);
        return tops[0] === tops[1] ? 'a row' : 'a column';
    """
    assert report.execute_script(count) == 'a row'
    report.execute_script("location.hash = document.querySelector('.frame').id")
    assert report.execute_script(count) == 'a column'

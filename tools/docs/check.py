"""Check a built site: every link of it leads somewhere, and it loads nothing from elsewhere.

The build checks the links between pages; this also checks pictures, files, and what the theme adds.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = {'script', 'img', 'iframe', 'source', 'video', 'audio', 'embed', 'object', 'link', 'use'}
"""Elements whose address a browser opens by itself; `a` waits for a click."""
ADDRESSES = ('src', 'href', 'data', 'poster', 'srcset')
NAMES_ONLY = {'canonical', 'alternate'}
"""Kinds of `link` that are not loaded."""
FETCHED = {'mermaid', 'glightbox', 'pyodide'}
"""Classes of elements for which the theme's script would fetch a library from elsewhere."""
OUTSIDE_CSS = re.compile(r'(?:url\(\s*["\']?|@import\s+["\'])((?:https?:)?//[^"\')\s]+)')


class Page(HTMLParser):
    """The anchors and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.styles: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what an element says."""
        values = {name: value or '' for name, value in attrs}
        self._in_style = tag == 'style'
        self.anchors |= {values[name] for name in ('id', 'name') if name in values}
        self.styles.append(values.get('style', ''))
        found = [values[name] for name in ADDRESSES if name in values]
        if tag in LOADING and values.get('rel') not in NAMES_ONLY:
            self.loaded += found
        self.links += found
        self.loaded += [
            f'https://unpkg.com/{name}' for name in FETCHED & set(values.get('class', '').split())
        ]

    def handle_data(self, data: str) -> None:
        """Collect style sheets inside of the page."""
        if self._in_style:
            self.styles.append(data)


def read_page(path: Path) -> Page:
    """Parse a page."""
    page = Page()
    page.feed(path.read_text('utf-8'))
    return page


def is_outside(address: str) -> bool:
    """Tell whether an address is on another server."""
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme in ('http', 'https')


def faults(site: Path) -> list[str]:
    """Return a line for each broken link, and for each thing that would be loaded from elsewhere.

    Args:
        site: The folder of the site, whose pages link to each other by relative addresses.
    """
    pages = {path: read_page(path) for path in sorted(site.rglob('*.html'))}
    found = []
    for path, page in pages.items():
        where = path.relative_to(site).as_posix()
        outside = [address for address in page.loaded if is_outside(address)]
        outside += [address for style in page.styles for address in OUTSIDE_CSS.findall(style)]
        found += [f'{where} loads {address}' for address in outside]
        # What stands in for every missing page is asked for at any address.
        if where == '404.html':
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= 'index.html'
            if not target.is_file():
                found.append(f'{where} links to {link}, which is not there')
            elif (
                parts.fragment
                and target in pages
                and unquote(parts.fragment) not in pages[target].anchors
            ):
                found.append(f'{where} links to {link}, where no such anchor is')
    for path in sorted(site.rglob('*.css')):
        for address in OUTSIDE_CSS.findall(path.read_text('utf-8')):
            found.append(f'{path.relative_to(site).as_posix()} loads {address}')
    return found


if __name__ == '__main__':
    FOUND = faults(Path(sys.argv[1]).resolve())
    sys.exit('\n'.join(FOUND) if FOUND else 0)

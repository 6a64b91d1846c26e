"""Copy the documents, and the files that they link to, to where the site is built from.

The site mirrors the repository, so that one relative link works on GitHub and on the site. The
pages are those that `nav` of `mkdocs.yml` names; a document of `docs` that it leaves out
is an error.
"""

import re
import shutil
import sys
from pathlib import Path

import yaml
from command_line import help_of_every_command

LINK = re.compile(r'\]\(([^)#\s]+)')


def pages(nav: object) -> list[str]:
    """Return the files that a navigation names, in its order."""
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav
    return [page for part in parts for page in pages(part)]


def linked_files(page: Path) -> list[Path]:
    """Return what a document links to, of files that are there."""
    targets = (target for target in LINK.findall(page.read_text('utf-8')) if '://' not in target)
    found = ((page.parent / target).resolve() for target in targets)
    return [path for path in found if path.is_file()]


def stage(repository: Path, folder: Path) -> None:
    """Copy every page and what it links to; links to nothing are left for the build to find.

    Args:
        repository: The clone.
        folder: Where to write; what was there before is removed.

    Raises:
        SystemExit: A document is missing in the navigation.
    """
    nav = yaml.safe_load((repository / 'mkdocs.yml').read_text('utf-8'))['nav']
    named = pages(nav)
    documents = {
        path.relative_to(repository).as_posix() for path in repository.glob('docs/**/*.md')
    }
    if left_out := sorted(documents - set(named)):
        sys.exit(f'not in the navigation of mkdocs.yml: {", ".join(left_out)}')
    shutil.rmtree(folder, ignore_errors=True)
    for page in named:
        for path in [repository / page, *linked_files(repository / page)]:
            copy = folder / path.relative_to(repository)
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)
    shutil.copy(Path(__file__).with_name('site.css'), folder)
    with (folder / 'docs/reference/command-line.md').open('a', encoding='utf-8') as file:
        file.write(help_of_every_command())


if __name__ == '__main__':
    stage(Path(__file__).parents[2], Path(sys.argv[1]))

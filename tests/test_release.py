"""What names the version names the same one."""

import re

from mmseg_ext import __version__


def test_the_newest_entry_of_the_changelog_is_of_this_version(repository):
    text = (repository / 'CHANGELOG.md').read_text(encoding='utf-8')
    version, released = re.findall(r'^## \[(.+)\] - (\S+)$', text, re.MULTILINE)[0]
    citation = (repository / 'CITATION.cff').read_text(encoding='utf-8')
    assert version == __version__
    assert re.search(r'^version: (.+)$', citation, re.MULTILINE)[1] == version
    assert re.search(r"^date-released: '(.+)'$", citation, re.MULTILINE)[1] == released

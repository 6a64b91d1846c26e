"""Docstrings as Markdown: what is Sphinx's in them becomes plain text."""

import re
from typing import Any

import griffe

BLOCK_FOLLOWS = re.compile(r'::$', re.MULTILINE)
ROLE = re.compile(r':(?:class|func|meth|mod|attr|exc):`~?([^`]+)`')


class PlainText(griffe.Extension):
    """Replaces a role by the name in it, and the two colons before a block by one."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Rewrite one docstring."""
        if obj.docstring:
            named = ROLE.sub(lambda role: f'`{role[1].rpartition(".")[2]}`', obj.docstring.value)
            obj.docstring.value = BLOCK_FOLLOWS.sub(':', named)

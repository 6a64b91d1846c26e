"""Docstrings as Markdown: the roles of Sphinx in them become the names that they stand for."""

import re
from typing import Any

import griffe

ROLE = re.compile(r':(?:class|func|meth|mod|attr|exc):`~?([^`]+)`')


class Roles(griffe.Extension):
    """Replaces roles as ``:class:`~package.Name` `` by the name in quotes."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Rewrite one docstring."""
        if obj.docstring:
            obj.docstring.value = ROLE.sub(
                lambda role: f'`{role[1].rpartition(".")[2]}`', obj.docstring.value
            )

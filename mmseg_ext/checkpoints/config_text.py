"""Reads the text of a config that a checkpoint holds, without running it."""

import ast
from typing import Any

_LONGEST = 2**22


def plain_parts(text: object) -> dict[str, Any]:
    """Return the parts of a config that are written as plain values.

    Args:
        text: As mmengine writes it: assignments of numbers, texts, lists and `dict(…)`.

    Returns:
        Values by name, tuples as lists. What is no plain value is None; empty where it is no
        Python.
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        return {}
    try:
        return {
            target.id: _value(statement.value)
            for statement in ast.parse(text).body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
    # Of a text that is nested too deeply, too.
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_value(part) for part in parts]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.Dict(keys=keys, values=values):
            return {
                key.value: _value(value)
                for key, value in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant)
            }
        # So mmengine writes names with a blank in them.
        case ast.Call(func=ast.Name(id='dict'), args=[ast.Dict() as inner], keywords=[]):
            return _value(inner)
        case ast.Call(func=ast.Name(id='dict'), args=[], keywords=keywords):
            return {word.arg: _value(word.value) for word in keywords if word.arg is not None}
    return None

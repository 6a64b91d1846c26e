"""Builds a checkpoint's NumPy arrays from what the file says of them, without NumPy's unpickling.

NumPy takes over any type that a pickle describes: an array of objects over bytes of the file, whose
elements are then pointers that the file chose, or a type with fields and an item size of its own.
The stand-ins here know numbers only, and check how many bytes those take.

Source: our decision; `numpy.dtype.__reduce__` and `numpy.ndarray.__reduce__`, of NumPy 1 and 2.
"""

import math
import re
from typing import Any, Literal

import numpy as np

_NUMBERS = re.compile(r'b1|[iu][1248]|f(2|4|8|12|16)')


class Refused(Exception):
    """A file holds what is not read without trust; the message goes on from `because`."""


class StandIn:
    """Takes the place of an object while a pickle is read, and checks what it is given."""

    __hash__ = None  # type: ignore[assignment]  # as a key of a dict it could not be restored

    def restore(self) -> Any:
        """Return what it stands for.

        Raises:
            Refused: That is nothing that is read without trust.
        """
        raise NotImplementedError


class PickledDtype(StandIn):
    """Stands in for `numpy.dtype`."""

    # An unpickler may leave out __init__ and __setstate__.
    _name: object = None
    _order = ''

    def __init__(self, name: object, *_: object) -> None:
        self._name = name

    def __setstate__(self, state: object) -> None:
        """Take the byte order; all else must say that there are no parts and no sizes of its own.

        Raises:
            Refused: There are.
        """
        match state:
            case (3, '<' | '>' | '|' as order, None, None, None, -1, -1, 0):
                self._order = order
            case _:
                raise _no_numbers(self._name)

    def restore(self) -> np.dtype[Any]:
        """Return the type, with its byte order.

        Raises:
            Refused: It is not of numbers.
        """
        if not isinstance(self._name, str) or not _NUMBERS.fullmatch(self._name):
            raise _no_numbers(self._name)
        return np.dtype(self._order + self._name)


class PickledArray(StandIn):
    """Stands in for `numpy.ndarray`."""

    _array: np.ndarray | None = None

    def __init__(self, *arguments: object) -> None:
        if arguments:
            raise Refused('it needs to call numpy.ndarray')

    def __setstate__(self, state: object) -> None:
        """Take the content.

        Raises:
            Refused: It is not of numbers, or of another size than its shape.
        """
        match state:
            case (1, shape, dtype, bool(fortran), content):
                self._array = _built(dtype, shape, content, 'F' if fortran else 'C')
            case _:
                raise Refused('it needs a NumPy array of an unknown form')

    def restore(self) -> np.ndarray:
        """Return the array, the same one each time.

        Raises:
            Refused: It was never given its content.
        """
        if self._array is None:
            raise Refused('it needs a NumPy array without content')
        return self._array


def _no_numbers(name: object) -> Refused:
    shown = name[:40] if isinstance(name, str) else type(name).__name__
    return Refused(f'it needs a NumPy type other than plain numbers ({shown!r})')


def _built(dtype: object, shape: object, content: object, order: Literal['C', 'F']) -> np.ndarray:
    """Build an array from the bytes of its elements.

    Raises:
        Refused: The type is not of numbers, or there are more bytes or fewer than it takes.
    """
    if not isinstance(dtype, PickledDtype):
        raise _no_numbers(dtype)
    numbers = dtype.restore()
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape):
        raise Refused('it needs a NumPy array without a shape')
    if type(content) is not bytes or len(content) != math.prod(shape) * numbers.itemsize:
        raise Refused('it needs a NumPy array that does not fit its content')
    if numbers.kind == 'b' and content.translate(None, b'\0\1'):
        # NumPy counts the true ones by adding bytes, and would then write past the end of a result.
        raise Refused('it needs a NumPy array of truth values other than 0 and 1')
    try:
        return np.ndarray(shape, numbers, content, order=order).copy(order)
    except (ValueError, OverflowError) as error:  # more dimensions or larger ones than NumPy has
        raise Refused(f'it needs an impossible NumPy array ({error})') from error


def _reconstruct(kind: object, *_: object) -> PickledArray:
    """Stand in for NumPy's function that makes an empty array, which then takes its content."""
    if kind is not PickledArray:
        raise Refused('it needs a NumPy array of another class')
    return PickledArray()


def _scalar(dtype: object, content: object) -> Any:
    """Stand in for NumPy's function that makes a number of its own types."""
    return _built(dtype, (), content, 'C')[()]


def _empty_bytes(*arguments: object) -> bytes:
    """Stand in for `bytes`, with which pickles write the content of an empty array."""
    if arguments:
        raise Refused('it needs to call bytes')
    return b''


ARRAY_STAND_INS: list[Any] = [
    (PickledDtype, 'numpy.dtype'),
    (PickledArray, 'numpy.ndarray'),
    (_reconstruct, 'numpy.core.multiarray._reconstruct'),
    (_reconstruct, 'numpy._core.multiarray._reconstruct'),
    (_scalar, 'numpy.core.multiarray.scalar'),
    (_scalar, 'numpy._core.multiarray.scalar'),
    (_empty_bytes, 'builtins.bytes'),
]
"""What a pickle of arrays calls, and by which names, for `torch.serialization.safe_globals`."""


def restored(node: Any, done: dict[int, tuple[Any, Any]] | None = None) -> Any:
    """Put what the stand-ins stand for in their places, and keep what was one object one object.

    Args:
        node: What was unpickled. Its lists and dicts are changed in place.
        done: What was met so far and what has become of it, by id.

    Returns:
        The same without stand-ins. An OrderedDict has lost all attributes but torch's `_metadata`:
        another could hide a method.

    Raises:
        Refused: A stand-in refuses what it was given.
    """
    done = {} if done is None else done
    if id(node) not in done:
        done[id(node)] = node, node  # for what holds itself; kept alive, its id remains its own
        done[id(node)] = node, _with_restored_parts(node, done)
    return done[id(node)][1]


def _with_restored_parts(node: Any, done: dict[int, tuple[Any, Any]]) -> Any:
    if isinstance(node, StandIn):
        return node.restore()
    if type(node) is tuple:
        return tuple(restored(part, done) for part in node)
    if type(node) is list:
        node[:] = [restored(part, done) for part in node]
    elif isinstance(node, dict):
        for key, value in dict.items(node):
            dict.__setitem__(node, key, restored(value, done))
        if type(node) is not dict:
            _restore_attributes(vars(node), done)
    return node


def _restore_attributes(attributes: dict[str, Any], done: dict[int, tuple[Any, Any]]) -> None:
    for name in attributes.keys() - {'_metadata'}:
        del attributes[name]
    restored(attributes, done)

"""The packages of the extra `export`, which only a model in ONNX needs."""

from importlib.util import find_spec

from mmseg_ext.common.errors import ConfigError

TO_EXPORT = ('onnx', 'onnxscript', 'onnxruntime')
TO_RUN = ('onnxruntime',)


def require_packages(names: tuple[str, ...], use: str) -> None:
    """Check that packages are there, before the work that needs them.

    Args:
        names: What is imported, of `TO_EXPORT` or `TO_RUN`.
        use: What it is for, for the message.

    Raises:
        ConfigError: One is missing.
    """
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"{use} needs {' and '.join(missing)}: run pip install 'mmseg-debias[export]'"
        )

"""Files that appear complete or not at all."""

import subprocess
import sys

import pytest

WRITE = (
    'import resource, signal, sys; from pathlib import Path; import numpy as np\n'
    'from mmseg_ext.common.atomic import write_image\n'
    'from mmseg_ext.common.errors import DataError\n'
    'signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n'
    'resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))\n'
    'noise = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)\n'
    'try:\n'
    '    write_image(Path(sys.argv[1]), noise)\n'
    'except DataError as error:\n'
    '    print(error)\n'
)


@pytest.mark.slow
def test_an_image_that_does_not_fit_is_not_there(tmp_path, repository):
    """1600 bytes of noise and a few of the format, of which 1000 may be written."""
    for name, limit in (('fits.png', 4000), ('large.png', 1000)):
        done = subprocess.run(
            [sys.executable, '-c', WRITE, str(tmp_path / name), str(limit)],
            cwd=repository, capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert f'{tmp_path}/large.png: cannot be written (' in done.stdout
    assert [file.name for file in tmp_path.iterdir()] == ['fits.png']

"""What the tests of the command lines share: a drawn CamVid and real processes."""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_camvid import draw_camvid

from mmseg_debias import main
from mmseg_ext.data.toy import draw_toy_streets

Run = Callable[..., subprocess.CompletedProcess]
TINY = Path(__file__).with_name('tiny_camvid.py')


@pytest.fixture(scope='session')
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for MMSEG_EXT_DATA that holds a CamVid."""
    root = tmp_path_factory.mktemp('data')
    draw_camvid(root / 'camvid')
    return root


@pytest.fixture(scope='session')
def run_tool(repository: Path, data: Path) -> Run:
    """Run a tool in a process of its own; one thread, because the machine is shared."""

    def run(*command: object, check: bool = False, **environment: str):
        completed = subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=repository,
            env={
                **os.environ,
                'PYTHONPATH': str(repository),
                'MMSEG_EXT_DATA': str(data),
                'OMP_NUM_THREADS': '1',
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=300,
        )
        if check:
            assert completed.returncode == 0, completed.stdout[-3000:] + completed.stderr[-3000:]
        return completed

    return run


@pytest.fixture
def run_here(repository, monkeypatch, capsys):
    """Run a tool in this process, as a process starts slowly; gives exit code and what it wrote.

    What has no file in tools/ is a command of `mmseg-debias`.
    """

    def run(tool: str, *arguments: object):
        file = repository / 'tools' / f'{tool}.py'
        words = list(map(str, arguments))
        monkeypatch.setattr(sys, 'argv', [tool, *words])
        with pytest.raises(SystemExit) as ended:
            if file.is_file():
                runpy.run_path(str(file), run_name='__main__')
            sys.exit(main([tool, *words]))
        return ended.value.code, capsys.readouterr()

    return run


@pytest.fixture(scope='session')
def trained(run_tool: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work folder of a finished training of the tiny config."""
    work_dir = tmp_path_factory.mktemp('trained')
    completed = run_tool('tools/train.py', TINY, '--work-dir', work_dir, '--seed', 3, check=True)
    (work_dir / 'stdout.txt').write_text(completed.stdout)
    (work_dir / 'stderr.txt').write_text(completed.stderr)
    return work_dir


@pytest.fixture(scope='session')
def tested(run_tool, trained, tmp_path_factory) -> Path:
    """The work folder of a test of the trained checkpoint: figures, `out`, `reports/test`."""
    work_dir = tmp_path_factory.mktemp('tested')
    run_tool(
        'tools/test.py', TINY, trained / 'iter_4.pth', '--work-dir', work_dir,
        '--out', work_dir / 'out', '--report', work_dir / 'reports' / 'test', check=True,
    )  # fmt: skip
    return work_dir


@pytest.fixture(scope='session')
def toy_data(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('toy_data')
    draw_toy_streets(
        root / 'toy_streets', frames=dict(train=4, val=2, shift=2), height=48, width=64, workers=1
    )
    return root


@pytest.fixture(scope='session')
def larger_toy_data(tmp_path_factory) -> Path:
    """Draw frames with persons and cyclists that are large enough to be swapped."""
    root = tmp_path_factory.mktemp('larger_toy_data')
    draw_toy_streets(
        root / 'toy_streets', frames=dict(train=4, val=2, shift=2), height=96, width=128, workers=1
    )
    return root


@pytest.fixture(scope='session')
def figures() -> Callable[[Path], dict[str, float]]:
    """Read the figures of a test run from its work folder, without its times."""

    def read(work_dir: Path) -> dict[str, float]:
        (file,) = work_dir.glob('*/*.json')
        values = json.loads(file.read_text())
        return {name: value for name, value in values.items() if 'time' not in name}

    return read

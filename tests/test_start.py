"""What is imported when: each case in a process of its own."""

import json
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from layouts import write_png

HEAVY = ('torch', 'mmengine', 'mmcv', 'mmseg', 'matplotlib', 'scipy.stats', 'tensorboard')
STACK = ('torch', 'mmengine', 'mmcv', 'mmseg')


@pytest.fixture
def python(repository, tmp_path):
    """Run code in a fresh interpreter, in an empty folder."""

    def run(code: str, *arguments: object) -> str:
        ended = subprocess.run(
            [sys.executable, '-c', textwrap.dedent(code), *map(str, arguments)],
            cwd=tmp_path,
            env={'PYTHONPATH': str(repository), 'PATH': '/usr/bin:/bin', 'OMP_NUM_THREADS': '1'},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ended.returncode == 0, ended.stderr[-2000:]
        return ended.stdout

    return run


COMMAND = """
    import json, sys
    from mmseg_debias import main
    code = main(sys.argv[1:])
    print(json.dumps([code, sorted(sys.modules)]))
"""


def loaded(output: str) -> set[str]:
    code, modules = json.loads(output.splitlines()[-1])
    assert code == 0
    return set(modules)


def test_reading_reports_and_listing_recipes_loads_nothing_heavy(python, repository):
    study = repository / 'docs/study/cpu/test'
    one, other = study / 'baseline-0', study / 'gmm-0'
    for arguments in (
        ['configs', 'toy'],
        ['report', 'list', study],
        ['report', 'show', one],
        ['report', 'show', one, other],
        ['report', 'compare', other, '--baseline', one],
    ):
        modules = loaded(python(COMMAND, *arguments))
        assert modules.isdisjoint(HEAVY), (arguments, modules & set(HEAVY))


def test_scores_of_files_load_no_stack(python, tmp_path):
    """Neither the classes of data sets, nor the readers, nor the report need it."""
    for folder in ('predicted', 'labels'):
        write_png(tmp_path / folder / 'a.png', np.zeros((4, 6), np.uint8))
    score = ['score', 'predicted', 'labels', '--dataset', 'CamVidDataset']
    assert loaded(python(COMMAND, *score)).isdisjoint(HEAVY)
    score = ['score', 'predicted', 'labels', '--classes', 'road,car', '--report', 'report']
    assert loaded(python(COMMAND, *score)).isdisjoint(STACK)
    assert (tmp_path / 'report' / 'report.html').is_file()


def test_the_help_loads_no_third_party_package(python):
    code = """
        import sys
        before = set(sys.modules)
        from mmseg_debias import main
        try:
            main(['--help'])
        except SystemExit:
            pass
        own = set(sys.stdlib_module_names) | {'mmseg_ext', 'mmseg_debias'}
        print({name.partition('.')[0] for name in set(sys.modules) - before} - own)
    """
    assert python(code).splitlines()[-1] == 'set()'


@pytest.mark.parametrize(
    'command',
    [
        'init',
        'train',
        'test',
        'predict',
        'score',
        'calibrate',
        'refit',
        'check-data',
        'browse',
        'benchmark',
        'convert-backbone',
        'export',
    ],
)
def test_the_help_of_a_command_waits_for_no_stack(python, command):
    code = """
        import sys
        from mmseg_debias import main
        try:
            main([sys.argv[1], '--help'])
        except SystemExit as ended:
            assert not ended.code
        print(sorted({'torch', 'mmengine', 'mmcv', 'mmseg', 'cv2'} & set(sys.modules)))
    """
    assert python(code, command).splitlines()[-1] == '[]'


def test_evaluations_and_reports_do_without_torch_and_mmengine(python, repository, tmp_path):
    code = """
        import sys
        from pathlib import Path

        class Missing:
            def find_spec(self, name, path=None, target=None):
                if name.partition('.')[0] in ('torch', 'mmengine', 'mmcv', 'mmseg'):
                    raise ModuleNotFoundError(f'No module named {name!r}', name=name)

        sys.meta_path.insert(0, Missing())
        import importlib.util
        find_spec = importlib.util.find_spec
        importlib.util.find_spec = lambda name, *rest: (
            None if name.partition('.')[0] in ('torch', 'mmengine', 'mmcv', 'mmseg')
            else find_spec(name, *rest)
        )
        import mmseg_ext
        from mmseg_ext.evaluation import confusion_matrix
        from mmseg_ext.reports import read_evaluation
        from mmseg_ext.reports.folder import write_report

        evaluation = read_evaluation(sys.argv[1])
        write_report(evaluation, Path(sys.argv[2]), [])
        try:
            mmseg_ext.register()
        except ImportError as error:
            print(str(error).splitlines()[0])
    """
    report = repository / 'docs/study/cpu/test/baseline-0/report.json.xz'
    said = python(code, report, tmp_path / 'report')
    assert said == 'mmseg_ext needs a working mmsegmentation stack. Found:\n'
    assert (tmp_path / 'report' / 'report.html').is_file()


def test_importing_the_package_registers_every_plugin(python):
    code = """
        import mmseg_ext
        from mmseg.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS
        found = [
            MODELS.get('ClassSuppressionHead'), MODELS.get('GMMSkipHead'), MODELS.get('EdgeHead'),
            MODELS.get('WeightedCrossEntropyLoss'), DATASETS.get('ToyStreetsDataset'),
            TRANSFORMS.get('PasteRareInstances'), TRANSFORMS.get('SwapInstances'),
            METRICS.get('PerClassIoU'), HOOKS.get('AtomicCheckpointHook'),
        ]
        assert all(found), found
    """
    python(code)


def test_the_predictor_is_loaded_when_it_is_asked_for(python):
    code = """
        import sys
        import mmseg_debias
        mmseg_debias.running = True
        import mmseg_ext
        assert not {'torch', 'mmengine', 'cv2'} & set(sys.modules)
        from mmseg_ext import Predictor
        assert Predictor.__module__ == 'mmseg_ext.prediction.predictor'
        assert not hasattr(mmseg_ext, 'Predicter')
    """
    python(code)


def test_a_light_room_first_and_a_config_after_it(python, repository):
    code = """
        import sys
        import mmseg_ext.evaluation
        from mmengine.config import Config
        config = Config.fromfile(sys.argv[1])
        from mmseg.registry import MODELS
        assert MODELS.get('ClassSuppressionHead') is not None
    """
    python(code, repository / 'configs/debias_deeplab.py')


def test_a_worker_that_a_command_spawns_has_the_plugins(python, tmp_path):
    worker = tmp_path / 'worker.py'
    worker.write_text(
        'def known(name):\n'
        '    import mmseg_ext.data.sets.toy_streets\n'
        '    from mmseg.registry import DATASETS\n'
        '    return DATASETS.get(name) is not None\n'
    )
    code = """
        import multiprocessing, sys
        sys.path.insert(0, sys.argv[1])
        import mmseg_debias
        mmseg_debias.running = True
        from worker import known
        if __name__ == '__main__':
            with multiprocessing.get_context('spawn').Pool(1) as pool:
                print(pool.map(known, ['CamVidDataset']))
    """
    assert python(code, tmp_path).splitlines()[-1] == '[True]'

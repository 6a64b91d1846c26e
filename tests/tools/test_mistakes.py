"""What a user's typical mistakes end in; many in one process, as the tools start slowly."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mmseg_ext.data import CamVidDataset

TINY = str(Path(__file__).with_name('tiny_camvid.py'))
RUNTIME = str(Path(__file__).parents[2] / 'configs' / '_base_' / 'default_runtime.py')


@pytest.fixture
def fails_with(run_here, monkeypatch, tmp_path, data):
    """Run a tool that must end with exit code 2; gives what it wrote to standard error."""
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    monkeypatch.setenv('LOCAL_RANK', '0')
    monkeypatch.chdir(tmp_path)

    def run(tool: str, *arguments: str) -> str:
        code, written = run_here(tool, *arguments)
        assert code == 2
        return written.err

    return run


@pytest.mark.parametrize(
    ('tool', 'arguments', 'message'),
    [
        ('train', ['nothing.py'], 'error: no config file nothing.py\n'),
        ('train', [TINY, '--cfg-options', 'foo'], '--cfg-options takes key=value pairs, got: foo'),
        ('train', [TINY, '--cfg-options', 'modle.x=1'], 'no such key in the config, did you mean'),
        ('train', [TINY, '--resume', 'nothing.pth'], 'error: no checkpoint file nothing.pth\n'),
        ('train', [TINY, '--launcher', 'pytorch'], 'torchrun --nproc_per_node=N'),
        ('train', [TINY, '--launcher', 'slurm'], 'processes that srun starts: srun --ntasks=N'),
        ('train', [TINY, '--launcher', 'mpi'], 'processes that mpirun starts: mpirun -n N'),
        ('train', [TINY, '--work-dir', '/sys'], '--work-dir /sys: cannot be written to ('),
        ('report', ['show', 'nothing'], 'error: nothing: no report found; make one by'),
        ('test', [TINY, 'nothing.pth'], 'error: no checkpoint file nothing.pth\n'),
        (
            'test',
            [
                TINY,
                TINY,
                '--report',
                'out',
                '--cfg-options',
                'test_evaluator.type=CityscapesMetric',
            ],
            "error: a report needs test_evaluator=dict(type='PerClassIoU') in the config\n",
        ),
        ('train', [TINY, '--work-dir', TINY], f'--work-dir {TINY}: cannot be made (File exists)'),
        ('test', [TINY, TINY, '--report', TINY], f'--report {TINY}: cannot be made (File exists)'),
        ('test', [TINY, TINY, '--out', TINY], f'--out {TINY}: cannot be made (File exists)'),
        ('test', [TINY, TINY, '--show-dir', f'{TINY}/a'], f'--show-dir {TINY}/a: cannot be made'),
        ('analyze_bias', [TINY, TINY, '--out', TINY], f'--out {TINY}: cannot be made'),
        ('benchmark', ['targets', '--json', f'{TINY}/a/b'], f'--json {TINY}/a: cannot be made'),
        ('train', [TINY, '--seed', '-1'], 'must be between 0 and 2**32 - 1, got -1'),
        ('prepare_data', ['toy', '--seed', str(2**32)], 'must be between 0 and 2**32 - 1'),
        ('benchmark', ['targets', '--crop', '50', '250'], 'at least 200 pixels in height and wid'),
        (
            'test',
            [TINY, TINY, '--show-dir', 'a', '--cfg-options', 'visualizer=None'],
            '--show-dir needs visualizer=dict(',
        ),
        (
            'test',
            [TINY, TINY, '--cfg-options', 'test_dataloader.sampler.type=InfiniteSampler'],
            "test_dataloader.sampler.type='InfiniteSampler' draws without end, and a test loop",
        ),
        (
            'train',
            [TINY, '--cfg-options', 'param_scheduler.0.by_epoch=True'],
            'param_scheduler.0 (PolyLR) counts epochs, and train_cfg iterations',
        ),
        ('train', [TINY, '--allow-changes', 'model'], 'about a resume: give --resume'),
        ('train', [TINY, '--resume', '--allow-changes', 'lr'], "'lr' is no part of"),
        ('report', ['compare', 'a'], 'required: --baseline'),
        ('benchmark', ['step', TINY], 'required: --vs'),
        ('benchmark', ['step', TINY, '--vs', TINY, '--repeats', '0'], 'must be at least 1, got 0'),
        ('benchmark', ['targets', '--warm-up', '-1'], 'must be at least 0, got -1'),
        ('benchmark', ['step', RUNTIME, '--vs', TINY], 'lacks model and train_dataloader and tra'),
        ('benchmark', ['inference', TINY, 'nothing.pth'], 'error: no checkpoint file nothing.pth'),
        ('benchmark', ['inference', RUNTIME, TINY], 'lacks model; the benchmark needs model'),
        ('benchmark', ['inference', TINY, TINY, '--size', '0', '8'], 'must be at least 1, got 0'),
        ('benchmark', ['metric', '--forward', RUNTIME], 'lacks model and train_dataloader and tra'),
        ('train', [RUNTIME], 'lacks model and train_dataloader and train_cfg and optim_wrapper'),
        ('test', [RUNTIME, TINY], 'lacks model and test_dataloader and test_cfg and test_eval'),
        ('test', [RUNTIME, TINY, '--tta'], '--tta needs tta_pipeline in the config'),
        ('analyze_bias', [RUNTIME, TINY], 'lacks model and test_dataloader; the analysis needs'),
        ('analyze_dropping', [RUNTIME, TINY], 'lacks model and test_dataloader; the analysis'),
        (
            'calibrate',
            [RUNTIME, TINY, '--out', 'a'],
            'lacks model and train_dataloader; calibration',
        ),
        ('calibrate', [TINY, TINY, '--out', f'{TINY}/a'], f'--out {TINY}: cannot be made'),
        ('calibrate', [TINY, TINY], 'required: --out'),
        ('refit', [RUNTIME, TINY, '--out', 'a'], 'lacks model and train_dataloader; refit needs'),
        ('refit', [TINY, TINY], 'required: --out'),
        ('context', [RUNTIME, '--labels-only'], 'lacks train_dataloader and test_dataloader; the'),
        ('context', [TINY], 'give a checkpoint, or --labels-only'),
        ('context', [TINY, TINY, '--labels-only'], 'leave out the checkpoint and --vs'),
        ('context', [TINY, 'no.pth'], 'no checkpoint file no.pth'),
        ('show_mixture', [RUNTIME, TINY, TINY], 'lacks model and test_dataloader; the pictures'),
        (
            'prepare_data',
            ['toy', '--root', f'{TINY}/a'],
            f'--root {TINY}: cannot be made (File exists)',
        ),
        ('train', [TINY, '--calibate'], 'arguments: --calibate, did you mean --calibrate?'),
        ('train', [TINY, '--calibrat'], 'arguments: --calibrat, did you mean --calibrate?'),
        ('report', ['list', 'a', '--clustr=b'], '--clustr=b, did you mean --cluster?'),
        ('report', ['list', 'nothing'], 'error: nothing: no such folder'),
        ('report', ['show', 'no/report.json'], 'error: no/report.json: no such report'),
    ],
)
def test_command_line(fails_with, monkeypatch, tool, arguments, message):
    monkeypatch.delenv('RANK', raising=False)
    assert message in fails_with(tool, *arguments)


# Runs command lines one after the other; prints the exit code and standard error of each.
ONE_BY_ONE = """
import contextlib, io, json, runpy, sys
outcomes = []
for tool, *arguments in json.loads(sys.argv[1]):
    sys.argv = [tool, *arguments]
    errors, code = io.StringIO(), 0
    with contextlib.redirect_stderr(errors):
        try:
            runpy.run_path(tool, run_name='__main__')
        except SystemExit as ended:
            code = ended.code
    outcomes.append([code, errors.getvalue()])
print(json.dumps(outcomes))
"""

CONFIG_MISTAKES = {
    'val_dataloader.dataset.split=train': '4 of 4 validation images are training images too',
    'data_root=/no/such/folder': 'no folder /no/such/folder',
    'train_dataloader.batchsize=1': "no argument 'batchsize', did you mean batch_size?",
    'model.decode_head.type=FCNHed': 'did you mean FCNHead?',
    'model.backbone.depth=19': 'ResNet in the config: invalid depth 19',
    'default_hooks.checkpoint.intervall=2': "no 'intervall', did you mean interval?",
    'default_hooks.checkpoint.save_best=PSNR': "save_best='PSNR': Cannot infer the rule",
    'train_cfg.max_iters=abc': "train_cfg.max_iters='abc': give a whole number from 1",
    'train_cfg.val_interval=0': 'train_cfg.val_interval=0: give a whole number from 1',
    'val_dataloader=None': 'lacks val_dataloader; val needs val_dataloader, val_cfg, val_evaluator',
    'val_dataloader.batch_size=0': 'val_dataloader.batch_size=0: give a whole number from 1',
    'default_hooks.non_finite.recoveries=abc': 'recoveries must be a whole number from 0',
    'train_dataloader.persistent_workers=True train_dataloader.num_workers=0': (
        'train_dataloader.persistent_workers=True needs workers, and num_workers is 0: set'
    ),
    'test_dataloader.prefetch_factor=4': 'test_dataloader.prefetch_factor=4 needs workers',
    'model.decode_head.type=ClassSuppressionHead': "ClassSuppressionHead in the config lacks 'head",
    'model.decode_head.init_cfg.std=0.1': "init_cfg of FCNHead in the config: there is no 'type'",
    'model.decode_head.in_channels=48': 'model.decode_head.in_channels=48 and model.decode_head.in',
    'activation_checkpointing=decode_head model.decode_head.type=ClassSuppressionHead '
    'model.decode_head.head_type=FCNHead': (
        'model.decode_head (ClassSuppressionFCNHead): class suppression reads the feature inside'
    ),
    'val_evaluator.tail_classes=5': 'tail_classes=5: give the names of classes',
    'val_evaluator.tail_below=abc': "tail_below='abc': give a percentage",
    'optim_wrapper.optimizer.type=SDG': "no optimizer is called 'SDG', did you mean SGD?",
}


@pytest.mark.slow
def test_config_and_checkpoint(run_tool, tmp_path):
    other, empty = str(tmp_path / 'other.pth'), str(tmp_path / 'empty.pth')
    torch.save(dict(state_dict={'backbone.conv1.weight': torch.zeros(1)}), other)
    torch.save({}, empty)
    strange = str(tmp_path / 'strange.pth')
    torch.save(dict(state_dict=dict(weight=torch.zeros(1))), strange)
    work = ['--work-dir', str(tmp_path)]
    commands = [
        ['tools/train.py', TINY, *work, '--cfg-options', *option.split()]
        for option in CONFIG_MISTAKES
    ]
    commands.append(['tools/test.py', TINY, other, *work])
    commands.append(
        [
            'tools/test.py',
            TINY,
            empty,
            *work,
            '--out',
            'x',
            '--cfg-options',
            'test_evaluator.type=A',
        ]
    )
    commands.append(['tools/train.py', TINY, *work, '--cfg-options', f'load_from={strange}'])
    without = [f'test_{part}=None' for part in ('dataloader', 'cfg', 'evaluator')]
    commands.append(['tools/test.py', TINY, other, *work, '--cfg-options', *without])
    messages = [
        *CONFIG_MISTAKES.values(),
        'is not a checkpoint of this model: of the 112 parameters that inference needs, 111 are '
        'missing, e.g. backbone.bn1.weight',
        '--out needs a test_evaluator of type PerClassIoU or IoUMetric',
        'none of its parameters has a name and a shape of this model',
        'lacks test_dataloader and test_cfg and test_evaluator; test needs model, test_data',
    ]
    completed = run_tool('-c', ONE_BY_ONE, json.dumps(commands), check=True)
    outcomes = json.loads(completed.stdout.splitlines()[-1])
    for (code, text), message in zip(outcomes, messages, strict=True):
        assert code == 2, text
        assert message in text
        assert 'Traceback' not in text


@pytest.mark.slow
def test_a_checkpoint_of_other_classes_or_another_model(run_tool, trained, tmp_path):
    reversed_classes = 'test_dataloader.dataset.metainfo.classes=' + repr(
        tuple(reversed(CamVidDataset.METAINFO['classes']))
    ).replace(' ', '')
    checkpoint, work = str(trained / 'iter_4.pth'), ['--work-dir', str(tmp_path)]
    wider = ['--cfg-options', 'model.decode_head.channels=16']
    faster = ['--cfg-options', 'optim_wrapper.optimizer.lr=0.1', 'train_cfg.max_iters=5']
    allowed = ['--allow-changes', 'optimizer', 'max_iters']
    commands = [
        ['tools/test.py', TINY, checkpoint, *work, '--cfg-options', reversed_classes],
        ['tools/train.py', TINY, *work, '--resume', checkpoint, *wider],
        ['tools/train.py', TINY, *work, '--cfg-options', f'load_from={checkpoint}', wider[1]],
        ['tools/train.py', TINY, *work, '--resume', checkpoint, *faster],
        ['tools/train.py', TINY, *work, '--resume', checkpoint, *faster, *allowed],
    ]
    completed = run_tool('-c', ONE_BY_ONE, json.dumps(commands), check=True)
    outcomes = json.loads(completed.stdout.splitlines()[-1])
    assert [code for code, _ in outcomes] == [2, 2, 0, 2, 0]
    (of_test, of_resume, _, of_rate, _) = outcomes
    assert 'lr was 0.01, is 0.1\n  max_iters was 4, is 5\nResume' in of_rate[1]
    assert of_rate[1].endswith('--allow-changes optimizer max_iters\n')
    assert 'was trained on 11 classes, Sky, Building' in of_test[1]
    assert 'ids would mean something else' in of_test[1]
    assert 'the whole model needs' in of_resume[1] and 'of another shape' in of_resume[1]
    assert not any('Traceback' in text for _, text in outcomes)
    log = ''.join(path.read_text() for path in tmp_path.glob('*/*.log'))
    assert re.search(rf'(\d+) of (\d+) parameters start as in {checkpoint}', log)


@pytest.mark.slow
def test_the_reader_of_the_output_may_leave(repository):
    """As `head` does: what is written then has no reader."""
    script = (
        'import sys; from mmseg_ext.commands.parser.exit_codes import run\n'
        'def main():\n'
        '    for _ in range(100000): print("a line")\n'
        'sys.exit(run(main))'
    )
    started = subprocess.Popen(
        [sys.executable, '-c', script], cwd=repository, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert 'a line\n' in started.stdout
    started.stdout.close()
    assert 'BrokenPipe' not in started.stderr.read()
    assert started.wait() == 1

import json
from pathlib import Path

import pytest

TINY = Path(__file__).parents[1] / 'tiny_camvid.py'


@pytest.mark.slow
def test_step_compares_two_configs(run_tool, tmp_path):
    bigger = tmp_path / 'bigger.py'
    bigger.write_text(
        TINY.read_text().replace(
            'channels=8,\n        num_convs', 'channels=32,\n        num_convs'
        )
    )
    file = tmp_path / 'figures.json'
    completed = run_tool(
        'tools/benchmark.py', 'step', bigger, '--vs', TINY, '--crop', 24, 40, '--batch', 1,
        '--repeats', 3, '--warm-up', 1, '--threads', 1, '--json', file, check=True,
    )  # fmt: skip
    figures = json.loads(file.read_text())
    assert figures['setting']['crop'] == [24, 40]
    assert figures['setting']['batch_size'] == 1
    assert len(figures['train_step']['ours']) == len(figures['inference']['theirs']) == 3
    assert figures['parameters']['ours'] > figures['parameters']['theirs']
    for side in ('ours', 'theirs'):
        assert 0 < figures['memory'][side]['inference'] <= figures['memory'][side]['training']
    for row in (
        'training step, ms',
        'images/s, training',
        'inference, ms',
        'peak memory, training, MiB',
        'parameters',
    ):
        assert row in completed.stdout
    assert f'{figures["train_step"]["ratio"]:.3f}' in completed.stdout


@pytest.mark.slow
def test_loading_targets_and_metric(run_tool, tmp_path):
    """All in one process, as the tools start slowly."""
    loading, targets = tmp_path / 'new' / 'loading.json', tmp_path / 'targets.json'
    metric, nineteen = tmp_path / 'metric.json', tmp_path / 'nineteen.py'
    nineteen.write_text(TINY.read_text().replace('num_classes=11', 'num_classes=19'))
    commands = [
        ['loading', str(TINY), '--vs', str(TINY), '--workers', '1', '--steps', '2',
         '--repeats', '2', '--batch', '1', '--samples', '3', '--json', str(loading)],
        ['loading', str(TINY), '--vs', str(TINY), '--drawn'],
        ['targets', '--crop', '200', '256', '--instances', '5', '--repeats', '2', '--json',
         str(targets)],
        ['metric', '--size', '200', '256', '--images', '5', '--resamples', '10', '--repeats', '2',
         '--forward', str(nineteen), '--json', str(metric)],
        ['metric', '--forward', str(TINY)],
    ]  # fmt: skip
    completed = run_tool('-c', ONE_BY_ONE, json.dumps(commands), check=True)
    assert json.loads(completed.stdout.splitlines()[-1]) == [0, 2, 0, 0, 2]
    assert 'both configs must train on CheckedCityscapesDataset' in completed.stderr
    figures = json.loads(loading.read_text())
    assert figures['setting']['workers'] == 1 and figures['setting']['steps'] == 2
    assert len(figures['train_step']['ours']) == len(figures['train_step']['theirs']) == 2
    assert f'{figures["train_step"]["ratio"]:.3f}' in completed.stdout
    names = ['LoadImageFromFile', 'LoadCheckedLabels']
    for side in ('ours', 'theirs'):
        times = figures['transforms'][side]
        assert [row['transform'] for row in times][: len(names)] == names
        assert all(row['mean_s'] > 0 and row['median_s'] > 0 for row in times)
    share = 1 - figures['without_loading']['ours_s'] / figures['train_step']['ours_s']
    assert figures['loading_share']['ours'] == pytest.approx(share)
    assert f'{share:.1%}' in completed.stdout
    figures = json.loads(targets.read_text())
    assert figures['setting']['crop'] == [200, 256]
    for key in ('with_instances', 'connected_components'):
        assert figures[key]['ours_s'] < figures[key]['theirs_s']
    assert 'connected components' in completed.stdout
    figures = json.loads(metric.read_text())
    assert figures['setting']['size'] == [200, 256]
    assert len(figures['counting']['ours']) == len(figures['bootstrap']) == 2
    assert f'{1 / figures["counting"]["ratio"]:.1f}' in completed.stdout
    assert figures['forward']['setting']['config'] == 'nineteen'
    assert f'{figures["forward"]["boundary"]["ratio"]:.3f}' in completed.stdout
    assert "has 11 classes; the drawn street needs a model of Cityscapes' 19" in completed.stderr


# Prints the exit codes of command lines that run one after the other.
ONE_BY_ONE = """
import json, runpy, sys
codes = []
for arguments in json.loads(sys.argv[1]):
    sys.argv = ['tools/benchmark.py', *arguments]
    try:
        runpy.run_path('tools/benchmark.py', run_name='__main__')
    except SystemExit as ended:
        codes.append(ended.code)
print(json.dumps(codes))
"""

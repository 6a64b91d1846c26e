import json
from pathlib import Path

TINY = Path(__file__).with_name('tiny_camvid.py')


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
    for row in ('training step, ms', 'inference, ms', 'peak memory, training, MiB', 'parameters'):
        assert row in completed.stdout
    assert f'{figures["train_step"]["ratio"]:.3f}' in completed.stdout

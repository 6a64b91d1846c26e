"""Checkpoints that would run code, given to every command line that loads one."""

import json
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import malicious
import pytest
import torch

TINY = str(Path(__file__).parents[1] / 'tiny_camvid.py')

# Runs command lines one after the other; prints the exit code and standard error of each, and
# whether the code in the checkpoint has run.
ONE_BY_ONE = """
import contextlib, io, json, os, runpy, sys
outcomes, marker = [], sys.argv[1]
for tool, *arguments in json.loads(sys.argv[2]):
    sys.argv = [tool, *arguments]
    errors, code = io.StringIO(), 0
    with contextlib.redirect_stderr(errors):
        try:
            runpy.run_path(tool, run_name='__main__')
        except SystemExit as ended:
            code = ended.code
    outcomes.append([code, errors.getvalue(), os.path.exists(marker)])
    if os.path.exists(marker):
        os.rmdir(marker)
print(json.dumps(outcomes))
"""


@pytest.fixture
def address(tmp_path):
    """The address of a web server of the test's folder."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with HTTPServer(('127.0.0.1', 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f'http://127.0.0.1:{http.server_port}'
        http.shutdown()
        thread.join()


@pytest.mark.slow
def test_nothing_in_a_checkpoint_runs(run_tool, data, trained, tmp_path, address):
    marker = tmp_path / 'marker'
    payload = malicious.checkpoint(malicious.payloads(marker)['posix.mkdir'])
    bad = str(malicious.write(tmp_path / 'bad.pth', payload))
    used = tmp_path / 'used'
    used.mkdir()
    (used / 'last_checkpoint').write_text(bad)
    work = ['--work-dir', str(tmp_path / 'work')]
    backbone = ['--cfg-options', 'model.backbone.init_cfg.type=Pretrained']
    commands = [
        ['tools/test.py', TINY, bad, *work],
        ['tools/train.py', TINY, *work, '--resume', bad],
        ['tools/train.py', TINY, '--work-dir', str(used), '--resume'],
        ['tools/train.py', TINY, *work, '--cfg-options', f'load_from={bad}'],
        ['tools/train.py', TINY, *work, *backbone, f'model.backbone.init_cfg.checkpoint={bad}'],
        ['tools/train.py', TINY, *work, *backbone,
         f'model.backbone.init_cfg.checkpoint={address}/bad.pth'],
        ['tools/train.py', TINY, *work, '--cfg-options', f'model.pretrained={bad}'],
        ['tools/export_weights.py', bad],
        ['mmseg_ext/__main__.py', 'convert-backbone', bad, '--out', str(tmp_path / 'out.pth')],
        ['tools/calibrate.py', TINY, bad, '--out', str(tmp_path / 'out.pth')],
        ['mmseg_ext/__main__.py', 'refit', TINY, bad, '--out', str(tmp_path / 'out.pth')],
        ['tools/show_mixture.py', 'configs/gmm_deeplab.py', bad,
         str(data / 'camvid' / 'images' / 'val' / '0.png'), '--out', str(tmp_path / 'out')],
        ['tools/browse_data.py', TINY, '--out', str(tmp_path / 'out'), '--show-targets-of', bad],
        ['tools/analyze_bias.py', TINY, bad, '--out', str(tmp_path / 'out')],
        ['tools/analyze_dropping.py', TINY, bad],
    ]  # fmt: skip
    # Nothing but plain values, and yet mmengine's resume would run it.
    configured = torch.load(trained / 'iter_2.pth', weights_only=False)
    configured['meta']['config'] = f'import os\nos.mkdir({str(marker)!r})\n'
    torch.save(configured, tmp_path / 'configured.pth')
    resuming = ['tools/train.py', TINY, *work, '--resume', str(tmp_path / 'configured.pth')]
    # mmengine would find the text in it as in a dict.
    configured['meta'] = malicious.fields(
        **{name: configured['meta'][name] for name in ('config', 'epoch', 'iter')}
    )
    torch.save(configured, tmp_path / 'fields.pth')
    resuming_fields = ['tools/train.py', TINY, *work, '--resume', str(tmp_path / 'fields.pth')]
    trusting = [
        ['tools/test.py', TINY, bad, *work, '--trust-checkpoint'],
        ['tools/analyze_bias.py', TINY, bad, '--out', str(tmp_path), '--trust-checkpoint'],
    ]
    completed = run_tool(
        '-c', ONE_BY_ONE, marker, json.dumps([*commands, resuming, resuming_fields, *trusting]),
        check=True, TORCH_HOME=str(tmp_path / 'torch'),
    )  # fmt: skip
    *outcomes, resumed, refused, trusted, also_trusted = json.loads(
        completed.stdout.splitlines()[-1]
    )
    for (code, errors, ran), command in zip(outcomes, commands, strict=True):
        assert not ran, command
        assert code == 2, (command, errors)
        assert 'bad.pth is not loaded, because reading it could run code' in errors
        assert 'it needs posix.mkdir' in errors
        assert '--trust-checkpoint' in errors and 'Traceback' not in errors
    assert resumed[0] == 0 and not resumed[2], resumed[1]
    assert refused[0] == 2 and not refused[2], refused[1]
    assert 'fields.pth is not loaded, because it needs a NumPy type' in refused[1]
    for code, errors, ran in (trusted, also_trusted):
        assert ran, 'the code in the file works, and was held back'
        assert code == 2 and 'is not a checkpoint of this model' in errors

import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import malicious
import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader
from mmengine.runner import load_checkpoint as mmengine_load
from mmengine.runner.checkpoint import load_from_local

from mmseg_ext.engine.checkpoint import load_weights
from mmseg_ext.engine.loaders import guard_loaders
from mmseg_ext.engine.safe_loading import read_checkpoint
from mmseg_ext.errors import CheckpointError, ConfigError

PAYLOADS = ('posix.mkdir', 'builtins.exec', 'importlib.import_module')


@pytest.fixture
def marker(tmp_path):
    return tmp_path / 'marker'


@pytest.fixture
def guarded():
    """mmengine's loaders, as our tools leave them."""
    before = dict(CheckpointLoader._schemes)
    guard_loaders()
    yield
    for prefix, loader in before.items():
        CheckpointLoader.register_scheme(prefix, loader, force=True)


@pytest.mark.filterwarnings('ignore:Detected pickle protocol')
@pytest.mark.parametrize('how', ['zip', 'old', 'pickle'])
@pytest.mark.parametrize('name', PAYLOADS)
def test_nothing_in_a_file_runs(tmp_path, marker, name, how):
    payload = malicious.payloads(marker)[name]
    path = str(malicious.write(tmp_path / 'x.pth', malicious.checkpoint(payload), how))
    with pytest.raises(
        ConfigError, match='could run code: it needs .*--trust-checkpoint'
    ) as caught:
        read_checkpoint(path)
    assert name in str(caught.value) or 'getattr' in name
    assert not marker.exists()
    if how != 'pickle':
        read_checkpoint(path, trusted=True)
        assert marker.is_dir(), 'the payload works, and was held back'


def test_mmengine_alone_would_run_it(tmp_path, marker):
    payload = malicious.payloads(marker)['posix.mkdir']
    malicious.write(tmp_path / 'x.pth', malicious.checkpoint(payload))
    load_from_local(str(tmp_path / 'x.pth'), 'cpu')
    assert marker.is_dir()


def test_statistics_shared_by_all_buffers_are_not_taken_over(tmp_path):
    """mmengine's allow-list lets a file put any function there that it can name."""
    content = malicious.checkpoint(None)
    content['message_hub']['log_scalars']['train/loss'] = malicious.Poisoned(torch.zeros)
    path = malicious.write(tmp_path / 'x.pth', content)
    with pytest.raises((ConfigError, CheckpointError)):
        read_checkpoint(str(path))
    assert 'x' not in HistoryBuffer._statistics_methods


def test_a_full_checkpoint_of_mmengine_passes(tmp_path):
    content = malicious.checkpoint(np.float64(3.5))
    history = content['message_hub']['log_scalars']['train/loss']
    history.update(2.5)
    content['meta']['palette'] = np.arange(6, dtype=np.uint8).reshape(2, 3)
    content['message_hub']['runtime_info']['best_score'] = np.float32(0.25)
    path = malicious.write(tmp_path / 'x.pth', content)
    found = read_checkpoint(str(path))
    assert (
        found['meta']['hidden'] == 3.5
        and found['message_hub']['runtime_info']['best_score'] == 0.25
    )
    np.testing.assert_array_equal(found['meta']['palette'], [[0, 1, 2], [3, 4, 5]])
    restored = found['message_hub']['log_scalars']['train/loss']
    assert type(restored) is HistoryBuffer
    assert restored.mean() == 1.75 and restored.statistics('max') == 2.5
    np.testing.assert_array_equal(restored.data, history.data)
    # And it can be saved and read again.
    read_checkpoint(str(malicious.write(tmp_path / 'y.pth', found)))


def test_other_objects_need_trust(tmp_path):
    path = str(malicious.write(tmp_path / 'x.pth', malicious.checkpoint(tmp_path)))
    with pytest.raises(ConfigError, match=r'it needs pathlib\S*PosixPath'):
        read_checkpoint(path)
    assert read_checkpoint(path, trusted=True)['meta']['hidden'] == tmp_path


def test_load_weights(tmp_path, marker):
    state = {'module.a': torch.ones(2), 'b': torch.zeros(1)}
    path = malicious.write(tmp_path / 'x.pth', malicious.checkpoint(None, state))
    assert sorted(load_weights(str(path))) == ['a', 'b']
    malicious.write(path, malicious.checkpoint(malicious.payloads(marker)['posix.mkdir']))
    with pytest.raises(ConfigError, match='posix.mkdir'):
        load_weights(str(path))
    with pytest.raises(ConfigError, match='no checkpoint file'):
        load_weights(str(tmp_path / 'none.pth'))


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A web server of a folder; gives the folder and its address."""
    folder = tmp_path / 'web'
    folder.mkdir()
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'torch'))
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with HTTPServer(('127.0.0.1', 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield folder, f'http://127.0.0.1:{http.server_port}'
        http.shutdown()
        thread.join()


def test_weights_from_the_web_and_its_cache(server, marker, guarded):
    folder, address = server
    state = dict(weight=torch.full((1, 1), 3.0), bias=torch.zeros(1))
    malicious.write(folder / 'good.pth', malicious.checkpoint(None, state))
    model = torch.nn.Linear(1, 1)
    for _ in range(2):
        mmengine_load(model, f'{address}/good.pth', 'cpu', strict=True)
        assert model.weight.item() == 3
        (folder / 'good.pth').unlink(missing_ok=True)
    malicious.write(
        folder / 'bad.pth', malicious.checkpoint(malicious.payloads(marker)['posix.mkdir'])
    )
    with pytest.raises(ConfigError, match=r'checkpoints/bad\.pth is not loaded'):
        mmengine_load(model, f'{address}/bad.pth')
    assert not marker.exists()
    with pytest.raises(ConfigError, match=r'none\.pth: cannot be fetched \(HTTP Error 404'):
        mmengine_load(model, f'{address}/none.pth')


@pytest.mark.parametrize(
    ('address', 'message'),
    [
        ('s3://bucket/x.pth', 'fetch the file and give its path'),
        ('open-mmlab://no_such_model', 'no pretrained model is called open-mmlab://no_such_model'),
        ('mmcls://no_such_model', 'no pretrained model is called mmcls://no_such_model'),
    ],
)
def test_other_addresses(guarded, address, message):
    with pytest.raises(ConfigError, match=message):
        CheckpointLoader.load_checkpoint(address, logger='silent')


def test_a_model_of_openmmlabs_list(server, guarded, tmp_path, monkeypatch):
    """Its list may be extended by a file in mmengine's home; a path there is relative to it."""
    folder, address = server
    monkeypatch.setenv('MMENGINE_HOME', str(folder))
    (folder / 'open_mmlab.json').write_text(
        f'{{"ours/web": "{address}/net.pth", "ours/local": "net.pth"}}'
    )
    malicious.write(folder / 'net.pth', malicious.checkpoint(None, {'a': torch.ones(1)}))
    for name in ('ours/web', 'ours/local'):
        found = CheckpointLoader.load_checkpoint(f'open-mmlab://{name}', logger='silent')
        assert found['state_dict']['a'] == 1

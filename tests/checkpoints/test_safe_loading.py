import json
import math
import re
import subprocess
import sys
import threading
from collections import Counter, OrderedDict
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from itertools import product

import malicious
import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader
from mmengine.runner import load_checkpoint as mmengine_load
from mmengine.runner.checkpoint import load_from_local

from mmseg_ext.checkpoints.checkpoint import load_weights
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.common.errors import CheckpointError, ConfigError

ARRAY_FUNCTIONS = [np.zeros(1).__reduce__()[0], np.float64(0).__reduce__()[0]]
PAYLOADS = ('posix.mkdir', 'builtins.exec', 'importlib.import_module')


@pytest.fixture
def marker(tmp_path):
    return tmp_path / 'marker'


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


# Reads files in a process of its own, which a pointer out of a file may end. It shows what it read,
# so that pointers are followed.
READ = """
import json, sys
from mmseg_ext.checkpoints.safe_loading import read_checkpoint
for path in sys.argv[1:]:
    try:
        outcome = 'loaded', repr(read_checkpoint(path))
    except Exception as error:
        outcome = type(error).__name__, str(error)
    print(json.dumps(outcome), flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize('how', ['zip', 'old'])
def test_no_memory_or_type_is_taken_from_a_file(tmp_path, repository, how):
    paths = {}
    for name, array in malicious.arrays().items():
        content = malicious.checkpoint(array)
        content['message_hub']['log_scalars']['train/loss'] = array
        paths[name] = str(malicious.write(tmp_path / f'{name}.pth', content, how))
    completed = subprocess.run(
        [sys.executable, '-c', READ, *paths.values()],
        cwd=repository,
        capture_output=True,
        text=True,
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr
    outcomes = [json.loads(line) for line in completed.stdout.splitlines()[-len(paths) :]]
    for name, (kind, message) in zip(paths, outcomes, strict=True):
        assert kind == 'ConfigError', (name, kind, message)
        assert f'{paths[name]} is not loaded, because it needs' in message, (name, message)
        assert '--trust-checkpoint' in message


def test_what_others_allow_is_not_allowed_here(tmp_path):
    """The recipe for NumPy in `torch.load`, where it must not put NumPy's own in place of ours."""
    path = str(malicious.write(tmp_path / 'x.pth', dict(a=malicious.fields(b=1))))
    recipe = [np.dtype, np.ndarray, type(np.dtype('i8')), *ARRAY_FUNCTIONS]
    with torch.serialization.safe_globals(recipe):
        torch.load(path, weights_only=True)
        with pytest.raises(ConfigError, match='a NumPy type other than plain numbers'):
            read_checkpoint(path)
        assert set(torch.serialization.get_safe_globals()) >= set(recipe)


CONFIG = 'raise SystemExit'


@pytest.mark.parametrize(
    ('meta', 'message'),
    [
        (malicious.fields(config=CONFIG, epoch=0, iter=2), 'plain numbers'),
        (Counter(config=1, epoch=0, iter=2), 'its meta is no dict but a Counter'),
        (['config'], 'its meta is no dict but a list'),
        (HistoryBuffer(), 'its meta is no dict but a HistoryBuffer'),
        (None, 'its meta is no dict but a NoneType'),
    ],
)
def test_what_mmengine_might_take_for_meta_is_refused(tmp_path, meta, message):
    path = malicious.write(tmp_path / 'x.pth', dict(malicious.checkpoint(None), meta=meta))
    with pytest.raises(ConfigError, match=message):
        read_checkpoint(str(path))


@pytest.mark.parametrize('content', [[1], torch.zeros(1), Counter(a=1), HistoryBuffer()])
def test_a_checkpoint_is_a_dict(tmp_path, content):
    path = malicious.write(tmp_path / 'x.pth', content)
    with pytest.raises(ConfigError, match='holds no parameters but a'):
        read_checkpoint(str(path))


def test_config_is_left_out_whatever_hides_the_methods_of_a_dict(tmp_path):
    def with_hidden_methods(content, **attributes):
        hidden = dict.fromkeys(('pop', 'get', 'items', 'keys', '__iter__', '__contains__'), 'x')
        return malicious.Call(OrderedDict, list(content.items()), state=hidden | attributes)

    content = dict(
        meta=with_hidden_methods(dict(config=CONFIG, iter=2)),
        state_dict=with_hidden_methods(dict(a=torch.ones(1)), _metadata=dict(version=1)),
    )
    path = malicious.write(tmp_path / 'x.pth', with_hidden_methods(content))
    found = read_checkpoint(str(path))
    assert type(found['meta']) is dict and found['meta'] == dict(iter=2)
    assert vars(found) == {} and vars(found['state_dict']) == dict(_metadata=dict(version=1))


def arrays():
    """Arrays of all types of numbers, both byte orders, all kinds of shapes and both layouts."""
    shapes = [(), (5,), (2, 3), (3, 1, 2), (0,), (2, 0, 3)]
    for code, byte_order, shape, order in product('?bBhHiIlLqQefdg', '<>', shapes, 'CF'):
        dtype = np.dtype(code).newbyteorder(byte_order)
        yield (np.arange(math.prod(shape)) - 2.5).astype(dtype).reshape(shape).copy(order)
    yield np.arange(24).reshape(4, 6)[:, ::2]
    yield np.array([np.nan, np.inf, -0.0, 5e-324])


SCALARS = [
    np.bool_(True), np.int8(-3), np.uint8(255), np.int64(-(2**63)), np.uint64(2**64 - 1),
    np.float16(0.1), np.float32(np.nan), np.float64(-0.0), np.longdouble(0.1),
]  # fmt: skip


def assert_bit_equal(found, saved):
    assert type(found) is type(saved) and found.dtype == saved.dtype and found.shape == saved.shape
    assert found.flags.fortran == saved.flags.fortran
    assert found.flags.writeable == saved.flags.writeable
    assert found.tobytes('A') == saved.tobytes('A')


@pytest.mark.parametrize('package', ['numpy.core.', 'numpy._core.', None])
def test_arrays_come_back_bit_equal(tmp_path, package):
    """By the names of NumPy 1 and 2, where the old format's bytes can be changed, and in a ZIP."""
    content = malicious.checkpoint([*arrays(), *SCALARS])
    path = malicious.write(tmp_path / 'x.pth', content, 'old' if package else 'zip')
    if package:
        renamed = re.sub(rb'numpy\._?core\.', package.encode(), path.read_bytes())
        assert package.encode() in renamed
        path.write_bytes(renamed)
    found = read_checkpoint(str(path))['meta']['hidden']
    for one, saved in zip(found, content['meta']['hidden'], strict=True):
        assert_bit_equal(one, saved)


@pytest.mark.filterwarnings('ignore:Detected pickle protocol')
@pytest.mark.parametrize('protocol', [3, 4, 5])
def test_other_pickle_protocols_need_trust(tmp_path, protocol):
    """torch writes protocol 2, and its restricted unpickler reads arrays of no other."""
    content = dict(a=np.arange(3), b=np.zeros((0, 2)), c=np.float32(0.5))
    path = str(malicious.write(tmp_path / 'x.pth', content, protocol=protocol))
    with pytest.raises(ConfigError, match='could run code: it needs objects other than tensors'):
        read_checkpoint(path)
    found = read_checkpoint(path, trusted=True)
    for name, saved in content.items():
        assert_bit_equal(found[name], saved)


def test_configs_in_metainfo_come_back_as_plain_dicts(tmp_path):
    groups = ConfigDict(vehicles=['car', ConfigDict(name='bus', shares=np.arange(2))])
    content = malicious.checkpoint(None)
    content['meta']['dataset_meta'] = dict(groups=groups, again=groups)
    path = malicious.write(tmp_path / 'x.pth', content)
    found = read_checkpoint(str(path))['meta']['dataset_meta']
    vehicles = found['groups']['vehicles']
    assert type(found['groups']) is type(vehicles[1]) is dict
    assert vehicles[0] == 'car' and vehicles[1]['name'] == 'bus'
    assert_bit_equal(vehicles[1]['shares'], np.arange(2))
    # Neither of what no ConfigDict is made of, nor the class itself.
    for bad in (malicious.Call(ConfigDict, [('a', 1)]), malicious.Call(ConfigDict, 'ab')):
        malicious.write(path, malicious.checkpoint(bad))
        with pytest.raises((ConfigError, CheckpointError)):
            read_checkpoint(str(path))


def test_arrays_anywhere_in_a_checkpoint(tmp_path):
    array, kind = np.arange(3), np.dtype('>f4')
    inner = [array, (array, {'x': (array, kind)})]
    inner.append(inner)
    content = malicious.checkpoint(inner)
    content['state_dict']._metadata = OrderedDict(a=dict(version=array))
    content['message_hub']['log_scalars']['empty'] = HistoryBuffer()
    found = read_checkpoint(str(malicious.write(tmp_path / 'x.pth', content)))
    first, (second, deeper), itself = found['meta']['hidden']
    assert_bit_equal(first, array)
    assert first is second is deeper['x'][0]
    assert first is found['state_dict']._metadata['a']['version']
    assert deeper['x'][1] == kind and itself is found['meta']['hidden']
    assert_bit_equal(found['message_hub']['log_scalars']['empty'].data[0], np.array([]))


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


def test_a_process_that_cannot_wait_for_another_fetches_for_itself(server, guarded, monkeypatch):
    folder, address = server
    malicious.write(folder / 'good.pth', malicious.checkpoint(None, {}))
    monkeypatch.setenv('LOCAL_RANK', '1')
    assert 'state_dict' in load_checked(f'{address}/good.pth')


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
    with pytest.raises(ConfigError, match=r'checkpoints/\w{16}/bad\.pth is not loaded'):
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

"""Weights from a web server that may break off, be silent, or send something else."""

import hashlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import malicious
import pytest
import torch
from mmengine.runner.checkpoint import get_external_models, get_mmcls_models

from mmseg_ext.checkpoints.downloads import cache_place, fetch
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.common.errors import CheckpointError, ConfigError


def saved(number: float, how: str = 'zip') -> bytes:
    buffer = io.BytesIO()
    torch.save(
        malicious.checkpoint(None, dict(a=torch.full((50,), float(number)))), buffer,
        _use_new_zipfile_serialization=how == 'zip',
    )  # fmt: skip
    return buffer.getvalue()


class Server(ThreadingHTTPServer):
    """Sends what `files` has of a path, or lets a function send it."""

    def __init__(self) -> None:
        super().__init__(('127.0.0.1', 0), Handler)
        self.files: dict[str, object] = {}
        self.asked: list[str] = []
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f'http://127.0.0.1:{self.server_port}'


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        content = self.server.files[self.path]
        if callable(content):
            content(self)
        else:
            send(self, content, len(content))

    def log_message(self, *arguments: object) -> None:
        pass


def send(handler: Handler, content: bytes, promised: int | None) -> None:
    handler.send_response(200)
    if promised is not None:
        handler.send_header('Content-Length', str(promised))
    handler.end_headers()
    handler.wfile.write(content)


@pytest.fixture
def server(tmp_path, monkeypatch) -> Iterator[Server]:
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'torch'))
    with Server() as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield http
        http.over.set()
        http.shutdown()
        thread.join()


def cached(tmp_path) -> list[str]:
    return sorted(path.name for path in (tmp_path / 'torch').rglob('*') if path.is_file())


def truncated(handler: Handler) -> None:
    send(handler, saved(1)[:1000], len(saved(1)))


def truncated_and_nothing_promised(handler: Handler) -> None:
    send(handler, saved(1)[:1000], None)


def no_length(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header('Content-Length', 'long')
    handler.end_headers()


def no_http(handler: Handler) -> None:
    handler.wfile.write(b'what?\r\n\r\n')


@pytest.mark.parametrize(
    ('answer', 'message'),
    [
        (truncated, r'/x\.pth: cannot be fetched \(it ended after 1000 of \d+ bytes\)'),
        (
            truncated_and_nothing_promised,
            r'/x\.pth: the checkpoint is truncated .*; it was not kept',
        ),
        (no_http, r'/x\.pth: cannot be fetched \(what\?'),
        (no_length, r'/x\.pth: cannot be fetched \('),
        (b'', r'/x\.pth: the checkpoint is empty \(0 bytes\); it was not kept'),
    ],
)
def test_a_bad_download_is_not_kept(server, tmp_path, answer, message):
    server.files['/x.pth'] = answer
    with pytest.raises(ConfigError, match=f'^{server.address}{message}'):
        load_checked(f'{server.address}/x.pth')
    assert cached(tmp_path) == []
    server.files['/x.pth'] = saved(1)
    assert load_checked(f'{server.address}/x.pth')['state_dict']['a'][0] == 1


@pytest.mark.parametrize('sent', [0, 100])
def test_a_server_that_is_silent(server, tmp_path, sent):
    def stall(handler: Handler) -> None:
        if sent:
            send(handler, saved(1)[:sent], len(saved(1)))
        handler.wfile.flush()
        server.over.wait(20)

    server.files['/x.pth'] = stall
    with pytest.raises(ConfigError, match=r'x\.pth: cannot be fetched \(no answer within 0\.2 s\)'):
        fetch(f'{server.address}/x.pth', tmp_path / 'x.pth', timeout=0.2)
    assert not list(tmp_path.iterdir())


def test_two_addresses_with_one_file_name(server):
    server.files = {'/a/x.pth': saved(1), '/b/x.pth': saved(2), '/b/x.pth?v=2': saved(3)}
    for _ in range(2):
        for number, (path, _) in enumerate(server.files.items(), start=1):
            found = load_checked(server.address + path)
            assert found['state_dict']['a'][0] == number
    assert server.asked == list(server.files), 'each once'


@pytest.mark.parametrize('how', ['zip', 'old'])
def test_the_checksum_in_a_name(server, tmp_path, how):
    """Also what torch hub has fetched is found, and is shared by all addresses of that name."""
    content = saved(1, how)
    name = f'net-{hashlib.sha256(content).hexdigest()[:8]}.pth'
    folder = tmp_path / 'torch' / 'hub' / 'checkpoints'
    folder.mkdir(parents=True)
    (folder / name).write_bytes(content)
    for site in 'ab':
        assert load_checked(f'{server.address}/{site}/{name}')['state_dict']['a'][0] == 1
    assert server.asked == []
    altered = bytearray(content)
    altered[altered.index(torch.tensor(1.0).numpy().tobytes() * 3)] ^= 1
    (folder / name).write_bytes(altered)
    message = 'its name says that its SHA-256 begins with' if how == 'old' else 'altered'
    with pytest.raises(CheckpointError, match=f'{name}: .*{message}'):
        load_checked(f'{server.address}/{name}')
    (folder / name).unlink()
    server.files[f'/{name}'] = bytes(altered)
    with pytest.raises(CheckpointError, match=f'^{server.address}/{name}: .*{message}.*not kept'):
        load_checked(f'{server.address}/{name}')
    assert cached(tmp_path) == []


def test_a_local_file_that_is_not_as_its_name_says_is_named(tmp_path, warned):
    path = tmp_path / 'net-0123abcd.pth'
    path.write_bytes(saved(1))
    load_checked(str(path))
    assert 'its name says that its SHA-256 begins with 0123abcd, and' in warned.pop()
    path = path.rename(tmp_path / 'net-20260131.pth')
    load_checked(str(path))
    assert warned == [], 'a date is no checksum'


@pytest.mark.parametrize(
    'url', ['http://127.0.0.1:1/x.pth', 'http://[::1/x.pth', 'http://127.0.0.1:1/']
)
def test_addresses_that_lead_nowhere(tmp_path, monkeypatch, url):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    with pytest.raises(ConfigError, match='cannot be fetched'):
        load_checked(url)
    assert not list(tmp_path.rglob('*.*'))


def test_openmmlabs_files_have_places_of_their_own():
    """All but three of its list have a checksum in their name."""
    urls = {url for url in (get_external_models() | get_mmcls_models()).values() if url}
    names = {url.rpartition('/')[2] for url in urls}
    places = {cache_place(url) for url in urls}
    assert len(places) == len(names)
    assert sum(place.parent.name != 'checkpoints' for place in places) == 3

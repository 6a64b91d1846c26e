"""In a whole model: boundary heads beside it, training, export, and two processes."""

import copy
import socket

import pytest
import torch
from hard_heads import PLAIN_MEAN, data_samples
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, load_checkpoint, save_checkpoint
from mmengine.structures import PixelData
from mmseg.registry import MODELS

import mmseg_ext.plugins  # noqa: F401
from mmseg_ext.checkpoints.export import export_weights

NORM = dict(type='BN')
MODEL = dict(
    type='EncoderDecoder',
    backbone=dict(type='ResNet', depth=18, stem_channels=8, base_channels=8, norm_cfg=NORM),
    decode_head=dict(
        type='HardnessHead', head_type='FCNHead', in_channels=64, channels=8, num_convs=1,
        num_classes=3, norm_cfg=NORM, loss_decode=PLAIN_MEAN,
    ),
)  # fmt: skip


def model(**changes):
    torch.manual_seed(0)
    init_default_scope('mmseg')
    built = MODELS.build(copy.deepcopy(MODEL | changes))
    # The first block of mmseg's ResNet is frozen in part, whatever is said of it.
    return built.requires_grad_(True).train()


def plain_model():
    head = {k: v for k, v in MODEL['decode_head'].items() if k != 'head_type'}
    return model(decode_head=head | dict(type='FCNHead'))


def batch(dtype=torch.float32):
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, 3, (2, 1, 64, 64), generator=generator)
    return torch.randn(2, 3, 64, 64, generator=generator, dtype=dtype), ids


@pytest.mark.methods('boundary')
def test_boundary_heads_beside_it(tmp_path):
    edge = dict(type='EdgeHead', in_channels=16, in_index=1, channels=4, norm_cfg=NORM)
    both = model(auxiliary_head=[edge])
    images, ids = batch()
    samples = data_samples(ids)
    for sample in samples:
        edges = (sample.gt_sem_seg.data == 1).to(torch.uint8)
        sample.set_data(dict(gt_edge_map=PixelData(data=edges)))
    losses = both.loss(images, samples)
    assert {'decode.loss_ce', 'decode.loss_hardness', 'aux_0.loss_edge'} <= set(losses)
    both.parse_losses(losses)[0].backward()
    assert all(value.grad is not None for value in both.parameters())

    source = tmp_path / 'iter_1.pth'
    save_checkpoint(dict(state_dict=both.state_dict(), meta=dict(iter=1)), str(source))
    file, summary = export_weights(str(source))
    assert 'left out: auxiliary_head, decode_head.hardness_head, what only' in summary
    # Strict: exactly the plain model's names.
    plain = plain_model()
    load_checkpoint(plain, str(file), strict=True)
    again = model()
    load_checkpoint(again, str(file), strict=True)
    with torch.no_grad():
        expected, *found = (each.eval()(images) for each in (both, plain, again))
    assert all(torch.equal(expected, each) for each in found)


def test_a_short_training(tiny):
    """By mmengine's runner, with `EncoderDecoder`, the loaders and the hooks as they are."""
    head = tiny.model.decode_head
    head.update(type='HardnessHead', head_type='FCNHead', hardness=dict(weight=0.02))
    head.loss_decode = [
        dict(type='LogitAdjustedLoss', shares='auto', dataset='CamVidDataset'),
        dict(type='ClasswiseClippedLoss', loss_name='loss_clipped', rescale=True),
    ]
    runner = Runner.from_cfg(Config(tiny.to_dict()))
    before = {name: value.clone() for name, value in runner.model.state_dict().items()}
    runner.train()
    after = runner.model.state_dict()
    for name in ('decode_head.conv_seg.weight', 'decode_head.hardness_head.conv_seg.weight'):
        assert not torch.equal(before[name], after[name]) and after[name].isfinite().all()
    logged = runner.message_hub.log_scalars
    for name in ('loss_ce', 'loss_clipped', 'loss_hardness'):
        assert f'train/decode.{name}' in logged
    assert logged['train/decode.loss_hardness'].current() < 0


def of_one_process(rank, port, folder):
    torch.distributed.init_process_group(
        'gloo', init_method=f'tcp://127.0.0.1:{port}', rank=rank, world_size=2
    )
    images, ids = batch(torch.float64)
    # The second has nothing to learn from.
    ids[1] = 255
    parallel = torch.nn.parallel.DistributedDataParallel(Step(model().double().eval()))
    for _ in range(2):
        parallel(images[rank : rank + 1], ids[rank : rank + 1]).backward()
    found = {name: value.grad for name, value in parallel.module.model.named_parameters()}
    torch.save(found, f'{folder}/{rank}.pth')
    torch.distributed.destroy_process_group()


class Step(torch.nn.Module):
    """The loss as the forward of a module, which is what DistributedDataParallel wraps."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, images, ids):
        return self.model.parse_losses(self.model.loss(images, data_samples(ids)))[0]


@pytest.mark.slow
def test_two_processes_and_one_without_labels(tmp_path):
    """Every parameter has a gradient in both: the mean of what each has of its own batch."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(of_one_process, (port, str(tmp_path)), nprocs=2)
    images, ids = batch(torch.float64)
    alone = Step(model().double().eval())
    alone(images[:1], ids[:1]).backward()
    first, second = (torch.load(tmp_path / f'{rank}.pth') for rank in (0, 1))
    for name, value in alone.model.named_parameters():
        # Two steps, half of them for each of the two processes.
        torch.testing.assert_close(first[name], value.grad, msg=name)
        assert torch.equal(first[name], second[name])

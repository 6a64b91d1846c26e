"""The head: trains, predicts, is saved and loaded on any number of levels and any backbone."""

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.runner.checkpoint import load_state_dict
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from mmseg_ext.common.errors import ConfigError

NUM_CLASSES = 5
CHANNELS = [4, 6, 8, 12, 16]
SIZES = [(16, 24), (8, 12), (4, 6), (4, 6), (2, 3)]
LATENT = {'loss_z', 'loss_g', 'loss_q'}
USAGE = {'effective_components', 'largest_component'}


def head(levels=4, **options):
    arguments = dict(
        type='GMMSkipHead', in_channels=CHANNELS[:levels], in_index=list(range(levels)),
        channels=8, num_classes=NUM_CLASSES, latent_channels=6, global_channels=3,
        norm_cfg=dict(type='BN'),
    )  # fmt: skip
    built = MODELS.build(arguments | options)
    # What starts at 0 would hide what it multiplies.
    for parameter in built.parameters():
        if (parameter == 0).all():
            torch.nn.init.normal_(parameter, std=0.1)
    return built


def features(levels=4, batch=2):
    generator = torch.Generator().manual_seed(3)
    return [
        torch.randn(batch, channels, *size, generator=generator)
        for channels, size in zip(CHANNELS[:levels], SIZES[:levels], strict=True)
    ]


def samples(ids=None):
    if ids is None:
        ids = torch.randint(0, NUM_CLASSES, (2, 1, 64, 96))
        ids[:, :, :9, :9] = 255
    return [SegDataSample(gt_sem_seg=PixelData(data=one)) for one in ids]


def total(losses):
    return sum(value for name, value in losses.items() if 'loss' in name)


@pytest.mark.parametrize('levels', [2, 3, 4, 5])
def test_trains_and_predicts_on_any_number_of_levels(levels):
    trained = head(levels).train()
    losses = trained.loss(features(levels), samples(), None)
    assert set(losses) == {'loss_ce', 'acc_seg'} | LATENT | USAGE
    total(losses).backward()
    for name, parameter in trained.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name
    assert trained.eval()(features(levels)).shape == (2, NUM_CLASSES, *SIZES[0])


@pytest.mark.parametrize(
    ('options', 'logged'),
    [
        (dict(posterior=False), {'loss_g'} | USAGE),
        (dict(global_channels=0), {'loss_z', 'loss_q'} | USAGE),
        (dict(num_components=0), {'loss_g'}),
        (dict(num_components=0, global_channels=0), set()),
        (dict(num_components=1), LATENT | USAGE),
        (dict(num_components=32, posterior_share=0.5), LATENT | USAGE),
        (dict(dilations=(1, 2)), LATENT | USAGE),
        (dict(separable=True), LATENT | USAGE),
    ],
)
def test_ablations(options, logged):
    trained = head(**options).train()
    losses = trained.loss(features(), samples(), None)
    assert set(losses) == {'loss_ce', 'acc_seg'} | logged
    total(losses).backward()
    for name, parameter in trained.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name


def test_each_term_has_its_weight():
    heads = [head(beta_z=1, beta_g=1, beta_q=1), head(beta_z=2, beta_g=3, beta_q=5)]
    heads[1].load_state_dict(heads[0].state_dict())
    losses = []
    for one in heads:
        torch.manual_seed(1)
        losses.append(one.train().loss(features(), samples(torch.zeros(2, 1, 64, 96).long()), None))
    for name, factor in (('loss_z', 2), ('loss_g', 3), ('loss_q', 5), ('loss_ce', 1)):
        torch.testing.assert_close(losses[1][name], factor * losses[0][name])
        assert losses[0][name] > 0


def test_the_divergence_to_the_prior_is_the_only_way_from_the_labels_to_the_mixture():
    """The labels reach the encoder through loss_z as gradient, never the logits."""
    trained = head().train()
    logits = []
    trained.conv_seg.register_forward_hook(lambda _, __, output: logits.append(output))
    for ids in (torch.zeros(2, 1, 64, 96), torch.ones(2, 1, 64, 96)):
        torch.manual_seed(1)
        trained.loss(features(), samples(ids.long()), None)
    assert torch.equal(*logits)


def test_the_share_decoded_from_the_posterior_sees_the_labels():
    trained = head(posterior_share=1.0, dropout_ratio=0).train()
    logits = []
    trained.conv_seg.register_forward_hook(lambda _, __, output: logits.append(output))
    for ids in (torch.zeros(2, 1, 64, 96), torch.ones(2, 1, 64, 96)):
        torch.manual_seed(1)
        trained.loss(features(), samples(ids.long()), None)
    assert not torch.allclose(*logits)


def test_an_unlabelled_batch_costs_only_the_divergences():
    trained = head().train()
    losses = trained.loss(features(), samples(torch.full((2, 1, 64, 96), 255)), None)
    assert losses['loss_q'] == 0 and losses['loss_ce'] == 0
    total(losses).backward()
    assert all(p.grad.isfinite().all() for p in trained.parameters() if p.grad is not None)


def test_evaluation_is_deterministic_and_does_not_run_the_posterior():
    trained = head().train()
    trained.loss(features(), samples(), None)
    assert not torch.equal(trained(features()), trained(features()))
    trained.eval()

    def fail(*_):
        raise AssertionError('PostNet ran at inference')

    trained.posterior_net.register_forward_hook(fail)
    assert torch.equal(trained(features()), trained(features()))


def test_a_checkpoint_without_posterior_loads_without_a_warning_and_predicts_the_same(capsys):
    trained = head().train()
    for _ in range(2):
        trained.loss(features(), samples(), None)
    stored = {k: v for k, v in trained.state_dict().items() if 'posterior_net' not in k}
    assert len(stored) < len(trained.state_dict())
    expected = trained.eval()(features())
    model = torch.nn.ModuleDict(dict(decode_head=head()))
    load_state_dict(model, {f'decode_head.{k}': v for k, v in stored.items()})
    printed = capsys.readouterr()
    assert 'missing' not in printed.out and 'WARNING' not in printed.out + printed.err
    assert torch.equal(model['decode_head'].eval()(features()), expected)
    head().load_state_dict(stored, strict=True)
    # With the versions that torch keeps in a state_dict, its batch counts are missed too.
    versioned = trained.state_dict()
    for key in versioned.keys() - stored.keys():
        del versioned[key]
    head().load_state_dict(versioned, strict=True)


def test_a_checkpoint_that_lacks_a_part_of_the_posterior_or_of_the_rest_is_named(capsys):
    stored = head().state_dict()
    for name in ('posterior_net.classifier.weight', 'decoder.mergers.0.weight'):
        broken = {key: value for key, value in stored.items() if key != name}
        with pytest.raises(RuntimeError, match=name):
            head().load_state_dict(broken)
        load_state_dict(head(), broken)
        assert name in capsys.readouterr().out


def test_half_precision_trains():
    trained = head().train()
    with torch.autocast('cpu', torch.bfloat16):
        losses = trained.loss(features(), samples(), None)
    total(losses).backward()
    for name, parameter in trained.named_parameters():
        assert parameter.grad.isfinite().all(), name


@pytest.mark.parametrize(
    ('dtype', 'tolerance'), [(torch.float64, 1e-5), (torch.float16, 2e-2), (torch.bfloat16, 0.2)]
)
def test_a_model_in_another_precision_predicts_the_same(dtype, tolerance):
    trained = head().train()
    trained.loss(features(), samples(), None)
    expected = trained.eval()(features())
    predicted = trained.to(dtype)([feature.to(dtype) for feature in features()])
    assert predicted.dtype == dtype
    torch.testing.assert_close(predicted.float(), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.methods('debias')
def test_inside_class_suppression():
    hub = MessageHub.get_instance('test_gmm_suppressed')
    hub.update_info_dict(dict(iter=60, max_iters=100, seed=0))
    wrapped = head(
        type='ClassSuppressionHead', head_type='GMMSkipHead', suppression=dict(weight=1.0)
    ).train()
    losses = wrapped.loss(features(), samples(), None)
    expected = {'loss_ce', 'suppressed.loss_ce', 'loss_suppression', 'tau', 'acc_seg'}
    assert set(losses) == expected | LATENT | USAGE
    total(losses).backward()
    for name, parameter in wrapped.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name
    wrapped.eval()
    assert torch.equal(wrapped(features()), wrapped(features()))


RESNET = dict(type='ResNet', depth=18, base_channels=8, stem_channels=8, norm_cfg=dict(type='BN'))
BACKBONES = {
    'resnet': (RESNET, [8, 16, 32, 64]),
    'dilated resnet': (RESNET | dict(dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1)),
                       [8, 16, 32, 64]),
    'mit': (dict(type='MixVisionTransformer', embed_dims=8, num_heads=[1, 1, 2, 2],
                 num_layers=[1, 1, 1, 1]), [8, 8, 16, 16]),
    'swin': (dict(type='SwinTransformer', embed_dims=12, depths=(1, 1, 1, 1),
                  num_heads=(1, 2, 3, 3), window_size=4), [12, 24, 48, 96]),
    'hrnet': (dict(type='HRNet', norm_cfg=dict(type='BN'), extra=dict(
        stage1=dict(num_modules=1, num_branches=1, block='BOTTLENECK', num_blocks=(1,),
                    num_channels=(8,)),
        stage2=dict(num_modules=1, num_branches=2, block='BASIC', num_blocks=(1, 1),
                    num_channels=(8, 16)),
        stage3=dict(num_modules=1, num_branches=3, block='BASIC', num_blocks=(1,) * 3,
                    num_channels=(8, 16, 32)),
        stage4=dict(num_modules=1, num_branches=4, block='BASIC', num_blocks=(1,) * 4,
                    num_channels=(8, 16, 32, 64)))), [8, 16, 32, 64]),
}  # fmt: skip


@pytest.mark.parametrize('name', BACKBONES)
def test_on_the_features_of_any_backbone(name):
    backbone, channels = BACKBONES[name]
    model = MODELS.build(
        dict(
            type='EncoderDecoder',
            backbone=backbone,
            decode_head=dict(
                type='GMMSkipHead', in_channels=channels, in_index=[0, 1, 2, 3], channels=8,
                num_classes=NUM_CLASSES, norm_cfg=dict(type='BN'),
            ),
        )
    )  # fmt: skip
    images = torch.randn(2, 3, 64, 96)
    losses = model.train().loss(images, samples())
    assert {f'decode.{name}' for name in LATENT | USAGE} <= set(losses)
    total(losses).backward()
    with torch.no_grad():
        logits = model.eval().encode_decode(images, [dict(img_shape=(64, 96))])
    assert logits.shape == (2, NUM_CLASSES, 64, 96)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(in_channels=8), '2 to 5 levels, got in_channels=8'),
        (dict(in_channels=[8], in_index=[0]), '2 to 5 levels'),
        (dict(in_index=3), 'and in_index=3; give both as lists of one length'),
        (dict(in_index=[0, 1]), r'and in_index=\[0, 1\]; give both'),
        (dict(num_components=-1), 'num_components=-1, give 0 or more'),
        (dict(latent_channels=0), 'latent_channels=0, give 1 or more'),
        (dict(dilations=(1, 0)), 'give a list of whole numbers from 1'),
        (dict(dilations=(1, 2.5)), 'give a list of whole numbers from 1'),
        (dict(dilations=3), 'dilations=3, give a list'),
        (dict(posterior_share=1.5), 'posterior_share=1.5, give a number from 0 to 1'),
        (dict(posterior_share=0.5, num_components=0), 'needs PostNet'),
        (dict(beta_z=-0.1), 'beta_z=-0.1: give 0 or more'),
        (dict(beta_g=float('nan')), 'beta_g=nan: give 0 or more'),
        (dict(beta_q=float('inf')), 'beta_q=inf: give 0 or more'),
        (dict(act_cfg=dict(type='GELU')), 'act_cfg is .*ReLU.* remove act_cfg'),
        (dict(conv_cfg=dict(type='Conv2dAdaptivePadding')), 'conv_cfg is None, .* remove conv_cfg'),
        (dict(input_transform='resize_concat'), 'input_transform is multiple_select'),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(ConfigError, match=message):
        head(**options)


def test_levels_in_the_wrong_order_are_named():
    built = head(levels=3, in_channels=CHANNELS[2::-1], in_index=[2, 1, 0]).train()
    with pytest.raises(ConfigError, match=r'in_index=\[2, 1, 0\] .* sizes 4×6, 8×12, 16×24: put'):
        built.loss(features(3), samples(), None)


def test_the_levels_are_the_first_ones_by_default():
    built = head(levels=3, in_index=None, dilations=None, input_transform='multiple_select')
    assert built.in_index == [0, 1, 2]

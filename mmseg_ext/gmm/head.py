"""The decode head with GMM-structured skip connections."""

from collections.abc import Sequence
from functools import partial

import torch
from mmcv.cnn import ConvModule
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from mmseg.utils import ConfigType, SampleList
from torch import Tensor, nn

from mmseg_ext.common.absent_part import allow_absence
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.gmm.aggregate import AtrousFusion
from mmseg_ext.gmm.decoder import MixtureDecoder
from mmseg_ext.gmm.latent import GlobalLatent
from mmseg_ext.gmm.mixture import GaussianMixture, effective_components
from mmseg_ext.gmm.mixture_net import MixtureNet
from mmseg_ext.gmm.pooling import average_over_cells
from mmseg_ext.gmm.posterior import PosteriorNet, label_shares
from mmseg_ext.losses.checks import check_loss_names, check_losses, check_weight


@MODELS.register_module()
class GMMSkipHead(BaseDecodeHead):
    """Decodes a mixture predicted from the image, merged with the skip connections.

    All levels, projected and pooled to the deepest one's size, are fused into an aggregate. A
    mixture of K Gaussians (local) and one Gaussian (global) are predicted from it. The decoder
    takes the aggregate and the shallower levels as skip connections, each merged with the
    mixture's feature. In training a second network that sees the labels, PostNet, gives the mixture
    to which the predicted one is drawn. Needs several levels of a backbone::

        decode_head=dict(
            type='GMMSkipHead', in_channels=[256, 512, 1024, 2048], in_index=[0, 1, 2, 3],
            channels=256, dilations=(1, 12, 24, 36), separable=True, num_classes=19)

    The loss is that of `loss_decode` plus beta_z `loss_z` (the bound of KL(q || p), mean over
    locations), beta_g `loss_g` (divergence of g to N(0, I)) and beta_q `loss_q` (PostNet's own
    classification). The log also has the mixture's usage: `effective_components` (1 to K) and
    `largest_component`, the share of the most used one.

    Args:
        in_channels: Channels of 2 to 5 levels, the shallowest first.
        channels: Width of the projections and of the decoder.
        in_index: Which features of the backbone; the first by default.
        dilations: Rates of parallel atrous convolutions that fuse the
            levels into the aggregate and give it context (our option); none fuses by a 1×1
            convolution.
        separable: Whether the 3×3 convolutions of decoder and merger are depthwise separable
            (our option): twice the width then takes fewer multiplications.
        num_components: K; the number of classes by default. 0 is the ablation with
            plain skip connections: no mixture, no PostNet.
        latent_channels: Dimensions d of the local feature.
        global_channels: Dimensions of g; 0 goes without.
        posterior: Whether PostNet is trained; without it there is no `loss_z` and `loss_q`.
        posterior_share: Probability that an image of a training batch is decoded from q
            instead of p, 0 to 1.
        beta_z: Weight of `loss_z`.
        beta_g: Weight of `loss_g`.
        beta_q: Weight of `loss_q`.
        **kwargs: What mmseg's `BaseDecodeHead` takes.

    Shape: levels (B, in_channels[i], H_i, W_i) to logits (B, num_classes, H_0, W_0).

    Raises:
        ConfigError: If an argument is not of the allowed ones.

    Source: arXiv 2207.09162: the structure is that of its figure, every form and number our
    decision; see docs/guides/mixture.md.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int,
        *,
        in_index: Sequence[int] | None = None,
        dilations: Sequence[int] | None = None,
        separable: bool = False,
        num_components: int | None = None,
        latent_channels: int = 64,
        global_channels: int = 64,
        posterior: bool = True,
        posterior_share: float = 0.0,
        beta_z: float = 0.02,
        beta_g: float = 0.001,
        beta_q: float = 0.4,
        **kwargs,
    ):
        _check_levels(in_channels, in_index)
        _check_fixed(kwargs)
        super().__init__(
            in_channels,
            channels,
            in_index=list(range(len(in_channels)) if in_index is None else in_index),
            input_transform='multiple_select',
            **kwargs,
        )
        dilations = dilations or ()
        components = self.num_classes if num_components is None else num_components
        posterior = posterior and components > 0
        _check_dilations(dilations)
        _check_numbers(components, latent_channels, global_channels, posterior, posterior_share)
        for name, beta in dict(beta_z=beta_z, beta_g=beta_g, beta_q=beta_q).items():
            check_weight(f'GMMSkipHead: {name}', beta)
        check_loss_names(self, 'GMMSkipHead')
        check_losses(self, 'GMMSkipHead')
        self.beta_z, self.beta_g, self.beta_q = beta_z, beta_g, beta_q
        self.posterior_share = posterior_share
        norm_cfg = self.norm_cfg
        self.projections = nn.ModuleList(
            ConvModule(level, channels, 1, norm_cfg=norm_cfg) for level in in_channels
        )
        concatenated = len(in_channels) * channels
        self.fuse = (
            AtrousFusion(concatenated, channels, dilations, norm_cfg)
            if dilations
            else ConvModule(concatenated, channels, 1, norm_cfg=norm_cfg)
        )
        self.mixture_net = MixtureNet(channels, components, latent_channels) if components else None
        self.prototypes = (
            nn.Parameter(torch.randn(components, latent_channels)) if components else None
        )
        self.global_latent = GlobalLatent(channels, global_channels) if global_channels else None
        self.posterior_net = (
            PosteriorNet(in_channels[0], self.num_classes, components, latent_channels, norm_cfg)
            if posterior
            else None
        )
        self.decoder = MixtureDecoder(
            len(in_channels),
            channels,
            latent_channels if components else 0,
            global_channels,
            norm_cfg=norm_cfg,
            align_corners=self.align_corners,
            separable=separable,
        )
        self.register_load_state_dict_post_hook(
            partial(allow_absence, part='posterior_net', called='PostNet')
        )

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return logits (B, C, H, W) at the size of the shallowest level.

        Drawn in training mode, deterministic in evaluation mode. PostNet does not run.
        """
        skips, aggregate = self._aggregate(self._transform_inputs(inputs))
        local = self._local_feature(self._prior(aggregate))
        g = None if self.global_latent is None else self.global_latent(aggregate)[0]
        return self._decode([*skips, aggregate], local, g)

    def predict_mixture(self, inputs: Sequence[Tensor]) -> GaussianMixture | None:
        """Return the mixture p(z | x) of a batch, None where the head has none."""
        return self._prior(self._aggregate(self._transform_inputs(inputs))[1])

    def loss(
        self, inputs: Sequence[Tensor], batch_data_samples: SampleList, train_cfg: ConfigType
    ) -> dict[str, Tensor]:
        """Return the losses and the mixture's usage; takes what mmseg's heads take.

        Raises:
            ConfigError: A deeper level is larger than a shallower one.
        """
        levels = self._transform_inputs(inputs)
        self._check_order(levels)
        skips, aggregate = self._aggregate(levels)
        latent_losses: dict[str, Tensor] = {}
        g = None
        if self.global_latent is not None:
            g, divergence = self.global_latent(aggregate)
            latent_losses['loss_g'] = self.beta_g * divergence
        prior = self._prior(aggregate)
        local = self._local_feature(prior)
        if prior is not None and local is not None:
            if self.posterior_net is not None:
                labels = self._stack_batch_gt(batch_data_samples).squeeze(1)
                posterior, losses = self._posterior(prior, levels[0], labels)
                latent_losses |= losses
                local = self._some_from(posterior, local)
            usage = prior.usage().detach()
            latent_losses['effective_components'] = effective_components(usage)
            latent_losses['largest_component'] = usage.max()
        seg_logits = self._decode([*skips, aggregate], local, g)
        return {**self.loss_by_feat(seg_logits, batch_data_samples), **latent_losses}

    def _transform_inputs(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        if isinstance(inputs, Tensor):
            raise ConfigError(
                'GMMSkipHead takes several levels, and the backbone gives a single map; PIDNet and '
                'DDRNet give several in training alone: choose another backbone'
            )
        if not all(isinstance(level, Tensor) for level in inputs):
            raise ConfigError(
                'GMMSkipHead takes a map of each level, and the backbone gives more with it, as a '
                'vision transformer does its class token: set output_cls_token=False'
            )
        return super()._transform_inputs(inputs)

    def _aggregate(self, levels: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
        projected = [
            project(level) for project, level in zip(self.projections, levels, strict=True)
        ]
        size = projected[-1].shape[2:]
        pooled = [average_over_cells(level, size) for level in projected[:-1]]
        return projected[:-1], self.fuse(torch.cat([*pooled, projected[-1]], dim=1))

    def _check_order(self, levels: Sequence[Tensor]) -> None:
        sizes = [_size(level) for level in levels]
        if any(
            height < deeper_height or width < deeper_width
            for (height, width), (deeper_height, deeper_width) in zip(
                sizes, sizes[1:], strict=False
            )
        ):
            raise ConfigError(
                f'GMMSkipHead takes the shallowest level, which is the largest, first; '
                f'in_index={self.in_index} with in_channels={self.in_channels} gives the sizes '
                f'{", ".join(f"{height}×{width}" for height, width in sizes)}: put both in the '
                'order of the backbone'
            )

    def _decode(self, skips: list[Tensor], local: Tensor | None, g: Tensor | None) -> Tensor:
        """Classify; the latents come in float32 at least, the model may be in half precision."""
        dtype = skips[0].dtype
        local, g = (None if latent is None else latent.to(dtype) for latent in (local, g))
        return self.cls_seg(self.decoder(skips, local, g))

    def _prior(self, aggregate: Tensor) -> GaussianMixture | None:
        return None if self.mixture_net is None else self.mixture_net(aggregate, self.prototypes)

    def _local_feature(self, mixture: GaussianMixture | None) -> Tensor | None:
        if mixture is None:
            return None
        return mixture.rsample() if self.training else mixture.expected()

    def _posterior(
        self, prior: GaussianMixture, shallow: Tensor, labels: Tensor
    ) -> tuple[GaussianMixture, dict[str, Tensor]]:
        assert self.posterior_net is not None
        size = _size(prior.logits)
        grids = [
            label_shares(labels, self.num_classes, grid, self.ignore_index)
            for grid in (_size(shallow), size)
        ]
        posterior = self.posterior_net(shallow, grids[0], self.prototypes, size)
        return posterior, {
            'loss_z': self.beta_z * posterior.kl_bound(prior).mean(),
            'loss_q': self.beta_q * self.posterior_net.classification_loss(posterior, grids[1]),
        }

    def _some_from(self, posterior: GaussianMixture, local: Tensor) -> Tensor:
        if self.posterior_share == 0:
            return local
        chosen = torch.rand(len(local), 1, 1, 1, device=local.device) < self.posterior_share
        return torch.where(chosen, posterior.rsample(), local)


def _size(feature: Tensor) -> tuple[int, int]:
    height, width = feature.shape[2:]
    return height, width


def _check_levels(in_channels: Sequence[int], in_index: Sequence[int] | None) -> None:
    several = not isinstance(in_channels, int) and 2 <= len(in_channels) <= 5
    indexed = in_index is None or not isinstance(in_index, int)
    if not several or not indexed or len(in_index or in_channels) != len(in_channels):
        raise ConfigError(
            f'GMMSkipHead needs 2 to 5 levels, got in_channels={in_channels} and in_index='
            f'{in_index}; give both as lists of one length, the shallowest level first'
        )


def _check_fixed(arguments: dict) -> None:
    fixed = dict(input_transform='multiple_select', conv_cfg=None, act_cfg=dict(type='ReLU'))
    for name, value in fixed.items():
        if arguments.get(name, value) != value:
            raise ConfigError(
                f'GMMSkipHead: {name} is {value}, {arguments[name]!r} is not for it; remove {name}'
            )
    arguments.pop('input_transform', None)


def _check_dilations(dilations: Sequence[int]) -> None:
    if isinstance(dilations, int) or any(
        not isinstance(dilation, int) or dilation < 1 for dilation in dilations
    ):
        raise ConfigError(
            f'GMMSkipHead: dilations={dilations}, give a list of whole numbers from 1, or none'
        )


def _check_numbers(
    components: int,
    latent_channels: int,
    global_channels: int,
    posterior: bool,
    posterior_share: float,
) -> None:
    numbers = dict(
        num_components=(components, 0),
        latent_channels=(latent_channels, 1),
        global_channels=(global_channels, 0),
    )
    for name, (number, least) in numbers.items():
        if number < least:
            raise ConfigError(f'GMMSkipHead: {name}={number}, give {least} or more')
    if not 0 <= posterior_share <= 1:
        raise ConfigError(
            f'GMMSkipHead: posterior_share={posterior_share}, give a number from 0 to 1'
        )
    if posterior_share and not posterior:
        raise ConfigError(
            f'GMMSkipHead: posterior_share={posterior_share} needs PostNet; set posterior=True and '
            'num_components above 0'
        )

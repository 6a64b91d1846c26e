"""What each plugin changes in the config of a model, as its documentation says."""

from collections.abc import Callable

from mmseg_models import BN, CLASSES, LEVELS

SHARES = dict(shares=[8, 4, 2, 1])


def plain(name: str, model: dict) -> dict:
    """Leave it as it is."""
    return model


def class_suppression(name: str, model: dict) -> dict:
    """Put class suppression around the head that predicts."""
    return _around(model, 'ClassSuppressionHead', suppression=dict(weight=1.0))


def hardness(name: str, model: dict) -> dict:
    """Put the hardness level around the head that predicts."""
    return _around(model, 'HardnessHead', hardness=dict(weight=0.01))


def mixture(name: str, model: dict, **changes: int) -> dict:
    """Put the mixture decoder in place of the head, or of a cascade of heads."""
    levels = _levels(name, model)
    head = dict(
        type='GMMSkipHead', in_channels=[channels for channels, _ in levels],
        in_index=[index for _, index in levels], channels=8, latent_channels=4, global_channels=4,
        num_classes=CLASSES, norm_cfg=BN, **changes,
    )  # fmt: skip
    model = {key: value for key, value in model.items() if key != 'num_stages'}
    return model | dict(type='EncoderDecoder', decode_head=head)


def plain_skips(name: str, model: dict) -> dict:
    """Put the same decoder with plain skip connections in place of the head."""
    return mixture(name, model, num_components=0)


def boundary_tasks(name: str, model: dict) -> dict:
    """Add the heads of the three tasks to the auxiliary heads."""
    levels = _levels(name, model)
    shallow, deep = (
        dict(in_channels=channels, in_index=index, channels=4, norm_cfg=BN)
        for channels, index in (levels[0], levels[-1])
    )
    own = model.get('auxiliary_head', [])
    tasks = [
        dict(type='EdgeHead', **shallow),
        dict(type='ContourHead', num_classes=CLASSES, **deep),
        dict(type='DistanceHead', **deep),
    ]
    preprocessor = dict(model['data_preprocessor'], type='BoundaryDataPreProcessor')
    return model | dict(
        auxiliary_head=[*(own if isinstance(own, list) else [own]), *tasks],
        data_preprocessor=preprocessor,
    )


def adjusted_loss(name: str, model: dict) -> dict:
    """Put our loss in place of each cross-entropy of the labels of the head that predicts."""
    head = predicting(model)
    place = head.get('kernel_generate_head', head)
    losses = place.get('loss_decode', dict(type='CrossEntropyLoss'))
    adjusted = [
        loss if loss['type'] == 'BoundaryLoss' else dict(type='LogitAdjustedLoss', **SHARES)
        for loss in (losses if isinstance(losses, list) else [losses])
    ]
    place['loss_decode'] = adjusted if isinstance(losses, list) else adjusted[0]
    return model


def predicting(model: dict) -> dict:
    """Return the config of the head that predicts."""
    head = model['decode_head']
    return head[-1] if isinstance(head, list) else head


def without_sampler(model: dict) -> None:
    """Let the head see every pixel."""
    del predicting(model)['sampler']


def without_class_token(model: dict) -> None:
    """Let the vision transformer give maps alone."""
    model['backbone']['output_cls_token'] = False


def with_batch_normalisation(model: dict) -> None:
    """Let the selection have a normalisation that the head has not."""
    predicting(model)['suppression']['norm_cfg'] = BN


def of_several_layers(model: dict) -> None:
    """Let the vision transformer give the maps of several layers."""
    model['backbone']['out_indices'] = (0, 1, 2, 3)


def _around(model: dict, method: str, **options: dict) -> dict:
    head = predicting(model)
    head |= dict(head_type=head['type'], type=method, **options)
    return model


def _levels(name: str, model: dict) -> list[tuple[int, int]]:
    chosen = model['backbone'].get('out_indices', ())
    if name == 'Segmenter' and chosen:
        return [(8, index) for index in range(len(chosen))]
    return LEVELS[name]


NEEDS: dict[tuple[str, Callable], tuple[str, Callable[[dict], None]]] = {
    ('SegNeXt', class_suppression): (
        "with `suppression=dict(norm_cfg=dict(type='BN'))`",
        with_batch_normalisation,
    ),
    ('STDC', hardness): ('without its `sampler`', without_sampler),
    ('DPT', mixture): ('with `output_cls_token=False`', without_class_token),
    ('Segmenter', mixture): ('with several `out_indices`', of_several_layers),
}
"""Of a model and a plugin, what else has to change, in words, and the change."""

"""GMM-structured skip connections: a mixture predicted from the image, merged with the decoder.

Saire, Ramírez Rivera: "Global and Local Features through Gaussian Mixture Models on Image Semantic
Segmentation", IEEE Access 10, 2022, doi 10.1109/ACCESS.2022.3192605, arXiv 2207.09162.
"""

from mmseg_ext.common.contributions import TRAINING_ONLY
from mmseg_ext.gmm.head import GMMSkipHead
from mmseg_ext.gmm.latent import GlobalLatent
from mmseg_ext.gmm.mixture import GaussianMixture, effective_components
from mmseg_ext.gmm.mixture_net import MixtureNet
from mmseg_ext.gmm.posterior import PosteriorNet, label_shares

__all__ = [
    'GMMSkipHead',
    'GaussianMixture',
    'GlobalLatent',
    'MixtureNet',
    'PosteriorNet',
    'effective_components',
    'label_shares',
]

TRAINING_ONLY.add('posterior_net')

"""The classifier of a trained model fitted anew on its frozen features, with styles removed.

PISCO (Ngweta, Maity, Gittens, Sun and Yurochkin, ICML 2023, arXiv 2302.09795) for the styles,
classifier retraining (Kang et al., ICLR 2020, arXiv 1910.09217) for the balance.
"""

from mmseg_ext.calibration.refit.classifier import Classifier, refit_classifier
from mmseg_ext.calibration.refit.style import StyleMoments, style_projection

__all__ = ['Classifier', 'StyleMoments', 'refit_classifier', 'style_projection']

"""Calibrated decisions: the frequency bias of a trained model, mended without training.

A model's errors on rare classes are partly a wrong decision on right features. One bias a class,
fitted on logits and labels, mends it, and goes into the bias of the last layer. What is imported
here needs logits and labels alone, of whatever framework.

Source: our decision; temperature scaling after Guo et al., ICML 2017 (arXiv 1706.04599), logit
adjustment after Menon et al., ICLR 2021 (arXiv 2007.07314).
"""

from mmseg_ext.calibration.calibrate import Calibration, calibrate
from mmseg_ext.calibration.likelihood import Likelihood, fit_likelihood
from mmseg_ext.calibration.search import search_biases

__all__ = ['Calibration', 'Likelihood', 'calibrate', 'fit_likelihood', 'search_biases']

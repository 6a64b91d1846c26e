"""Imports every module that registers a plugin in mmseg's registries, a line for each room."""

import mmseg_ext.backbones
import mmseg_ext.boundary
import mmseg_ext.data.plugins
import mmseg_ext.debias
import mmseg_ext.gmm
import mmseg_ext.hardness
import mmseg_ext.losses
import mmseg_ext.training.plugins  # noqa: F401

"""Which frames are of one drive, by their names: what is behind `drive_pattern` of a metainfo.

A regular expression that is searched in the name of an image file; its groups together name the
drive.
"""

CAMVID = r'([^/_]+)_f?\d+\.'
"""``0001TP_008550.png``, ``Seq05VD_f05100.png``: the sequence."""

CITYSCAPES = r'([^/_]+_\d+)_\d+_[^/]*$'
"""``frankfurt/frankfurt_000001_083852_leftImg8bit.png``: city and sequence."""

DRIVE_PATTERNS = {'CamVidDataset': CAMVID, 'CheckedCityscapesDataset': CITYSCAPES}
"""By the class of the data set: reports of before patterns were kept name no other thing."""

# A cross-entropy that weighs CamVid's classes. A weight is the square root of the median of the
# classes' shares of the training pixels by the class's own share, which CamVidDataset knows: from
# 0.376 for Road to 3.920 for Bicyclist. That is between no weights and SegNet's median frequency
# balancing, which would give the rarest class 108 times the weight of the most common.
weighted_loss = dict(
    type='WeightedCrossEntropyLoss', class_weight='auto', dataset='CamVidDataset', power=0.5
)

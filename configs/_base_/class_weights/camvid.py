# A cross-entropy that weighs CamVid's classes. A weight is the square root of the median of the
# classes' shares of the training pixels by the class's own share. That is between no weights and
# SegNet's median frequency balancing, which would give the rarest class 108 times the weight of
# the most common.
weighted_loss = dict(
    type='WeightedCrossEntropyLoss',
    class_weight=[
        0.516,  # Sky
        0.439,  # Building
        2.137,  # Pole
        0.376,  # Road
        1.000,  # Sidewalk
        0.679,  # Tree
        1.956,  # SignSymbol
        1.996,  # Fence
        0.875,  # Car
        2.648,  # Pedestrian
        3.920,  # Bicyclist
    ],
)

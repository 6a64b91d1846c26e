# The study: weight 10, with the class to drop drawn by the inverse of its share of the training
# pixels, so that the common classes are hardly ever dropped.
_base_ = './suppression.py'
model = dict(
    decode_head=dict(
        suppression=dict(
            weight=10.0,
            draw='inverse_frequency',
            class_frequency=[
                0.17538,  # Sky
                0.24215,  # Building
                0.01023,  # Pole
                0.32960,  # Road
                0.04671,  # Sidewalk
                0.10124,  # Tree
                0.01221,  # SignSymbol
                0.01173,  # Fence
                0.06107,  # Car
                0.00666,  # Pedestrian
                0.00304,  # Bicyclist
            ],
        )
    )
)

"""The classes of ToyStreets: names, colours, which are things, how rough their surface is."""

CLASSES = (
    'road',
    'sidewalk',
    'building',
    'vegetation',
    'sky',
    'car',
    'marking',
    'fence',
    'pole',
    'sign',
    'person',
    'cyclist',
)
PALETTE = (
    (128, 64, 128),
    (200, 110, 190),
    (90, 90, 100),
    (107, 142, 35),
    (70, 130, 180),
    (20, 40, 160),
    (240, 240, 240),
    (190, 153, 120),
    (160, 160, 160),
    (220, 220, 0),
    (220, 20, 60),
    (0, 220, 200),
)
THING_CLASSES = ('car', 'person', 'cyclist')

# Percent of the labelled pixels of train as drawn by default, by mmseg-debias check-data.
TRAIN_SHARES = {
    'road': 31.797,
    'sidewalk': 4.307,
    'building': 30.481,
    'vegetation': 6.405,
    'sky': 18.697,
    'car': 2.678,
    'marking': 2.216,
    'fence': 1.029,
    'pole': 1.127,
    'sign': 0.344,
    'person': 0.658,
    'cyclist': 0.262,
}

(ROAD, SIDEWALK, BUILDING, VEGETATION, SKY, CAR, MARKING, FENCE, POLE, SIGN, PERSON, CYCLIST) = (
    range(len(CLASSES))
)

# Standard deviation of the surface texture as a fraction of the brightness, by class. The ground,
# cars, persons and cyclists share one value: otherwise the texture would outline the wheels.
ROUGHNESS = (0.05, 0.05, 0.05, 0.16, 0.012, 0.05, 0.05, 0.05, 0.05, 0.03, 0.05, 0.05)

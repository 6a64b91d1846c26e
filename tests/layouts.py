"""Small data sets in exactly the official layouts and encodings.

PNG files are put together here byte by byte, so that no library's idea of 16-bit colour comes
between the tests and the format.
"""

import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

CITYSCAPES_LABEL_IDS = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]
FREIBURG_COLOURS = {
    'Trail': (170, 170, 170), 'Grass': (0, 255, 0), 'Vegetation': (102, 102, 51),
    'Tree': (0, 60, 0), 'Sky': (0, 120, 255), 'Obstacle': (0, 0, 0), 'void': (255, 255, 255),
}  # fmt: skip
CITYSCAPES_NAMES = [
    'road', 'sidewalk', 'building', 'wall', 'fence', 'pole', 'traffic light', 'traffic sign',
    'vegetation', 'terrain', 'sky', 'person', 'rider', 'car', 'truck', 'bus', 'train',
    'motorcycle', 'bicycle', 'license plate', 'ego vehicle']  # fmt: skip


def write_png(path, array):
    """Write a grey (H, W) or RGB (H, W, 3) PNG of 8 or 16 bits, as the array's type says."""
    array = np.asarray(array)
    depth = {np.dtype(np.uint8): 8, np.dtype(np.uint16): 16}[array.dtype]
    height, width = array.shape[:2]
    colour_type = 2 if array.ndim == 3 else 0
    rows = array.astype(array.dtype.newbyteorder('>')).reshape(height, -1)
    scanlines = b''.join(b'\0' + row.tobytes() for row in rows)

    def chunk(kind, data):
        return (
            struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
        )

    header = struct.pack('>IIBBBBB', width, height, depth, colour_type, 0, 0, 0)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b'\x89PNG\r\n\x1a\n'
        + chunk(b'IHDR', header)
        + chunk(b'IDAT', zlib.compress(scanlines))
        + chunk(b'IEND', b'')
    )


def photo(index, size):
    """An image (H, W, 3) that looks different for every index."""
    height, width = size
    rows, columns = np.mgrid[:height, :width]
    return np.stack(
        [rows * 3 + index * 40, columns * 2, rows + columns + index * 7], axis=-1
    ).astype(np.uint8)


def write_image(path, index, size):
    """Write a photo as PNG or JPEG."""
    path = Path(path)
    if path.suffix == '.png':
        write_png(path, photo(index, size))
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo(index, size)).save(path, quality=95, subsampling=0)


def stripes(values, size, index=0):
    """Vertical stripes of the values, all of about the same width; a list's item for each pixel."""
    height, width = size
    columns = (np.arange(width) * len(values) // width + index) % len(values)
    return np.broadcast_to(np.asarray(values)[columns], (height, width, *np.shape(values)[1:]))


def write_camvid(root, layout='plain', frames=2, size=(24, 36), suffix='.png'):
    """CamVid: ids 0 to 10 and void 11, in the plain layout or in SegNet's ('segnet')."""
    for number, split in enumerate(('train', 'val', 'test')):
        images, labels = (
            (f'images/{split}', f'annotations/{split}')
            if layout == 'plain'
            else (split, f'{split}annot')
        )
        for index in range(frames):
            # No frame of a split has the pixels of one of another.
            write_image(root / images / f'{split}_{index:05}{suffix}', index + 80 * number, size)
            write_png(
                root / labels / f'{split}_{index:05}.png',
                stripes(np.arange(12, dtype=np.uint8), size, index),
            )


def write_synthia(root, numbers=(0, 1, 8999, 9000, 9399), size=(24, 46)):
    """SYNTHIA: 16-bit RGB labels, R = class 0 to 22, G = instance (a row of two, each of 12)."""
    for index, number in enumerate(numbers):
        write_image(root / 'RGB' / f'{number:07}.png', index, size)
        label = np.zeros((*size, 3), np.uint16)
        label[..., 0] = stripes(np.arange(23), size, index)
        label[..., 1] = np.where(np.arange(size[0]) < size[0] // 2, 1, 300)[:, None]
        write_png(root / 'GT' / 'LABELS' / f'{number:07}.png', label)


def write_freiburg_forest(root, frames=2, size=(24, 35)):
    """Freiburg Forest: colours; `_mask` in train's label names, `_Clipped` in test's."""
    colours = np.array(list(FREIBURG_COLOURS.values()), np.uint8)
    for split, ending in (('train', 'mask'), ('test', 'Clipped')):
        for index in range(frames):
            stem = f'b1-{9517 + index + (100 if split == "test" else 0):05}'
            folder = root / split
            write_image(folder / 'rgb' / f'{stem}_Clipped.jpg', index, size)
            write_png(folder / 'GT_color' / f'{stem}_{ending}.png', stripes(colours, size, index))


def write_cityscapes(root, train_ids=True, frames=1, size=(24, 42)):
    """Cityscapes: images, labelIds, instanceIds and polygons; trainIds only if asked for.

    The classes stand in stripes: the 19 scored ones, a license plate and the ego vehicle. In the
    upper half, things are the instances 0 of their class; in the lower half they are groups.
    """
    height, width = size
    for split in ('train', 'val'):
        for index in range(frames):
            name = f'ulm_{index:06}_000019'
            write_image(
                root / 'leftImg8bit' / split / 'ulm' / f'{name}_leftImg8bit.png', index, size
            )
            label_ids = stripes(np.array([*CITYSCAPES_LABEL_IDS, 0, 1], np.uint8), size)
            stem = root / 'gtFine' / split / 'ulm' / f'{name}_gtFine'
            write_png(f'{stem}_labelIds.png', label_ids)
            instances = label_ids.astype(np.uint16)
            things = (label_ids >= 24) & (np.arange(height) < height // 2)[:, None]
            instances[things] = label_ids[things].astype(np.uint16) * 1000
            write_png(f'{stem}_instanceIds.png', instances)
            edges = [
                -(-width * k // len(CITYSCAPES_NAMES)) for k in range(len(CITYSCAPES_NAMES) + 1)
            ]
            objects = [
                {
                    'label': label,
                    'polygon': [
                        [left, 0],
                        [right - 1, 0],
                        [right - 1, height - 1],
                        [left, height - 1],
                    ],
                }
                for label, left, right in zip(CITYSCAPES_NAMES, edges, edges[1:], strict=False)
            ]
            Path(f'{stem}_polygons.json').write_text(
                json.dumps({'imgHeight': height, 'imgWidth': width, 'objects': objects})
            )
            if train_ids:
                write_png(
                    f'{stem}_labelTrainIds.png',
                    stripes(np.array([*range(19), 255, 255], np.uint8), size),
                )

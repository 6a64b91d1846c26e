"""From a folder of images to a trained model without a line of Python."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from layouts import photo, write_png
from mmengine.config import Config
from PIL import Image

from mmseg_debias import main
from mmseg_ext.commands.own_data.config_text import scale_and_crop, work_dir_of
from mmseg_ext.common.config import set_work_dir
from mmseg_ext.data import FolderDataset

COLOURS = dict(road=(128, 64, 128), car=(0, 0, 142), sky=(70, 130, 180), void=(0, 0, 0))
CLASSES = 'road 128,64,128\ncar 0,0,142  # all of them\n\n70 130 180 sky\nignore 0,0,0\n'
SHOTS = ['shots', '--images', 'photos', '--labels', 'masks']


def drawn(index):
    """Labels of one of three sizes: sky over road, a car of 4 by 6, the last row void."""
    labels = np.zeros([(32, 48), (40, 56), (48, 32)][index % 3], np.uint8)
    labels[: len(labels) // 4] = 2
    labels[20:24, 2 + index : 8 + index] = 1
    labels[-1] = 3
    return labels


@pytest.fixture
def shots(tmp_path, monkeypatch):
    """Twelve photos of mixed sizes in .JPG, labels in colours, `_mask` in their names."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / 'shots'
    (folder / 'photos').mkdir(parents=True)
    for index in range(12):
        labels = drawn(index)
        image = Image.fromarray(photo(index, labels.shape))
        image.save(folder / 'photos' / f'shot{index}.JPG', format='JPEG')
        colours = np.array(list(COLOURS.values()), np.uint8)
        write_png(folder / 'masks' / f'shot{index}_mask.png', colours[labels])
    (tmp_path / 'classes.txt').write_text(CLASSES)
    return folder


@pytest.fixture
def init(capsys):
    """Run `mmseg-debias init`; gives the exit code, and what was printed and complained about."""

    def run(*arguments):
        code = main(['init', *map(str, arguments)])
        return (code, *capsys.readouterr())

    return run


@pytest.mark.slow
def test_from_a_folder_to_a_report(shots, init, capsys, repository, tmp_path):
    code, said, _ = init(*SHOTS, '--classes', 'classes.txt')
    assert code == 0
    assert "label suffix: '_mask' (12 files)\n" in said
    assert 'labels: colours, 3 classes\n' in said
    assert 'mmseg-debias train project/config.py' in said
    assert 'mmseg-debias report show work_dirs/project' in said
    assert main(['check-data', 'project/config.py']) == 0
    checked = capsys.readouterr().out
    # What is in the config is what the check counts.
    text = (tmp_path / 'project/config.py').read_text()
    for name in ('train_shares=dict(', 'class_weight=['):
        start = checked.index(name)
        assert checked[start : checked.index('\n', start)] in text
    done = subprocess.run(
        [
            sys.executable, '-m', 'mmseg_ext', 'train', 'project/config.py', '--cfg-options',
            'train_cfg.max_iters=2', 'train_cfg.val_interval=2', 'param_scheduler.0.end=1',
            'param_scheduler.1.begin=1', 'train_dataloader.batch_size=2',
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
        env=os.environ | {'PYTHONPATH': str(repository), 'OMP_NUM_THREADS': '1'},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert 'parameters and statistics start as in efficientnet-lite0' in done.stdout
    assert main(['report', 'show', 'work_dirs/project']) == 0
    shown = capsys.readouterr().out
    assert 'config on FolderDataset val\n' in shown and '| car ' in shown


def test_the_config_says_what_was_counted(shots, init, monkeypatch, tmp_path):
    out = tmp_path / 'other' / 'mine.py'
    split = ['--autosplit', '0.5', '0.25', '0.25', '--things', 'car', '--short-side', '24']
    assert init(*SHOTS, '--classes', 'classes.txt', '--out', out, *split)[0] == 0
    monkeypatch.chdir('/')
    config = Config.fromfile(out)
    counted, sizes, of_split = Counter(), [], {}
    for split in ('train', 'val', 'test'):
        entry = dict(config[f'{split}_dataloader'].dataset, pipeline=[])
        assert entry.pop('type') == 'FolderDataset' and entry['split'] == split
        dataset = FolderDataset(**entry)
        of_split[split] = [
            int(dataset.get_data_info(index)['img_path'].rsplit('shot')[-1].removesuffix('.JPG'))
            for index in range(len(dataset))
        ]
    assert sorted(sum(of_split.values(), [])) == list(range(12))
    for index in of_split['train']:
        values, pixels = np.unique(drawn(index), return_counts=True)
        counted.update(dict(zip(values.tolist(), pixels.tolist(), strict=True)))
        sizes.append(drawn(index).shape)
    total = counted[0] + counted[1] + counted[2]
    shares = [100 * counted[value] / total for value in range(3)]
    data = config.train_dataloader.dataset
    assert list(data.metainfo.train_shares) == ['road', 'car', 'sky']
    assert list(data.metainfo.train_shares.values()) == pytest.approx(shares, abs=1e-3)
    weights = config.model.decode_head.loss_decode.class_weight
    assert weights == pytest.approx(np.sqrt(np.median(shares) / shares), rel=1e-3)
    assert data.metainfo.thing_classes == ('car',)
    assert [t for t in data.pipeline if 'thing_classes' in t][0].thing_classes == [1]
    height, width = np.median(sizes, axis=0)
    scale = (round(width * 24 / min(height, width)), round(height * 24 / min(height, width)))
    assert config.image_scale == scale and min(scale) == 24
    assert config.crop_size == tuple(side // 16 * 16 for side in reversed(scale))
    assert config.model.data_preprocessor.size == config.crop_size


def test_ids_and_names_alone(shots, init, tmp_path):
    for index in range(12):
        ids = drawn(index)
        write_png(
            shots / 'masks' / f'shot{index}_mask.png', np.where(ids == 3, 255, ids).astype(np.uint8)
        )
    code, said, _ = init(*SHOTS, '--classes', 'road, car,sky', '--ignore', 255)
    assert code == 0 and 'labels: ids, 3 classes' in said
    data = Config.fromfile(tmp_path / 'project/config.py').train_dataloader.dataset
    assert data.classes == ['road', 'car', 'sky'] and data.ignore == (255,)
    assert data.encoding == 'ids'


def test_splits_in_lists(shots, init, tmp_path):
    (shots / 'lists').mkdir()
    (shots / 'lists/fit.txt').write_text('\n'.join(f'shot{index}' for index in range(8)))
    (shots / 'lists/held.txt').write_text('photos/shot8.JPG\nphotos/shot9.JPG\n')
    lists = ['--split-list', 'lists/{split}.txt', '--splits', 'fit', 'held']
    code, said, _ = init(*SHOTS, '--classes', 'classes.txt', *lists)
    assert code == 0 and 'pairs: 8 in fit, 2 in held\n' in said
    config = Config.fromfile(tmp_path / 'project/config.py')
    assert config.train_dataloader.dataset.split == 'fit'
    assert config.test_dataloader.dataset.split == 'held'


def test_splits_in_folders(shots, init, tmp_path):
    for split, numbers in (('train', range(9)), ('val', range(9, 12))):
        for kind, ending in (('photos', '.JPG'), ('masks', '_mask.png')):
            (shots / kind / split).mkdir()
            for number in numbers:
                name = f'shot{number}{ending}'
                (shots / kind / name).rename(shots / kind / split / name)
    where = ['shots', '--images', 'photos/{split}', '--labels', 'masks/{split}']
    code, said, _ = init(*where, '--classes', 'classes.txt')
    assert code == 0 and 'pairs: 9 in train, 3 in val\n' in said
    assert Config.fromfile(tmp_path / 'project/config.py').data.images == 'photos/{split}'


def test_names_of_colours_are_asked_for_in_lines_that_a_file_of_classes_may_have(
    shots, init, tmp_path
):
    code, _, complaint = init(*SHOTS)
    assert code == 2 and 'colours in the labels without a name: 4. Give --classes' in complaint
    lines = [line for line in complaint.splitlines() if line.startswith('  NAME ')]
    assert len(lines) == 4 and lines[0].startswith('  NAME 128,64,128  # ')
    assert all(line.endswith('% of the pixels, in 12 of 12 files') for line in lines)
    names = iter(['road', 'sky', 'ignore', 'car'])
    named = [line.replace('NAME', next(names)) for line in lines]
    (tmp_path / 'classes.txt').write_text('\n'.join(named))
    assert init(*SHOTS, '--classes', 'classes.txt')[0] == 0


def second_suffix(shots):
    for index in range(12):
        write_png(shots / 'masks' / f'shot{index}_L.png', drawn(index))


def test_the_labels_are_chosen_by_a_pattern(shots, init):
    second_suffix(shots)
    arguments = ('shots', '--images', 'photos', '--labels', 'masks/*_mask.png')
    code, said, _ = init(*arguments, '--classes', 'classes.txt')
    assert code == 0 and "label suffix: '_mask' (12 files)\n" in said


def mixed(shots):
    write_png(shots / 'masks/shot3_mask.png', drawn(3))


def rare(shots):
    labels = np.zeros((*drawn(0).shape, 3), np.uint8)
    labels[:, :5] = (9, 9, 9)
    write_png(shots / 'masks/shot0_mask.png', labels)


def nothing(shots):
    pass


@pytest.mark.parametrize(
    ('change', 'arguments', 'message'),
    [
        (second_suffix, [], "by several suffixes: '_L' (12 files), '_mask' (12 files); choose one"),
        (mixed, [], 'shot3_mask.png, and others colours, as '),
        (rare, ['--classes', 'classes.txt'], '  NAME 9,9,9  # '),
        (nothing, ['--classes', 'road,car,sky'], "'road', 'car', 'sky' without colours"),
        (nothing, ['--classes', 'no.txt'], '--classes no.txt: no such file in the current folder'),
        (nothing, ['--classes', 'cars'], '--classes cars names one class, and is no file'),
        (nothing, ['--classes', 'classes.txt', '--ignore', 'void'], "'void' is neither an id nor"),
        (nothing, ['--classes', 'classes.txt', '--things', 'cat'], "no class 'cat', did you mean"),
        (nothing, ['--autosplit', '0.8', '0.8'], 'give the fractions of train and val'),
        (nothing, ['--splits', 'a', 'b'], '--splits is for {split} in'),
        (nothing, ['--images', '{split}', '--splits', 'a'], 'name two or three'),
        (nothing, ['--drive-pattern', 'shot'], 'has no group'),
        (
            nothing,
            ['--images', 'masks', '--labels', 'photos'],
            'photos holds JPEG files, which cannot be labels; are --images and --labels swapped?',
        ),
        (nothing, ['--labels', 'photos'], 'photos holds JPEG files, which cannot be labels; give'),
        (nothing, ['--images', 'masks'], 'no label file in masks has a name that begins'),
        (
            nothing,
            ['--classes', 'classes.txt', '--autosplit', '0.999', '0.001'],
            '--autosplit 0.999 0.001 leaves a split of the 12 image(s) empty; give --autosplit 0.',
        ),
        (nothing, ['--out', 'classes.txt'], '--out classes.txt: is there already, and is not'),
        (nothing, ['--out', 'classes.txt/config.py'], 'classes.txt: cannot be made (File exists)'),
        (nothing, ['--out', 'config.yaml'], 'a config is a Python file; name it config.py'),
        (nothing, ['--short-side', '0'], 'must be at least 1, got 0'),
    ],
)
def test_what_is_doubtful_or_wrong_is_asked_for(
    shots, init, capsys, tmp_path, change, arguments, message
):
    change(shots)
    try:
        code, _, complaint = init(*SHOTS, *arguments)
    except SystemExit as ended:
        code, complaint = ended.code, capsys.readouterr().err
    assert code == 2 and message in complaint
    assert not (tmp_path / 'project').exists()


def test_nothing_is_written_over(shots, init, tmp_path):
    arguments = (*SHOTS, '--classes', 'classes.txt')
    assert init(*arguments)[0] == 0
    code, _, complaint = init(*arguments)
    assert code == 2
    assert 'delete it, or name another by --out, such as project_2/config.py' in complaint
    base = tmp_path / 'project/_base_/default_runtime.py'
    base.write_text('# Another.')
    (tmp_path / 'project/config.py').unlink()
    code, _, complaint = init(*arguments)
    assert code == 2 and 'default_runtime.py is there already, and is another file' in complaint
    assert not (tmp_path / 'project/config.py').exists() and base.read_text() == '# Another.'


def test_bad_files_are_all_named(shots, init):
    (shots / 'photos/shot1.JPG').write_bytes(b'')
    write_png(shots / 'masks/shot2_mask.png', np.zeros((2, 3, 3), np.uint8))
    code, _, complaint = init(*SHOTS, '--classes', 'classes.txt')
    assert code == 1 and '2 of 12 pairs are bad; write the files again, or move ' in complaint
    assert 'shot1.JPG: the file is empty' in complaint
    assert 'shot2_mask.png: labels are 3x2 pixels but the image' in complaint
    (shots / 'masks/shot5_mask.png').unlink()
    code, _, complaint = init(*SHOTS, '--classes', 'classes.txt')
    assert code == 1 and complaint.count('shot5.JPG') == 1


def test_all_kinds_of_faults_are_listed_in_one_run(shots, init, tmp_path):
    """Three images without label, a label without image, bad files, colours, a class of none."""
    for index in (5, 6, 7):
        (shots / f'masks/shot{index}_mask.png').unlink()
    (shots / 'photos/shot8.JPG').unlink()
    (shots / 'photos/shot1.JPG').write_bytes(b'')
    (shots / 'masks/shot2_mask.png').write_bytes(b'no image')
    rare(shots)
    with open('classes.txt', 'a') as file:
        file.write('bus 9,9,20\n')
    code, _, complaint = init(*SHOTS, '--classes', 'classes.txt')
    assert code == 1
    for part in (
        '3 image(s) without label file; add its label file, or move the image away:\n'
        '  photos/shot5.JPG\n  photos/shot6.JPG\n  photos/shot7.JPG\n',
        '1 label file(s) without image; add its image, or move the label file away:\n'
        '  masks/shot8_mask.png\n',
        '2 of 8 pairs are bad; write the files again, or move image and label file away:\n',
        'shot1.JPG: the file is empty',
        'shot2_mask.png: ',
        'colours in the labels without a name: 1. ',
        # The first five of 32 rows of 48 pixels.
        '  NAME 9,9,9  # ',
        ' % of the pixels, in 1 of 7 files: masks/shot0_mask.png\n',
        'classes of which no label that was read has a pixel; mend the line, or leave it out:\n'
        '  bus 9,9,20  # near it, without a name: 9,9,9',
    ):
        assert part in complaint
    assert not (tmp_path / 'project').exists()


def test_at_most_ten_files_of_a_kind_are_listed(shots, init):
    for index in range(1, 12):
        (shots / f'masks/shot{index}_mask.png').unlink()
    _, _, complaint = init(*SHOTS, '--classes', 'classes.txt')
    assert '11 image(s) without label file' in complaint and '\n  and 1 more' in complaint
    assert complaint.count('.JPG') == 10


def test_a_file_of_classes_is_checked_before_any_image_is_read(shots, init):
    (shots / 'photos/shot1.JPG').write_bytes(b'')
    (shots / 'classes.txt').write_text('car 0,0,14Z\n')
    code, said, complaint = init(*SHOTS, '--classes', 'shots/classes.txt')
    assert (code, said) == (2, '') and 'shots/classes.txt, line 1: ' in complaint
    _, said, complaint = init(*SHOTS, '--classes', 'road,road,car')
    assert said == '' and "'road' is there twice" in complaint


def test_projects_have_work_dirs_of_their_own(shots, init, tmp_path):
    _, said, _ = init(*SHOTS, '--classes', 'classes.txt', '--out', 'shop/config.py')
    assert 'mmseg-debias report show work_dirs/shop\n' in said
    config = Config.fromfile(tmp_path / 'shop/config.py')
    set_work_dir(config, None)
    assert config.work_dir == 'work_dirs/shop'
    assert work_dir_of(Path('shop/deep.py')) == 'work_dirs/deep'
    assert work_dir_of(Path('config.py')) == f'work_dirs/{tmp_path.name}'


def test_frames_of_sequences_are_warned_of(shots, init):
    _, said, _ = init(*SHOTS, '--classes', 'classes.txt')
    warning = (
        'warning: images look like frames of sequences, as shot0.JPG, and neighbouring frames '
    )
    assert said.count(warning) == 1 and '--split-list' in said
    for number in range(12):
        for kind, ending in (('photos', '.JPG'), ('masks', '_mask.png')):
            (shots / kind / f'day{number}').mkdir()
            name = f'shot{number}{ending}'
            (shots / kind / name).rename(shots / kind / f'day{number}' / name)
    days = ('--drive-pattern', '(.+)/', '--out', 'days.py')
    code, said, _ = init(*SHOTS, '--classes', 'classes.txt', *days)
    assert code == 0 and warning not in said


def test_a_class_that_no_training_label_has(shots, init):
    with open('classes.txt', 'a') as file:
        file.write('bus 1,2,3\n')
    code, said, complaint = init(*SHOTS, '--classes', 'classes.txt')
    assert code == 2 and "no training label has a pixel of 'bus' (1,2,3); leave it out" in complaint
    assert '  bus        0.000   0, 0\n' in said


@pytest.mark.parametrize(
    ('size', 'short_side', 'scale', 'crop'),
    [
        ((720, 960), 360, (480, 360), (352, 480)),
        ((240, 320), 360, (320, 240), (240, 320)),
        ((960, 720), 240, (240, 320), (320, 240)),
        ((10, 12), 360, (12, 10), (16, 16)),
    ],
)
def test_scale_and_crop(size, short_side, scale, crop):
    assert scale_and_crop(size, short_side) == (scale, crop)

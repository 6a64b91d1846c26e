"""A test on corrupted images: how robust is a model?"""

from mmengine.config import Config

from mmseg_ext.common.config_parts import with_pipelines
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.transforms.corrupt import corrupted_pipeline, parse_corruption

_OPTION = '--corrupt'


def corrupt_test_images(config: Config, corruption: str) -> None:
    """Let every image of the test be corrupted when it was read, in place; labels are as they were.

    Args:
        config: The config of the test.
        corruption: KIND or KIND:SEVERITY, as `Corrupt` takes them; the severity is 3 by default.

    Raises:
        ConfigError: There is no such corruption, or no pipeline that reads images.
    """
    arguments = parse_corruption(corruption, _OPTION)
    datasets = with_pipelines((config.get('test_dataloader') or {}).get('dataset'))
    # A config may have one data set twice.
    for dataset in {id(each): each for each in datasets}.values():
        dataset.pipeline = corrupted_pipeline(dataset.pipeline, arguments, _OPTION)
    if not datasets:
        raise ConfigError('--corrupt needs a test_dataloader whose data set has a pipeline')

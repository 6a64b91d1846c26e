"""What setup.cfg cannot say: a wheel holds the recipes as part of the package."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=['mmseg_ext*']), 'mmseg_ext.configs'],
    package_dir={'mmseg_ext.configs': 'configs'},
    package_data={
        'mmseg_ext.configs': ['**/*.py', '*.md'],
        'mmseg_ext.reports.page': ['templates/*'],
    },
    py_modules=['mmseg_debias'],
)

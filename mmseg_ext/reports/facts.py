"""What the metadata of an evaluation say, in words: for reports of any form."""

from pathlib import Path

from mmseg_ext.common.printable import printable
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.evaluation.named_data import data_of


def title_of(evaluation: Evaluation) -> str:
    """Name an evaluation by its config or the folder of its predictions, and its data."""
    meta = evaluation.metadata
    named = next((meta[key] for key in ('config', 'predictions') if meta.get(key)), None)
    config = printable(Path(named).stem) if named else 'Evaluation'
    data = data_of(evaluation)
    return f'{config} on {data}' if data else config


def how_made(evaluation: Evaluation) -> list[tuple[str, str]]:
    """List how an evaluation was made: names and values, without the text of the config."""
    meta = evaluation.metadata
    versions = meta.get('versions') or {}
    facts = {
        'command': meta.get('command'),
        'config': meta.get('config'),
        'predictions': meta.get('predictions'),
        'checkpoint': meta.get('checkpoint'),
        'checkpoint sha256': meta.get('checkpoint_sha256'),
        'data': data_of(evaluation),
        'data folder': (meta.get('data') or {}).get('root'),
        'seed of the training': meta.get('training_seed'),
        'seed of this command': meta.get('seed'),
        'device': meta.get('device'),
        'versions': ', '.join(f'{name} {version}' for name, version in versions.items()),
        'created': meta.get('created'),
    }
    known = [(name, value) for name, value in facts.items() if value not in (None, '')]
    return [(name, printable(str(value))) for name, value in known]

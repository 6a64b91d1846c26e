"""What the data of an evaluation are called."""

from mmseg_ext.evaluation.evaluation import Evaluation


def data_of(evaluation: Evaluation) -> str:
    """Name the data set and split of an evaluation, empty where they are not known."""
    data = evaluation.metadata.get('data') or {}
    return ' '.join(str(data[key]) for key in ('dataset', 'split') if data.get(key))

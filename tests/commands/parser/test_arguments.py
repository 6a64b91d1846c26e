"""What the help of commands says of options that they share."""

import pytest

from mmseg_debias import main


@pytest.mark.parametrize(
    ('command', 'schedules'),
    [('train', True), ('test', False), ('predict', False), ('export', False), ('browse', False)],
)
def test_schedules_concern_a_training_alone(capsys, command, schedules):
    with pytest.raises(SystemExit):
        main([command, '--help'])
    shown = ' '.join(capsys.readouterr().out.split())
    assert 'data_root=DIR sets it for every data set' in shown
    assert ('param_scheduler' in shown) == schedules

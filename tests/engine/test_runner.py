"""What is left out of a runner when a config says so."""

from mmseg_ext.engine.runner import build_runner


def test_none_turns_a_default_hook_off(tiny):
    everything = {type(hook).__name__ for hook in build_runner(tiny).hooks}
    tiny.merge_from_dict({'default_hooks.non_finite': None, 'default_hooks.checkpoint': None})
    left = {type(hook).__name__ for hook in build_runner(tiny).hooks}
    assert everything - left == {'NonFiniteHook', 'AtomicCheckpointHook'}
    assert left < everything

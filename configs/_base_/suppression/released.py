# Class suppression with the weight of the release; a config adds the `head_type` that it is around.
suppressed = dict(type='ClassSuppressionHead', suppression=dict(weight=10.0))

# The study: the boundary tasks with a fifth of their weight, so that together they weigh about as
# much as the semantic loss at the end of the training, in place of seven times as much.
_base_ = './boundary.py'
auxiliary_head = _base_.model.auxiliary_head
auxiliary_head[0].update(loss_decode=dict(type='BalancedBCELoss', loss_weight=0.2))
auxiliary_head[1].update(
    loss_decode=dict(type='BalancedCrossEntropyLoss', loss_name='loss_contour', loss_weight=0.2)
)
auxiliary_head[2].update(
    loss_decode=dict(type='BalancedCrossEntropyLoss', loss_name='loss_distance', loss_weight=0.2)
)
model = dict(auxiliary_head=auxiliary_head)

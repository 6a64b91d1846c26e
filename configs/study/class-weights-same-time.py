# The study: class weights alone, trained for as long as the combined model takes.
_base_ = './class-weights.py'
train_cfg = dict(max_iters=4350, val_interval=4350)

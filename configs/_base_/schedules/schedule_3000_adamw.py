# 3000 iterations of AdamW from pre-trained weights.
_base_ = './schedule_1000_adamw.py'
train_cfg = dict(max_iters=3000, val_interval=1000)

# 40,000 iterations of AdamW from pre-trained weights: for thousands of training images.
_base_ = './schedule_1000_adamw.py'
train_cfg = dict(max_iters=40000, val_interval=4000)

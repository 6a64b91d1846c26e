# The study: the mixture's decoder with plain skip connections, no mixture merged.
_base_ = './gmm.py'
model = dict(decode_head=dict(num_components=0, global_channels=0))

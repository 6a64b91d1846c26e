"""What label files of each data set hold: classes and readers; neither torch nor mmseg."""

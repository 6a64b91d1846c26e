"""What stands in a user's folders: files and their pairs, splits, classes, labels."""

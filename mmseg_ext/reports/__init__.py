"""An evaluation for people: its file, text, page, pictures, and runs beside each other."""

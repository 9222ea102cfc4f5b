"""Where prices come from, and what a book meets on their way: laws of chance, recorded history, every mode alike."""

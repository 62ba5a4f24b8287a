"""Reading files of questions."""

"""The exam: a scheduled sitting of one paper, its candidates, and the acts on it as a whole."""

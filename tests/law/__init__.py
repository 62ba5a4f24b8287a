"""The house rules as functions: source text in, complaints out; `test_tidy.py` applies them."""

"""A client that never loses an acked answer: a pure core and one thin shell. See README.md."""

"""Peers of `./dev bench`: the same work as others would write it. Nothing else imports them."""

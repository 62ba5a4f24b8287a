"""What programs elsewhere hear of: the stream of events, and the webhooks that bring it to them."""

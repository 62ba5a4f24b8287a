"""What attempts were worth: graded once per close, marked by hand, regraded, released."""

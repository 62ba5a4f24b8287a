"""`./dev bench`: what an acknowledged answer costs, here and with peers doing the same work."""

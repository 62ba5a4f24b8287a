"""The soak: churn for minutes and storms of thousands, and whether the server comes back to base.
`./dev soak` (`__main__`) runs it as an operator would: real servers, from outside."""

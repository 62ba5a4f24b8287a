"""How far one server reaches: goals in the large, a row each, measured by `./dev bench --reach`."""

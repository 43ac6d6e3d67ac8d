"""The attacks of a hostile server and of hostile devices, made once by honest code and a small change each."""

-- Whoever drops the lines of registers that are too old waits until the transaction ends.
lock table only register_lines in access share mode

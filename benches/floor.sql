-- The floor of a generation: one row of 2 kB that is on the disk when it is acknowledged. The table is made by scripts/bench.
insert into bench_floor (content) values (repeat('x', 2000));

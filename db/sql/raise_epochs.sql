with recursive slices(n) as (select 0 union all select n + 1 from slices where n < 1023)
insert into lease (slice, epoch, owner)
select n, $1, $2 from slices where true
    on conflict (slice) do update set epoch = excluded.epoch, owner = excluded.owner

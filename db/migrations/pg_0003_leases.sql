-- Who decides, per slice. A lease lasts for as long as its owner lives, which is one row per
-- process and not one per slice: under a long read, rows that are renewed every few seconds slow
-- down without bound, and an append looks at those of `lease`.
drop procedure raise_epochs(text, int8);
alter table lease drop column until;
-- Epochs come from a place of their own, so that no row that is lost or changed from outside makes
-- one come twice. What is higher than the last one was never given.
create sequence lease_epoch;
select setval('lease_epoch', greatest(coalesce(max(epoch), 0), 1)) from lease;
create table decider (
  owner text primary key,
  until int8 not null) with (fillfactor = 50);

-- Renews what `owner_` holds, gives back what it is asked to, takes up to its fair share of what is
-- free, under a higher epoch, and tells what it holds now. Commits before it answers, like append;
-- the log's lock lets no append see half of it.
create procedure renew_leases(owner_ text, lasts int8, give_back int4[],
  inout o_slices int4[], inout o_epochs int8[], inout o_deciders int4)
language plpgsql as $$
#variable_conflict use_column
declare
  now_us int8; newest int8; missing int4;
  last_slice constant int4 := 1023;
begin
  perform pg_advisory_xact_lock(7521962893);
  now_us := (extract(epoch from clock_timestamp()) * 1000000)::int8;
  select last_value into newest from lease_epoch;
  -- What lasts for longer than any renewal says was written before the clock was set back, or by
  -- somebody else: nobody lives by it.
  delete from decider where until <= now_us or until > now_us + lasts;
  update lease l set owner = '', epoch = 0  -- which nobody was given
   where owner <> ''
     and (not exists (select from decider d where d.owner = l.owner)
          or (owner = owner_ and slice = any(give_back))
          or epoch not between 1 and newest);
  insert into decider values (owner_, now_us + lasts)
      on conflict (owner) do update set until = excluded.until;
  select count(*) into o_deciders from decider;
  select (last_slice + o_deciders) / o_deciders - count(*) into missing
    from lease where owner = owner_ and slice between 0 and last_slice;
  if missing > 0 then
    newest := nextval('lease_epoch');
    insert into lease (slice, epoch, owner)
    select n, newest, owner_
      from generate_series(0, last_slice) n left join lease l on l.slice = n
     where l.owner is null or l.owner = ''
     order by n limit missing
        on conflict (slice) do update set epoch = excluded.epoch, owner = excluded.owner;
  end if;
  select coalesce(array_agg(slice order by slice), '{}'),
         coalesce(array_agg(epoch order by slice), '{}')
    into o_slices, o_epochs
    from lease where owner = owner_ and slice between 0 and last_slice;
  commit;
end $$;

-- `owner_` decides no longer: what it held is free at once.
create procedure end_leases(owner_ text) language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7521962893);
  delete from decider where owner = owner_;
  update lease set owner = '' where owner = owner_;
  commit;
end $$;
